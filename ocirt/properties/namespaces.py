"""`linux.namespaces`: new ones, joined ones, inherited ones (config-linux.md#namespaces)."""

import posix

from ocirt.errors import Error, SpecError
from ocirt.kernel.call import failure
from ocirt.kernel.namespace import (
    CLONE_NEWCGROUP,
    CLONE_NEWIPC,
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWTIME,
    CLONE_NEWUSER,
    CLONE_NEWUTS,
    setns,
    unshare,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.creation import Creation
    from ocirt.spec.types import Spec

FLAGS = {
    "user": CLONE_NEWUSER,
    "pid": CLONE_NEWPID,
    "network": CLONE_NEWNET,
    "mount": CLONE_NEWNS,
    "ipc": CLONE_NEWIPC,
    "uts": CLONE_NEWUTS,
    "cgroup": CLONE_NEWCGROUP,
    "time": CLONE_NEWTIME,
}
# The names of the links below /proc/PID/ns.
PROC_NAMES = {"network": "net", "mount": "mnt"}

# Made or entered by init itself, when its cgroup and its clock offsets are in place.
_LATE = CLONE_NEWCGROUP | CLONE_NEWTIME


def check(spec: "Spec") -> None:
    """No type twice; every path absolute."""
    seen: dict[str, int] = {}
    for at, namespace in enumerate(_listed(spec)):
        kind = namespace["type"]
        if kind not in FLAGS:
            raise SpecError(f"linux.namespaces[{at}].type", f'want one of {", ".join(FLAGS)}, got "{kind}"')
        if kind in seen:
            raise SpecError(f"linux.namespaces[{at}]", f"{kind} is already at linux.namespaces[{seen[kind]}]")
        path = namespace.get("path", "")
        if path and not path.startswith("/"):
            raise SpecError(f"linux.namespaces[{at}].path", f'want an absolute path, got "{path}"')
        if path and kind == "mount":
            # The root is changed by mounts and pivot_root: never in a namespace where others live.
            raise SpecError(f"linux.namespaces[{at}].path", "joining a mount namespace is not supported yet")
        seen[kind] = at


def is_new(spec: "Spec", kind: str) -> bool:
    """Whether the container gets a fresh namespace of this kind."""
    return any(namespace["type"] == kind and not namespace.get("path") for namespace in _listed(spec))


def has(spec: "Spec", kind: str) -> bool:
    """Whether the container has a namespace of this kind that the runtime is not in itself."""
    return any(namespace["type"] == kind for namespace in _listed(spec))


def prepare(c: "Creation") -> None:
    """Open the namespaces to join while the host's paths are still there."""
    for at, namespace in enumerate(_listed(c.spec)):
        kind, path = namespace["type"], namespace.get("path", "")
        if not path:
            c.new_namespaces |= FLAGS[kind]
            continue
        try:
            fd = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
            # Joining the namespace that one is in is refused for some kinds, and changes nothing for the others.
            own = _same(posix.fstat(fd), posix.stat(_own(kind)))
        except OSError as error:
            raise failure("open", error, path).within(f"linux.namespaces[{at}].path") from None
        if not own:
            c.joins.append((FLAGS[kind], fd, f"linux.namespaces[{at}].path {path}"))
    # The order of entry: the user namespace first, for it decides what the process may do to the others.
    c.joins.sort(key=lambda join: join[0] != CLONE_NEWUSER)


def _same(one: posix.stat_result, other: posix.stat_result) -> bool:
    return (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)


def _own(kind: str) -> str:
    """The path of the runtime's own namespace."""
    return f"/proc/self/ns/{PROC_NAMES.get(kind, kind)}"


def clone_flags(c: "Creation") -> int:
    """The CLONE_NEW* flags with which init is forked."""
    return c.new_namespaces & ~_LATE


def join_pid_before_clone(c: "Creation") -> None:
    """setns(2) into a PID namespace counts for children only, so it is the runtime that does it, before the clone."""
    for flag, fd, where in c.joins:
        if flag == CLONE_NEWPID:
            _enter(fd, flag, where)


def restore_pid_after_clone(c: "Creation") -> None:
    """Have the runtime's later children (hooks) in its own PID namespace again."""
    if any(flag == CLONE_NEWPID for flag, _, _ in c.joins):
        fd = posix.open(_own("pid"), posix.O_RDONLY | posix.O_CLOEXEC)
        setns(fd, CLONE_NEWPID)
        posix.close(fd)


def join(c: "Creation") -> None:
    """In init: enter the namespaces given by path, all but the PID namespace."""
    for flag, fd, where in c.joins:
        if flag != CLONE_NEWPID:
            _enter(fd, flag, where)


def _enter(fd: int, flag: int, where: str) -> None:
    try:
        setns(fd, flag)
    except Error as error:
        raise error.within(where) from None


def joins_cgroup_itself(c: "Creation") -> bool:
    """Whether init enters its cgroup by its own act: not from a user namespace, where it has no rights on the files."""
    return not has(c.spec, "user") and c.cgroup.entered_unified


def enter_cgroup(c: "Creation") -> None:
    """In init: once its cgroup is there, be in it, then make it the root that the container sees.  Once is enough."""
    if c.in_cgroup:
        return
    c.await_cgroup()
    c.in_cgroup = True
    if joins_cgroup_itself(c):
        c.cgroup.join()
    if c.new_namespaces & CLONE_NEWCGROUP:
        unshare(CLONE_NEWCGROUP)


def _listed(spec: "Spec") -> "list[dict[str, str]]":
    return spec.get("linux", {}).get("namespaces", [])  # type: ignore[return-value]


def features() -> "dict[str, object]":
    """What this property adds to `ocirt features`."""
    return {"linux": {"namespaces": sorted(FLAGS)}}
