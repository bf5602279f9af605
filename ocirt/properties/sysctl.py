"""`linux.sysctl`: kernel parameters that belong to a namespace of the container's own (config-linux.md#sysctl)."""

from ocirt.errors import Error, SpecError
from ocirt.properties.namespaces import has

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.creation import Creation
    from ocirt.spec.types import Spec

_IPC_PARAMETERS = frozenset(
    f"kernel/{name}"
    for name in "msgmax msgmnb msgmni sem shmall shmmax shmmni shm_rmid_forced auto_msgmni msg_next_id sem_next_id "
    "shm_next_id".split()
)


def check(spec: "Spec") -> None:
    """Each parameter is namespaced, and the container has that namespace: the host's are not the container's to set."""
    for key in spec.get("linux", {}).get("sysctl", {}):
        where = f"linux.sysctl[{key}]"
        kind = _namespace_of(_path(key))
        if not kind:
            raise SpecError(where, "want a parameter of a namespace, this one is the whole host's")
        if not has(spec, kind):
            raise SpecError(where, f"want a {kind} namespace in linux.namespaces, found none")


def _namespace_of(path: str) -> str:
    """The kind of namespace that `path` below /proc/sys belongs to; empty for the host's own."""
    if "//" in path or "/../" in f"/{path}/":
        return ""
    if path in _IPC_PARAMETERS or path.startswith("fs/mqueue/"):
        return "ipc"
    if path.startswith("net/"):
        return "network"
    if path.startswith("user/"):
        return "user"
    return "uts" if path == "kernel/domainname" else ""


def _path(key: str) -> str:
    """sysctl(8) takes `net.ipv4.x` and `net/ipv4/x`: the first separator says which, the other is a plain character."""
    dot, slash = key.find("."), key.find("/")
    if slash >= 0 and (dot < 0 or slash < dot):
        return key
    return key.translate({ord("."): "/", ord("/"): "."})


def confine(c: "Creation") -> None:
    """Write them through a procfs that the container cannot have covered (CVE-2025-52881)."""
    for key, value in c.spec.get("linux", {}).get("sysctl", {}).items():
        try:
            c.procfs.write(f"sys/{_path(key)}", value)
        except Error as error:
            raise error.within(f"linux.sysctl[{key}]") from None
