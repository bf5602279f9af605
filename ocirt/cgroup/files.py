"""Files of a cgroup directory: reading, writing, removing."""

import posix
from errno import EBUSY, ENOENT, ENOTEMPTY
from time import sleep

from ocirt.errors import KernelError
from ocirt.kernel.call import failure

# Removal waits for the kernel to let go of the last process: 1 ms, doubled, about two seconds in all.
_REMOVAL_TRIES = 11


def write(directory: str, name: str, value: str) -> None:
    """Write `value` to a file of the cgroup in one call; the error names the file."""
    path = f"{directory}/{name}"
    try:
        fd = posix.open(path, posix.O_WRONLY | posix.O_CLOEXEC | posix.O_NOFOLLOW)
        try:
            posix.write(fd, value.encode())
        finally:
            posix.close(fd)
    except OSError as error:
        raise failure(f'write "{value}" to', error, path) from None


def read(directory: str, name: str) -> str:
    """The content of a file of the cgroup without white space at its ends; empty when the file isn't there."""
    try:
        fd = posix.open(f"{directory}/{name}", posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError:
        return ""
    try:
        content = b""
        while piece := posix.read(fd, 1 << 16):
            content += piece
        return content.decode().strip()
    except OSError:
        return ""
    finally:
        posix.close(fd)


def pids(directory: str) -> "list[int]":
    """The processes of this cgroup and of all below it."""
    found = [int(pid) for pid in read(directory, "cgroup.procs").split()]
    for child in children(directory):
        found += pids(child)
    return found


def children(directory: str) -> "list[str]":
    """The cgroups directly below."""
    try:
        with posix.scandir(directory) as entries:
            return [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def remove(directory: str) -> None:
    """Remove the cgroup and those below it, with patience: a dying process holds its cgroup for a moment."""
    pause = 0.001
    for attempt in range(_REMOVAL_TRIES):
        try:
            posix.rmdir(directory)
            return
        except OSError as error:
            if error.errno == ENOENT:
                return
            if error.errno not in (EBUSY, ENOTEMPTY) or attempt == _REMOVAL_TRIES - 1:
                raise KernelError("rmdir", error.errno or 0, directory) from None
        below = children(directory)
        for child in below:
            remove(child)
        if not below:
            sleep(pause)
            pause *= 2
