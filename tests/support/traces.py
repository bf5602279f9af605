"""What containers leave on the host, found by the marker of the test they belong to.

Nothing here looks at the whole machine: other tests, and other people's containers, come and go meanwhile.
"""

import os
from pathlib import Path

from support.runtime import alive, kill_hard, wait_for

MOUNTINFO = "/proc/self/mountinfo"


class Traces:
    """The traces of one test: its marker is in IDs and environments, its folder holds all its files."""

    def __init__(self, marker: str, folder: Path, root: Path) -> None:
        self.marker = marker
        self.folder = folder
        self.root = root

    def pids(self) -> list[int]:
        """Living processes with the marker in their environment or cgroup: the runtime's, hooks, the containers'."""
        marker = self.marker.encode()
        found = []
        for name in os.listdir("/proc"):
            # A zombie still names its cgroup.
            if name.isdecimal() and alive(int(name)) and marker in _read_both(name):
                found.append(int(name))
        return found

    def cgroups(self) -> list[str]:
        """Cgroup directories with the marker in their name."""
        found = []
        for mountpoint in _cgroup_mounts():
            for path, directories, _ in os.walk(mountpoint):
                found += [os.path.join(path, name) for name in directories if self.marker in name]
        return found

    def mounts(self) -> list[str]:
        """Lines of the host's mount table that have to do with the test's folder."""
        with open(MOUNTINFO, encoding="utf-8", errors="surrogateescape") as lines:
            return [line.strip() for line in lines if f"{self.folder}/" in line]

    def states(self) -> list[str]:
        """Entries of the root directory."""
        return sorted(os.listdir(self.root)) if self.root.is_dir() else []

    def all(self) -> list[str]:
        """All of it, a line for each."""
        processes = [f"process {pid}: {_command(pid)}" for pid in self.pids()]
        cgroups = [f"cgroup {path}" for path in self.cgroups()]
        mounts = [f"mount {line}" for line in self.mounts()]
        return [*processes, *cgroups, *mounts, *(f"state directory {name}" for name in self.states())]

    def expect_none(self) -> None:
        """Nothing is left, after the moment that a killed process needs to be gone."""
        left: list[str] = []

        def gone() -> bool:
            left[:] = self.all()
            return not left

        try:
            wait_for(gone, "nothing to be left", seconds=3)
        except AssertionError:
            raise AssertionError("left behind:\n" + "\n".join(left)) from None

    def wipe(self) -> None:
        """Kill what a failed test left, so that the next ones don't suffer from it."""
        for pid in self.pids():
            kill_hard(pid)
        for path in sorted(self.cgroups(), reverse=True):
            try:
                wait_for(lambda path=path: _removed(path), path, seconds=2)  # type: ignore[misc]
            except AssertionError:
                continue


def _removed(path: str) -> bool:
    try:
        os.rmdir(path)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def _command(pid: int) -> str:
    return _read(f"/proc/{pid}/cmdline").replace(b"\0", b" ").decode(errors="replace")


def _cgroup_mounts() -> list[str]:
    with open(MOUNTINFO, encoding="utf-8", errors="surrogateescape") as lines:
        parted = [line.partition(" - ") for line in lines]
    return [fields.split()[4] for fields, _, tail in parted if tail.split()[0] in ("cgroup", "cgroup2")]


def _read_both(pid: str) -> bytes:
    return _read(f"/proc/{pid}/environ") + _read(f"/proc/{pid}/cgroup")
