"""`ocirt delete`: give back everything a container holds."""

from ocirt.argv import Command, Option
from ocirt.commands._root import state_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.argv import Invocation

COMMAND = Command(
    "delete",
    "delete a container and all it holds",
    arguments="<container-id>",
    options=(Option("force", "also when it runs (it is killed), and when there is none", short="f"),),
    description="""\
Deletes a container that has stopped, or was created and never started. The bundle stays as it is.""",
    examples=(
        ("ocirt delete web", "delete the stopped container web"),
        ("ocirt delete --force web", "kill it first if need be"),
    ),
)


def run(invocation: "Invocation") -> int:
    """Delete the container; raises Error."""
    from ocirt.runtime.delete import delete

    delete(state_root(invocation.globals), invocation.positionals[0], invocation.options.flag("force"))
    return 0
