import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocirt.spec import schema
from ocirt.spec.pattern import matches


def _patterns(rule: object) -> set[str]:
    if isinstance(rule, dict):
        own = {rule["pattern"]} if isinstance(rule.get("pattern"), str) else set()
        return own.union(*map(_patterns, rule.values()))
    return set().union(*map(_patterns, rule)) if isinstance(rule, list) else set()


PATTERNS = sorted(set().union(*(_patterns(schema.load(name)) for name in ("config", "state", "features"))))


def test_there_are_patterns() -> None:
    assert len(PATTERNS) == 4


@given(st.sampled_from(PATTERNS), st.text() | st.text("0129KMGB:,- ACP_\n"), st.booleans())
def test_the_schemas_patterns_match_as_regular_expressions_do(pattern: str, text: str, matching: bool) -> None:
    expected = re.compile(pattern.removesuffix("$") + r"\Z")
    assert matches(pattern, text) == bool(expected.search(text))


@given(st.data())
def test_what_should_match_does(data: st.DataObject) -> None:
    pattern = data.draw(st.sampled_from(PATTERNS))
    assert matches(pattern, data.draw(st.from_regex(pattern.removesuffix("$") + r"\Z")))


@pytest.mark.parametrize("pattern", ["", "abc", "^a|b$", "^a?$", "^(a)$", "^a.$", r"^\d$"])
def test_other_patterns_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        matches(pattern, "a")
