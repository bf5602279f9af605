import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocirt.errors import SpecError
from ocirt.spec import version

GOOD = [
    *("1.0.0", "1.0.1", "1.0.2-dev", "1.1.0", "1.1.0-rc.3", "1.2.0", "1.2.1+dev", "1.3.0"),
    *("1.3.0+dev", "1.3.0-rc.1+a.01", "1.3.99", "1.0.1-0"),
]
OTHER = ["0.2.0", "0.9.9", "1.0.0-rc5", "1.0.0-dev", "1.4.0", "1.4.0-dev", "1.10.0", "2.0.0", "10.0.0"]
MALFORMED = [
    *("", "1", "1.0", "1.0.0.0", "v1.0.0", "1.0.x", "01.0.0", "1.00.0", "1.0.0-", "1.0.0+", "1.0.0-01", "1.0.0-a..b"),
    *("1.0.0-é", "1.0.0 ", " 1.0.0", "1.0.0\n", "-1.0.0", "1.\u0660.0", "1.0.0+a+b", "1.0.0-a_b", "1..0", "one"),
]


@pytest.mark.parametrize("text", GOOD)
def test_versions_that_are_followed(text: str) -> None:
    version.check(text)


@pytest.mark.parametrize("text", OTHER)
def test_versions_that_are_not(text: str) -> None:
    with pytest.raises(SpecError) as caught:
        version.check(text)
    assert str(caught.value) == f'ociVersion: want 1.0.0 to 1.3.x, got "{text}"'


@pytest.mark.parametrize("text", MALFORMED)
def test_what_is_no_version(text: str) -> None:
    with pytest.raises(SpecError, match=r"^ociVersion: want a semantic version such as 1\.3\.0, got "):
        version.check(text)


def test_our_own_limits_are_taken() -> None:
    version.check(version.OLDEST)
    version.check(version.NEWEST)


@given(st.text() | st.text("01.3-+a"))
def test_no_text_does_worse_than_be_refused(text: str) -> None:
    try:
        version.check(text)
    except SpecError as error:
        assert len(str(error)) < 200
