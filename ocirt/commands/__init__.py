"""The verbs: one file each, with its table COMMAND and `run(invocation) -> exit code`; only the wanted one loads."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from ocirt.argv import Command, Invocation

    class Verb(Protocol):
        """What the file of a verb offers."""

        COMMAND: Command

        def run(self, invocation: Invocation) -> int:
            """Do it; returns the exit code of the program, raises Error."""


# In the order of the help: the life of a container, then what is about many or none.
VERBS = {
    "create": "ocirt.commands.create",
    "start": "ocirt.commands.start",
    "state": "ocirt.commands.state",
    "kill": "ocirt.commands.kill",
    "delete": "ocirt.commands.delete",
    "run": "ocirt.commands.run",
    "list": "ocirt.commands.list",
    "spec": "ocirt.commands.spec",
    "features": "ocirt.commands.features",
}


def load(name: str) -> "Verb":
    """The file of a verb that is in VERBS."""
    verb: Verb = __import__(VERBS[name], fromlist=("COMMAND",))
    return verb


def find(name: str) -> "Command | None":
    """The table of a verb; None when there is no such verb."""
    return load(name).COMMAND if name in VERBS else None
