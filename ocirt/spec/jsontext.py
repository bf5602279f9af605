"""JSON text to values and back, for every file and message that ocirt reads or writes.

The standard `json` module costs 9 ms of a short program's life, most of it for `re`; the C parts behind it,
which this module uses directly, cost 0.4 ms.  What is wrong with a text is found out by `jsonfault`, which
only then is imported.
"""

from ocirt.errors import Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MAX_DEPTH = 128
"""Objects and arrays nested deeper than this are refused: no specification comes near, and walkers recurse."""


def _finite(digits: str) -> float:
    number = float(digits)
    if number - number != 0:  # too large for a double, which made it infinite
        raise ValueError(digits)
    return number


def _constant(name: str) -> object:
    raise ValueError(name)


def _not_json(value: object) -> object:
    raise TypeError(f"{type(value).__name__} has no form in json")


_scan: "Callable[[str, int], tuple[object, int]]"
_compact: "Callable[[object], str]"
_string: "Callable[[str], str]"

try:
    from _json import encode_basestring as _string
    from _json import make_encoder, make_scanner
except ImportError:  # an interpreter without the C accelerator, such as PyPy
    from json import JSONDecoder, JSONEncoder
    from json.encoder import encode_basestring as _string

    _scan = JSONDecoder(parse_float=_finite, parse_constant=_constant).scan_once  # type: ignore[attr-defined]
    _compact = JSONEncoder(
        ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":"), default=_not_json
    ).encode
else:

    class _Rules:
        """What the scanner reads its options from: any object with these attributes."""

        strict = True  # no raw control characters in strings
        object_hook = None
        object_pairs_hook = None
        parse_float = staticmethod(_finite)
        parse_int = int
        parse_constant = staticmethod(_constant)

    _scan = make_scanner(_Rules)  # type: ignore[arg-type]
    _encoder = make_encoder(None, _not_json, _string, None, ":", ",", False, False, False)

    def _compact(value: object) -> str:
        return "".join(_encoder(value, 0))


def loads(data: bytes, origin: str) -> object:
    """The value of the JSON text `data`: dicts, lists, str, int, float, bool and None.

    Of a key that an object has twice the last value counts.  Strings may have lone surrogates in them: that is
    how `dumps` keeps the undecodable bytes of a path.  Raises Error, with `origin` (a path, or what else the
    text is), line and column in it, unless `data` is one UTF-8 text without byte order mark, strictly JSON
    (RFC 8259), nested at most MAX_DEPTH deep, with integers that Python converts and without NaN or infinities.
    """
    try:
        text = data.decode()
        value, end = _scan(text, len(text) - len(text.lstrip(" \t\n\r")))
        if not text[end:].strip(" \t\n\r") and (_is_shallow(data) or not too_deep(value)):
            return value
    # SystemError is what the C scanner of Python 3.11 ends with, instead of JSONDecodeError, while the module
    # that defines JSONDecodeError is not loaded; StopIteration means that no value begins at some place.
    except (ValueError, StopIteration, RecursionError, SystemError):
        pass
    from ocirt.spec.jsonfault import fault

    raise Error(f"{origin}: {fault(data)}")


def _is_shallow(data: bytes) -> bool:
    """Whether there are too few brackets for much depth: saves most documents the walk."""
    return data.count(b"{") + data.count(b"[") <= MAX_DEPTH


def too_deep(value: object) -> bool:
    """Whether objects and arrays are nested deeper than MAX_DEPTH; a lone number or string has depth 0."""
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(MAX_DEPTH):
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return True


def dumps(value: object, indent: int | str | None = None) -> str:
    """The JSON text of `value`, without a final newline; keys stay in their order.

    `indent` is a number of spaces or the text to indent with; without it there is no white space at all.  Text
    stays as it is, except that quotes, backslashes, control characters below U+0020 and lone surrogates are
    escaped, so the result can always be encoded as UTF-8.  Raises TypeError for what JSON has no form for,
    ValueError for NaN, infinities and integers of thousands of digits, RecursionError for a value that contains
    itself.
    """
    if indent is None:
        text = _compact(value)
    else:
        text = _indented(value, "\n", " " * indent if isinstance(indent, int) else indent)
    if not text.isascii():
        text = text.encode("utf-8", "backslashreplace").decode()  # a lone surrogate becomes \udc80: JSON's own escape
    return text


def _indented(value: object, newline: str, indent: str) -> str:
    if isinstance(value, dict) and value:
        inner = newline + indent
        members = [f"{_string(key)}: {_indented(item, inner, indent)}" for key, item in value.items()]
        return "{" + inner + ("," + inner).join(members) + newline + "}"
    if isinstance(value, (list, tuple)) and value:
        inner = newline + indent
        return "[" + inner + ("," + inner).join([_indented(item, inner, indent) for item in value]) + newline + "]"
    if isinstance(value, str):
        return _string(value)
    return _compact(value)
