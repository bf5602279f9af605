"""The types say the same as the schema: same keys, same types, same keys required."""

from typing import Any, Literal, get_args, get_origin, get_type_hints, is_typeddict

from ocirt.spec import schema, types

BASIC = {"string": str, "integer": int, "boolean": bool}


def compare(hint: Any, rule: dict[str, Any], where: str) -> None:
    rule = schema.resolve(rule, schema.load("config")["$defs"])
    if is_typeddict(hint):
        assert rule["type"] == "object", where
        hints = get_type_hints(hint)
        assert list(hints) == list(rule["properties"]), where
        assert hint.__required_keys__ == frozenset(rule.get("required", ())), where
        for key, inner in hints.items():
            compare(inner, rule["properties"][key], f"{where}.{key}")
    elif get_origin(hint) is list:
        compare(get_args(hint)[0], rule["items"], f"{where}[]")
    elif get_origin(hint) is dict:
        # Of other platforms nothing is known.
        values = rule.get("additionalProperties")
        assert values or get_args(hint)[1] is object, where
        if values:
            compare(get_args(hint)[1], values, f"{where}[]")
    elif get_origin(hint) is Literal:
        assert list(get_args(hint)) == rule["enum"], where
    else:
        assert hint is BASIC[rule["type"]], where
        assert "enum" not in rule, where


def test_the_types_are_the_schemas() -> None:
    compare(types.Spec, schema.load("config"), "")
