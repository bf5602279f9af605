"""The root file system and the configurations that all runtimes get."""

import copy
import json
import os
import shutil
import subprocess
from typing import Any

# crun 1.8 refuses a later version; nothing in the configuration needs one.
OCI_VERSION = "1.0.2"
PROGRAMS: dict[str, list[str]] = {"true": ["true"], "sleep": ["sleep", "1000"]}

Config = dict[str, Any]


def find_busybox() -> str:
    """The static busybox; raises LookupError."""
    for place in ("/bin/busybox", "/usr/bin/busybox"):
        if os.access(place, os.X_OK) and _is_static(place):
            return place
    raise LookupError("needs a static busybox: apt-get install busybox-static")


def _is_static(path: str) -> bool:
    # The ELF header's program headers name an interpreter when the program is dynamic; that lies at the start.
    with open(path, "rb") as file:
        return b"/ld-" not in file.read(4096)


def make_rootfs(path: str, busybox: str) -> None:
    """A root file system with little more in it than busybox."""
    for directory in ("bin", "dev", "etc", "proc", "sys", "tmp"):
        os.makedirs(f"{path}/{directory}")
    shutil.copy2(busybox, f"{path}/bin/busybox")
    for applet in ("true", "sleep"):
        os.symlink("busybox", f"{path}/bin/{applet}")


def default_config(ocirt: str, directory: str, rootfs: str) -> Config:
    """What `ocirt spec` writes, without a terminal."""
    spec = subprocess.run([ocirt, "spec", "--bundle", directory], capture_output=True, text=True, check=False)
    if spec.returncode:
        raise LookupError(f"{ocirt} spec: {spec.stderr.strip() or f'exit code {spec.returncode}'}")
    with open(f"{directory}/config.json", encoding="utf-8") as file:
        config: Config = json.load(file)
    config["ociVersion"] = OCI_VERSION
    config["process"]["terminal"] = False
    config["root"]["path"] = rootfs
    return config


def without_cgroups(config: Config) -> Config:
    """The same without limits, and without a view of the cgroups inside."""
    config = copy.deepcopy(config)
    config["linux"].pop("resources", None)
    config["mounts"] = [mount for mount in config["mounts"] if mount.get("type") not in ("cgroup", "cgroup2")]
    return config


def write(directory: str, config: Config, program: str, memory_limit: int | None = None) -> str:
    """Write a bundle that runs a program of PROGRAMS: its directory."""
    config = copy.deepcopy(config)
    config["process"]["args"] = PROGRAMS[program]
    if memory_limit is not None:
        config["linux"].setdefault("resources", {})["memory"] = {"limit": memory_limit}
    os.makedirs(directory, exist_ok=True)
    with open(f"{directory}/config.json", "w", encoding="utf-8") as file:
        json.dump(config, file)
    return directory
