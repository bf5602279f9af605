"""Where the cgroup file systems are, and where in them this process is (man 7 cgroups, man 5 proc).

The answer to both comes from /proc/self: nothing is assumed about /sys/fs/cgroup.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# Words in the options of a v1 mount that are not controllers.
_MOUNT_FLAGS = frozenset(("rw", "ro", "noprefix", "clone_children", "xattr", "cpuset_v2_mode", "release_agent"))
# The key of cgroup v2's one hierarchy.
UNIFIED = ""


class Hierarchy:
    """One mounted cgroup hierarchy: its mount point and this process's own cgroup as a path below it."""

    __slots__ = ("mountpoint", "own")

    def __init__(self, mountpoint: str, own: str) -> None:
        self.mountpoint = mountpoint
        self.own = own

    def directory(self, cgroups_path: str, own: "str | None" = None) -> str:
        """The directory of `cgroupsPath`: absolute means below the mount, relative below this process's own cgroup."""
        base = "" if cgroups_path.startswith("/") else (self.own if own is None else own)
        return f"{self.mountpoint}{base.rstrip('/')}/{cgroups_path.strip('/')}"


def hierarchies() -> "dict[str, Hierarchy]":
    """Controller name -> hierarchy; a named v1 hierarchy is `name=NAME`, cgroup v2 is `UNIFIED`."""
    own = dict(_own_cgroups())
    found: dict[str, Hierarchy] = {}
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            fields, _, tail = line.partition(" - ")
            fstype, _, options = tail.split(" ", 2)
            if fstype not in ("cgroup", "cgroup2"):
                continue
            _, _, _, root, mountpoint, *_ = fields.split(" ")
            keys = [UNIFIED] if fstype == "cgroup2" else _controllers(options)
            for key in keys:
                found.setdefault(key, Hierarchy(mountpoint, _below(own.get(key, "/"), root)))
    return found


def _own_cgroups() -> "Iterator[tuple[str, str]]":
    with open("/proc/self/cgroup", encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            _, controllers, path = line.rstrip("\n").split(":", 2)
            for controller in controllers.split(","):
                yield controller, path


def _controllers(options: str) -> "list[str]":
    words = options.rstrip("\n").split(",")
    return [word for word in words if word.split("=")[0] not in _MOUNT_FLAGS]


def _below(own: str, root: str) -> str:
    """`own` as seen from a mount of the subtree `root`, which is all that some containers have of a hierarchy."""
    if root == "/" or not f"{own}/".startswith(f"{root}/"):
        return own if root == "/" else "/"
    return own[len(root) :] or "/"
