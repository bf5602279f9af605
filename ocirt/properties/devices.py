"""`linux.devices`, and the devices and links of every container (config-linux.md#devices, #default-devices).

Everything is made relative to the descriptor of the directory that holds it: the image's /dev may be a symlink to a
directory of the host (CVE-2026-41579).
"""

import posix
from errno import EEXIST, ENOENT, EPERM

from ocirt.errors import Error, SpecError
from ocirt.kernel.call import failure
from ocirt.kernel.mount import move_mount, open_tree
from ocirt.kernel.path import RESOLVE_BENEATH, exists, openat2

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.creation import Creation
    from ocirt.spec.types import Device, Spec

_S_IFMT = 0o170000
_TYPES = {"c": 0o020000, "u": 0o020000, "b": 0o060000, "p": 0o010000}

DEFAULT_DEVICES: "list[Device]" = [
    {"path": "/dev/null", "type": "c", "major": 1, "minor": 3},
    {"path": "/dev/zero", "type": "c", "major": 1, "minor": 5},
    {"path": "/dev/full", "type": "c", "major": 1, "minor": 7},
    {"path": "/dev/tty", "type": "c", "major": 5, "minor": 0},
    {"path": "/dev/random", "type": "c", "major": 1, "minor": 8},
    {"path": "/dev/urandom", "type": "c", "major": 1, "minor": 9},
]
_LINKS = [
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
    ("ptmx", "pts/ptmx"),
]


def check(spec: "Spec") -> None:
    """Types with their numbers, absolute paths."""
    for at, device in enumerate(spec.get("linux", {}).get("devices", [])):
        where = f"linux.devices[{at}]"
        if device["type"] not in _TYPES:
            raise SpecError(f"{where}.type", f'want one of c, b, u, p, got "{device["type"]}"')
        if not device["path"].startswith("/") or device["path"].endswith("/"):
            raise SpecError(f"{where}.path", f'want the absolute path of a file, got "{device["path"]}"')
        for key in ("major", "minor"):
            if device["type"] != "p" and key not in device:
                raise SpecError(f"{where}.{key}", f"required for type {device['type']}, but missing")


def populate(c: "Creation") -> None:
    """Make the listed devices, the default ones that the list does not replace, and the links of /dev."""
    if _dev_is_bound(c.spec):
        return
    old_mask = posix.umask(0)
    try:
        listed = c.spec.get("linux", {}).get("devices", [])
        replaced = {device["path"] for device in listed}
        for device in DEFAULT_DEVICES:
            if device["path"] not in replaced:
                _make(c, device, f"default device {device['path']}")
        for at, device in enumerate(listed):
            _make(c, device, f"linux.devices[{at}] {device['path']}")
        _link(c)
    finally:
        posix.umask(old_mask)


def _dev_is_bound(spec: "Spec") -> bool:
    """A /dev that somebody binds into the container is complete as it is, and not the runtime's to change."""
    for entry in spec.get("mounts", []):
        if entry["destination"].rstrip("/") == "/dev" and {"bind", "rbind"}.intersection(entry.get("options", [])):
            return True
    return False


def _make(c: "Creation", device: "Device", where: str) -> None:
    parent = -1
    try:
        parent, name = c.root.open_parent(device["path"])
        _make_at(parent, name, device)
    except Error as error:
        raise error.within(where) from None
    finally:
        if parent >= 0:
            posix.close(parent)


def _make_at(parent: int, name: str, device: "Device") -> None:
    mode = device.get("fileMode", 0o666) & 0o7777
    number = posix.makedev(device["major"], device["minor"]) if device["type"] != "p" else 0
    kind = _TYPES[device["type"]]
    try:
        posix.mknod(name, kind | mode, number, dir_fd=parent)
    except OSError as error:
        if error.errno == EEXIST:
            _accept(parent, name, kind, number, device)
        elif error.errno == EPERM:
            # In a user namespace nobody may make devices; the host's own is bound instead.
            _bind(parent, name, device)
        else:
            raise failure("mknod", error, device["path"]) from None
        return
    if device.get("uid", 0) or device.get("gid", 0):
        posix.chown(name, device.get("uid", 0), device.get("gid", 0), dir_fd=parent, follow_symlinks=False)


def _accept(parent: int, name: str, kind: int, number: int, device: "Device") -> None:
    """config-linux.md#devices: a file that is there already must be this very device."""
    status = posix.stat(name, dir_fd=parent, follow_symlinks=False)
    if status.st_mode & _S_IFMT != kind or (kind != _TYPES["p"] and status.st_rdev != number):
        wanted = f"{device['type']} {device.get('major', 0)}:{device.get('minor', 0)}"
        raise Error(f"want the device {wanted}, found another file")


def _bind(parent: int, name: str, device: "Device") -> None:
    tree = open_tree(device["path"], recursive=False)
    try:
        status = posix.fstat(tree)
        if status.st_mode & _S_IFMT != _TYPES[device["type"]]:
            raise Error("want a device of this type on the host, found another file")
        target = openat2(parent, name, posix.O_CREAT | posix.O_NOFOLLOW, RESOLVE_BENEATH, 0o644)
        try:
            move_mount(tree, target, device["path"])
        finally:
            posix.close(target)
    finally:
        posix.close(tree)


def _link(c: "Creation") -> None:
    directory = c.root.mkdir_all("/dev")
    try:
        links = [*_LINKS, ("core", "/proc/kcore")] if exists("/proc/kcore") else _LINKS
        for name, target in links:
            try:
                if name == "ptmx":
                    _remove_old_ptmx(directory)
                posix.symlink(target, name, dir_fd=directory)
            except FileExistsError:
                continue
            except OSError as error:
                raise failure("symlink", error, f"/dev/{name}") from None
    finally:
        posix.close(directory)


def _remove_old_ptmx(directory: int) -> None:
    """An image may hold a ptmx device of the host's instance of devpts; ours is in pts."""
    try:
        posix.unlink("ptmx", dir_fd=directory)
    except OSError as error:
        if error.errno != ENOENT:
            raise
