"""Messages for people and engines, in the formats of runc's library: text, on a terminal shorter text, or JSON lines.

Engines read the log after a failure.  containerd takes the last line with level error; podman wants the whole file to
be ONE JSON object.  So in JSON, warnings are held back until the outcome is known: `flush` writes them, while an error
takes them along in its own line under "warnings".  In text, and with --debug, everything is written at once.
"""

import posix
import time

from ocirt.errors import Error, UsageError

_STDERR = 2
# What needs no quotes in a text line; the rule of logrus.
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/@^+")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


class _Log:
    __slots__ = ("debugging", "fd", "held", "json", "owner", "started", "terminal")

    def __init__(self) -> None:
        self.fd = _STDERR
        self.json = False
        self.debugging = False
        self.terminal = False
        self.held: list[str] = []
        self.owner = posix.getpid()
        self.started = time.monotonic()


_log = _Log()


def configure(path: str = "", form: str = "text", debugging: bool = False) -> None:
    """Choose where messages go (a file to append to; empty: standard error), their form (text, json), and how many.

    Raises UsageError for an unknown form, Error when the file cannot be opened; messages then still go to standard
    error.
    """
    if form not in ("text", "json", ""):
        raise UsageError(f"invalid log-format: {form}")
    _log.json = form == "json"
    _log.debugging = debugging
    _log.fd = _STDERR
    if path:
        try:
            _log.fd = posix.open(path, posix.O_CREAT | posix.O_WRONLY | posix.O_APPEND | posix.O_CLOEXEC, 0o644)
        except (OSError, ValueError) as error:
            reason = posix.strerror(error.errno or 0).lower() if isinstance(error, OSError) else str(error)
            raise Error(f"open {path} for the log: {reason}") from None
    _log.terminal = not _log.json and posix.isatty(_log.fd)


def debug(message: str) -> None:
    """Say what is being done; only with --debug."""
    if _log.debugging:
        _write("debug", message)


def debugging() -> bool:
    """Whether debug messages are wanted: asks before making an expensive one."""
    return _log.debugging


def warning(message: str) -> None:
    """Say what the user should know though the operation goes on."""
    # A forked child cannot hand over what it holds back, so it does not hold back.
    if _log.json and not _log.debugging and posix.getpid() == _log.owner:
        _log.held.append(message)
    else:
        _write("warning", message)


def error(message: str) -> None:
    """Say why the program fails: the last thing said.  With a log file the bare message goes to standard error too."""
    held, _log.held = _log.held, []
    _write("error", message, held)
    if _log.fd != _STDERR:
        _put(_STDERR, _one_line(message))


def flush() -> None:
    """Write the warnings that were held back; once the operation can no longer fail."""
    held, _log.held = _log.held, []
    for message in held:
        _write("warning", message)


def _write(level: str, message: str, warnings: "list[str] | None" = None) -> None:
    message = _one_line(message)
    if _log.terminal:
        line = f"{level[:4].upper()}[{int(time.monotonic() - _log.started):04d}] {message}"
    elif _log.json:
        line = f'{{"level":"{level}","msg":{_json(message)},"time":"{_now()}"'
        if warnings:
            line += ',"warnings":[' + ",".join(_json(_one_line(warning)) for warning in warnings) + "]"
        line += "}"
    else:
        line = f'time="{_now()}" level={level} msg={_text(message)}'
    _put(_log.fd, line)


def _put(fd: int, line: str) -> None:
    # One write for each line: lines of several processes do not mix.  A log that cannot be written (disk full, reader
    # gone) is no reason to fail what is being logged.
    try:
        posix.write(fd, (line + "\n").encode("utf-8", "surrogateescape"))
    except (OSError, UnicodeEncodeError):
        return


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _one_line(message: str) -> str:
    if "\n" not in message:
        return message
    line = ""
    for part in message.split("\n"):
        part = part.strip()
        if part:
            line += (" " if line.endswith(":") else "; ") + part if line else part
    return line


def _text(message: str) -> str:
    if _PLAIN.issuperset(message):
        return message
    return '"' + "".join(_escaped(character) for character in message) + '"'


def _escaped(character: str) -> str:
    code = ord(character)
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8, as Python keeps it
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json(message: str) -> str:
    """A JSON string.  Bytes that are not UTF-8 become U+FFFD: a line that does not parse would lose the message."""
    out = '"'
    for character in message:
        code = ord(character)
        if character in '"\\':
            out += "\\" + character
        elif code < 0x20 or code == 0x7F:
            out += f"\\u{code:04x}"
        else:
            out += "\ufffd" if 0xD800 <= code <= 0xDFFF else character
    return out + '"'
