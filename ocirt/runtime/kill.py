"""kill: send a signal to a container's process (runtime.md#kill)."""

import posix

from ocirt.cgroup import manager
from ocirt.errors import StateError
from ocirt.kernel import pidfd
from ocirt.runtime import status
from ocirt.state import load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.state import State

SIGKILL = 9


def kill(root: str, container_id: str, signal: int, every: bool = False) -> None:
    """Send `signal` to init; with `every` to all processes of the container, and no error if it is stopped already.

    A SIGKILL to a container that shares its PID namespace goes to all: nobody else would end the others.
    """
    state = load(root, container_id)
    current = status.of(state)
    if current in (status.CREATING, status.STOPPED):
        if not every:
            raise StateError("container not running")
        if current == status.STOPPED and manager.pids(state.cgroup):
            manager.kill(state.cgroup, signal)
        return
    everybody = every or (signal == SIGKILL and state.shares_pid_namespace)
    if everybody and manager.pids(state.cgroup):
        manager.kill(state.cgroup, signal)
    else:
        # Also without a cgroup, as an ordinary user may be: then init is all that is known.
        signal_init(state, signal)
    if current == status.PAUSED and signal == SIGKILL:
        manager.thaw(state.cgroup)


def signal_init(state: "State", signal: int) -> None:
    """Send `signal` to the init that the state names, and to no process that has inherited its PID."""
    fd = pidfd.pidfd_open(state.init_process_pid, state.init_process_start)
    if fd is None:
        raise StateError("container not running")
    try:
        if not pidfd.pidfd_send_signal(fd, signal):
            raise StateError("container not running")
    finally:
        posix.close(fd)
