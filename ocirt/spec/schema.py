"""Checks documents against `spec-schemas/`, fast: this runs on every create.

The walker below knows the keywords that the schemas use, listed in KEYWORDS, and no others; a test holds it against
jsonschema.  `explain` names every problem at once, slower.
"""

from ocirt.errors import Error, SpecError
from ocirt.spec.jsontext import loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Rule = dict[str, Any]
    """A schema: the root of a file, or the schema of one key, item or definition inside it."""

TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
"""What JSON Schema's types are in Python.  Compared with `is`: true is no integer, and neither is 1.0 (Go agrees)."""

KEYWORDS = frozenset(
    {"$defs", "$ref", "$schema", "additionalProperties", "description", "enum", "items", "maximum", "minItems"}
    | {"minimum", "pattern", "properties", "required", "title", "type"}
)

_PACKAGE = __file__.rpartition("/")[0].rpartition("/")[0]
_loaded: "dict[str, Rule]" = {}


def load(name: str) -> "Rule":
    """The schema of `config`, `state` or `features`; read once in a process.  Raises Error if it is not installed."""
    if name in _loaded:
        return _loaded[name]
    installed = f"{_PACKAGE}/spec_schemas"
    checkout = f"{_PACKAGE.rpartition('/')[0]}/spec-schemas"
    for folder in (installed, checkout):
        path = f"{folder}/{name}.schema.json"
        try:
            with open(path, "rb") as file:
                content = file.read()
        except FileNotFoundError:
            continue
        rules = _loaded[name] = loads(content, path)  # type: ignore[assignment]  # its root is an object
        return rules  # type: ignore[return-value]
    raise Error(f"incomplete installation: {name}.schema.json is neither in {installed} nor in {checkout}")


def check(document: object, name: str = "config") -> None:
    """Refuse a document that is not as the schema `name` says; `document` is as jsontext.loads makes it.

    Raises SpecError for the first problem in the document's own order; of an object, a key that is missing comes
    before the keys that are there.  Unknown keys are fine everywhere.
    """
    rules = load(name)
    found = _fault(document, rules, rules.get("$defs", {}))
    if found:
        from ocirt.spec.wording import dotted

        raise SpecError(dotted(found[:0:-1]), str(found[0]))


def resolve(rule: "Rule", definitions: "Rule") -> "Rule":
    """The rule itself, or the definition that its `$ref` stands for."""
    while "$ref" in rule:
        rule = definitions[rule["$ref"].removeprefix("#/$defs/")]
    return rule


def _fault(value: object, rule: "Rule", definitions: "Rule") -> "list[str | int] | None":
    """The first problem in `value`: what it is, then the keys that lead to it from the innermost to the outermost.

    The path is put together only after a problem was found: it would cost most of the time otherwise.
    """
    if "$ref" in rule:
        rule = resolve(rule, definitions)
    if type(value) is not TYPES[rule["type"]]:
        return _worded(value, rule)
    if type(value) is str:
        if ("enum" in rule and value not in rule["enum"]) or "pattern" in rule:
            return _worded(value, rule)
    elif type(value) is int:
        if value < rule.get("minimum", value) or value > rule.get("maximum", value):
            return _worded(value, rule)
    elif type(value) is dict:
        return _fault_of_members(value, rule, definitions)
    elif type(value) is list:
        return _fault_of_items(value, rule, definitions)
    return None


def _fault_of_members(value: "Rule", rule: "Rule", definitions: "Rule") -> "list[str | int] | None":
    for key in rule.get("required", ()):
        if key not in value:
            from ocirt.spec.wording import MISSING

            return [MISSING, key]
    known, others = rule.get("properties", {}), rule.get("additionalProperties")
    for key, member in value.items():
        member_rule = known.get(key, others)
        if member_rule is not None:
            found = _fault(member, member_rule, definitions)
            if found:
                found.append(key)
                return found
    return None


def _fault_of_items(value: list[object], rule: "Rule", definitions: "Rule") -> "list[str | int] | None":
    if len(value) < rule.get("minItems", 0):
        return _worded(value, rule)
    item_rule = resolve(rule["items"], definitions)
    for index, item in enumerate(value):
        found = _fault(item, item_rule, definitions)
        if found:
            found.append(index)
            return found
    return None


def _worded(value: object, rule: "Rule") -> "list[str | int] | None":
    """The problem of `value` itself, if it has one: that words them decides on patterns too."""
    from ocirt.spec.wording import problem

    text = problem(value, rule)
    return [text] if text else None
