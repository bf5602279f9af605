"""Mounts: the classic calls, and the ones of Linux 5.2 and later that work on file descriptors.

man 2 mount, umount2, pivot_root, open_tree, move_mount, fsopen, fsconfig, fsmount, mount_setattr.
"""

from posix import close, read

from ocirt.errors import KernelError
from ocirt.kernel.call import AT_EMPTY_PATH, AT_FDCWD, AT_RECURSIVE, c_string, call

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 0x20
MS_BIND = 0x1000
MS_REC = 0x4000
MS_UNBINDABLE = 1 << 17
MS_PRIVATE = 1 << 18
MS_SLAVE = 1 << 19
MS_SHARED = 1 << 20
MNT_DETACH = 2

MOUNT_ATTR_RDONLY = 0x1
MOUNT_ATTR_NOSUID = 0x2
MOUNT_ATTR_NODEV = 0x4
MOUNT_ATTR_NOEXEC = 0x8
MOUNT_ATTR__ATIME = 0x70
MOUNT_ATTR_NOATIME = 0x10
MOUNT_ATTR_STRICTATIME = 0x20
MOUNT_ATTR_NODIRATIME = 0x80
MOUNT_ATTR_IDMAP = 0x100000
MOUNT_ATTR_NOSYMFOLLOW = 0x200000

OPEN_TREE_CLONE = 1
OPEN_TREE_CLOEXEC = 0o2000000
_MOVE_MOUNT_F_EMPTY_PATH = 0x04
_MOVE_MOUNT_T_EMPTY_PATH = 0x40
_CLOEXEC = 1
_SET_FLAG = 0
_SET_STRING = 1
_CMD_CREATE = 6


def mount(source: str, target: str, fstype: str, flags: int, data: str = "") -> None:
    """man 2 mount.  `target` may be the path of a descriptor below /proc/self/fd."""
    call("mount", c_string(source), c_string(target), c_string(fstype), flags, c_string(data), path=target)


def umount2(target: str, flags: int) -> None:
    """man 2 umount2."""
    call("umount2", c_string(target), flags, path=target)


def pivot_root(new_root: str, put_old: str) -> None:
    """man 2 pivot_root."""
    call("pivot_root", c_string(new_root), c_string(put_old), path=new_root)


def open_tree(path: str, recursive: bool, directory: int = AT_FDCWD) -> int:
    """A detached copy of the mount at `path`, as a descriptor; with `recursive` also of those below it.

    An empty `path` means the descriptor `directory` itself.
    """
    flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (AT_RECURSIVE if recursive else 0) | (0 if path else AT_EMPTY_PATH)
    return call("open_tree", directory, c_string(path), flags, path=path)


def move_mount(tree: int, target: int, path: str = "") -> None:
    """Attach the detached mount `tree` on the descriptor `target`; `path` names the target in the error."""
    flags = _MOVE_MOUNT_F_EMPTY_PATH | _MOVE_MOUNT_T_EMPTY_PATH
    call("move_mount", tree, b"", target, b"", flags, path=path)


def mount_setattr(
    mount_fd: int, set_: int, clear: int, recursive: bool = False, propagation: int = 0, userns: int = 0, path: str = ""
) -> None:
    """Change the attributes of one mount, or of a tree of them, in one step (MOUNT_ATTR_*, MS_PRIVATE ...)."""
    attributes = b"".join(value.to_bytes(8, "little") for value in (set_, clear, propagation, userns))
    flags = AT_EMPTY_PATH | (AT_RECURSIVE if recursive else 0)
    call("mount_setattr", mount_fd, b"", flags, attributes, len(attributes), path=path)


def new_filesystem(fstype: str, source: str, options: "list[str]", attributes: int) -> int:
    """A new instance of a file system as a detached mount: fsopen, fsconfig for each option, fsmount.

    `options` are `key=value` or bare flags, as in mount(8)'s -o.  Returns the descriptor of the mount.
    Raises KernelError with the file system's own words where it left any.
    """
    context = call("fsopen", c_string(fstype), _CLOEXEC, path=fstype)
    try:
        if source:
            _configure(context, fstype, "source", source)
        for option in options:
            key, equals, value = option.partition("=")
            _configure(context, fstype, key, value if equals else None)
        try:
            call("fsconfig", context, _CMD_CREATE, None, None, 0, path=fstype)
        except KernelError as error:
            raise _explained(error, context) from None
        return call("fsmount", context, _CLOEXEC, attributes, path=fstype)
    finally:
        close(context)


def _configure(context: int, fstype: str, key: str, value: "str | None") -> None:
    try:
        if value is None:
            call("fsconfig", context, _SET_FLAG, c_string(key), None, 0, path=f"{fstype} option {key}")
        else:
            text = f"{fstype} option {key}={value}"
            call("fsconfig", context, _SET_STRING, c_string(key), c_string(value), 0, path=text)
    except KernelError as error:
        raise _explained(error, context) from None


def _explained(error: KernelError, context: int) -> KernelError:
    """`error` with the message that the file system wrote to its context (lines like `e tmpfs: Bad value`)."""
    try:
        said = read(context, 4096).decode("utf-8", "replace").strip()
    except OSError:
        return error
    error.message += f" ({said[2:] if said[1:2] == ' ' else said})"
    return error
