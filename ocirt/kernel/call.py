"""The one place where a system call is made and where its failure becomes a KernelError."""

from posix import uname

from ocirt.errors import KernelError
from ocirt.kernel import _linux

AT_FDCWD = -100
AT_EMPTY_PATH = 0x1000
AT_SYMLINK_NOFOLLOW = 0x100
AT_RECURSIVE = 0x8000

# Calls from 424 on have one number on every architecture; the older ones are listed for each machine.
_COMMON = {
    "pidfd_send_signal": 424,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "pidfd_open": 434,
    "close_range": 436,
    "openat2": 437,
    "pidfd_getfd": 438,
    "mount_setattr": 442,
}
_X86_64 = {
    "ioctl": 16,
    "socket": 41,
    "fcntl": 72,
    "flock": 73,
    "getcwd": 79,
    "prctl": 157,
    "prlimit64": 302,
    "fstatfs": 138,
    "capget": 125,
    "capset": 126,
    "personality": 135,
    "pivot_root": 155,
    "sethostname": 170,
    "setdomainname": 171,
    "mount": 165,
    "umount2": 166,
    "ioprio_set": 251,
    "keyctl": 250,
    "ppoll": 271,
    "unshare": 272,
    "set_mempolicy": 238,
    "setns": 308,
    "sched_setattr": 314,
    "seccomp": 317,
    "bpf": 321,
}
_AARCH64 = {
    "ioctl": 29,
    "socket": 198,
    "fcntl": 25,
    "flock": 32,
    "getcwd": 17,
    "prctl": 167,
    "prlimit64": 261,
    "fstatfs": 44,
    "capget": 90,
    "capset": 91,
    "personality": 92,
    "pivot_root": 41,
    "sethostname": 161,
    "setdomainname": 162,
    "mount": 40,
    "umount2": 39,
    "ioprio_set": 30,
    "keyctl": 219,
    "ppoll": 73,
    "unshare": 97,
    "set_mempolicy": 237,
    "setns": 268,
    "sched_setattr": 274,
    "seccomp": 277,
    "bpf": 280,
}
NUMBERS = _COMMON | {"x86_64": _X86_64, "aarch64": _AARCH64}.get(uname().machine, {})


def call(name: str, *arguments: "int | bytes | bytearray | memoryview | None", path: str = "") -> int:
    """Make the system call `name`; returns its result.

    `path` only names the object in the error.  Raises KernelError, also (ENOSYS) for a call this machine lacks.
    """
    result = _linux.syscall(NUMBERS.get(name, -1), *arguments)
    if result < 0:
        raise KernelError(name, -result, path)
    return result


def c_string(text: str) -> bytes:
    """`text` as the kernel takes it.  CPython ends the buffer of every bytes object with a NUL of its own."""
    return text.encode("utf-8", "surrogateescape")


def failure(name: str, error: OSError, path: str = "") -> KernelError:
    """The KernelError for a call that the os module made."""
    return KernelError(name, error.errno or 0, path or str(error.filename or ""))
