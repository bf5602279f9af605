"""Where the state directories are: --root, or the default for who is asking."""

import posix

from ocirt.errors import Error, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.argv import Values

_DEFAULT = "/run/ocirt"
_WHOLE_ID_MAP = [b"0", b"0", b"4294967295"]
_STICKY, _OTHERS_WRITE = 0o1000, 0o002


def state_root(options: "Values", *, make: bool = False) -> str:
    """The root directory that the global options ask for: absolute, and nobody else may change what is in it.

    It need not exist; with `make` (for create) the default one of an ordinary user is made, since it wants a mode of
    its own.  Raises UsageError or Error.
    """
    given = options.text("root")
    if given is None:
        root = _default(make)
    elif not given:
        raise UsageError("--root must not be empty")
    else:
        root = absolute(given)
        if root == "/":
            raise UsageError("--root must not be /")
    _refuse_shared(root)
    return root


def absolute(path: str) -> str:
    """The path from / on, without `.`, `..` and doubled slashes; a lexical matter, no link is followed."""
    if not path.startswith("/"):
        path = f"{posix.getcwd()}/{path}"
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)


def _default(make: bool) -> str:
    runtime_dir = posix.environ.get(b"XDG_RUNTIME_DIR", b"").decode("utf-8", "surrogateescape")
    if not runtime_dir.startswith("/") or not _is_ordinary_user():
        return _DEFAULT
    root = absolute(runtime_dir) + "/ocirt"
    if make:
        try:
            # Without the sticky bit, what stays unchanged in XDG_RUNTIME_DIR for hours may be cleaned away.
            posix.mkdir(root, 0o700 | _STICKY)
        except FileExistsError:
            pass
        except OSError as error:
            raise Error(f"mkdir {root}: {posix.strerror(error.errno or 0).lower()}") from None
    return root


def _is_ordinary_user() -> bool:
    """Whether XDG_RUNTIME_DIR counts, by the rule of runc: not for root, unless root of a user namespace."""
    if posix.geteuid() != 0:
        return True
    try:
        fd = posix.open("/proc/self/uid_map", posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError:
        return False
    try:
        id_map = posix.read(fd, 4096).split()
    finally:
        posix.close(fd)
    return id_map != _WHOLE_ID_MAP and posix.environ.get(b"USER") != b"root"


def _refuse_shared(root: str) -> None:
    """Whoever can write here can make root act on a state of their choice."""
    try:
        status = posix.stat(root)
    except OSError:
        return  # absent: whoever needs it says so
    user = posix.geteuid()
    if status.st_uid not in (0, user):
        raise Error(f"--root {root}: belongs to user {status.st_uid}, want root or user {user}")
    if status.st_mode & _OTHERS_WRITE and not status.st_mode & _STICKY:
        raise Error(f"--root {root}: everybody may write to it, want mode 0700")
