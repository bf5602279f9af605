"""`ocirt list`: print the containers under the root."""

import posix

from ocirt.argv import TEXT, Command, Option
from ocirt.commands._output import emit
from ocirt.commands._root import state_root
from ocirt.errors import Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ocirt.argv import Invocation

COMMAND = Command(
    "list",
    "list the containers",
    options=(
        Option("format", "table (default) or json", short="f", kind=TEXT, metavar="FORMAT", default="table"),
        Option("quiet", "print only the IDs", short="q"),
    ),
    description="""\
Lists what was created with the same --root. What cannot be read is named on standard error and left out.""",
    examples=(
        ("ocirt list", "all containers as a table"),
        ("ocirt --root /run/other list -q", "the IDs of those under another root"),
    ),
)

_COLUMNS = ("id", "pid", "status", "bundle", "created", "owner")
_NARROWEST, _GAP = 12, 3  # as runc's table


def run(invocation: "Invocation") -> int:
    """Print the containers; raises Error."""
    form = invocation.options.text("format")
    if form not in ("table", "json"):
        raise Error("invalid format option")
    containers = _containers(invocation)
    if invocation.options.flag("quiet"):
        emit("".join(f"{container['id']}\n" for container in containers))
    elif form == "json":
        from ocirt.spec.jsontext import dumps

        emit(dumps(containers or None) + "\n")
    else:
        emit(_table(containers))
    return 0


def _containers(invocation: "Invocation") -> "list[dict[str, Any]]":
    root = state_root(invocation.globals)
    try:
        posix.stat(root)
    except FileNotFoundError:
        if invocation.globals.text("root") is None:
            return []  # nothing was ever created
        raise Error(f"open {root}: no such file or directory") from None
    from ocirt.runtime.status import listing

    containers = []
    for entry in listing(root):
        if isinstance(entry, Error):
            posix.write(2, f"{entry}\n".encode("utf-8", "surrogateescape"))
        else:
            containers.append(entry)
    return containers


def _table(containers: "list[dict[str, Any]]") -> str:
    rows = [[name.upper() for name in _COLUMNS]]
    rows += [[str(container.get(name, "")) for name in _COLUMNS] for container in containers]
    widths = [max(_NARROWEST, *(len(cell) + _GAP for cell in column)) for column in zip(*rows, strict=True)]
    widths[-1] = 0
    return "".join("".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) + "\n" for row in rows)
