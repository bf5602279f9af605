"""`ocirt features`: print what this runtime can do, for engines to read."""

from ocirt.argv import Command
from ocirt.commands._output import emit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.argv import Invocation

COMMAND = Command(
    "features",
    "print the features of the runtime as JSON",
    description="""\
The document is specified in the OCI runtime specification, features.md. It tells what ocirt implements, not what the
kernel of this machine offers.""",
    examples=(("ocirt features", "print the features"),),
)


def run(invocation: "Invocation") -> int:
    """Print the features; raises Error."""
    from ocirt.runtime.features import features
    from ocirt.spec.jsontext import dumps

    emit(dumps(features(), indent=4) + "\n")
    return 0
