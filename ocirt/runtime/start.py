"""start: let a created container's init become its process (runtime.md#start)."""

import posix

from ocirt.errors import Error, StateError
from ocirt.runtime import status
from ocirt.state import EXEC_FIFO, EXEC_STATUS, load, lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.spec.types import Spec
    from ocirt.state import State

_REFUSALS = {
    status.CREATING: "cannot start a container that is still being created",
    status.RUNNING: "cannot start an already running container",
    status.PAUSED: "cannot start a container in the paused state",
    status.STOPPED: "cannot start a container that has stopped",
}


def start(root: str, container_id: str) -> None:
    """Start the container; returns when its process has been executed.

    Raises Error: also when execve(2) failed, with its errno, and when a hook did.
    """
    state = load(root, container_id)
    held = lock(state)
    try:
        current = status.of(state)
        if current != status.CREATED:
            raise StateError(_REFUSALS[current])
        spec: Spec = state.config()  # type: ignore[assignment]
        if not spec.get("process"):
            raise StateError("cannot start a container without process in its config.json")
        _release_init(state, spec)
        _run_poststart(state, spec)
    finally:
        posix.close(held)


def _release_init(state: "State", spec: "Spec") -> None:
    fifo, answer = f"{state.directory}/{EXEC_FIFO}", f"{state.directory}/{EXEC_STATUS}"
    try:
        # Before init is let go, or its answer could be over before somebody listens.  Init holds the other end.
        listener = posix.open(answer, posix.O_RDONLY | posix.O_NONBLOCK | posix.O_CLOEXEC)
        posix.set_blocking(listener, True)
        writer = posix.open(fifo, posix.O_WRONLY | posix.O_NONBLOCK | posix.O_CLOEXEC)
    except OSError:
        # ENXIO: nobody reads any more.
        raise StateError(_REFUSALS[status.STOPPED]) from None
    posix.write(writer, b"0")
    posix.close(writer)
    said = b""
    while piece := posix.read(listener, 4096):
        said += piece
    posix.close(listener)
    posix.unlink(fifo)
    posix.unlink(answer)
    if said:
        raise Error(f"unable to start container process: {_reason(said, spec)}")


def _reason(said: bytes, spec: "Spec") -> str:
    """Four bytes are the errno of ocirt-init's execve; a failed startContainer hook explains itself at length."""
    if len(said) != 4:
        return said.decode("utf-8", "replace")
    return f'exec: "{spec["process"]["args"][0]}": {posix.strerror(int.from_bytes(said, "little")).lower()}'


def _run_poststart(state: "State", spec: "Spec") -> None:
    if not spec.get("hooks", {}).get("poststart"):
        return
    from ocirt.properties import hooks
    from ocirt.runtime.kill import signal_init

    document = status.document(state, status.RUNNING, state.init_process_pid)
    try:
        hooks.run(hooks.listed(spec, "poststart"), "poststart", document, state.bundle)
    except Error:
        # runtime.md#lifecycle, step 10 of version 1.3: the container is stopped as if by kill.
        signal_init(state, 9)
        raise
