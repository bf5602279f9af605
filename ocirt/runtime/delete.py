"""delete: give back what a container held (runtime.md#delete).

A create that failed ends here too: there is one way to undo.
"""

import posix

from ocirt import log
from ocirt.cgroup import manager
from ocirt.errors import Error, StateError
from ocirt.kernel import pidfd
from ocirt.kernel.path import is_directory
from ocirt.runtime import status
from ocirt.state import State, check_id, load, lock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.spec.types import Spec

SIGKILL = 9
_DEATH_SECONDS = 10


def delete(root: str, container_id: str, force: bool = False) -> None:
    """Delete a stopped container, or one that is created and not started; with `force` any, and none is no error.

    Raises Error; what could not be released is still named by the state, so that a second try goes on.
    """
    check_id(container_id)
    try:
        # Before the state is read: a create that is under way holds the lock until there is one.
        held = lock(State(root, container_id))
    except StateError:
        if force:
            return
        raise
    try:
        _delete_locked(root, container_id, force)
    finally:
        posix.close(held)


def _delete_locked(root: str, container_id: str, force: bool) -> None:
    try:
        state = load(root, container_id)
    except StateError:
        if not force:
            raise
        # A create that was killed before it wrote a state: there is only the directory.
        _remove_directory(State(root, container_id).directory)
        return
    current = status.of(state)
    if current not in (status.STOPPED, status.CREATED) and not force:
        raise StateError(f"cannot delete container {container_id} that is not stopped: {current}")
    destroy(state)


def destroy(state: State, spec: "Spec | None" = None) -> None:
    """Kill whatever is left of the container, release all it holds, run the poststop hooks."""
    _kill(state)
    spec = spec or _saved(state)
    manager.remove(state.cgroup)
    _remove_directory(state.directory)
    _run_poststop(state, spec)


def _kill(state: State) -> None:
    if manager.frozen(state.cgroup):
        manager.thaw(state.cgroup)
    init = pidfd.pidfd_open(state.init_process_pid, state.init_process_start) if state.init_process_pid else None
    if init is not None:
        try:
            pidfd.pidfd_send_signal(init, SIGKILL)
            if not pidfd.wait_readable(init, _DEATH_SECONDS):
                raise StateError("container init still running")
        finally:
            posix.close(init)
    if manager.pids(state.cgroup):
        manager.kill(state.cgroup)


def _saved(state: State) -> "Spec":
    """The specification for the hooks; a container that never came so far has none."""
    try:
        return state.config()  # type: ignore[return-value]
    except (Error, OSError):
        return {}  # type: ignore[typeddict-item]


def _remove_directory(directory: str) -> None:
    """state.json goes last: without it, nothing else could be found again."""
    try:
        for name in sorted(posix.listdir(directory), key=lambda name: name == "state.json"):
            posix.unlink(f"{directory}/{name}")
        posix.rmdir(directory)
    except FileNotFoundError:
        return
    except OSError as error:
        raise Error(f"remove {directory}: {(error.strerror or '').lower()}") from None


def _run_poststop(state: State, spec: "Spec") -> None:
    """runtime.md#lifecycle: a poststop hook that fails is a warning, and the others still run."""
    if not spec.get("hooks", {}).get("poststop"):
        return
    from ocirt.properties import hooks

    document = status.document(state, status.STOPPED, 0)
    for hook in hooks.listed(spec, "poststop"):
        try:
            hooks.run([hook], "poststop", document, state.bundle if is_directory(state.bundle) else "/")
        except Error as error:
            log.warning(str(error))
