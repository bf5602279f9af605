"""The state directory: what ocirt remembers of a container between two of its commands.

`ROOT/ID` (mode 0711) holds
  state.json    who the container is and which resources it holds; replaced atomically, never edited in place
  creating.json the same before there is an init; gone as soon as there is state.json
  config.json   the specification as it was at create: later edits of the bundle have no effect (runtime.md#create)
  exec.fifo     init waits on it: called .exec.fifo until `create` is done, gone once the container has been started
  exec.status   through it init tells `start` whether its execve failed

A resource is named in state.json before it is acquired, so that whatever crashes whenever, `delete --force` finds it.
The status is never stored: see runtime/status.py.
"""

import posix

from ocirt.errors import StateError
from ocirt.kernel.call import call, failure
from ocirt.kernel.path import is_directory, parent
from ocirt.spec.jsontext import dumps, loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

STATE_FILE = "state.json"
CREATING_FILE = "creating.json"
CONFIG_FILE = "config.json"
EXEC_FIFO = "exec.fifo"
CREATING_FIFO = ".exec.fifo"
EXEC_STATUS = "exec.status"

_ID_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+.-")
_LOCK_EX = 2


class State:
    """What is known of one container; the attributes are the keys of state.json.

    `created` is RFC 3339 in UTC.  `init_process_start` is in clock ticks since boot; with it a reused PID is told
    apart.  `cgroup` is the record of the cgroup manager (see cgroup/manager.py), `owner` the effective uid of the
    creator, `rootless` whether that was an ordinary user.  Where the container `shares_pid_namespace`, the death of
    its init does not end its other processes.
    """

    __slots__ = (
        "annotations",
        "bundle",
        "cgroup",
        "created",
        "id",
        "init_process_pid",
        "init_process_start",
        "owner",
        "root",
        "rootfs",
        "rootless",
        "shares_pid_namespace",
    )

    def __init__(self, root: str, container_id: str) -> None:
        self.root = root
        self.id = container_id
        self.bundle = ""
        self.rootfs = ""
        self.annotations: dict[str, str] = {}
        self.created = ""
        self.cgroup: dict[str, Any] = {}
        self.init_process_pid = 0
        self.init_process_start = 0
        self.owner = 0
        self.rootless = False
        self.shares_pid_namespace = False

    @property
    def directory(self) -> str:
        """The container's own directory below the root."""
        return f"{self.root}/{self.id}"

    def save(self, name: str = STATE_FILE) -> None:
        """Write the state; an old file stays whole if this fails.  Raises KernelError."""
        document = {name: getattr(self, name) for name in self.__slots__ if name != "root"}
        write_atomically(self.directory, name, dumps(document).encode("utf-8", "surrogateescape"))

    def config(self) -> "dict[str, Any]":
        """The specification as it was at create."""
        return _read(f"{self.directory}/{CONFIG_FILE}")


def check_id(container_id: str) -> None:
    """Refuse an ID that is not a plain file name; raises StateError in runc's words."""
    if not container_id:
        raise StateError("container id cannot be empty")
    if not _ID_CHARACTERS.issuperset(container_id) or container_id in (".", ".."):
        raise StateError("invalid container ID format")


def load(root: str, container_id: str) -> State:
    """The state of an existing container; StateError when there is none."""
    check_id(container_id)
    state = State(root, container_id)
    document = _either(state.directory)
    try:
        for name in State.__slots__:
            if name != "root":
                setattr(state, name, document[name])
    except (KeyError, TypeError):
        raise StateError(f"{state.directory}/{STATE_FILE}: not a state that this version of ocirt wrote") from None
    return state


def _either(directory: str) -> "dict[str, Any]":
    for name in (STATE_FILE, CREATING_FILE):
        try:
            return _read(f"{directory}/{name}")
        except FileNotFoundError:
            continue
        except OSError as error:
            raise failure("open", error) from None
    raise StateError("container does not exist")


def reserve(root: str, container_id: str) -> State:
    """Claim an ID by making its directory: of many that try at once, exactly one gets it."""
    check_id(container_id)
    state = State(root, container_id)
    try:
        _make_root(root)
        posix.mkdir(state.directory, 0o711)
    except FileExistsError:
        raise StateError("container with given ID already exists") from None
    except OSError as error:
        raise failure("mkdir", error) from None
    # The mode of mkdir(2) is cut by the umask; engines that run as others must be able to reach exec.fifo.
    posix.chmod(state.directory, 0o711)
    return state


def _make_root(root: str) -> None:
    if is_directory(root):
        return
    _make_root(parent(root))
    try:
        posix.mkdir(root, 0o700)
    except FileExistsError:
        return  # another create made it at the same moment


def lock(state: State) -> int:
    """Hold the container's lock until the returned descriptor is closed: one change at a time."""
    try:
        fd = posix.open(state.directory, posix.O_RDONLY | posix.O_DIRECTORY | posix.O_CLOEXEC)
    except FileNotFoundError:
        raise StateError("container does not exist") from None
    except OSError as error:
        raise failure("open", error) from None
    call("flock", fd, _LOCK_EX, path=state.directory)
    return fd


def write_atomically(directory: str, name: str, content: bytes, mode: int = 0o600) -> None:
    """Put a file in place whole or not at all: written beside it as `.NAME`, then renamed."""
    path, temporary = f"{directory}/{name}", f"{directory}/.{name}"
    try:
        fd = posix.open(
            temporary, posix.O_WRONLY | posix.O_CREAT | posix.O_TRUNC | posix.O_CLOEXEC | posix.O_NOFOLLOW, mode
        )
        try:
            view = memoryview(content)
            while view:
                view = view[posix.write(fd, view) :]
        finally:
            posix.close(fd)
        posix.rename(temporary, path)
    except OSError as error:
        raise failure("write", error, path) from None


def _read(path: str) -> "dict[str, Any]":
    fd = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
    try:
        content = b""
        while piece := posix.read(fd, 1 << 20):
            content += piece
    finally:
        posix.close(fd)
    document = loads(content, path)
    if not isinstance(document, dict):
        raise StateError(f"{path}: want an object")
    return document
