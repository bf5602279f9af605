"""`linux.resources.cpu`: shares, quota, real-time budget, CPU and memory node sets (config-linux.md#cpu)."""

from ocirt.errors import SpecError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.spec.types import CPU

CONTROLLER = "cpu"
CPUSET_CONTROLLER = "cpuset"
_PATH = "linux.resources.cpu"


def check(cpu: "CPU") -> None:
    """What the kernel would refuse in a way that is hard to read."""
    if cpu.get("idle", 0) not in (0, 1):
        raise SpecError(f"{_PATH}.idle", f"want 0 or 1, got {cpu['idle']}")


def v1(cpu: "CPU") -> "list[tuple[str, str]]":
    """The period before the quota and the quota before the burst: each is checked against the one before."""
    files = (
        ("shares", "cpu.shares"),
        ("period", "cpu.cfs_period_us"),
        ("quota", "cpu.cfs_quota_us"),
        ("burst", "cpu.cfs_burst_us"),
        ("realtimePeriod", "cpu.rt_period_us"),
        ("realtimeRuntime", "cpu.rt_runtime_us"),
        ("idle", "cpu.idle"),
    )
    return [(name, str(cpu[key])) for key, name in files if cpu.get(key)]  # type: ignore[literal-required]


def v2(cpu: "CPU") -> "list[tuple[str, str]]":
    """cgroup v2 has weights instead of shares, and quota and period in one file; it has no real-time budget."""
    writes = []
    if cpu.get("idle"):
        writes.append(("cpu.idle", str(cpu["idle"])))
    elif cpu.get("shares"):
        writes.append(("cpu.weight", str(weight_of_shares(cpu["shares"]))))
    quota, period = cpu.get("quota", 0), cpu.get("period", 0)
    if quota or period:
        maximum = str(quota) if quota > 0 else "max"
        writes.append(("cpu.max", f"{maximum} {period}" if period else maximum))
    if cpu.get("burst"):
        writes.append(("cpu.max.burst", str(cpu["burst"])))
    return writes


def cpuset(cpu: "CPU") -> "list[tuple[str, str]]":
    """The same files in both versions."""
    return [(f"cpuset.{key}", cpu[key]) for key in ("cpus", "mems") if cpu.get(key)]


def weight_of_shares(shares: int) -> int:
    """cpu.weight (1 to 10000) for cpu.shares (2 to 262144), such that both defaults, 1024 and 100, meet."""
    if shares <= 2:
        return 1
    if shares >= 262144:
        return 10000
    from math import ceil, log2

    exponent = log2(shares)
    return ceil(10 ** ((exponent * exponent + 125 * exponent) / 612 - 7 / 34))
