"""`process.oomScoreAdj`: how willingly the kernel kills it when memory is short (config.md#linux-process)."""

from ocirt.errors import Error, KernelError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.creation import Creation


def attach(c: "Creation") -> None:
    """Write it for init from outside; without the property the inherited value is left alone, as the spec wants."""
    value = c.spec.get("process", {}).get("oomScoreAdj")
    if value is None:
        return
    try:
        c.procfs.write(f"{c.pid}/oom_score_adj", str(value))
    except KernelError as error:
        # An ordinary user may not lower the value; as in runc that does not keep its container from starting.
        if not c.state.rootless:
            raise error.within("process.oomScoreAdj") from None
    except Error as error:
        raise error.within("process.oomScoreAdj") from None
