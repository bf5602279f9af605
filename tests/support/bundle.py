"""A bundle to make containers of: a root file system with a static busybox in it, and a config.json.

The configuration is the default one of `runc spec`, written down here anew: the tests must not lean on what they test.
"""

import json
import os
import shutil
from pathlib import Path
from typing import Any

# What the tests call inside a container.
APPLETS = (
    "sh cat chmod chown cmp cut dd df echo env false find getopt grep head hostname id ifconfig ip kill ln ls mkdir "
    "mknod mount mv nc pidof printf ps pwd readlink rm sed seq setsid sleep sort stat stty tail test touch tr true tty "
    "umount uname unshare usleep wc"
).split()
CAPABILITIES = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
MASKED = (
    "/proc/acpi /proc/asound /proc/kcore /proc/keys /proc/latency_stats /proc/timer_list /proc/timer_stats "
    "/proc/sched_debug /sys/firmware /proc/scsi"
).split()
READ_ONLY = "/proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger".split()
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def busybox() -> Path:
    """The host's static busybox; raises LookupError where there is none."""
    for place in ("/bin/busybox", "/usr/bin/busybox"):
        if os.path.exists(place):
            return Path(place)
    raise LookupError("needs busybox-static: /bin/busybox not found")


class Bundle:
    """A bundle directory.  Change `config` as you like; `write`, called by whoever uses it, puts it in place."""

    def __init__(self, path: Path, program: Path, marker: str) -> None:
        """`program` is the busybox to link into the root; `marker` is in the container's environment."""
        self.path = path
        self.rootfs = path / "rootfs"
        self.config: dict[str, Any] = default_config(marker)
        for directory in ("bin", "dev", "etc", "proc", "sys", "tmp"):
            (self.rootfs / directory).mkdir(parents=True)
        os.link(program, self.rootfs / "bin/busybox")
        for applet in APPLETS:
            (self.rootfs / "bin" / applet).symlink_to("busybox")

    @property
    def process(self) -> dict[str, Any]:
        """`process` of the configuration."""
        found: dict[str, Any] = self.config["process"]
        return found

    @property
    def linux(self) -> dict[str, Any]:
        """`linux` of the configuration."""
        found: dict[str, Any] = self.config["linux"]
        return found

    @property
    def resources(self) -> dict[str, Any]:
        """`linux.resources` of the configuration."""
        found: dict[str, Any] = self.linux.setdefault("resources", {})
        return found

    def args(self, *args: str) -> "Bundle":
        """Run this in the container."""
        self.process["args"] = list(args)
        return self

    def script(self, text: str) -> "Bundle":
        """Run this shell script in the container."""
        return self.args("/bin/sh", "-c", text)

    def mount(self, destination: str, source: str, kind: str, *options: str) -> "Bundle":
        """Add a mount at the end."""
        self.config["mounts"].append(
            {"destination": destination, "source": source, "type": kind, "options": list(options)}
        )
        return self

    def without_mount(self, destination: str) -> "Bundle":
        """Leave a mount of the default configuration out, with those below it."""
        kept = [
            entry for entry in self.config["mounts"] if not f"{entry['destination']}/".startswith(f"{destination}/")
        ]
        self.config["mounts"] = kept
        return self

    def namespaces(self, *kinds: str) -> "Bundle":
        """Have just these, all new."""
        self.linux["namespaces"] = [{"type": kind} for kind in kinds]
        return self

    def writable(self) -> "Bundle":
        """A root that the container can write to."""
        self.config["root"]["readonly"] = False
        return self

    def file(self, name: str, content: str, mode: int = 0o644) -> Path:
        """Put a file into the root."""
        path = self.rootfs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        path.chmod(mode)
        return path

    def hook(self, kind: str, *args: str, **more: object) -> "Bundle":
        """Add a hook; its path is the first of `args`."""
        hook = {"path": args[0], "args": list(args), **more}
        self.config.setdefault("hooks", {}).setdefault(kind, []).append(hook)
        return self

    def write(self) -> None:
        """Write config.json."""
        self.write_text(json.dumps(self.config))

    def write_text(self, text: str) -> None:
        """Write config.json as it is given, right or wrong."""
        (self.path / "config.json").write_text(text)

    def remove_rootfs(self) -> None:
        """A bundle whose root is missing."""
        shutil.rmtree(self.rootfs)


def default_config(marker: str) -> dict[str, Any]:
    """What `runc spec` writes, without a terminal, with a process that waits and has the marker in its environment."""
    return {
        "ociVersion": "1.0.2",
        "process": {
            "terminal": False,
            "user": {"uid": 0, "gid": 0},
            "args": ["/bin/sleep", "1000"],
            "env": [PATH, "TERM=xterm", f"MARKER={marker}"],
            "cwd": "/",
            "capabilities": {name: CAPABILITIES[:] for name in ("bounding", "effective", "permitted")},
            "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}],
            "noNewPrivileges": True,
        },
        "root": {"path": "rootfs", "readonly": True},
        "hostname": "inside",
        "mounts": _default_mounts(),
        "linux": {
            "resources": {"devices": [{"allow": False, "access": "rwm"}]},
            "namespaces": [{"type": kind} for kind in ("pid", "network", "ipc", "uts", "mount")],
            "maskedPaths": MASKED[:],
            "readonlyPaths": READ_ONLY[:],
        },
    }


def _default_mounts() -> list[dict[str, Any]]:
    table = (
        ("/proc", "proc", "proc", ""),
        ("/dev", "tmpfs", "tmpfs", "nosuid strictatime mode=755 size=65536k"),
        ("/dev/pts", "devpts", "devpts", "nosuid noexec newinstance ptmxmode=0666 mode=0620 gid=5"),
        ("/dev/shm", "shm", "tmpfs", "nosuid noexec nodev mode=1777 size=65536k"),
        ("/dev/mqueue", "mqueue", "mqueue", "nosuid noexec nodev"),
        ("/sys", "sysfs", "sysfs", "nosuid noexec nodev ro"),
        ("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid noexec nodev relatime ro"),
    )
    return [
        {"destination": destination, "source": source, "type": kind, "options": options.split()}
        for destination, source, kind, options in table
    ]
