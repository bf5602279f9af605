"""Help, usage, version and completion: there is text for everything, and it leads somewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ocirt.argv import GLOBAL, Command, parse
from ocirt.commands import VERBS, find, load
from ocirt.help import page

TABLES = [load(name).COMMAND for name in VERBS]
PROGRAM = [sys.executable, "-m", "ocirt"]


def ocirt(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*PROGRAM, *words], capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )


@pytest.mark.parametrize("table", [GLOBAL, *TABLES], ids=lambda table: table.name)
def test_each_option_is_explained(table: Command) -> None:
    text = page(None if table is GLOBAL else table)
    for option in table.options:
        assert option.help
        assert option.help == option.help.rstrip(".")
        line = (
            rf"^  (-{option.short}, |    )--{option.long}( {re.escape(option.metavar)})?\s+\S" if option.short else None
        )
        line = line or rf"^      --{option.long}( {re.escape(option.metavar)})?\s+\S"
        assert bool(re.search(line, text, re.MULTILINE)) is not option.hidden, option.long
    assert re.search(r"^  -h, --help", text, re.MULTILINE)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_each_verb_is_explained(table: Command) -> None:
    text = page(table)
    assert text.startswith(f"NAME:\n  ocirt {table.name} - {table.summary}\n")
    assert f"{table.name} [options] {table.arguments}".rstrip() in text
    assert table.description
    assert table.summary[0].islower()
    assert max(map(len, text.splitlines())) <= 80
    for command, _what in table.examples:
        parse(command.split()[1:], find)  # the examples are understood


def test_global_help_leads_to_a_container() -> None:
    text = page(None)
    assert text.startswith("NAME:\n  ocirt - ")
    assert "ocirt spec " in text
    assert "ocirt run hello" in text
    for table in TABLES:
        assert re.search(rf"^  {table.name}\s+{re.escape(table.summary)}$", text, re.MULTILINE)
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"], ["h"]])
def test_global_help(words: list[str]) -> None:
    result = ocirt(*words)
    assert (result.returncode, result.stdout, result.stderr) == (0, page(None), "")


@pytest.mark.parametrize(
    "words", [["create", "--help"], ["create", "c1", "-h"], ["help", "create"], ["--debug", "h", "create"]]
)
def test_help_of_a_command(words: list[str]) -> None:
    result = ocirt(*words)
    assert (result.returncode, result.stdout, result.stderr) == (0, page(find("create")), "")


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["--foo"], "flag provided but not defined: -foo", ""),
        (["delete", "--forec", "c1"], "flag provided but not defined: -forec", "Did you mean --force?"),
        (["state", "--root", "/x", "c1"], "flag provided but not defined: -root", "This is a global option"),
        (["create", "-b"], "flag needs an argument: -b", ""),
        (["create"], 'ocirt: "create" requires exactly 1 argument(s)', ""),
    ],
)
def test_misuse(words: list[str], message: str, hint: str) -> None:
    result = ocirt("--log-format=json", *words)
    assert result.returncode == 1
    assert result.stdout.startswith(f"Incorrect Usage: {message}\n{hint}")
    assert "NAME:\n  ocirt" in result.stdout
    assert result.stderr.count("\n") == 1
    assert message.replace('"', '\\"') in result.stderr


def test_an_unknown_command() -> None:
    result = ocirt("statt")
    assert result.returncode == 3
    assert 'Did you mean "ocirt state"?' in result.stdout
    assert "No help topic for 'statt'" in result.stderr
    assert "Incorrect Usage" not in result.stdout


@pytest.mark.parametrize("flag", ["--version", "-v"])
def test_version(flag: str) -> None:
    lines = ocirt(flag).stdout.splitlines()
    assert re.fullmatch(r"ocirt version \d+\.\d+\.\d+.*", lines[0])
    assert re.fullmatch(r"commit: \S+", lines[1])
    assert lines[2] == "spec: 1.3.0"
    assert re.fullmatch(r"python: 3\.\d+\.\d+", lines[3])
    assert all(re.fullmatch(r"libseccomp: \d+\.\d+\.\d+", line) for line in lines[4:])


def completions(words: str, current: int) -> list[str]:
    result = ocirt(_OCIRT_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=str(current))
    assert result.stderr == ""
    return [line.partition(",")[2] for line in result.stdout.splitlines()]


def test_completion(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "db").mkdir()
    tmp_path.chmod(0o700)
    assert completions("ocirt st", 1) == ["start", "state"]
    assert "--pid-file" in completions("ocirt create --p", 2)
    assert completions(f"ocirt --root {tmp_path} kill ", 4) == ["db", "web"]
    assert completions(f"ocirt --root {tmp_path} kill w", 4) == ["web"]
    assert "_OCIRT_COMPLETE" in ocirt(_OCIRT_COMPLETE="zsh_source").stdout
