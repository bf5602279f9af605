"""What a container's status is: derived from the kernel each time it is asked for, never stored (runtime.md#state).

creating   create is not done with it: exec.fifo does not have its final name yet
created    init lives, and something still reads exec.fifo: ocirt-init waits there
running    init lives and has become the container's process
paused     its cgroup is frozen
stopped    init is gone, or waits to be reaped, or its PID belongs to another process by now
"""

import posix
from errno import ENOENT, ENXIO

from ocirt.cgroup import manager
from ocirt.errors import Error, StateError
from ocirt.kernel import pidfd
from ocirt.spec.version import NEWEST
from ocirt.state import CREATING_FIFO, EXEC_FIFO, load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ocirt.state import State

CREATING, CREATED, RUNNING, PAUSED, STOPPED = "creating", "created", "running", "paused", "stopped"


def of(state: "State") -> str:
    """The container's status at this moment."""
    if manager.frozen(state.cgroup):
        return PAUSED
    if pidfd.start_time(state.init_process_pid) != state.init_process_start:
        return STOPPED
    if posix.access(f"{state.directory}/{CREATING_FIFO}", posix.F_OK):
        return CREATING
    return CREATED if _waits(state) else RUNNING


def _waits(state: "State") -> bool:
    """Whether exec.fifo has a reader.

    That the file exists would not do: a `start` that was killed has not removed it.
    """
    try:
        posix.close(posix.open(f"{state.directory}/{EXEC_FIFO}", posix.O_WRONLY | posix.O_NONBLOCK | posix.O_CLOEXEC))
    except OSError as error:
        if error.errno in (ENOENT, ENXIO):
            return False
        raise StateError(f"{state.directory}/{EXEC_FIFO}: {(error.strerror or '').lower()}") from None
    return True


def document(state: "State", status: str, pid: int) -> "dict[str, Any]":
    """The state as the specification defines it, for hooks; without a process there is no pid."""
    result: dict[str, Any] = {"ociVersion": NEWEST, "id": state.id, "status": status}
    if pid:
        result["pid"] = pid
    result["bundle"] = state.bundle
    if state.annotations:
        result["annotations"] = state.annotations
    return result


def describe(state: "State") -> "dict[str, Any]":
    """The state as `ocirt state` prints it: runc's keys in runc's order; the pid of a stopped container is 0."""
    status = of(state)
    result: dict[str, Any] = {
        "ociVersion": NEWEST,
        "id": state.id,
        "pid": 0 if status == STOPPED else state.init_process_pid,
        "status": status,
        "bundle": state.bundle,
        "rootfs": state.rootfs,
        "created": state.created,
    }
    if state.annotations:
        result["annotations"] = state.annotations
    result["owner"] = ""
    return result


def listing(root: str) -> "list[dict[str, Any] | Error]":
    """Every container below `root` by name, with its owner; for one whose state cannot be read, the error."""
    found: list[dict[str, Any] | Error] = []
    try:
        names = sorted(entry.name for entry in posix.scandir(root) if entry.is_dir())
    except FileNotFoundError:
        return found
    for name in names:
        try:
            state = load(root, name)
            found.append({**describe(state), "owner": _owner(state.owner)})
        except Error as error:
            found.append(error.within(f"load container {name}"))
    return found


def _owner(uid: int) -> str:
    from pwd import getpwuid

    try:
        return getpwuid(uid).pw_name
    except KeyError:
        return f"#{uid}"
