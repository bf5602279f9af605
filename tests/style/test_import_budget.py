"""What each command may import: an import costs milliseconds at each of the thousand calls a day.

By names and not by time, so that it holds on any machine.  The installed program runs a whole container's life with an
interpreter that reports every import, in the processes that it forks too.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from style.installed import PYTHON, SITE, place_launcher, place_python

# Measured at 2 to 190 ms each; all have a cheap counterpart: posix, _signal, _socket, spec.jsontext, __slots__.
SLOW = """
argparse ast asyncio base64 bisect click collections concurrent configparser contextlib copy ctypes
dataclasses datetime decimal dis email enum fcntl fnmatch functools getopt glob hashlib heapq importlib
importlib.metadata importlib.resources importlib.util inspect json jsonschema keyword linecache locale logging
multiprocessing numbers operator optparse pathlib pickle pkgutil pwd pyroute2 queue random re reprlib runpy
secrets selectors shlex shutil signal site socket sre_compile string struct subprocess tempfile textwrap
threading token tokenize traceback types typing typing_extensions urllib uuid warnings weakref zipfile
""".split()

# The reading of config.json that only commands with a bundle need, and what only the building of a container does.
BUILDING = "ocirt.properties ocirt.runtime.create ocirt.runtime.lifecycle ocirt.init ocirt.network ocirt.seccomp _prctl"
FORBIDDEN = {
    "create": SLOW,
    "state": [*SLOW, *BUILDING.split(), "ocirt.spec.bundle", "ocirt.spec.schema", "ocirt.cgroup.devices"],
    "start": [*SLOW, *BUILDING.replace("ocirt.properties ", "").split(), "ocirt.spec.bundle", "ocirt.spec.schema"],
    "kill": [*SLOW, *BUILDING.split(), "ocirt.spec.bundle", "ocirt.spec.schema"],
    "delete": [*SLOW, *BUILDING.replace("ocirt.properties ", "").split(), "ocirt.spec.bundle", "ocirt.spec.schema"],
}


class Ocirt:
    """The installed program; `imported` holds, for each command given to it, the modules that were imported."""

    def __init__(self, folder: Path) -> None:
        self.report = folder / "report"
        self.root = folder / "root"
        prefix = folder / "prefix"
        self.program = place_launcher(prefix)
        place_python(prefix, "-X", "importtime", stderr=self.report)
        (prefix / "lib" / PYTHON).mkdir(parents=True)
        (prefix / "lib" / PYTHON / "site-packages").symlink_to(SITE)
        self.imported: dict[str, set[str]] = {}

    def __call__(self, verb: str, *arguments: str, check: bool = True) -> str:
        self.report.unlink(missing_ok=True)
        command = [str(self.program), "--root", str(self.root), verb, *arguments]
        output = self.report.with_name("output")  # not a pipe: a container that lives on would keep it open
        with output.open("w") as stdout:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=stdout, timeout=60)
        report = self.report.read_text()
        assert not check or done.returncode == 0, report
        lines = [line for line in report.splitlines() if line.startswith("import time:")]
        self.imported[verb] = {line.rpartition("|")[2].strip() for line in lines}
        return output.read_text()


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """One container's life; what each of its commands imported."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    folder = tmp_path_factory.mktemp("budget")
    busybox = shutil.which("busybox")
    assert busybox, "busybox (static) is not installed"
    (folder / "bundle/rootfs/bin").mkdir(parents=True)
    shutil.copy(busybox, folder / "bundle/rootfs/bin/busybox")
    ocirt = Ocirt(folder)
    ocirt("spec", "--bundle", f"{folder}/bundle")
    config = json.loads((folder / "bundle/config.json").read_text())
    config["process"] |= {"terminal": False, "args": ["/bin/busybox", "sleep", "60"]}
    (folder / "bundle/config.json").write_text(json.dumps(config))
    name = f"budget-{os.getpid()}"
    try:
        ocirt("create", "--bundle", f"{folder}/bundle", name)
        ocirt("start", name)
        ocirt("state", name)
        ocirt("kill", name, "KILL")
        for _ in range(50):
            if '"stopped"' in ocirt("state", name):
                break
        ocirt("delete", name)
    except BaseException:
        ocirt("delete", "--force", name, check=False)
        raise
    return ocirt.imported


@pytest.mark.parametrize("verb", FORBIDDEN)
def test_a_command_imports_little(verb: str, life: dict[str, set[str]]) -> None:
    assert "ocirt.__main__" in life[verb], "the report is empty"
    assert sorted(life[verb] & set(FORBIDDEN[verb])) == []
