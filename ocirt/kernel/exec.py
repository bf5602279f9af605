"""What a process hands on when it becomes another program (man 2 memfd_create, close_range)."""

import posix
from errno import EINVAL, ENOSYS

from ocirt.errors import KernelError
from ocirt.kernel.call import call

_CLOSE_RANGE_CLOEXEC = 4
_EVERY_FD = 0xFFFFFFFF
_MFD_EXEC = 0x10
_F_ADD_SEALS = 1033
_F_SEAL_SEAL, _F_SEAL_SHRINK, _F_SEAL_GROW, _F_SEAL_WRITE = 1, 2, 4, 8


def close_on_exec_from(first: int) -> None:
    """Mark every descriptor from `first` on close-on-exec (CVE-2024-21626: none may reach the container)."""
    try:
        call("close_range", first, _EVERY_FD, _CLOSE_RANGE_CLOEXEC)
    except KernelError as error:
        if error.errno not in (ENOSYS, EINVAL):  # the flag came with Linux 5.11
            raise
        for name in posix.listdir("/proc/self/fd"):
            try:
                if int(name) >= first:
                    posix.set_inheritable(int(name), False)
            except OSError:
                continue  # the descriptor of the listing itself


def close_others(keep: "list[int]") -> None:
    """Close every descriptor but those of `keep`."""
    first = 0
    for fd in [*sorted(keep), _EVERY_FD]:
        if fd > first:
            call("close_range", first, fd - 1, 0)
        first = fd + 1


def memfd_sealed(name: str, content: bytes) -> int:
    """A program in memory that nobody can change any more; returns its descriptor (close-on-exec)."""
    flags = posix.MFD_CLOEXEC | posix.MFD_ALLOW_SEALING
    try:
        fd = posix.memfd_create(name, flags | _MFD_EXEC)
    except OSError:
        # Before Linux 6.3 the flag is unknown, and every memfd is executable.
        fd = posix.memfd_create(name, flags)
    posix.write(fd, content)
    call("fcntl", fd, _F_ADD_SEALS, _F_SEAL_SEAL | _F_SEAL_SHRINK | _F_SEAL_GROW | _F_SEAL_WRITE, path=name)
    return fd
