"""`process`: args, env and cwd (config.md#process)."""

import posix
from errno import EACCES, EPERM

from ocirt.errors import Error, SpecError
from ocirt.kernel.call import c_string, call, failure
from ocirt.properties import user

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.creation import Creation
    from ocirt.spec.types import Process, Spec

_LONGEST_PATH = 4096
_PASSWD_LIMIT = 1 << 20
# A container may be created without a process, but not started.
NO_PROCESS: "Process" = {"cwd": "/", "args": [], "user": {"uid": 0, "gid": 0}}


def check(spec: "Spec") -> None:
    """A process is optional at create; if there is one, it can be executed as far as its text goes."""
    process = spec.get("process")
    if process is None:
        return
    if not process.get("args"):
        raise SpecError("process.args", "args must not be empty")
    if not process["cwd"].startswith("/"):
        raise SpecError("process.cwd", f'Cwd must be an absolute path, got "{process["cwd"]}"')
    for at, variable in enumerate(process.get("env", [])):
        if variable.find("=") < 1:
            raise SpecError(f"process.env[{at}]", f'want NAME=VALUE, got "{variable}"')


def prepare(c: "Creation") -> None:
    """Socket activation (man 3 sd_listen_fds): how many descriptors the runtime was started with for the container."""
    listeners = posix.environ.get(b"LISTEN_FDS", b"")
    if posix.environ.get(b"LISTEN_PID") == b"%d" % posix.getpid() and listeners.isdigit():
        c.listen_fds = int(listeners)


def make_cwd(c: "Creation") -> None:
    """In init, in its new root and with root's rights: make the working directory where it is missing."""
    cwd = c.spec.get("process", NO_PROCESS)["cwd"]
    try:
        posix.close(c.root.mkdir_all(cwd))
    except Error as error:
        raise error.within(f"process.cwd {cwd}") from None


def enter_cwd(c: "Creation", retry: bool = False) -> bool:
    """Change to the working directory; with `retry`, say False where the current user may not.

    Tried as root and then as the process's user: some directories only the one may enter, some only the other.
    """
    cwd = c.spec.get("process", NO_PROCESS)["cwd"]
    try:
        posix.chdir(cwd)
    except OSError as error:
        if retry and error.errno in (EACCES, EPERM):
            return False
        raise failure("chdir", error, cwd).within("process.cwd") from None
    return True


def verify_cwd() -> None:
    """Prove that the working directory is inside the container (CVE-2024-21626).

    By getcwd(2) itself: where the directory is outside of the root, its answer starts with `(unreachable)`.
    """
    buffer = bytearray(_LONGEST_PATH)
    try:
        length = call("getcwd", buffer, len(buffer))
    except Error as error:
        raise error.within("process.cwd") from None
    if length < 1 or buffer[:1] != b"/":
        raise Error("process.cwd: current working directory is outside of container mount namespace root")


def launch(c: "Creation") -> None:
    """In init, as its final user: the environment, and the executable found with it."""
    process = c.spec.get("process", NO_PROCESS)
    for variable in process.get("env", []):
        name, _, value = c_string(variable).partition(b"=")
        # Of duplicates the last one wins, at its own place in the order.
        c.environment.pop(name, None)
        c.environment[name] = value
    if c.listen_fds:
        c.environment |= {b"LISTEN_FDS": b"%d" % c.listen_fds, b"LISTEN_PID": b"1"}
    if not c.environment.get(b"HOME"):
        c.environment[b"HOME"] = _home(c)
    c.arguments = [c_string(argument) for argument in process.get("args", [])]
    if c.arguments:
        c.executable = find_executable(c.arguments[0], c.environment.get(b"PATH", b""))


def _home(c: "Creation") -> bytes:
    """The home directory that the container's own /etc/passwd names for the uid; `/` without one.

    Parsed by hand: getpwuid(3) would load NSS modules out of the image.
    """
    passwd = c.root.read("/etc/passwd", _PASSWD_LIMIT) or b""
    uid = str(user.of(c.spec)["uid"]).encode()
    for line in passwd.split(b"\n"):
        fields = line.split(b":")
        if len(fields) > 5 and fields[2] == uid and fields[5]:
            return fields[5]
    return b"/"


def find_executable(name: bytes, search: bytes) -> bytes:
    """The path that `name` is executed by; the errors are those of Go's exec.LookPath, which engines match on."""
    quoted = '"' + name.decode("utf-8", "replace") + '"'
    if b"/" in name:
        _check_executable(name, quoted)
        return name
    for directory in search.split(b":"):
        candidate = (directory or b".") + b"/" + name
        try:
            _check_executable(candidate, quoted)
        except Error:
            continue
        return candidate
    raise Error(f"exec: {quoted}: executable file not found in $PATH")


def _check_executable(path: bytes, quoted: str) -> None:
    try:
        mode = posix.stat(path).st_mode
    except OSError as error:
        if error.errno in (EACCES, EPERM):
            raise Error(f"exec: {quoted}: permission denied") from None
        reason = (error.strerror or "").lower()
        raise Error(f"exec: {quoted}: stat {path.decode('utf-8', 'replace')}: {reason}") from None
    if mode & 0o170000 == 0o040000 or not posix.access(path, posix.X_OK, effective_ids=True):
        raise Error(f"exec: {quoted}: permission denied")
