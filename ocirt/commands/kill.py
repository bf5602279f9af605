"""`ocirt kill`: send a signal."""

from ocirt import signals
from ocirt.argv import Command, Option
from ocirt.commands._root import state_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.argv import Invocation

COMMAND = Command(
    "kill",
    "send a signal to the init process of a container",
    arguments="<container-id> [signal]",
    options=(Option("all", "send it to every process of the container", short="a", hidden=True),),
    description="""\
The signal is a name or a number: KILL, SIGKILL, 9, RTMIN+3. Without one it is TERM.""",
    examples=(
        ("ocirt kill web", "ask the container web to end"),
        ("ocirt kill web KILL", "end it"),
    ),
)


def run(invocation: "Invocation") -> int:
    """Send the signal; raises Error."""
    from ocirt.runtime.kill import kill

    container_id, *rest = invocation.positionals
    # Callers of runc may pass an empty signal for the default one.
    signal = signals.number(rest[0] if rest and rest[0] else "TERM")
    kill(state_root(invocation.globals), container_id, signal, invocation.options.flag("all"))
    return 0
