"""`linux.maskedPaths` and `linux.readonlyPaths` (config-linux.md#masked-paths, #readonly-paths).

A masked file is covered by the host's /dev/null, taken before the root changes: the container's own may be anything
(CVE-2025-31133).  A masked directory is covered by an empty read-only tmpfs, one instance for all of them.
"""

import posix
from errno import ENOENT, ENOTDIR

from ocirt.errors import Error, KernelError, SpecError
from ocirt.kernel.mount import MOUNT_ATTR_RDONLY, mount_setattr, move_mount, new_filesystem, open_tree
from ocirt.properties.namespaces import has

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ocirt.creation import Creation
    from ocirt.spec.types import Spec

_S_IFMT, _S_IFDIR, _S_IFCHR = 0o170000, 0o040000, 0o020000


def check(spec: "Spec") -> None:
    """Every path is absolute, and there is a mount namespace to change."""
    linux = spec.get("linux", {})
    for key, paths in (
        ("maskedPaths", linux.get("maskedPaths", [])),
        ("readonlyPaths", linux.get("readonlyPaths", [])),
    ):
        if paths and not has(spec, "mount"):
            raise SpecError(f"linux.{key}", "want a mount namespace in linux.namespaces, found none")
        for at, path in enumerate(paths):
            if not path.startswith("/"):
                raise SpecError(f"linux.{key}[{at}]", f'want an absolute path, got "{path}"')


def populate(c: "Creation") -> None:
    """Take a copy of the mount of the host's /dev/null."""
    if c.spec.get("linux", {}).get("maskedPaths"):
        c.null_tree = open_tree("/dev/null", recursive=False)
        status = posix.fstat(c.null_tree)
        if (status.st_mode & _S_IFMT, status.st_rdev) != (_S_IFCHR, posix.makedev(1, 3)):
            raise Error("/dev/null: want the character device 1:3, found something else")


def confine(c: "Creation") -> None:
    """Make the read-only paths so, then cover the masked ones; a path that isn't there is passed over."""
    linux = c.spec.get("linux", {})
    for at, path in enumerate(linux.get("readonlyPaths", [])):
        _with_path(c, f"linux.readonlyPaths[{at}]", path, _make_read_only)
    masks = _Masks(c.null_tree)
    for at, path in enumerate(linux.get("maskedPaths", [])):
        _with_path(c, f"linux.maskedPaths[{at}]", path, masks.cover)


def _with_path(c: "Creation", where: str, path: str, action: "Callable[[int, str], None]") -> None:
    try:
        fd = c.root.open(path)
    except KernelError as error:
        if error.errno in (ENOENT, ENOTDIR):
            return
        raise error.within(where) from None
    try:
        action(fd, path)
    except Error as error:
        raise error.within(where) from None
    finally:
        posix.close(fd)


def _make_read_only(fd: int, path: str) -> None:
    tree = open_tree("", recursive=True, directory=fd)
    try:
        mount_setattr(tree, MOUNT_ATTR_RDONLY, 0, path=path)
        move_mount(tree, fd, path)
    finally:
        posix.close(tree)


class _Masks:
    """The two covers.  Once attached somewhere, a cover is copied from there: detached mounts cannot be copied."""

    def __init__(self, null_tree: int) -> None:
        self.null = null_tree
        self.null_attached = False
        self.empty = -1

    def cover(self, fd: int, path: str) -> None:
        """Attach the cover that fits the file or directory `fd`."""
        directory = (posix.fstat(fd).st_mode & _S_IFMT) == _S_IFDIR
        if directory and self.empty < 0:
            self.empty = tree = new_filesystem("tmpfs", "tmpfs", [], MOUNT_ATTR_RDONLY)
        elif not directory and not self.null_attached:
            self.null_attached, tree = True, self.null
        else:
            tree = open_tree("", recursive=False, directory=self.empty if directory else self.null)
        move_mount(tree, fd, path)
        if tree not in (self.empty, self.null):
            posix.close(tree)
