"""`linux.resources.memory` (config-linux.md#memory; kernel docs cgroup-v1/memory.rst and cgroup-v2.rst)."""

from ocirt.errors import SpecError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.spec.types import Memory

CONTROLLER = "memory"
_PATH = "linux.resources.memory"


def check(memory: "Memory") -> None:
    """Swap is memory and swap together: it needs the memory limit and cannot be below it."""
    limit, swap = memory.get("limit", 0), memory.get("swap", 0)
    if swap > 0 and limit <= 0:
        raise SpecError(f"{_PATH}.swap", "want linux.resources.memory.limit to be set too, found none")
    if 0 < swap < limit:
        raise SpecError(f"{_PATH}.swap", f"want at least the memory limit {limit} (it is memory and swap), got {swap}")
    swappiness = memory.get("swappiness", 0)
    if not 0 <= swappiness <= 100:
        raise SpecError(f"{_PATH}.swappiness", f"want 0 to 100, got {swappiness}")


def v1(memory: "Memory") -> "list[tuple[str, str]]":
    """The limit goes before the limit of memory and swap, which may never be the lower one."""
    writes = []
    limit, swap = memory.get("limit"), memory.get("swap")
    if limit:
        writes.append(("memory.limit_in_bytes", str(limit)))
        if limit == -1 and swap is None:
            swap = -1
    if swap:
        writes.append(("memory.memsw.limit_in_bytes", str(swap)))
    for key, name in (
        ("reservation", "memory.soft_limit_in_bytes"),
        ("kernel", "memory.kmem.limit_in_bytes"),
        ("kernelTCP", "memory.kmem.tcp.limit_in_bytes"),
    ):
        value = memory.get(key)
        if value:
            writes.append((name, str(value)))
    if "swappiness" in memory:
        writes.append(("memory.swappiness", str(memory["swappiness"])))
    if memory.get("disableOOMKiller"):
        writes.append(("memory.oom_control", "1"))
    return writes


def v2(memory: "Memory") -> "list[tuple[str, str]]":
    """cgroup v2 counts swap alone; the OOM killer's switch and swappiness do not exist there and are passed over."""
    writes = []
    limit, swap = memory.get("limit"), memory.get("swap")
    if swap is not None and swap > 0:
        writes.append(("memory.swap.max", str(swap - (limit or 0))))
    elif swap == -1 or (limit == -1 and swap is None):
        writes.append(("memory.swap.max", "max"))
    if limit:
        writes.append(("memory.max", _or_max(limit)))
    if memory.get("reservation"):
        writes.append(("memory.low", _or_max(memory["reservation"])))
    return writes


def _or_max(value: int) -> str:
    return "max" if value < 0 else str(value)
