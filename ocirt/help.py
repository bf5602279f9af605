"""The slow path that explains: help pages, what was wrong with a command line, shell completion.

click does it, built from the tables that argv.parse reads.  It takes 35 ms to import, so only this module imports it,
and only these cases import this module.
"""

import os
from difflib import get_close_matches

import click
from click.shell_completion import CompletionItem, shell_complete

from ocirt import commands
from ocirt.argv import FLAG, GLOBAL, HELP, LIST, NUMBER, Command, Misuse, Option, number
from ocirt.commands._root import state_root
from ocirt.errors import Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

COMPLETION_VARIABLE = "_OCIRT_COMPLETE"
"""The environment variable through which the shell asks for completion."""

_WIDTH = 80

_FIRST_CONTAINER = """\
A container starts from a bundle: a directory with a root file system and a
config.json. As root, make one with little more in it than a static busybox:

  mkdir -p hello/rootfs/bin && cd hello
  cp "$(command -v busybox)" rootfs/bin/busybox
  for name in sh ls ps cat; do ln -s busybox rootfs/bin/$name; done
  ocirt spec          # writes config.json: a shell on this terminal
  ocirt run hello     # "exit" ends the shell and with it the container

Any root file system will do, such as that of an image:
  docker export "$(docker create alpine)" | tar -xC rootfs
As an ordinary user, write config.json with "ocirt spec --rootless"."""

_BACKGROUND = """\
ocirt run --detach ID   create and start ("ocirt create" and "ocirt start")
ocirt list              see what there is
ocirt kill ID           ask it to end
ocirt delete ID         give back what it held

There is no terminal in the background: set process.terminal to false in
config.json first, or pass --console-socket."""

_EXIT_CODE = """\
0 when all went well, 1 for an error, 3 for an unknown command; "ocirt run"
ends with the code of the container's process. The last line on standard error
tells what went wrong."""

_COMPLETION = """\
In bash: eval "$(_OCIRT_COMPLETE=bash_source ocirt)"
In other shells with zsh_source or fish_source."""


def page(command: Command | None) -> str:
    """The help page of one command, or of the program."""
    program = group()
    with click.Context(program, info_name=GLOBAL.name, terminal_width=_WIDTH) as context:
        if command is None:
            return program.get_help(context) + "\n"
        verb = program.commands[command.name]
        with click.Context(verb, parent=context, info_name=command.name, terminal_width=_WIDTH) as inner:
            return verb.get_help(inner) + "\n"


def explain(problem: Misuse) -> str:
    """What to print on standard output for a command line that was not understood: hint and help page.

    The error itself is not in it for an unknown command, where runc prints nothing but that.
    """
    if problem.unknown:
        close = get_close_matches(problem.unknown, commands.VERBS)
        hint = f'Did you mean "ocirt {close[0]}"? ' if close else ""
        return f'{hint}"ocirt --help" lists the commands.\n'
    hint = _suggestion(problem)
    return f"Incorrect Usage: {problem.message}\n{hint}\n{page(problem.command)}"


def complete(instruction: str) -> int:
    """Answer the shell, which asks through COMPLETION_VARIABLE; returns the exit code."""
    return shell_complete(group(), {}, GLOBAL.name, COMPLETION_VARIABLE, instruction)


def group(tables: "Iterable[Command] | None" = None) -> click.Group:
    """The whole command line in click's terms: all verbs, or those of `tables`."""
    if tables is None:
        tables = [commands.load(name).COMMAND for name in commands.VERBS]
    return _Program(map(_Verb, tables))


def _suggestion(problem: Misuse) -> str:
    table = problem.command or GLOBAL
    prefix = "flag provided but not defined: -"
    if not problem.message.startswith(prefix):
        return ""
    given = problem.message.removeprefix(prefix)
    close = get_close_matches(given, [option.long for option in table.options if not option.hidden])
    if close:
        return f"Did you mean --{close[0]}?\n"
    if table is not GLOBAL and any(given in (option.long, option.short) for option in GLOBAL.options):
        return f'This is a global option: write it before "{table.name}".\n'
    return ""


def _whole_number(value: object) -> int:
    return number(str(value))  # click hands in the default too


class _Option(click.Option):
    """An option under all the spellings that argv.parse takes, of which the help shows the usual ones."""

    def __init__(self, option: Option) -> None:
        names = [name for name in (option.long, option.short) if name]
        settings: dict[str, Any] = {"is_flag": True} if option.kind == FLAG else {"metavar": option.metavar}
        if option.kind == NUMBER:
            settings["type"] = _whole_number
        if option.kind == LIST:
            settings["multiple"] = True
        else:
            settings["default"] = option.default
        spellings = [dashes + name for name in names for dashes in ("--", "-")]
        super().__init__(
            [option.long.replace("-", "_"), *spellings], help=option.help, hidden=option.hidden, **settings
        )
        self.option = option

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        if self.hidden:
            return None
        return _spelling(self.option), self.option.help


class _Verb(click.Command):
    """A command of the table, with our layout of the help."""

    def __init__(self, table: Command) -> None:
        self.table = table
        super().__init__(
            table.name,
            params=[*map(_Option, table.options), *_arguments(table)],
            short_help=table.summary,
            context_settings={"help_option_names": ["--help", "-help", "-h", "--h"]},
        )
        self.allow_interspersed_args = not table.stops

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        table = self.table
        _section(formatter, "NAME", f"ocirt {table.name} - {table.summary}")
        _section(formatter, "USAGE", f"ocirt [global options] {table.name} [options] {table.arguments}".rstrip())
        if table.description:
            with formatter.section("DESCRIPTION"):
                formatter.write_text(table.description)
        if table.examples:
            with formatter.section("EXAMPLES"):
                formatter.write_dl([(command, what) for command, what in table.examples], col_max=60)
        _options(formatter, "OPTIONS", table)
        formatter.write('\n"ocirt --help" shows the global options.\n')


class _Program(click.Group):
    """ocirt itself."""

    def __init__(self, verbs: "Iterable[_Verb]") -> None:
        super().__init__(
            GLOBAL.name,
            commands={str(verb.name): verb for verb in verbs},
            params=list(map(_Option, GLOBAL.options)),
            context_settings={"help_option_names": ["--help", "-help", "-h", "--h"]},
        )

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)  # in the order of the table, not of the alphabet

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _section(formatter, "NAME", f"{GLOBAL.name} - {GLOBAL.summary}")
        _section(formatter, "USAGE", "ocirt [global options] COMMAND [options] [arguments]")
        _section(formatter, "YOUR FIRST CONTAINER", _FIRST_CONTAINER)
        _section(formatter, "IN THE BACKGROUND", _BACKGROUND)
        with formatter.section("COMMANDS"):
            rows = [(name, str(verb.short_help)) for name, verb in self.commands.items()]
            formatter.write_dl([*rows, ("help, h", "show this, or the help of one command")])
        _options(formatter, "GLOBAL OPTIONS", GLOBAL)
        formatter.write("\nThe default --root is /run/ocirt, for ordinary users $XDG_RUNTIME_DIR/ocirt.\n")
        _section(formatter, "EXIT CODE", _EXIT_CODE)
        _section(formatter, "COMPLETION", _COMPLETION)


def _arguments(table: Command) -> list[click.Argument]:
    arguments = []
    for word in table.arguments.split():
        name = word.strip("<>[].")
        arguments.append(
            click.Argument(
                [name.replace("-", "_")],
                required=word.startswith("<"),
                nargs=-1 if word.endswith("...") else 1,
                shell_complete=_container_ids if name == "container-id" else None,
            )
        )
    return arguments


def _container_ids(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from ocirt.argv import Values

    given = ctx.find_root().params
    try:
        names = sorted(os.listdir(state_root(Values(root=given.get("root")))))
    except (OSError, Error):
        return []
    return [CompletionItem(name) for name in names if name.startswith(incomplete) and not name.startswith(".")]


def _options(formatter: click.HelpFormatter, title: str, table: Command) -> None:
    rows = [(_spelling(option), option.help) for option in (*table.options, HELP) if not option.hidden]
    with formatter.section(title):
        formatter.write_dl(rows)


def _spelling(option: Option) -> str:
    short = f"-{option.short}, " if option.short else "    "
    value = "" if option.kind == FLAG else f" {option.metavar}"
    return f"{short}--{option.long}{value}"


def _section(formatter: click.HelpFormatter, title: str, text: str) -> None:
    """A section whose lines are not wrapped."""
    formatter.write_paragraph()
    formatter.write_heading(title)
    formatter.write("".join(f"  {line}\n" if line else "\n" for line in text.split("\n")))
