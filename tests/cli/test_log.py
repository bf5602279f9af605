"""Messages: their formats, where they go, and that a failure of the program is one line."""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocirt import log
from ocirt.errors import Error

_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    yield
    log.flush()
    log.configure()


def ocirt(*words: str, **settings: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "ocirt", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, **settings)  # type: ignore[call-overload,no-any-return]


def test_text(capfd: pytest.CaptureFixture[str]) -> None:
    log.error("plain")
    log.warning('exec: "nope": not found')
    log.debug("not wanted")
    log.configure(debugging=True)
    log.debug("wanted/1")
    lines = capfd.readouterr().err.splitlines()
    patterns = [
        rf'time="{_TIME}" level=error msg=plain',
        rf'time="{_TIME}" level=warning msg="exec: \\"nope\\": not found"',
        rf'time="{_TIME}" level=debug msg=wanted/1',
    ]
    assert len(lines) == len(patterns)
    for line, pattern in zip(lines, patterns, strict=True):
        assert re.fullmatch(pattern, line), line


@pytest.mark.parametrize(
    ("message", "form"),
    [
        ("container", "container"),
        ("a-b._/@^+9", "a-b._/@^+9"),
        ("", ""),
        ("two words", '"two words"'),
        ("k=v", '"k=v"'),
        ("tab\there", r'"tab\there"'),
        ("back\\slash", r'"back\\slash"'),
        ("\x1b[31m", r'"\x1b[31m"'),
        ("caf\u00e9", '"caf\u00e9"'),
        ("\udcff", r'"\xff"'),
        ("\u200b", r'"\u200b"'),
        ("one\ntwo:\n  three\n", '"one; two: three"'),
    ],
)
def test_quoting(message: str, form: str, capfd: pytest.CaptureFixture[str]) -> None:
    log.error(message)
    assert capfd.readouterr().err.rstrip("\n").partition(" msg=")[2] == form


def test_terminal() -> None:
    master, slave = pty.openpty()
    result = subprocess.run(
        [sys.executable, "-m", "ocirt", "foo"], stdout=subprocess.DEVNULL, stderr=slave, check=False
    )
    os.close(slave)
    with os.fdopen(master, "rb") as stream:
        text = stream.read1()
    assert result.returncode == 3
    assert re.fullmatch(rb"ERRO\[\d{4}\] No help topic for 'foo'\r\n", text)


def test_json_and_bare_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "log"
    log.configure(str(path), "json")
    message = 'bad "thing" \\ \x01 \udcff\nü'
    log.error(message)
    line = path.read_text()
    assert re.match(rf'{{"level":"error","msg":".*","time":"{_TIME}"}}\n\Z', line)
    assert json.loads(line)["msg"] == 'bad "thing" \\ \x01 \ufffd; ü'
    assert capfd.readouterr().err.endswith("; ü\n")


def test_a_failure_is_one_json_line(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log.configure(str(path), "json")
    log.warning("beware")
    assert path.read_text() == ""
    log.error("failed")
    document = json.loads(path.read_text())
    assert (document["msg"], document["warnings"]) == ("failed", ["beware"])


def test_warnings_of_a_success(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "log"
    log.configure(str(path), "json")
    log.warning("one")
    log.warning("two")
    log.flush()
    log.flush()
    documents = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(document["level"], document["msg"]) for document in documents] == [("warning", "one"), ("warning", "two")]
    assert capfd.readouterr().err == ""


def test_warnings_of_a_child_are_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log.configure(str(path), "json")
    child = os.fork()
    if child == 0:
        log.warning("from the child")
        os._exit(0)
    os.waitpid(child, 0)
    assert json.loads(path.read_text())["msg"] == "from the child"


def _target(fd: int) -> str:
    try:
        return os.readlink(f"/proc/self/fd/{fd}")
    except OSError:
        return ""


def test_log_file_is_appended_to_and_not_inherited(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("before\n")
    log.configure(str(path))
    (fd,) = [fd for fd in range(3, 100) if _target(fd) == str(path)]
    assert not os.get_inheritable(fd)
    log.warning("after")
    assert path.read_text().startswith("before\ntime=")


def test_a_full_log_is_no_failure() -> None:
    log.configure("/dev/full")
    log.warning("lost")


def test_refusals(tmp_path: Path) -> None:
    with pytest.raises(Error, match=r"^invalid log-format: xml$"):
        log.configure("", "xml")
    with pytest.raises(Error, match=r"^open .*/no/log for the log: no such file or directory$"):
        log.configure(str(tmp_path / "no" / "log"))


# ---- the program --------------------------------------------------------------------------------------------------


def test_a_misuse_goes_to_the_log(tmp_path: Path) -> None:
    path = tmp_path / "log"
    result = ocirt("--log", str(path), "--log-format", "json", "state")
    message = 'ocirt: "state" requires exactly 1 argument(s)'
    assert result.returncode == 1
    assert result.stderr == message + "\n"
    assert json.loads(path.read_text())["msg"] == message


def test_a_log_that_cannot_be_opened() -> None:
    result = ocirt("--log", "/nonexistent/log", "features")
    assert result.returncode == 1
    assert "open /nonexistent/log for the log: no such file or directory" in result.stderr
    assert result.stdout == ""


_BREAK = """
import sys
from ocirt import __main__, commands
class Verb:
    def run(invocation):
        raise {error}
__main__.load = lambda name: Verb
__main__.main()
"""


def failing(error: str, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", _BREAK.format(error=error), *words, "features"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        ("ValueError('a\\nb')", 1, "internal error: ValueError: a; b"),
        ("MemoryError", 1, "internal error: MemoryError: "),
        ("SystemExit(0)", 1, "internal error: SystemExit: 0"),
        ("FileNotFoundError(2, 'No such file or directory', '/x')", 1, "/x: no such file or directory"),
        ("KeyboardInterrupt", 130, "interrupted"),
    ],
)
def test_unexpected_exceptions_are_one_line(error: str, code: int, message: str) -> None:
    result = failing(error, "--log-format", "json")
    assert result.returncode == code
    assert json.loads(result.stderr)["msg"] == message


def test_debug_shows_the_traceback_line_by_line() -> None:
    result = failing("ValueError('x')", "--debug", "--log-format=json")
    documents = [json.loads(line) for line in result.stderr.splitlines()]
    assert documents[-1]["level"] == "error"
    assert "Traceback (most recent call last):" in [document["msg"] for document in documents]


_CLOSE = """
import os, sys
from ocirt import __main__
os.close(0); os.close(2)
__main__._occupy_standard_streams()
print(os.readlink("/proc/self/fd/0"), os.readlink("/proc/self/fd/2"), os.get_inheritable(0), os.get_inheritable(2))
"""


def test_closed_standard_streams_are_not_reused() -> None:
    result = subprocess.run([sys.executable, "-c", _CLOSE], capture_output=True, text=True, check=False)
    assert result.stdout == "/dev/null /dev/null True True\n"


def test_nobody_reads() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    result = subprocess.run(
        [sys.executable, "-m", "ocirt", "--help"], stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert (result.returncode, result.stderr) == (141, "")


def test_output_to_a_full_disk() -> None:
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "ocirt", "--version"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert result.returncode == 1
    assert "write standard output: no space left on device" in result.stderr
