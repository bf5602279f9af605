"""A container as a Python object: for programs (`from ocirt import Container`) and for `create` and `run`."""

import posix

from ocirt.creation import CreateOptions
from ocirt.runtime.create import create
from ocirt.runtime.delete import delete
from ocirt.runtime.kill import kill
from ocirt.runtime.start import start
from ocirt.runtime.status import describe
from ocirt.spec import bundle as bundles
from ocirt.state import load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self

    from ocirt.spec.types import Spec

__all__ = ["Container", "CreateOptions"]


class Container:
    """A container below the state directory `root`; every method raises ocirt.errors.Error with one line of reason.

    After `create`, `pid` and `pidfd` are those of its init, a child of this process; after `load` they are 0 and -1.
    """

    __slots__ = ("id", "pid", "pidfd", "root")

    def __init__(self, root: str, container_id: str) -> None:
        self.root = root
        self.id = container_id
        self.pid = 0
        self.pidfd = -1

    @classmethod
    def create(
        cls,
        root: str,
        container_id: str,
        bundle: str,
        options: "CreateOptions | None" = None,
        spec: "Spec | None" = None,
    ) -> "Self":
        """Create the container of the bundle directory; its process waits for `start`.

        `spec` replaces the bundle's config.json; spec.bundle.checked makes one of a dictionary.
        """
        options = options or CreateOptions(detach=True)
        spec = spec or bundles.load(bundle)
        container = cls(root, container_id)
        creation = create(root, container_id, bundle, spec, options)
        container.pid, container.pidfd = creation.pid, creation.pidfd
        return container

    @classmethod
    def load(cls, root: str, container_id: str) -> "Self":
        """A container that exists already."""
        load(root, container_id)
        return cls(root, container_id)

    def start(self) -> None:
        """Let the process begin."""
        start(self.root, self.id)

    def kill(self, signal: int, all: bool = False) -> None:
        """Send a signal to the process, or to every process of the container."""
        kill(self.root, self.id, signal, all)

    def wait(self) -> int:
        """Wait for the process of a container that this process created: its exit code, or 128 + N for signal N."""
        _, status = posix.waitpid(self.pid, 0)
        code = posix.waitstatus_to_exitcode(status)
        return code if code >= 0 else 128 - code

    def state(self) -> "dict[str, Any]":
        """The state as `ocirt state` prints it."""
        return describe(load(self.root, self.id))

    def delete(self, force: bool = False) -> None:
        """Give back all that the container holds."""
        delete(self.root, self.id, force)
        if self.pidfd >= 0:
            posix.close(self.pidfd)
            self.pidfd = -1
