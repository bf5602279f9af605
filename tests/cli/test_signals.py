"""Signals: every spelling that kill takes, and none that means nothing."""

import signal

import pytest

from ocirt import signals
from ocirt.errors import Error


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("TERM", 15),
        ("sigkill", 9),
        ("SigHup", 1),
        ("9", 9),
        ("-9", 9),
        ("-KILL", 9),
        ("0", 0),
        ("64", 64),
        ("RTMIN", 34),
        ("sigrtmin+1", 35),
        ("RTMAX-1", 63),
        ("RTMAX", 64),
        ("CLD", 17),
        ("IOT", 6),
    ],
)
def test_signals(text: str, number: int) -> None:
    assert signals.number(text) == number


@pytest.mark.parametrize(
    "text",
    ["FOO", "", "SIG", "65", "--9", "-9x", "٣", "RTMIN+31", "RTMIN-1", "RTMAX+1", "RTMAX-31", "RTMIN+", "9" * 5000],
)
def test_no_signals(text: str) -> None:
    with pytest.raises(Error, match=r"^unknown signal"):
        signals.number(text)


def test_signal_table_is_the_systems() -> None:
    for name, number in signal.Signals.__members__.items():
        assert signals.number(name) == number, name
