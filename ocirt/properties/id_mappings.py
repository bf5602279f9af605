"""`linux.uidMappings` and `linux.gidMappings` (config-linux.md#user-namespace-mappings, man 7 user_namespaces)."""

import posix

from ocirt.errors import Error, SpecError
from ocirt.kernel.call import failure
from ocirt.properties.namespaces import is_new

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.creation import Creation
    from ocirt.spec.types import IDMapping, Spec

_KINDS = (("uid", "newuidmap"), ("gid", "newgidmap"))
_HIGHEST = 1 << 32


def check(spec: "Spec") -> None:
    """Mappings belong to a new user namespace, and a new user namespace needs them."""
    new = is_new(spec, "user")
    for kind, _ in _KINDS:
        key = f"linux.{kind}Mappings"
        mappings = _mappings(spec, kind)
        if mappings and not new:
            raise SpecError(key, "want a new user namespace in linux.namespaces, found none")
        if new and not mappings:
            raise SpecError(key, "want at least one mapping for the new user namespace, found none")
        for at, mapping in enumerate(mappings):
            if mapping["size"] == 0:
                raise SpecError(f"{key}[{at}].size", "want at least 1, got 0")
            for side in ("containerID", "hostID"):
                if int(mapping[side]) + mapping["size"] > _HIGHEST:
                    raise SpecError(f"{key}[{at}]", f"{side} plus size is beyond the highest ID")


def _mappings(spec: "Spec", kind: str) -> "list[IDMapping]":
    linux = spec.get("linux", {})
    return linux.get("uidMappings", []) if kind == "uid" else linux.get("gidMappings", [])


def host_id(spec: "Spec", kind: str, container_id: int) -> int:
    """The host's ID of the container's `container_id` (kind `uid` or `gid`); 65534 where it has none."""
    mappings = _mappings(spec, kind)
    for mapping in mappings:
        if 0 <= container_id - mapping["containerID"] < mapping["size"]:
            return mapping["hostID"] + container_id - mapping["containerID"]
    return 65534 if mappings else container_id


def attach(c: "Creation") -> None:
    """Write init's maps: the kernel takes them once, from a process outside."""
    if not is_new(c.spec, "user"):
        return
    for kind, helper in _KINDS:
        mappings = _mappings(c.spec, kind)
        try:
            if posix.geteuid() == 0:
                c.procfs.write(f"{c.pid}/{kind}_map", _text(mappings))
            elif not _write_own(c, kind, mappings):
                _run_helper(c.pid, helper, mappings)
        except Error as error:
            raise error.within(f"linux.{kind}Mappings") from None


def _text(mappings: "list[IDMapping]") -> str:
    return "".join(f"{m['containerID']} {m['hostID']} {m['size']}\n" for m in mappings)


def _write_own(c: "Creation", kind: str, mappings: "list[IDMapping]") -> bool:
    """An ordinary user may map just itself, and its group once setgroups(2) is denied (CVE-2014-8989)."""
    own = posix.geteuid() if kind == "uid" else posix.getegid()
    if len(mappings) != 1 or mappings[0]["size"] != 1 or mappings[0]["hostID"] != own:
        return False
    if kind == "gid":
        c.procfs.write(f"{c.pid}/setgroups", "deny")
    c.procfs.write(f"{c.pid}/{kind}_map", _text(mappings))
    return True


def _run_helper(pid: int, helper: str, mappings: "list[IDMapping]") -> None:
    """newuidmap(1) and newgidmap(1): setuid programs that grant what /etc/subuid and /etc/subgid allow."""
    arguments = [helper, str(pid), *_text(mappings).split()]
    reader, writer = posix.pipe2(posix.O_CLOEXEC)
    try:
        stderr = [(posix.POSIX_SPAWN_DUP2, writer, 2)]
        child = posix.posix_spawnp(helper, arguments, posix.environ, file_actions=stderr)
    except OSError as error:
        posix.close(reader)
        raise failure("exec", error, helper) from None
    finally:
        posix.close(writer)
    said = posix.read(reader, 4096).decode("utf-8", "replace").strip()
    posix.close(reader)
    if posix.waitpid(child, 0)[1] != 0:
        raise Error(f"{helper}: {said or 'failed'}")
