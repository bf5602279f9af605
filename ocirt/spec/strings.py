"""Strings that no path, argument or file can take; looked for when a document's text hints at one."""

from ocirt.errors import SpecError
from ocirt.spec import schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.spec.schema import Rule

_OPAQUE = frozenset({"annotations", "listenerMetadata"})
"""Keys whose text only goes from one JSON document to another, where everything that is JSON may be."""


def check_strings(document: object, name: str = "config") -> None:
    """Refuse null characters and lone surrogates, which cannot be encoded, under the keys that schema `name` knows.

    `document` has passed schema.check.  Raises SpecError for the first.
    """
    rules = schema.load(name)
    found = _fault(document, rules, rules.get("$defs", {}))
    if found:
        from ocirt.spec.wording import dotted

        raise SpecError(dotted(found[:0:-1]), str(found[0]))


def _fault(value: object, rule: "Rule", definitions: "Rule") -> "list[str | int] | None":
    """The first problem in `value` in the form of schema._fault: its text, then the keys from the innermost on."""
    rule = schema.resolve(rule, definitions)
    if isinstance(value, str):
        return _unfit(value)
    if isinstance(value, list):
        for index, item in enumerate(value):
            found = _fault(item, rule["items"], definitions)
            if found:
                return [*found, index]
    if isinstance(value, dict):
        known, others = rule.get("properties", {}), rule.get("additionalProperties")
        for key, member in value.items():
            member_rule = None if key in _OPAQUE else known.get(key, others)
            found = member_rule and (_unfit(key) or _fault(member, member_rule, definitions))
            if found:
                return [*found, key]
    return None


def _unfit(text: str) -> "list[str | int] | None":
    if "\0" in text:
        return ["want text without null characters"]
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return [f"want text, got the lone surrogate {ascii(text[error.start])[1:-1]}"]
    return None
