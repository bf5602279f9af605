"""The checkout as the style tests see it: its tracked files, its modules, and what each module imports."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGE = CHECKOUT / "ocirt"


@cache
def repository_files() -> tuple[Path, ...]:
    """Every file that git tracks, or would track: also what is not yet committed."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True, text=True).stdout
    return tuple(path for name in listing.split("\0") if name and (path := CHECKOUT / name).is_file())


@cache
def modules() -> dict[str, Path]:
    """The package's modules by their dotted name below `ocirt`; "" is the package itself."""
    return {_dotted(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def _dotted(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(), str(path))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of all that a module imports at run time, inside functions too.

    `from a.b import c` counts as `a.b.c`: c may be a module.  What only a type checker sees does not count.
    """
    for node in _at_run_time(tree(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


def _at_run_time(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            for other in child.orelse:
                yield from _at_run_time(other)
        else:
            yield from _at_run_time(child)


def place(path: Path, line: int | None = None) -> str:
    """How a finding names its place: `ocirt/argv.py:12`."""
    return f"{path.relative_to(CHECKOUT)}" + (f":{line}" if line is not None else "")
