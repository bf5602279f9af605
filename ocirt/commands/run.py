"""`ocirt run`: create, start, wait, delete."""

from ocirt.argv import Command, Option
from ocirt.commands._creation import OPTIONS, create_options, target
from ocirt.errors import Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.argv import Invocation

COMMAND = Command(
    "run",
    "create and start a container, and wait for it",
    arguments="<container-id>",
    options=(
        *OPTIONS,
        Option("detach", "return once the container has started", short="d"),
        Option("keep", "do not delete the container when its process ends"),
        Option("no-subreaper", "do not adopt the processes that the container's init leaves behind"),
    ),
    description="""\
Passes signals on to the container, and ends with the exit code of its process; 128 plus the signal's number when a
signal killed it. The container is then deleted, unless --keep or --detach is given.""",
    examples=(
        ("ocirt run --bundle /srv/web web", "run the container web in the foreground"),
        ("ocirt run -d -b /srv/web web", "and in the background"),
    ),
)


def run(invocation: "Invocation") -> int:
    """Run the container and return the exit code of its process; raises Error."""
    from ocirt.runtime.interrupt import raise_on_signals
    from ocirt.runtime.run import run as run_container

    try:
        raise_on_signals()
        root, container_id, bundle = target(invocation)
        return run_container(root, container_id, bundle, create_options(invocation))
    except Error as error:
        raise error.within("ocirt run failed") from None
