"""`ocirt create`: make a container whose process waits for `ocirt start`."""

from ocirt.argv import Command
from ocirt.commands._creation import OPTIONS, create_options, target
from ocirt.errors import Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.argv import Invocation

COMMAND = Command(
    "create",
    "create a container that waits to be started",
    arguments="<container-id>",
    options=OPTIONS,
    description="""\
Makes everything that the bundle's config.json asks for: namespaces, cgroup, mounts, limits. The program itself begins
with "ocirt start". Later changes of config.json have no effect on the container.

The ID is yours to choose: letters, digits and _+.- , not in use under the same --root.""",
    examples=(
        ("ocirt create --bundle /srv/web web", "create the container web"),
        ("ocirt start web", "let its program begin"),
    ),
)


def run(invocation: "Invocation") -> int:
    """Create the container; raises Error."""
    from ocirt.runtime.container import Container
    from ocirt.runtime.interrupt import raise_on_signals

    try:
        raise_on_signals()
        root, container_id, bundle = target(invocation)
        options = create_options(invocation)
        options.detach = True
        Container.create(root, container_id, bundle, options)
    except Error as error:
        raise error.within("ocirt create failed") from None
    return 0
