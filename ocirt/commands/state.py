"""`ocirt state`: print what a container is and how it fares."""

import posix

from ocirt.argv import Command
from ocirt.commands._output import emit
from ocirt.commands._root import state_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.argv import Invocation

COMMAND = Command(
    "state",
    "print the state of a container as JSON",
    arguments="<container-id>",
    description="""\
The status is created, running, paused or stopped; the pid of a stopped container is 0.""",
    examples=(("ocirt state web", "print the state of the container web"),),
)


def run(invocation: "Invocation") -> int:
    """Print the state; raises Error."""
    from ocirt.runtime.status import describe
    from ocirt.spec.jsontext import dumps
    from ocirt.state import load

    text = dumps(describe(load(state_root(invocation.globals), invocation.positionals[0])), indent=2)
    # runc ends without a newline; a person at a terminal is better off with one.
    emit(text + "\n" if posix.isatty(1) else text)
    return 0
