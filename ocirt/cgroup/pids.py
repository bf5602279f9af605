"""`linux.resources.pids` (config-linux.md#pids)."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.spec.types import Pids

CONTROLLER = "pids"


def v1(pids: "Pids") -> "list[tuple[str, str]]":
    """Below zero is no limit; zero is one, that init itself already exceeds (runtime-spec 1.3)."""
    if "limit" not in pids:
        return []
    return [("pids.max", str(pids["limit"]) if pids["limit"] >= 0 else "max")]


v2 = v1
