"""The schemas themselves: documented to the last key, and in the subset that the fast walker knows."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ocirt.spec.schema import KEYWORDS, TYPES, load

NAMES = ("config", "state", "features")
SECTION = re.compile(r"\S.* \((config|config-linux|config-freebsd|runtime|features|features-linux)\.md#[a-z-]+\)")


def rules(rule: dict[str, Any], where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema inside `rule`, itself too, with a name for it."""
    yield where, rule
    for keyword in ("properties", "$defs"):
        for key, inner in rule.get(keyword, {}).items():
            yield from rules(inner, f"{where}.{key}")
    for keyword in ("items", "additionalProperties"):
        if keyword in rule:
            yield from rules(rule[keyword], f"{where}[]")


@pytest.mark.parametrize("name", NAMES)
def test_they_are_valid_schemas(name: str) -> None:
    Draft202012Validator.check_schema(load(name))


@pytest.mark.parametrize("name", NAMES)
def test_every_key_has_a_description_with_its_section(name: str) -> None:
    for where, rule in rules(load(name), name):
        for key, inner in rule.get("properties", {}).items():
            assert SECTION.fullmatch(inner.get("description", "")), f"{where}.{key}"
    for key, inner in load(name).get("$defs", {}).items():
        assert inner.get("description"), key


@pytest.mark.parametrize("name", NAMES)
def test_they_use_what_the_walker_knows(name: str) -> None:
    definitions = load(name).get("$defs", {})
    for where, rule in rules(load(name), name):
        assert rule.keys() <= KEYWORDS, where
        if "$ref" in rule:
            # The walker goes on with the definition alone.
            assert rule.keys() <= {"$ref", "description"}, where
            assert rule["$ref"].removeprefix("#/$defs/") in definitions, where
        else:
            assert rule["type"] in TYPES, where
        if "enum" in rule or "pattern" in rule:
            assert rule["type"] == "string", where
        if rule.get("type") == "integer":
            assert "minimum" in rule, where
        if rule.get("type") == "array":
            assert "items" in rule, where
        assert set(rule.get("required", ())) <= rule.get("properties", {}).keys(), where


@pytest.mark.parametrize("name", NAMES)
def test_no_definition_is_idle(name: str) -> None:
    used = {rule["$ref"] for _, rule in rules(load(name), name) if "$ref" in rule}
    assert used == {f"#/$defs/{key}" for key in load(name).get("$defs", {})}
