"""Processes named safely: by pidfd, and by PID together with the start time that tells a reused PID apart."""

import posix
from errno import EINTR, ESRCH

from ocirt.errors import KernelError
from ocirt.kernel.call import call, failure

_POLLIN = 1


def start_time(pid: int) -> "int | None":
    """When `pid` started, in clock ticks since boot (man 5 proc, stat field 22).

    None when there is no such process, or when it is dead and only waits to be reaped.
    """
    fields = _stat(pid)
    return None if fields is None or fields[0] in (b"Z", b"X", b"x") else int(fields[19])


def _stat(pid: int) -> "list[bytes] | None":
    """The fields of /proc/PID/stat from the third (state) on: the second may hold spaces and parentheses."""
    try:
        fd = posix.open(f"/proc/{pid}/stat", posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError:
        return None
    try:
        return posix.read(fd, 4096).rpartition(b")")[2].split()
    except ProcessLookupError:
        return None
    finally:
        posix.close(fd)


def pidfd_open(pid: int, started: int) -> "int | None":
    """A descriptor of the process `pid` that started at `started`; None when it is gone, dead or another one."""
    try:
        fd = posix.pidfd_open(pid)
    except OSError as error:
        if isinstance(error, ProcessLookupError):
            return None
        raise failure("pidfd_open", error, str(pid)) from None
    # Compared after the descriptor is held: from here on the PID cannot be given to anybody else.
    if start_time(pid) == started:
        return fd
    posix.close(fd)
    return None


def wait_readable(fd: int, timeout: "float | None" = None) -> bool:
    """Wait until `fd` can be read (a pidfd: until the process is dead); False after `timeout` seconds (man 2 ppoll)."""
    request = bytearray(fd.to_bytes(4, "little") + _POLLIN.to_bytes(4, "little"))
    limit = None
    if timeout is not None:
        limit = int(timeout).to_bytes(8, "little") + int(timeout % 1 * 1e9).to_bytes(8, "little")
    while True:
        try:
            return call("ppoll", request, 1, limit, None, 0) > 0
        except KernelError as error:
            # A signal's handler has run in between; it raises if the wait is to end.
            if error.errno != EINTR:
                raise


def pidfd_send_signal(pidfd: int, signal: int) -> bool:
    """Send `signal`; False when the process is already gone."""
    try:
        call("pidfd_send_signal", pidfd, signal, None, 0)
    except KernelError as error:
        if error.errno == ESRCH:
            return False
        raise
    return True
