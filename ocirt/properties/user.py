"""`process.user`: uid, gid, additionalGids, umask (config.md#user)."""

import posix

from ocirt.errors import SpecError
from ocirt.kernel.call import failure
from ocirt.properties.id_mappings import host_id
from ocirt.properties.namespaces import is_new

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.creation import Creation
    from ocirt.spec.types import Spec, User

# runc's default; the spec leaves the inherited one, which no caller could rely on.
DEFAULT_UMASK = 0o022
ROOT: "User" = {"uid": 0, "gid": 0}


def of(spec: "Spec") -> "User":
    """The user of the process; root where the config is silent."""
    return spec.get("process", {}).get("user", ROOT)


def check(spec: "Spec") -> None:
    """IDs have to be mapped into the container's user namespace, if it gets its own."""
    if not is_new(spec, "user"):
        return
    user = of(spec)
    wanted = [("uid", "process.user.uid", user["uid"]), ("gid", "process.user.gid", user["gid"])]
    for at, gid in enumerate(user.get("additionalGids", [])):
        wanted.append(("gid", f"process.user.additionalGids[{at}]", gid))
    for kind, path, number in wanted:
        if host_id(spec, kind, number) == 65534 and number != 65534:
            raise SpecError(path, f"want an ID within linux.{kind}Mappings, got {number}")


def become_namespace_root() -> None:
    """In init, in its new user namespace: be its root, for what is made from here on to have an owner inside."""
    for name, change in (("setresgid", posix.setresgid), ("setresuid", posix.setresuid)):
        try:
            change(0, 0, 0)
        except OSError as error:
            raise failure(name, error, "0").within("linux.uidMappings: container ID 0 has to be mapped") from None


def confine(c: "Creation") -> None:
    """Groups first, while that is still allowed, then the uid; last the umask."""
    user = of(c.spec)
    try:
        _set_groups(c, user.get("additionalGids", []))
        posix.setresgid(user["gid"], user["gid"], user["gid"])
        posix.setresuid(user["uid"], user["uid"], user["uid"])
    except OSError as error:
        raise failure("setresuid", error, f"{user['uid']}:{user['gid']}").within("process.user") from None
    posix.umask(user.get("umask", DEFAULT_UMASK))


def _set_groups(c: "Creation", groups: "list[int]") -> None:
    try:
        posix.setgroups(groups)
    except PermissionError as error:
        # An ordinary user's own mapping has setgroups(2) denied (man 7 user_namespaces); there is nothing to drop then.
        if groups or not c.state.rootless:
            raise failure("setgroups", error, str(groups)).within("process.user.additionalGids") from None
