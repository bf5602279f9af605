"""`ocirt start`: let the program of a created container begin."""

from ocirt.argv import Command
from ocirt.commands._root import state_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.argv import Invocation

COMMAND = Command(
    "start",
    "start the process of a created container",
    arguments="<container-id>",
    description="""\
Fails when the container is not in the state "created", and when its program cannot be executed.""",
    examples=(("ocirt start web", 'start what "ocirt create web" made'),),
)


def run(invocation: "Invocation") -> int:
    """Start the container; raises Error."""
    from ocirt.runtime.start import start

    start(state_root(invocation.globals), invocation.positionals[0])
    return 0
