"""The command line: what parse understands, that click understands the same, and what it costs to import."""

import ast
import os
import subprocess
import sys

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ocirt
from ocirt.argv import FLAG, GLOBAL, LIST, NUMBER, TEXT, Command, Invocation, Misuse, Option, parse, truth
from ocirt.commands import VERBS, find, load
from ocirt.help import group

STOPPING = Command(
    "stopping",
    "a verb as exec will be",
    arguments="<container-id> [argument]...",
    stops=True,
    options=(
        Option("env", "", short="e", kind=LIST),
        Option("tty", "", short="t"),
        Option("fds", "", kind=NUMBER, default=0),
        Option("cwd", "", kind=TEXT),
    ),
)
TABLES = [*(load(name).COMMAND for name in VERBS), STOPPING]


def look_up(name: str) -> Command | None:
    return {table.name: table for table in TABLES}.get(name)


def understand(*words: str) -> Invocation:
    return parse(words, look_up)


def refusal(*words: str) -> Misuse:
    with pytest.raises(Misuse) as caught:
        understand(*words)
    return caught.value


# ---- the plain case ---------------------------------------------------------------------------------------------


def test_what_containerd_sends() -> None:
    words = (
        "--root /r --log /b/log.json --log-format json --systemd-cgroup create --bundle /b --pid-file /b/p -no-pivot c1"
    )
    invocation = understand(*words.split())
    assert invocation.globals.text("root") == "/r"
    assert invocation.globals.text("log-format") == "json"
    assert invocation.globals.flag("systemd-cgroup")
    assert invocation.command is not None
    assert invocation.command.name == "create"
    assert invocation.options.text("pid-file") == "/b/p"
    assert invocation.options.flag("no-pivot")
    assert not invocation.options.flag("no-new-keyring")
    assert invocation.positionals == ["c1"]


@pytest.mark.parametrize(
    "spelling",
    [["--bundle", "x"], ["-bundle", "x"], ["--bundle=x"], ["-bundle=x"], ["-b", "x"], ["--b", "x"], ["-b=x"]],
)
@pytest.mark.parametrize("after", [False, True])
def test_spellings_of_an_option(spelling: list[str], after: bool) -> None:
    words = ["c1", *spelling] if after else [*spelling, "c1"]
    invocation = understand("create", *words)
    assert invocation.options.text("bundle") == "x"
    assert invocation.positionals == ["c1"]


@pytest.mark.parametrize("text", ["1", "t", "T", "true", "TRUE", "True", "0", "f", "F", "false", "FALSE", "False"])
def test_a_flag_with_a_value(text: str) -> None:
    assert understand("delete", f"--force={text}", "c1").options.flag("force") is truth(text)
    assert understand("delete", "-f", f"-f={text}", "c1").options.flag("force") is truth(text)


@pytest.mark.parametrize(
    ("words", "positionals"),
    [
        (["delete", "--", "--force"], ["--force"]),
        (["delete", "-"], ["-"]),
        (["delete", ""], [""]),
        (["kill", "c1", "-9"], ["c1", "-9"]),
        (["kill", "c1", "-KILL"], ["c1", "-KILL"]),
        (["kill", "c1", "--all", "9"], ["c1", "9"]),
        (["stopping", "-t", "c1", "ls", "-t", "--", "-x"], ["c1", "ls", "-t", "--", "-x"]),
        (["stopping", "--", "c1", "-x"], ["c1", "-x"]),
    ],
)
def test_what_is_positional(words: list[str], positionals: list[str]) -> None:
    assert understand(*words).positionals == positionals


def test_values_of_each_kind() -> None:
    options = understand("stopping", "-e", "A=1,2", "--env=B=", "--fds", "0x10", "--cwd=", "c1").options
    assert options.texts("env") == ["A=1,2", "B="]
    assert options.number("fds") == 16
    assert options.text("cwd") == ""
    assert understand("stopping", "c1").options.texts("env") == []
    assert understand("stopping", "--cwd", "--tty", "c1").options.text("cwd") == "--tty"


def test_the_last_of_several_counts() -> None:
    assert understand("create", "-b", "x", "--bundle", "y", "c1").options.text("bundle") == "y"


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["help"], ["h"], [], ["--debug"]])
def test_asks_for_help(words: list[str]) -> None:
    invocation = understand(*words)
    assert (invocation.asks, invocation.command) == ("help", None)


@pytest.mark.parametrize(
    "words", [["delete", "-h"], ["delete", "c1", "--help"], ["help", "delete"], ["h", "delete", "x"]]
)
def test_asks_for_help_of_a_command(words: list[str]) -> None:
    invocation = understand(*words)
    assert invocation.asks == "help"
    assert invocation.command is not None
    assert invocation.command.name == "delete"


@pytest.mark.parametrize("words", [["--version"], ["-v"], ["-v", "list", "--nonsense"]])
def test_asks_for_the_version(words: list[str]) -> None:
    assert understand(*words).asks == "version"


# ---- what is refused, in the words of runc ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--foo", "list"], "flag provided but not defined: -foo"),
        (["--log"], "flag needs an argument: -log"),
        (["create", "--foo", "c1"], "flag provided but not defined: -foo"),
        (["create", "c1", "--foo"], "flag provided but not defined: -foo"),
        (["create", "--bundle"], "flag needs an argument: -bundle"),
        (["create", "c1", "-b"], "flag needs an argument: -b"),
        (["create", "---x"], "bad flag syntax: ---x"),
        (["create", "-=x"], "bad flag syntax: -=x"),
        (["create", "--no-pivot=maybe", "c1"], 'invalid boolean value "maybe" for -no-pivot: parse error'),
        (["create", "--preserve-fds", "x", "c1"], 'invalid value "x" for flag -preserve-fds: parse error'),
        (["create", "--preserve-fds", " 1", "c1"], 'invalid value " 1" for flag -preserve-fds: parse error'),
        (["create"], 'ocirt: "create" requires exactly 1 argument(s)'),
        (["create", "a", "b"], 'ocirt: "create" requires exactly 1 argument(s)'),
        (["list", "a"], 'ocirt: "list" requires exactly 0 argument(s)'),
        (["kill"], 'ocirt: "kill" requires a minimum of 1 argument(s)'),
        (["kill", "a", "b", "c"], 'ocirt: "kill" requires a maximum of 2 argument(s)'),
        (["kill", "-9", "c1"], "flag provided but not defined: -9"),
    ],
)
def test_refusals(words: list[str], message: str) -> None:
    problem = refusal(*words)
    assert problem.message == message
    assert problem.exit_code == 1


@pytest.mark.parametrize("words", [["foo"], ["foo", "--bar"], ["help", "foo"]])
def test_an_unknown_command(words: list[str]) -> None:
    problem = refusal(*words)
    assert problem.message == "No help topic for 'foo'"
    assert problem.exit_code == 3


def test_a_refusal_knows_the_global_options() -> None:
    problem = refusal("--log", "/l", "--log-format=json", "state")
    assert problem.globals.text("log") == "/l"
    assert problem.globals.text("log-format") == "json"
    assert problem.command is not None
    assert problem.command.name == "state"


# ---- click understands the same -----------------------------------------------------------------------------------

_TEXTS = st.one_of(
    st.sampled_from(["c1", "x", "", "-", "a=b", "1", "-1", "0x10", "ä", "kill", "--zz", "--", "-b"]),
    st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), max_size=6),
)
_PLAIN = _TEXTS.filter(lambda text: not text.startswith("-") or text == "-")


@st.composite
def _option_words(draw: st.DrawFn, table: Command) -> list[str]:
    option = draw(st.sampled_from(table.options))
    name = draw(st.sampled_from([name for name in (option.long, option.short) if name]))
    word = draw(st.sampled_from(["--", "-"])) + name
    if option.kind == FLAG:
        return [word]
    value = draw(st.integers(-3, 99).map(str) if option.kind == NUMBER and draw(st.booleans()) else _TEXTS)
    if draw(st.booleans()):
        # `-b=x` is "=x" to click and "x" to runc and us: only the long forms can be compared.
        return [f"--{option.long}={value}"]
    return [word, value]


@st.composite
def _command_lines(draw: st.DrawFn) -> list[str]:
    words: list[str] = []
    # The one with every kind of option, more often.
    table = draw(st.sampled_from([*TABLES, STOPPING, STOPPING, STOPPING]))
    for current in (GLOBAL, table):
        if current is not GLOBAL:
            words.append(current.name)
        pieces = draw(st.lists(_option_words(current), max_size=5)) if current.options else []
        if current is not GLOBAL:
            pieces += draw(st.lists(_PLAIN.map(lambda text: [text]), min_size=0, max_size=3))
            pieces = draw(st.permutations(pieces))
        words += [word for piece in pieces for word in piece]
    ending = draw(st.sampled_from(["", "", "", "unknown", "cut", "rest"]))
    if ending == "unknown":
        words.append("--zz")
    elif ending == "cut":
        words.pop()
    elif ending == "rest":
        words += ["--", *draw(st.lists(_TEXTS, max_size=2))]
    return words


def _as_ours(words: list[str]) -> object:
    try:
        invocation = understand(*words)
    except Misuse:
        return "refused"
    if invocation.asks or invocation.command is None:
        return invocation.asks
    options = {name: value for name, value in invocation.options.items() if name != "help"}
    given = {name: value for name, value in invocation.globals.items() if name != "help"}
    return invocation.command.name, given, options, invocation.positionals


def _as_click(words: list[str]) -> object:
    program = group(TABLES)
    seen: list[object] = []

    def record(**_parameters: object) -> None:
        context = click.get_current_context()
        assert context.parent is not None
        options, positionals = _split(context)
        seen.append((context.info_name, _split(context.parent)[0], options, positionals))

    for verb in program.commands.values():
        verb.callback = record
    try:
        program.main(words, prog_name="ocirt", standalone_mode=False)
    except click.ClickException:
        return "refused"
    return seen[0]


def _split(context: click.Context) -> tuple[dict[str, object], list[str]]:
    options: dict[str, object] = {}
    positionals: list[str] = []
    for parameter in context.command.params:
        assert parameter.name is not None
        value = context.params[parameter.name]
        if isinstance(parameter, click.Option):
            name = parameter.name.replace("_", "-")
            options[name] = (list(value) or None) if parameter.multiple else value
        elif parameter.nargs == -1:
            positionals += value
        elif value is not None:
            positionals.append(value)
    return options, positionals


@settings(max_examples=400, deadline=None)
@given(_command_lines())
def test_click_agrees(words: list[str]) -> None:
    ours = _as_ours(words)
    if ours in ("help", "version"):
        return  # click acts on these by printing
    if sum("fds" in word for word in words) > 1:
        return  # of a repeated number click checks only the last, ours all
    assert _as_click(words) == ours


def test_the_generated_command_lines_are_of_both_sorts() -> None:
    assert _as_ours(["create", "c1"]) == _as_click(["create", "c1"]) != "refused"
    assert _as_ours(["create", "--zz", "c1"]) == _as_click(["create", "--zz", "c1"]) == "refused"


# ---- the tables ---------------------------------------------------------------------------------------------------


def test_each_verb_has_its_table() -> None:
    for name in VERBS:
        table = find(name)
        assert table is not None
        assert table.name == name
        names = [option.long for option in table.options] + [option.short for option in table.options if option.short]
        assert len(names) == len(set(names))
        assert not {"help", "h"} & set(names)


def test_flags_of_runc() -> None:
    create = {"bundle", "console-socket", "pidfd-socket", "pid-file", "no-pivot", "no-new-keyring", "preserve-fds"}
    flags = {name: {option.long for option in load(name).COMMAND.options} for name in VERBS}
    assert flags["create"] == create
    assert flags["run"] == create | {"detach", "keep", "no-subreaper"}
    assert flags["kill"] == {"all"}
    assert flags["delete"] == {"force"}
    assert flags["list"] == {"format", "quiet"}
    assert flags["spec"] == {"bundle", "rootless"}
    assert flags["start"] == flags["state"] == flags["features"] == set()


# ---- what it costs ------------------------------------------------------------------------------------------------

_COUNT_MODULES = """
import sys
before = set(sys.modules)
sys.path.append(sys.argv.pop(1))
from ocirt import __main__
from ocirt.argv import parse
from ocirt.commands import find
parse(sys.argv[1:], find)
print(sorted(set(sys.modules) - before))
"""
_PROGRAM = {"ocirt", "ocirt.__main__", "ocirt.argv", "ocirt.commands", "ocirt.errors", "ocirt.log", "ocirt.modules"}
_BUILT_IN = {"gc", "time"}


@pytest.mark.parametrize(
    ("words", "more"),
    [
        (["state", "c1"], {"state", "_output", "_root"}),
        (["start", "c1"], {"start", "_root"}),
        (["delete", "-f", "c1"], {"delete", "_root"}),
        (["kill", "c1", "9"], {"kill", "_root"}),
        (["create", "-b", "x", "c1"], {"create", "_creation", "_root"}),
        (["run", "c1"], {"run", "_creation", "_root"}),
        (["list"], {"list", "_output", "_root"}),
        (["--version"], set()),
    ],
)
def test_import_budget(words: list[str], more: set[str]) -> None:
    package = os.path.dirname(os.path.dirname(ocirt.__file__))
    command = [sys.executable, "-I", "-S", "-X", "utf8", "-c", _COUNT_MODULES, package, *words]
    loaded = set(ast.literal_eval(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    wanted = _PROGRAM | {f"ocirt.commands.{name}" for name in more}
    if "kill" in words:
        wanted.add("ocirt.signals")
    assert loaded - _BUILT_IN == wanted
