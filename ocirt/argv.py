"""The command line: tables of options, and the parser for the plain case.

The tables (GLOBAL here, COMMAND in each file of commands/) are the truth.  `parse` reads them, and so does help.py,
which builds click's help and completion from them; a test proves that both understand a command line alike.
The rules are those of the library runc uses: one or two dashes before any name, `--name value` or `--name=value`,
`--flag=false`, options also after the positionals, `--` ends the options.

This module is in the path of every `ocirt state`: it imports nothing that the interpreter has not loaded anyway.
"""

from ocirt.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Value = bool | int | str | list[str] | None

FLAG, TEXT, NUMBER, LIST = "flag", "text", "number", "list"

_TRUTH = {
    **dict.fromkeys(("1", "t", "T", "true", "True", "TRUE"), True),
    **dict.fromkeys(("0", "f", "F", "false", "False", "FALSE"), False),
}
_UNKNOWN_COMMAND = 3  # the exit code of runc for it


class Option:
    """One option of a command.

    `long` and `short` are without dashes; `kind` is FLAG, TEXT, NUMBER, or LIST (a text that may be given many times).
    `default` is the value when the option is not given; `metavar` names the value in the help.
    """

    __slots__ = ("default", "help", "hidden", "kind", "long", "metavar", "short")

    def __init__(
        self,
        long: str,
        help: str,
        *,
        short: str = "",
        kind: str = FLAG,
        metavar: str = "VALUE",
        default: "Value" = None,
        hidden: bool = False,
    ) -> None:
        self.long = long
        self.short = short
        self.kind = kind
        self.metavar = metavar
        self.help = help
        self.default = False if kind == FLAG else default
        self.hidden = hidden


class Command:
    """One verb.

    `arguments` is the usage of its positionals and decides how many there may be: `<x>` is required, `[x]` is not,
    `...` after the last one lets it repeat.  With `stops` the options end at the first positional, because the rest
    belongs to another program.  `examples` are (command, what it does) pairs for the help.
    """

    __slots__ = ("arguments", "description", "examples", "name", "options", "stops", "summary")

    def __init__(
        self,
        name: str,
        summary: str,
        *,
        arguments: str = "",
        options: tuple[Option, ...] = (),
        stops: bool = False,
        description: str = "",
        examples: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self.name = name
        self.summary = summary
        self.arguments = arguments
        self.options = options
        self.stops = stops
        self.description = description
        self.examples = examples

    @property
    def minimum(self) -> int:
        """The fewest positionals."""
        return self.arguments.count("<")

    @property
    def maximum(self) -> int:
        """The most positionals; a very large number when there is no limit."""
        return 1 << 30 if self.arguments.endswith("...") else self.minimum + self.arguments.count("[")


class Values(dict[str, "Value"]):
    """What the options of one table were given: the long name -> the value, or the option's default."""

    def flag(self, name: str) -> bool:
        """The value of a FLAG."""
        return self[name] is True

    def text(self, name: str) -> "str | None":
        """The value of a TEXT; None when it has no default and was not given."""
        value = self[name]
        return value if isinstance(value, str) else None

    def number(self, name: str) -> int:
        """The value of a NUMBER."""
        value = self[name]
        return value if isinstance(value, int) else 0

    def texts(self, name: str) -> "list[str]":
        """The values of a LIST in the order given."""
        value = self[name]
        return value if isinstance(value, list) else []


class Invocation:
    """One command line, understood.

    `asks` is "help" or "version" when that is wanted in place of the command; then `command` is what help is wanted
    for (None: the whole program).  Without `asks` there is always a command.
    """

    __slots__ = ("asks", "command", "globals", "options", "positionals")

    def __init__(
        self, given: Values, command: Command | None, options: Values, positionals: "list[str]", asks: str = ""
    ) -> None:
        self.globals = given
        self.command = command
        self.options = options
        self.positionals = positionals
        self.asks = asks


class Misuse(UsageError):
    """The command line does not fit the tables.

    `command` is the one it was meant for (None: the whole program), `unknown` the name of a command that is not
    there; `globals` holds the global options as far as they were understood, so that the error can go to the log.
    """

    def __init__(self, message: str, command: Command | None = None, unknown: str = "") -> None:
        super().__init__(message)
        self.command = None if command is GLOBAL else command
        self.unknown = unknown
        self.globals = _defaults(GLOBAL)
        if unknown:
            self.exit_code = _UNKNOWN_COMMAND


HELP = Option("help", "show this help", short="h")

GLOBAL = Command(
    "ocirt",
    "run containers as the Open Container Initiative specifies",
    arguments="[command] [argument]...",
    stops=True,
    options=(
        Option("root", "keep the state of the containers in DIR", kind=TEXT, metavar="DIR"),
        Option("log", "append messages to FILE, not to standard error", kind=TEXT, metavar="FILE"),
        Option(
            "log-format", "write messages as text (default) or json", kind=TEXT, metavar="text|json", default="text"
        ),
        Option("debug", "log what is being done, and tracebacks of internal errors"),
        Option("systemd-cgroup", 'let systemd make the cgroups; linux.cgroupsPath is then "slice:prefix:name"'),
        Option(
            "rootless",
            "true, false or auto: accepted for callers of runc; ocirt sees for itself what it may do",
            kind=TEXT,
            default="auto",
        ),
        Option("criu", "no longer used: criu is looked up in $PATH", kind=TEXT, metavar="FILE", hidden=True),
        Option("version", "print the versions of ocirt and of what it is built on", short="v"),
    ),
)


def parse(arguments: "Sequence[str]", find: "Callable[[str], Command | None]") -> Invocation:
    """Understand a command line without the program's name; `find` is asked for the command's table.

    Raises Misuse when it cannot be understood.
    """
    given = _defaults(GLOBAL)
    try:
        words = _read(GLOBAL, list(arguments), given)
        if given["version"] and not given["help"]:
            return Invocation(given, None, Values(), [], "version")
        if given["help"] or not words:
            return Invocation(given, None, Values(), [], "help")
        if words[0] in ("help", "h"):
            topic = _known(words[1], find) if len(words) > 1 else None
            return Invocation(given, topic, Values(), [], "help")
        command = _known(words[0], find)
        options = _defaults(command)
        positionals = _read(command, words[1:], options)
        if options["help"]:
            return Invocation(given, command, options, positionals, "help")
        _count(command, len(positionals))
    except Misuse as problem:
        problem.globals = given
        raise
    return Invocation(given, command, options, positionals)


def truth(text: str) -> "bool | None":
    """What a boolean was spelled as, in any of Go's spellings; None when it is none of them."""
    return _TRUTH.get(text)


def number(text: str) -> int:
    """A whole number in decimal, or in another base with its prefix (0x, 0o, 0b); raises ValueError."""
    if not text.isascii() or text != text.strip():
        raise ValueError(text)
    return int(text, 0)


def quoted(text: str) -> str:
    """A value as it stands in a message: in double quotes, with those inside escaped."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _defaults(command: Command) -> Values:
    values = Values((option.long, option.default) for option in command.options)
    values["help"] = False
    return values


def _known(name: str, find: "Callable[[str], Command | None]") -> Command:
    command = find(name)
    if command is None:
        raise Misuse(f"No help topic for '{name}'", unknown=name or "''")
    return command


def _read(command: Command, words: "list[str]", values: Values) -> "list[str]":
    """Put the options among `words` into `values` and return the positionals."""
    named = {"help": HELP, "h": HELP}
    for option in command.options:
        named[option.long] = option
        if option.short:
            named[option.short] = option
    positionals: list[str] = []
    position = 0
    while position < len(words):
        word = words[position]
        position += 1
        if word == "--":
            return positionals + words[position:]
        if word[:1] != "-" or word == "-":
            if command.stops:
                return words[position - 1 :]
            positionals.append(word)
            continue
        name, equals, text = word[2 if word[1] == "-" else 1 :].partition("=")
        if not name or name[0] == "-":
            raise Misuse(f"bad flag syntax: {word}", command)
        found = named.get(name)
        if found is None:
            # As in runc, but only where it can mean something: `kill c1 -9`.
            if word[1] == "-" or not positionals or len(positionals) >= command.maximum:
                raise Misuse(f"flag provided but not defined: -{name}", command)
            positionals.append(word)
            continue
        if found.kind != FLAG and not equals:
            if position == len(words):
                raise Misuse(f"flag needs an argument: -{name}", command)
            text = words[position]
            position += 1
        _set(command, found, values, name, text if equals or found.kind != FLAG else "true")
    return positionals


def _set(command: Command, option: Option, values: Values, name: str, text: str) -> None:
    if option.kind == TEXT:
        values[option.long] = text
    elif option.kind == FLAG:
        on = truth(text)
        if on is None:
            raise Misuse(f"invalid boolean value {quoted(text)} for -{name}: parse error", command)
        values[option.long] = on
    elif option.kind == LIST:
        values[option.long] = [*values.texts(option.long), text]
    else:
        try:
            values[option.long] = number(text)
        except ValueError:
            raise Misuse(f"invalid value {quoted(text)} for flag -{name}: parse error", command) from None


def _count(command: Command, count: int) -> None:
    least, most = command.minimum, command.maximum
    if least <= count <= most:
        return
    if least == most:
        wanted = f"exactly {least}"
    elif count < least:
        wanted = f"a minimum of {least}"
    else:
        wanted = f"a maximum of {most}"
    raise Misuse(f'ocirt: "{command.name}" requires {wanted} argument(s)', command)
