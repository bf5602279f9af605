"""Files of procfs that are certain to be procfs, whatever somebody has mounted over /proc (CVE-2019-16884, 2025-52881).

man 5 proc; Documentation/filesystems/proc.rst.
"""

import posix

from ocirt.errors import Error, KernelError
from ocirt.kernel.call import call, failure
from ocirt.kernel.path import RESOLVE_BENEATH, RESOLVE_NO_MAGICLINKS, RESOLVE_NO_XDEV, openat2

_PROC_SUPER_MAGIC = 0x9FA0
_PROC_ROOT_INODE = 1


class Procfs:
    """A handle on a procfs.  `fd` is its root; entries are opened without crossing mounts or magic links.

    The handle outlives a change of root: `sys/...` acts on the namespaces of whoever writes, not of whoever mounted.
    """

    __slots__ = ("fd",)

    def __init__(self, fd: int) -> None:
        self.fd = fd

    @classmethod
    def host(cls) -> "Procfs":
        """The procfs at /proc, refused where something else is there."""
        try:
            fd = posix.open("/proc", posix.O_PATH | posix.O_DIRECTORY | posix.O_CLOEXEC)
        except OSError as error:
            raise failure("open", error) from None
        handle = cls(fd)
        handle._verify("/proc")
        return handle

    def _verify(self, path: str) -> None:
        # posix.statvfs leaves out f_type, the first word of the answer.
        buffer = bytearray(120)
        call("fstatfs", self.fd, buffer, path=path)
        if int.from_bytes(buffer[:8], "little") != _PROC_SUPER_MAGIC or posix.fstat(self.fd).st_ino != _PROC_ROOT_INODE:
            raise Error(f"{path}: want the root of a proc file system, found something else")

    def open(self, path: str, flags: int) -> int:
        """Open `path` (relative to the root of procfs)."""
        resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS
        return openat2(self.fd, path, flags, resolve)

    def write(self, path: str, text: str) -> None:
        """Write `text` to the entry `path` in one call."""
        fd = self.open(path, posix.O_WRONLY)
        try:
            posix.write(fd, text.encode())
        except OSError as error:
            raise KernelError("write", error.errno or 0, f"/proc/{path}") from None
        finally:
            posix.close(fd)

    def close(self) -> None:
        """Give the handle back."""
        posix.close(self.fd)
