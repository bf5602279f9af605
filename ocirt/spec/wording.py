"""How a fault in a document is put into words; imported once there is one."""

from ocirt.spec.jsontext import dumps
from ocirt.spec.pattern import matches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocirt.spec.schema import Rule

MISSING = "required property is missing"
_LONGEST = 60
_FEW = 10


def dotted(keys: "Iterable[str | int]") -> str:
    """Keys and indexes, outermost first, as people write them: `mounts[3].destination`, `annotations["a.b"]`."""
    path = ""
    for key in keys:
        if isinstance(key, int):
            path += f"[{key}]"
        elif key.isascii() and key.replace("_", "a").replace("-", "a").isalnum():
            path += f".{key}" if path else key
        else:
            path += f"[{shown(key)}]"
    return path


def shown(value: object) -> str:
    """A value as JSON on one line of moderate length that is safe to print on a terminal."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an array"
    # A long string is cut before it is encoded: dumps of megabytes would be made for nothing.
    text = dumps(value[: _LONGEST + 1] if isinstance(value, str) else value)
    text = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def problem(value: object, rule: "Rule") -> str:
    """What is wrong with `value` itself under `rule`, a schema without `$ref`; empty if that is nothing.

    Its members and items are not looked at.
    """
    from ocirt.spec.schema import TYPES

    kind = rule["type"]
    if type(value) is not TYPES[kind]:
        return f"want {kind}, got {shown(value)}"
    if isinstance(value, int):
        return _out_of_range(value, rule)
    if isinstance(value, list) and len(value) < rule.get("minItems", 0):
        return f"want {rule['minItems']} or more items, got {len(value)}"
    if isinstance(value, str):
        if value not in rule.get("enum", (value,)):
            return f"want {_choices(value, rule['enum'])}, got {shown(value)}"
        if "pattern" in rule and not matches(rule["pattern"], value):
            return f"want string like {rule['pattern']}, got {shown(value)}"
    return ""


def _out_of_range(value: int, rule: "Rule") -> str:
    low, high = rule.get("minimum"), rule.get("maximum")
    if (low is None or value >= low) and (high is None or value <= high):
        return ""
    if high is None:
        return f"want integer of at least {low}, got {shown(value)}"
    return f"want integer from {low} to {high}, got {shown(value)}"


def _choices(value: str, choices: list[str]) -> str:
    """The values to choose from; of many, those that look most like the one that was given."""
    if len(choices) <= _FEW:
        return "one of " + ", ".join(f'"{choice}"' for choice in choices)
    from difflib import get_close_matches

    nearest = get_close_matches(value[:_LONGEST], choices, n=3, cutoff=0)
    return f"one of {len(choices)} such as " + ", ".join(f'"{choice}"' for choice in nearest)
