"""Small modules and small functions, which a reader takes in at one go."""

import ast

import pytest
from style.source import place, repository_files, tree

MODULE_LINES = 400
FUNCTION_LINES = 60

SOURCES = [path for path in repository_files() if path.suffix in (".py", ".c", ".h", ".sh")]
PYTHON = [path for path in SOURCES if path.suffix == ".py"]


def test_modules_are_small() -> None:
    sizes = {place(path): len(path.read_text().splitlines()) for path in SOURCES}
    large = [f"{name}: {lines} lines" for name, lines in sizes.items() if lines >= MODULE_LINES]
    assert not large, f"{MODULE_LINES} lines or more:\n" + "\n".join(large)


def test_functions_are_small() -> None:
    large = [
        f"{place(path, node.lineno)}: {node.name}, {lines} lines"
        for path in PYTHON
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (lines := (node.end_lineno or 0) - node.lineno + 1) >= FUNCTION_LINES
    ]
    assert not large, f"{FUNCTION_LINES} lines or more:\n" + "\n".join(large)


@pytest.mark.parametrize("name", ["common.py", "helpers.py", "misc.py", "util.py", "utils.py"])
def test_no_module_of_leftovers(name: str) -> None:
    assert [place(path) for path in repository_files() if path.name == name] == []
