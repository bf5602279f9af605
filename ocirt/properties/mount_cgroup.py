"""A mount of type `cgroup`: the container's view of its control groups (config.md#mounts)."""

import posix
from errno import EBUSY, EPERM

from ocirt.cgroup.hierarchy import UNIFIED, hierarchies
from ocirt.errors import KernelError
from ocirt.kernel.mount import MOUNT_ATTR_RDONLY, mount_setattr, move_mount, new_filesystem, open_tree
from ocirt.properties.namespaces import enter_cgroup, has

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.creation import Creation
    from ocirt.properties.mount_options import MountOptions


def populate(c: "Creation", target: int, options: "MountOptions") -> int:
    """Make the mount and return it, still detached for v2; v1's is attached on `target`, for more is mounted in it."""
    enter_cgroup(c)
    found = hierarchies()
    if set(found) == {UNIFIED}:
        tree = _unified(c, options)
        move_mount(tree, target)
        return tree
    tree = new_filesystem("tmpfs", "tmpfs", ["mode=755"], options.set & ~MOUNT_ATTR_RDONLY)
    move_mount(tree, target)
    names: dict[str, list[str]] = {}
    for controller, hierarchy in found.items():
        if controller != UNIFIED:
            names.setdefault(hierarchy.mountpoint, []).append(controller)
    for mountpoint, controllers in names.items():
        _one_v1(c, tree, mountpoint.rpartition("/")[2], controllers, options)
    if options.read_only:
        mount_setattr(tree, MOUNT_ATTR_RDONLY, 0)
    return tree


def _unified(c: "Creation", options: "MountOptions") -> int:
    try:
        return new_filesystem("cgroup2", "cgroup", [*options.superblock, *options.data], options.set)
    except KernelError as error:
        # Not the owner of the cgroup namespace, or a hierarchy that somebody else holds: show the container its own.
        if error.errno not in (EPERM, EBUSY):
            raise
    return _bound(_own_directory(c, UNIFIED), options)


def _one_v1(c: "Creation", tree: int, name: str, controllers: "list[str]", options: "MountOptions") -> None:
    posix.mkdir(name, 0o755, dir_fd=tree)
    place = posix.open(name, posix.O_PATH | posix.O_DIRECTORY | posix.O_NOFOLLOW | posix.O_CLOEXEC, dir_fd=tree)
    if has(c.spec, "cgroup"):
        mount = new_filesystem("cgroup", "cgroup", controllers, options.set)
    else:
        mount = _bound(_own_directory(c, controllers[0]), options)
    move_mount(mount, place, name)
    posix.close(mount)
    posix.close(place)
    for controller in controllers:
        if controller != name and "=" not in controller:
            posix.symlink(name, controller, dir_fd=tree)


def _own_directory(c: "Creation", controller: str) -> str:
    paths = c.cgroup.record["paths"]
    if controller in paths:
        return str(paths[controller])
    hierarchy = hierarchies()[controller]
    return hierarchy.mountpoint + hierarchy.own


def _bound(directory: str, options: "MountOptions") -> int:
    tree = open_tree(directory, recursive=False)
    mount_setattr(tree, options.set, options.clear)
    return tree
