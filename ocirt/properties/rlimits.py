"""`process.rlimits` (config.md#posix-process, man 2 getrlimit)."""

from ocirt.errors import Error, SpecError
from ocirt.kernel.call import call
from ocirt.kernel.credentials import capget

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.creation import Creation
    from ocirt.spec.types import Spec

_CAP_SYS_RESOURCE = 24

RESOURCES = {
    f"RLIMIT_{name}": number
    for number, name in enumerate(
        "CPU FSIZE DATA STACK CORE RSS NPROC NOFILE MEMLOCK AS LOCKS SIGPENDING MSGQUEUE NICE RTPRIO RTTIME".split()
    )
}


def check(spec: "Spec") -> None:
    """Known types, each at most once, soft below hard."""
    seen: dict[str, int] = {}
    for at, limit in enumerate(spec.get("process", {}).get("rlimits", [])):
        where, kind = f"process.rlimits[{at}]", limit["type"]
        if kind not in RESOURCES:
            raise SpecError(f"{where}.type", f'want one of {", ".join(RESOURCES)}, got "{kind}"')
        if kind in seen:
            raise SpecError(f"{where}.type", f"{kind} is already at process.rlimits[{seen[kind]}]")
        if limit["soft"] > limit["hard"]:
            raise SpecError(f"{where}.soft", f"want at most the hard limit {limit['hard']}, got {limit['soft']}")
        seen[kind] = at


def prepare(c: "Creation") -> None:
    """man 2 prlimit: to change the limits of a process of another user takes CAP_SYS_RESOURCE, as does any raising."""
    c.limits_from_outside = bool(capget()[0] >> _CAP_SYS_RESOURCE & 1)


def limit(c: "Creation") -> None:
    """Set them on init from outside, when only ocirt-init is left in it: the stage before needs files and memory."""
    if c.limits_from_outside:
        _apply(c, c.pid)


def launch(c: "Creation") -> None:
    """In init, at the very end, where the runtime may not do it: nothing could be raised then anyway."""
    if not c.limits_from_outside:
        _apply(c, 0)


def _apply(c: "Creation", pid: int) -> None:
    for at, rlimit in enumerate(c.spec.get("process", {}).get("rlimits", [])):
        value = rlimit["soft"].to_bytes(8, "little") + rlimit["hard"].to_bytes(8, "little")
        try:
            call("prlimit64", pid, RESOURCES[rlimit["type"]], value, None)
        except Error as error:
            raise error.within(f"process.rlimits[{at}] {rlimit['type']}") from None
