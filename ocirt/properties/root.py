"""`root` and `linux.rootfsPropagation`: what becomes `/` (config.md#root, config-linux.md#rootfs-mount-propagation)."""

import posix

from ocirt.errors import Error, KernelError, SpecError
from ocirt.kernel.mount import (
    MNT_DETACH,
    MOUNT_ATTR_RDONLY,
    MS_BIND,
    MS_PRIVATE,
    MS_REC,
    MS_SLAVE,
    mount,
    mount_setattr,
    pivot_root,
    umount2,
)
from ocirt.kernel.path import Root, join, parent, proc_fd
from ocirt.properties.mount_options import PROPAGATION
from ocirt.properties.namespaces import has

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.creation import Creation
    from ocirt.spec.types import Spec

_MS_MOVE = 0x2000


def check(spec: "Spec") -> None:
    """`root` is required on Linux, and the propagation is one that mount(2) knows."""
    if "root" not in spec:
        raise SpecError("root", "required property is missing")
    propagation = spec.get("linux", {}).get("rootfsPropagation", "")
    if propagation and propagation not in PROPAGATION:
        raise SpecError("linux.rootfsPropagation", f'want one of {", ".join(sorted(PROPAGATION))}, got "{propagation}"')
    if spec["root"].get("readonly") and not has(spec, "mount"):
        raise SpecError("root.readonly", "want a mount namespace in linux.namespaces, found none")


def prepare(c: "Creation") -> None:
    """Find the root directory; relative paths count from the bundle, symlinks on the way are the host's own."""
    path = join(c.bundle, c.spec["root"]["path"])
    try:
        fd = posix.open(path, posix.O_PATH | posix.O_DIRECTORY | posix.O_CLOEXEC)
    except NotADirectoryError:
        raise SpecError("root.path", f"invalid rootfs: {path} is not a directory") from None
    except OSError as error:
        raise SpecError("root.path", f"invalid rootfs: stat {path}: {(error.strerror or '').lower()}") from None
    c.rootfs = posix.readlink(proc_fd(fd))
    posix.close(fd)
    if c.rootfs == "/":
        raise SpecError("root.path", "invalid rootfs: cannot be the host's root directory")
    c.state.rootfs = c.rootfs


def propagation(spec: "Spec") -> int:
    """The MS_* flags for the container's mounts; without the property they receive the host's mounts, never send."""
    return PROPAGATION.get(spec.get("linux", {}).get("rootfsPropagation", ""), MS_SLAVE | MS_REC)


def populate(c: "Creation") -> None:
    """Cut the mount namespace off the host's, make the root a mount of its own and open it as the handle `c.root`."""
    if has(c.spec, "mount"):
        _separate(c)
    c.root = Root(posix.open(c.rootfs, posix.O_PATH | posix.O_DIRECTORY | posix.O_CLOEXEC))


def _separate(c: "Creation") -> None:
    flags = propagation(c.spec)
    mount("", "/", "", flags)
    if not flags & (MS_SLAVE | MS_PRIVATE):
        _make_parent_private(c.rootfs)
    mount(c.rootfs, c.rootfs, "", MS_BIND | MS_REC)


def _make_parent_private(path: str) -> None:
    """The mount that holds the root must not be shared: pivot_root(2) refuses that, and a bind would reach the host."""
    while True:
        try:
            mount("", path, "", MS_PRIVATE)
            return
        except KernelError:  # EINVAL: not a mount point, so the mount is further up
            if path == "/":
                raise
            path = parent(path)


def change_root(c: "Creation") -> None:
    """Leave the host's file system behind; afterwards `/` is the container's root and `c.root` is opened anew."""
    if not has(c.spec, "mount"):
        posix.fchdir(c.root.fd)
        posix.chroot(".")
    elif c.options.no_pivot:
        _move_root(c)
    else:
        _pivot(c)
    posix.chdir("/")
    posix.close(c.root.fd)
    c.root = Root(posix.open("/", posix.O_PATH | posix.O_DIRECTORY | posix.O_CLOEXEC))


def _pivot(c: "Creation") -> None:
    """man 2 pivot_root, "pivot_root(".", ".")": the old root ends up below the new one, where it is unmounted."""
    old = posix.open("/", posix.O_PATH | posix.O_DIRECTORY | posix.O_CLOEXEC)
    posix.fchdir(c.root.fd)
    pivot_root(".", ".")
    posix.fchdir(old)
    # A slave does not send: the unmount below must not reach the host, whose mounts these are copies of.
    mount("", ".", "", MS_SLAVE | MS_REC)
    umount2(".", MNT_DETACH)
    posix.close(old)


def _move_root(c: "Creation") -> None:
    """--no-pivot, for a root that is a ramfs: move the mount over `/` and chroot into it."""
    for mountpoint in _host_views_of_the_kernel(c.rootfs):
        # A full procfs or sysfs below the chroot could be mounted again by the container (it counts as visible).
        try:
            mount("", mountpoint, "", MS_PRIVATE)
            umount2(mountpoint, MNT_DETACH)
        except KernelError:
            mount("tmpfs", mountpoint, "tmpfs", 0)
    posix.fchdir(c.root.fd)
    mount(c.rootfs, "/", "", _MS_MOVE)
    posix.chroot(".")


def _host_views_of_the_kernel(rootfs: str) -> "list[str]":
    """The mount points of procfs and sysfs outside `rootfs`, the deepest first."""
    found = []
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            fields, _, rest = line.partition(" - ")
            mountpoint = fields.split()[4]
            if rest.split()[0] in ("proc", "sysfs") and not f"{mountpoint}/".startswith(f"{rootfs}/"):
                found.append(mountpoint)
    return found[::-1]


def confine(c: "Creation") -> None:
    """Apply the propagation once more (the root is a new mount) and make the root read-only, last of all mounts."""
    if not has(c.spec, "mount"):
        return
    if c.spec.get("linux", {}).get("rootfsPropagation"):
        mount("", "/", "", propagation(c.spec))
    if c.spec["root"].get("readonly"):
        try:
            mount_setattr(c.root.fd, MOUNT_ATTR_RDONLY, 0, path="/")
        except Error as error:
            raise error.within("root.readonly") from None
