"""Every problem of a document at once, for people: the slow counterpart of schema.check, through jsonschema.

jsonschema takes 0.1 s to import, so nothing but the answer to a person may import this module.
"""

from dataclasses import dataclass

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from ocirt.spec import pattern
from ocirt.spec.schema import load, resolve
from ocirt.spec.wording import MISSING, dotted, problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from ocirt.spec.schema import Rule


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a document.

    `pointer` is where, as a JSON pointer (RFC 6901), `path` the same with dots, as SpecError has it; a key that is
    missing is pointed at as if it were there.  `section` is the part of the specification that tells what is right,
    such as `config-linux.md#memory`.
    """

    pointer: str
    path: str
    message: str
    section: str


def explain(document: object, name: str = "config") -> list[Problem]:
    """All problems that the schema `name` finds, in the document's own order; empty for a good document.

    The first is the one that schema.check raises.  `document` is as jsontext.loads makes it.
    """
    rules = load(name)
    found: dict[tuple[str | int, ...], Problem] = {}
    for error in _Validator(rules).iter_errors(document):
        keys = tuple(error.absolute_path)
        message = MISSING if error.validator == "required" else problem(error.instance, error.schema)
        # One value can offend against several keywords, -1.5 against type and minimum; one of them tells enough.
        found.setdefault(keys, Problem(_pointer(keys), dotted(keys), message, _section(rules, keys)))
    return [found[keys] for keys in sorted(found, key=lambda keys: _position(document, keys))]


def _required(_validator: object, required: list[str], instance: object, _rule: "Rule") -> "Iterator[ValidationError]":
    """What jsonschema has blames the object; this one points at the key that should be there."""
    if isinstance(instance, dict):
        for key in required:
            if key not in instance:
                yield ValidationError(MISSING, path=[key])


def _pattern(_validator: object, wanted: str, instance: object, _rule: "Rule") -> "Iterator[ValidationError]":
    """What jsonschema has goes by Python's `$`, which takes a newline at the end."""
    if isinstance(instance, str) and not pattern.matches(wanted, instance):
        yield ValidationError(wanted)


def _is_integer(_checker: object, value: object) -> bool:
    """JSON Schema counts 1.0 as an integer, Go's decoder and so every other runtime does not."""
    return type(value) is int


_Validator = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    validators={"required": _required, "pattern": _pattern},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer),
)


def _pointer(keys: "Sequence[str | int]") -> str:
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in keys)


def _position(document: "Any", keys: "Sequence[str | int]") -> list[int]:
    """Where in the document the value is, as something to sort by; a missing key is before its siblings."""
    position = []
    for key in keys:
        if isinstance(document, dict) and key not in document:
            position.append(-1)
            break
        position.append(key if isinstance(key, int) else list(document).index(key))
        document = document[key]
    return position


def _section(rules: "Rule", keys: "Sequence[str | int]") -> str:
    """The section named at the end of the description nearest to the value."""
    section, rule = "", rules
    for key in ("", *keys):
        if key != "":
            known = rule.get("properties", {})
            rule = rule["items"] if isinstance(key, int) else known.get(key) or rule["additionalProperties"]
        text, _, reference = rule.get("description", "").rpartition(" (")
        if text:
            section = reference.removesuffix(")")
        rule = resolve(rule, rules.get("$defs", {}))
    return section
