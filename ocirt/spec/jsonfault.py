"""What is wrong with a text that `jsontext.loads` refused, and where: the slow path, imported for errors only."""

import re
from json import JSONDecodeError, JSONDecoder

from ocirt.spec.jsontext import MAX_DEPTH

_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]|-?Infinity|NaN|-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?', re.DOTALL
)


def fault(data: bytes) -> str:
    """Says in one line where the first fault of `data` is and what it is; `data` is known to have one."""
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        return "line 1, column 1: byte order mark, want plain utf-8"
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        return f"{_place(before, len(before))}: byte 0x{data[error.start]:02x} is not utf-8"
    if not text.strip(" \t\n\r"):
        return "empty, want a json value"
    position, problem = min(_syntax(text), _excess(text))
    return f"{_place(text, position)}: {problem}"


def _place(text: str, position: int) -> str:
    line, before = text.count("\n", 0, position) + 1, text.rfind("\n", 0, position)
    return f"line {line}, column {position - before}"


def _syntax(text: str) -> tuple[int, str]:
    """Position and name of the first offence against JSON's grammar; the text's end if there is none."""
    start = len(text) - len(text.lstrip(" \t\n\r"))
    # Numbers stay text: their faults are those of _excess.
    decoder = JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
    try:
        end = decoder.raw_decode(text, start)[1]
    except JSONDecodeError as error:
        return error.pos, (error.msg[0].lower() + error.msg[1:]).removesuffix(" at").removesuffix(" starting")
    except RecursionError:
        return len(text), "nested too deep"
    rest = text[end:].lstrip(" \t\n\r")
    return len(text) - len(rest), f"unexpected text after the value: {rest[:20]!a}"


def _excess(text: str) -> tuple[int, str]:
    """Position and name of the first thing that is grammatical but refused; one past the end if there is none."""
    depth = 0
    for token in _TOKEN.finditer(text):
        word = token[0]
        if word in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return token.start(), f"nested deeper than {MAX_DEPTH} levels"
        elif word in "]}":
            depth -= 1
        elif word.endswith(("Infinity", "NaN")):
            return token.start(), f"{word} is not a json number"
        elif word[0] != '"' and not _converts(word):
            return token.start(), f"number {word[:20]}{'...' if len(word) > 20 else ''} is too large"
    return len(text) + 1, ""


def _converts(number: str) -> bool:
    try:
        value = int(number) if number.lstrip("-").isdigit() else float(number)
    except ValueError:  # more digits than Python takes, see sys.set_int_max_str_digits
        return False
    return value - value == 0  # false for an infinity
