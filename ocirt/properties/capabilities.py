"""`process.capabilities`: the five sets (config.md#linux-process, man 7 capabilities).

Each set is exactly what the config lists.  The inheritable set is never filled from another one (CVE-2022-24769), and
a capability is ambient only where it is inheritable and permitted too: the kernel sees to that.
"""

from errno import EINVAL

from ocirt import log
from ocirt.errors import Error, KernelError
from ocirt.kernel import prctl
from ocirt.kernel.call import call
from ocirt.kernel.credentials import capget, capset
from ocirt.properties.namespaces import has

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.creation import Creation

NAMES = tuple(
    f"CAP_{name}"
    for name in (
        "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE "
        "NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT "
        "SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL "
        "SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE"
    ).split()
)
SETS = ("bounding", "effective", "inheritable", "permitted", "ambient")
_BITS = {name: 1 << number for number, name in enumerate(NAMES)}
_EVERY_BIT = (1 << 64) - 1

_PR_CAPBSET_DROP = 24
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_PR_CAP_AMBIENT_CLEAR_ALL = 4


def prepare(c: "Creation") -> None:
    """Turn the names into masks of what this host can grant; the rest is a warning (config.md#linux-process)."""
    wanted = c.spec.get("process", {}).get("capabilities")
    if wanted is None:
        return
    # In a user namespace every capability is there to give; otherwise the runtime's own are the limit.
    grantable = _EVERY_BIT if has(c.spec, "user") else capget()[1]
    for name in SETS:
        mask = 0
        names: list[str] = wanted.get(name, [])  # type: ignore[assignment]
        for capability in names:
            bit = _BITS.get(capability, 0)
            if not bit & grantable:
                reason = "this runtime cannot grant it" if bit else "no such capability"
                log.warning(f"process.capabilities.{name}: ignoring {capability}: {reason}")
            mask |= bit & grantable
        c.capabilities[name] = mask


def drop_bounding(c: "Creation") -> None:
    """Before the user changes: while CAP_SETPCAP is held, shrink the bounding set; keep the others over setuid(2)."""
    if not c.capabilities:
        return
    for number in range(64):
        try:
            if not c.capabilities["bounding"] >> number & 1:
                # python-prctl knows the capabilities of the headers it was built with; the kernel may have more.
                call("prctl", _PR_CAPBSET_DROP, number, 0, 0, 0)
        except KernelError as error:
            if error.errno == EINVAL:  # the kernel has no more
                break
            raise error.within("process.capabilities.bounding") from None
    prctl.set_keepcaps(1)


def confine(c: "Creation") -> None:
    """After the user has changed: set the remaining four."""
    if not c.capabilities:
        return
    masks = c.capabilities
    try:
        capset(masks["effective"], masks["permitted"], masks["inheritable"])
        prctl.set_keepcaps(0)
        call("prctl", _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
        for number in range(len(NAMES)):
            # The kernel refuses what is not both permitted and inheritable; runc only warns of that, so pass over it.
            if (masks["ambient"] & masks["permitted"] & masks["inheritable"]) >> number & 1:
                call("prctl", _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, number, 0, 0)
    except Error as error:
        raise error.within("process.capabilities") from None


def features() -> "dict[str, object]":
    """What this property adds to `ocirt features`."""
    return {"linux": {"capabilities": list(NAMES)}}
