"""From a bundle's config.json to a checked document."""

import posix
from _stat import S_ISDIR, S_ISREG

from ocirt.errors import Error, KernelError, SpecError
from ocirt.spec import schema, version
from ocirt.spec.jsontext import dumps, loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.spec.types import Spec

CONFIG_FILE = "config.json"
MAX_SIZE = 16 << 20
"""Most bytes of a JSON file; engines write some 50 thousand."""

_ENOENT = 2


def load(bundle_dir: str) -> "Spec":
    """The checked config.json of a bundle.

    Raises SpecError for what is wrong with the document, another Error for a file that cannot be read or is not
    JSON; for one that does not exist, in the words that engines look for.
    """
    path = f"{bundle_dir}/{CONFIG_FILE}"
    try:
        data = _content(path, MAX_SIZE)
    except KernelError as error:
        if error.errno == _ENOENT and _is_directory(bundle_dir):
            raise Error(f"JSON specification file {CONFIG_FILE} not found") from None
        raise
    return _parsed(data, path)


def checked(document: object) -> "Spec":
    """A checked copy of a config.json that was never a file; later changes of `document` do not reach the copy.

    Tuples become lists, subclasses of str, int, list and dict what they are based on.  Raises SpecError.
    """
    try:
        data = dumps(document).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise SpecError("", f"not a json document: {error}") from None
    return _parsed(data, CONFIG_FILE)


def read(path: str, limit: int = MAX_SIZE) -> object:
    """The value in a JSON file of at most `limit` bytes.

    Raises Error, also when it is not a regular file: opening a FIFO or a terminal here never blocks.
    """
    return loads(_content(path, limit), path)


def _parsed(data: bytes, origin: str) -> "Spec":
    document = loads(data, origin)
    if isinstance(document, dict) and isinstance(document.get("ociVersion"), str):
        version.check(document["ociVersion"])  # first: of a version to come, the schema would find the wrong faults
    schema.check(document)
    # Every string of the document comes to the kernel or to a file system sooner or later, and in the middle of a
    # create, an exception from there would be a poor explanation.  As text it takes an escape to write such a string.
    if b"\\u0000" in data or b"\\ud" in data or b"\\uD" in data:
        from ocirt.spec.strings import check_strings

        check_strings(document)
    return document  # type: ignore[return-value]  # the schema has just said so


def _content(path: str, limit: int) -> bytes:
    try:
        fd = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC | posix.O_NONBLOCK | posix.O_NOCTTY)
    except OSError as error:
        raise KernelError("open", error.errno or 0, path) from None
    except ValueError:
        raise Error(f"open {path!a}: a path cannot have a null byte") from None
    try:
        status = posix.fstat(fd)
        if not S_ISREG(status.st_mode):
            raise Error(f"{path}: want a regular file, got {_kind(status.st_mode)}")
        pieces, room = [], limit + 1
        while room and (piece := posix.read(fd, min(room, 1 << 20))):
            pieces.append(piece)
            room -= len(piece)
    except OSError as error:
        raise KernelError("read", error.errno or 0, path) from None
    finally:
        posix.close(fd)
    if not room:
        raise Error(f"{path}: more than {limit} bytes")
    return b"".join(pieces)


def _is_directory(path: str) -> bool:
    try:
        return S_ISDIR(posix.stat(path).st_mode)
    except OSError:
        return False


def _kind(mode: int) -> str:
    from _stat import S_ISCHR, S_ISFIFO

    return (
        "a directory" if S_ISDIR(mode) else "a fifo" if S_ISFIFO(mode) else "a device" if S_ISCHR(mode) else "another"
    )
