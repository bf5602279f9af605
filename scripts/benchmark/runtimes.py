"""Which runtimes there are, and what each needs left out on this machine."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field

from benchmark.bundle import Config
from benchmark.process import Failure

SUBJECT = "ocirt"
PEERS = ("runc", "crun")
NAMES = (SUBJECT, *PEERS)
# Bare Python, which stands beside the runtimes where that is of use.
PYTHON = "python"


@dataclass
class Runtime:
    """A runtime that is measured, with a state directory and bundles of its own."""

    name: str
    path: str
    version: str
    root: str
    bundles: str
    config: Config
    # What it does not see or is not asked for: the peer that cannot do something here is measured without it.
    concessions: list[str] = field(default_factory=list)
    namespace: int | None = None
    # The containers that it may have.
    live: set[str] = field(default_factory=set)

    def command(self, *arguments: str) -> list[str]:
        """Its command line."""
        return [self.path, "--root", self.root, *arguments]


def find(given: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """The paths of the runtimes by name, and a line for each that is missing.

    `given` comes first: a path for a name, or "" to leave it out.  Raises Failure when a given one does not exist.
    """
    found: dict[str, str] = {}
    missing = []
    for name in [*NAMES, *(name for name in given if name not in NAMES)]:
        if name in given:
            if not given[name]:
                continue
            path = shutil.which(given[name]) or ""
            if not path:
                raise Failure(f"--runtime {name}={given[name]}: no such program")
        else:
            path = _installed(name)
        if path:
            found[name] = os.path.abspath(path)
        else:
            missing.append(f"{name} is left out: not found" + ("" if name == SUBJECT else f" (apt-get install {name})"))
    return found, missing


def _installed(name: str) -> str:
    beside = os.path.join(os.path.dirname(sys.executable), name)
    if name == SUBJECT and os.access(beside, os.X_OK):
        return beside
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin") or ""


def version(path: str) -> str:
    """The first line of `--version`, without what repeats the name."""
    try:
        shown = subprocess.run([path, "--version"], capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise Failure(f"{path} --version: {problem}") from problem
    first = shown.stdout.partition("\n")[0].strip()
    return first.rpartition(" version ")[2] or "unknown"


def python_of(ocirt: str) -> str | None:
    """The interpreter of the environment that ocirt is installed in; None where there is none beside it."""
    directory = os.path.dirname(os.path.realpath(ocirt))
    for name in ("python3", "python"):
        path = os.path.join(directory, name)
        if os.access(path, os.X_OK):
            return path
    return None
