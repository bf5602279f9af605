"""Paths below a directory that somebody else controls: opened by descriptor, never followed out of it.

man 2 openat2.  A container's image may hold any symlink anywhere, and another process may swap its directories while
ocirt works.  So nothing inside it is ever named by a path of the host's: every look-up starts at an O_PATH descriptor
and the kernel keeps it inside (RESOLVE_IN_ROOT).
"""

import posix
from errno import EAGAIN, EEXIST, ELOOP, ENOENT, ENOTDIR

from ocirt.errors import KernelError
from ocirt.kernel.call import c_string, call, failure

RESOLVE_NO_XDEV = 0x01
RESOLVE_NO_MAGICLINKS = 0x02
RESOLVE_NO_SYMLINKS = 0x04
RESOLVE_BENEATH = 0x08
RESOLVE_IN_ROOT = 0x10

_IN_ROOT = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS
_MAX_SYMLINKS = 40


def openat2(directory: int, path: str, flags: int, resolve: int, mode: int = 0) -> int:
    """man 2 openat2, always with O_CLOEXEC; repeated while the kernel says that a rename raced with it."""
    how = b"".join(value.to_bytes(8, "little") for value in (flags | posix.O_CLOEXEC, mode, resolve))
    for _ in range(1000):
        try:
            return call("openat2", directory, c_string(path), how, len(how), path=path)
        except KernelError as error:
            if error.errno != EAGAIN:
                raise
    raise KernelError("openat2", EAGAIN, path)


class Root:
    """A directory below which paths are looked up as if it were `/`.

    Absolute paths, `..` and symlinks all stay inside.  Every method raises KernelError with the path inside the root.
    `fd` is the O_PATH descriptor of the directory; whoever makes the Root closes it.
    """

    __slots__ = ("fd",)

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def open(self, path: str, flags: int = posix.O_PATH, mode: int = 0) -> int:
        """Open what `path` leads to; symlinks are followed inside the root."""
        return openat2(self.fd, path, flags, _IN_ROOT, mode)

    def open_parent(self, path: str) -> "tuple[int, str]":
        """The directory that holds the last component of `path`, made where missing, and that component's name."""
        parent, _, name = path.rstrip("/").rpartition("/")
        if name in ("", ".", ".."):
            raise KernelError("openat2", ENOENT, path)
        return self.mkdir_all(parent or "/"), name

    def mkdir_all(self, path: str, mode: int = 0o755) -> int:
        """Open the directory `path`; it and the directories above it are made where they are missing.

        A dangling symlink on the way is followed inside the root, and its target is made.
        """
        try:
            return self.open(path, posix.O_PATH | posix.O_DIRECTORY)
        except KernelError as error:
            if error.errno != ENOENT:
                raise
        return self._mkdir_each(path, mode, 0)

    def _mkdir_each(self, path: str, mode: int, links: int) -> int:
        if links > _MAX_SYMLINKS:
            raise KernelError("openat2", ELOOP, path)
        here, walked = self.open("/", posix.O_PATH | posix.O_DIRECTORY), ""
        for name in path.split("/"):
            if name in ("", "."):
                continue
            try:
                below = self._enter_or_make(here, walked, name, mode, links)
            finally:
                posix.close(here)
            here, walked = below, f"{walked}/{name}"
        return here

    def _enter_or_make(self, here: int, walked: str, name: str, mode: int, links: int) -> int:
        path = f"{walked}/{name}"
        try:
            return self.open(path, posix.O_PATH | posix.O_DIRECTORY)
        except KernelError as error:
            if error.errno != ENOENT:
                raise
        try:
            posix.mkdir(name, mode, dir_fd=here)
        except FileExistsError:
            try:
                target = posix.readlink(name, dir_fd=here)
            except OSError:
                # Somebody else made the directory first.
                return self.open(path, posix.O_PATH | posix.O_DIRECTORY)
            return self._mkdir_each(target if target.startswith("/") else f"{walked}/{target}", mode, links + 1)
        except OSError as error:
            raise failure("mkdir", error, path) from None
        return openat2(here, name, posix.O_PATH | posix.O_DIRECTORY | posix.O_NOFOLLOW, RESOLVE_BENEATH)

    def touch(self, path: str, mode: int = 0o644) -> int:
        """Open `path` as O_PATH; an empty regular file is made where nothing is, with the directories above it."""
        for _ in range(_MAX_SYMLINKS):
            try:
                return self.open(path)
            except KernelError as error:
                if error.errno != ENOENT:
                    raise
            parent, name = self.open_parent(path)
            try:
                posix.close(openat2(parent, name, posix.O_CREAT | posix.O_EXCL | posix.O_WRONLY, RESOLVE_BENEATH, mode))
            except KernelError as error:
                if error.errno != EEXIST:
                    raise
                try:
                    target = posix.readlink(name, dir_fd=parent)
                except OSError:
                    continue
                path = target if target.startswith("/") else f"{path.rstrip('/').rpartition('/')[0]}/{target}"
            finally:
                posix.close(parent)
        raise KernelError("openat2", ELOOP, path)

    def read(self, path: str, limit: int) -> "bytes | None":
        """The first `limit` bytes of the regular file `path`; None where there is no such file."""
        try:
            # O_NONBLOCK: a FIFO that an image put there must not hold us.
            fd = self.open(path, posix.O_RDONLY | posix.O_NONBLOCK | posix.O_NOCTTY)
        except KernelError as error:
            if error.errno in (ENOENT, ENOTDIR):
                return None
            raise
        try:
            return posix.read(fd, limit) if (posix.fstat(fd).st_mode & 0o170000) == 0o100000 else None
        finally:
            posix.close(fd)


def join(base: str, path: str) -> str:
    """`path`, counted from `base` if it is relative.  Like the three below: os.path costs 2 ms at every start."""
    return path if path.startswith("/") else f"{base}/{path}"


def parent(path: str) -> str:
    """The directory that holds `path`."""
    return path.rpartition("/")[0] or "/"


def exists(path: str) -> bool:
    """Whether there is such a file, or one that may not be looked at."""
    try:
        posix.stat(path)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True


def is_directory(path: str) -> bool:
    """Whether `path` leads to a directory."""
    try:
        return posix.stat(path).st_mode & 0o170000 == 0o040000
    except OSError:
        return False


def proc_fd(fd: int) -> str:
    """The path by which a call without a descriptor form reaches `fd`."""
    return f"/proc/self/fd/{fd}"
