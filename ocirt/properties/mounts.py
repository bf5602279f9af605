"""`mounts`: the file systems that the container finds besides its root, in the order of the list (config.md#mounts).

Sources are opened in the runtime as detached mounts, before init exists; init attaches them to descriptors below the
root handle.  No path is looked up twice, so nobody can exchange it in between (CVE-2021-30465).
"""

import posix
from errno import EPERM

from ocirt.errors import Error, KernelError, SpecError
from ocirt.kernel.call import call
from ocirt.kernel.mount import (
    MOUNT_ATTR_RDONLY,
    MS_REC,
    MS_REMOUNT,
    mount,
    mount_setattr,
    move_mount,
    new_filesystem,
    open_tree,
)
from ocirt.kernel.path import RESOLVE_IN_ROOT, RESOLVE_NO_SYMLINKS, join, openat2, proc_fd
from ocirt.properties import mount_options, root
from ocirt.properties.namespaces import has

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.creation import Creation
    from ocirt.properties.mount_options import MountOptions
    from ocirt.spec.types import Mount, Spec

_PROC_SUPER_MAGIC = 0x9FA0
# What may be mounted over inside /proc: lxcfs and the like offer these (reference: runc's list).
_COVERABLE_IN_PROC = frozenset(
    f"/proc/{name}"
    for name in (
        "cpuinfo",
        "diskstats",
        "meminfo",
        "stat",
        "swaps",
        "uptime",
        "loadavg",
        "slabinfo",
        "sys/kernel/ns_last_pid",
        "sys/crypto/fips_enabled",
    )
)


def check(spec: "Spec") -> None:
    """Options that contradict, a bind without a source, mounts without a mount namespace."""
    mounts = spec.get("mounts", [])
    if mounts and not has(spec, "mount"):
        raise SpecError("mounts", "want a mount namespace in linux.namespaces, found none")
    for at, entry in enumerate(mounts):
        where = f"mounts[{at}]"
        options = mount_options.parse(entry.get("options", []), where)
        if not entry["destination"]:
            raise SpecError(f"{where}.destination", 'want a path, got ""')
        if options.bind and not entry.get("source"):
            raise SpecError(f"{where}.source", "a bind mount wants the path to bind, found none")
        if not options.bind and not options.remount and not entry.get("type"):
            raise SpecError(f"{where}.type", "want a file system type, or bind or rbind among the options")
        for feature, used in (
            ("idmap", options.idmap or entry.get("uidMappings") or entry.get("gidMappings")),
            ("tmpcopyup", options.tmpcopyup),
        ):
            if used:
                raise SpecError(f"{where}.options", f"{feature} is not supported yet")


def prepare(c: "Creation") -> None:
    """Open what is to be bound, in the host's namespaces; None where there is nothing to open or init has to do it."""
    for at, entry in enumerate(c.spec.get("mounts", [])):
        options = mount_options.parse(entry.get("options", []), "")
        tree = None
        if options.bind and not options.remount:
            try:
                tree = _bound_tree(c, entry, options)
            except KernelError as error:
                # An ordinary user may not copy mounts here; in its own user namespace init may.
                if error.errno != EPERM or error.syscall != "open_tree":
                    raise error.within(_where(at, entry)) from None
        c.mount_trees.append(tree)


def _where(at: int, entry: "Mount") -> str:
    return f"mounts[{at}] on {entry['destination']}"


def _bound_tree(c: "Creation", entry: "Mount", options: "MountOptions") -> int:
    source = join(c.bundle, entry["source"])
    tree = open_tree(source, options.recursive)
    try:
        # A copy of a shared mount is a peer of the host's; it follows the container's propagation instead.
        mount_setattr(tree, 0, 0, recursive=True, propagation=root.propagation(c.spec) & ~MS_REC)
        _set_attributes(tree, options)
    except Error:
        posix.close(tree)
        raise
    return tree


def _set_attributes(tree: int, options: "MountOptions") -> None:
    """Only what the options name is changed: the source's other flags stay, locked ones too (config.md: `ro`)."""
    if options.recursive_set or options.recursive_clear:
        mount_setattr(tree, options.recursive_set, options.recursive_clear, recursive=True)
    if options.set or options.clear:
        mount_setattr(tree, options.set, options.clear)


def populate(c: "Creation") -> None:
    """In init: make each mount and attach it, in the listed order."""
    for at, entry in enumerate(c.spec.get("mounts", [])):
        options = mount_options.parse(entry.get("options", []), "")
        try:
            _mount_one(c, entry, options, c.mount_trees[at])
        except Error as error:
            raise error.within(_where(at, entry)) from None


def _mount_one(c: "Creation", entry: "Mount", options: "MountOptions", tree: "int | None") -> None:
    destination = entry["destination"]
    if options.remount:
        _remount(c, destination, options)
    elif options.bind:
        if tree is None:
            tree = _bound_tree(c, entry, options)
        _attach(c, tree, destination, options)
    elif entry["type"] in ("cgroup", "cgroup2"):
        from ocirt.properties import mount_cgroup

        target = mountpoint(c, destination, directory=True)
        try:
            _refuse_inside_proc(c, target, -1)
            _set_propagation(mount_cgroup.populate(c, target, options), options)
        finally:
            posix.close(target)
    else:
        _mount_filesystem(c, entry, options)


def _mount_filesystem(c: "Creation", entry: "Mount", options: "MountOptions") -> None:
    fstype, destination = entry["type"], entry["destination"]
    parameters = options.superblock + options.data
    attributes = options.set
    if fstype == "tmpfs":
        # Devices and further mount points are still to be made in it: `finish` makes it read-only.
        attributes &= ~MOUNT_ATTR_RDONLY
        if not any(option.startswith("mode=") for option in options.data):
            parameters = [*parameters, *_mode_of(c, destination)]
    elif options.read_only:
        parameters = [*parameters, "ro"]
    ordinary = fstype in ("proc", "sysfs")
    target = mountpoint(c, destination, directory=True, ordinary=ordinary)
    try:
        if fstype != "proc":
            _refuse_inside_proc(c, target, -1)
        tree = new_filesystem(fstype, entry.get("source", ""), parameters, attributes)
        _attach_at(c, tree, target, destination, options)
    finally:
        posix.close(target)


def _mode_of(c: "Creation", destination: str) -> "list[str]":
    """A tmpfs without a mode takes that of the directory it covers."""
    try:
        fd = c.root.open(destination)
    except KernelError:
        return []
    mode = posix.fstat(fd).st_mode & 0o7777
    posix.close(fd)
    return [f"mode={mode:o}"]


def _attach(c: "Creation", tree: int, destination: str, options: "MountOptions") -> None:
    directory = (posix.fstat(tree).st_mode & 0o170000) == 0o040000
    target = mountpoint(c, destination, directory)
    try:
        _refuse_inside_proc(c, target, tree)
        _attach_at(c, tree, target, destination, options)
    finally:
        posix.close(target)


def _attach_at(c: "Creation", tree: int, target: int, destination: str, options: "MountOptions") -> None:
    try:
        move_mount(tree, target, destination)
        _set_propagation(tree, options)
    finally:
        posix.close(tree)


def _set_propagation(tree: int, options: "MountOptions") -> None:
    """After the attaching, which may have made the mount shared; one call for each, in their order."""
    for propagation in options.propagation:
        mount_setattr(tree, 0, 0, recursive=bool(propagation & MS_REC), propagation=propagation & ~MS_REC)


def mountpoint(c: "Creation", destination: str, directory: bool, ordinary: bool = False) -> int:
    """Open the place to mount on, made inside the root where it is missing; a relative path counts from `/`.

    `ordinary` refuses a symlink on the way: for proc and sysfs it would move what is masked and labelled later
    (CVE-2019-19921, CVE-2023-27561).
    """
    fd = c.root.mkdir_all(destination) if directory else c.root.touch(destination)
    if not ordinary:
        return fd
    posix.close(fd)
    flags = posix.O_PATH | posix.O_DIRECTORY | posix.O_NOFOLLOW
    try:
        return openat2(c.root.fd, destination, flags, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS)
    except KernelError:
        raise Error("must be mounted on ordinary directory") from None


def _refuse_inside_proc(c: "Creation", target: int, tree: int) -> None:
    """Nothing may replace /proc or cover what the runtime will write through it (CVE-2019-16884, CVE-2025-52881)."""
    place = posix.readlink(proc_fd(target)).removeprefix(posix.readlink(proc_fd(c.root.fd)).rstrip("/"))
    if place == "/proc" and (tree < 0 or _filesystem_magic(tree) != _PROC_SUPER_MAGIC):
        raise Error(f'"{place}" cannot be mounted because it is not of type proc')
    if place.startswith("/proc/") and place not in _COVERABLE_IN_PROC:
        raise Error(f'"{place}" cannot be mounted because it is inside /proc')


def _filesystem_magic(fd: int) -> int:
    buffer = bytearray(120)
    call("fstatfs", fd, buffer)
    return int.from_bytes(buffer[:8], "little")


def _remount(c: "Creation", destination: str, options: "MountOptions") -> None:
    fd = c.root.open(destination)
    try:
        if not options.bind:
            data = ",".join([*options.superblock, *options.data])
            mount("", proc_fd(fd), "", MS_REMOUNT | (options.set & 0xF), data)
        else:
            _set_attributes(fd, options)
    finally:
        posix.close(fd)


def finish(c: "Creation") -> None:
    """In init, when devices and mount points are made: read-only tmpfs become so."""
    for at, entry in enumerate(c.spec.get("mounts", [])):
        if entry.get("type") != "tmpfs":
            continue
        options = mount_options.parse(entry.get("options", []), "")
        if options.read_only and not options.bind:
            fd = c.root.open(entry["destination"])
            try:
                mount_setattr(fd, MOUNT_ATTR_RDONLY, 0)
            except Error as error:
                raise error.within(_where(at, entry)) from None
            finally:
                posix.close(fd)


def features() -> "dict[str, object]":
    """What this property adds to `ocirt features`."""
    return {"mountOptions": mount_options.known()}
