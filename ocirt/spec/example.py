"""The config.json that `ocirt spec` writes: a shell in a container of one's own, to be edited."""

from ocirt.spec.version import NEWEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.spec.names import NamespaceType
    from ocirt.spec.types import Linux, Mount, Process, Spec

_CAPABILITIES = ("CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE")
_CAPABILITY_SETS = ("bounding", "effective", "permitted")
"""Not `inheritable`, and so not `ambient`: programs must not get capabilities from them (CVE-2022-29162)."""

_MASKED_PATHS = (
    "/proc/acpi",
    "/proc/asound",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/proc/sched_debug",
    "/sys/firmware",
    "/proc/scsi",
)
_READONLY_PATHS = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")


def example(*, rootless: bool = False, uid: int = 0, gid: int = 0, cgroup_v2: bool = True) -> "Spec":
    """A new example document, keys in runc's order.

    With `rootless` it is one that an ordinary user can run: `uid` and `gid`, the user's, become root inside;
    otherwise they say nothing.  `cgroup_v2` tells that the host has cgroup v2 alone, where the container gets a
    cgroup namespace.
    """
    return {
        "ociVersion": NEWEST,
        "process": _process(),
        "root": {"path": "rootfs", "readonly": True},
        "hostname": "ocirt",
        "mounts": _mounts(rootless=rootless),
        "linux": _linux(rootless=rootless, uid=uid, gid=gid, cgroup_v2=cgroup_v2),
    }


def _process() -> "Process":
    return {
        "terminal": True,
        "user": {"uid": 0, "gid": 0},
        "args": ["sh"],
        "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
        "cwd": "/",
        "capabilities": {name: list(_CAPABILITIES) for name in _CAPABILITY_SETS},  # type: ignore[typeddict-item]
        "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}],
        "noNewPrivileges": True,
    }


def _mount(destination: str, kind: str, source: str, options: str = "") -> "Mount":
    mount: Mount = {"destination": destination, "type": kind, "source": source}
    if options:
        mount["options"] = options.split(",")
    return mount


def _mounts(*, rootless: bool) -> "list[Mount]":
    sysfs = _mount("/sys", "sysfs", "sysfs", "nosuid,noexec,nodev,ro")
    devpts = "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620"
    if rootless:
        # A new sysfs belongs to a network namespace of the user's own; without one only the host's can be shown.
        sysfs = _mount("/sys", "none", "/sys", "rbind,nosuid,noexec,nodev,ro")
    else:
        devpts += ",gid=5"  # rootless, there is no group but 0 in the container
    return [
        _mount("/proc", "proc", "proc"),
        _mount("/dev", "tmpfs", "tmpfs", "nosuid,strictatime,mode=755,size=65536k"),
        _mount("/dev/pts", "devpts", "devpts", devpts),
        _mount("/dev/shm", "tmpfs", "shm", "nosuid,noexec,nodev,mode=1777,size=65536k"),
        _mount("/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev"),
        sysfs,
        _mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid,noexec,nodev,relatime,ro"),
    ]


def _linux(*, rootless: bool, uid: int, gid: int, cgroup_v2: bool) -> "Linux":
    kinds: list[NamespaceType] = ["pid", "network", "ipc", "uts", "mount"]
    if cgroup_v2:
        kinds.append("cgroup")
    linux: Linux = {}
    if rootless:
        kinds.remove("network")
        kinds.append("user")
        linux["uidMappings"] = [{"containerID": 0, "hostID": uid, "size": 1}]
        linux["gidMappings"] = [{"containerID": 0, "hostID": gid, "size": 1}]
    else:
        linux["resources"] = {"devices": [{"allow": False, "access": "rwm"}]}
    linux["namespaces"] = [{"type": kind} for kind in kinds]
    linux["maskedPaths"] = list(_MASKED_PATHS)
    linux["readonlyPaths"] = list(_READONLY_PATHS)
    return linux
