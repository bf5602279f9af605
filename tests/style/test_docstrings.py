"""What is public is explained."""

import ast
from collections.abc import Iterator

from style.source import modules, place, tree

Documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def public(body: list[ast.stmt], inside: str = "") -> Iterator[tuple[str, Documented]]:
    """Functions and classes that others may use, by name: those of a module and the methods of its public classes."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            name = f"{inside}{node.name}"
            yield name, node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, f"{name}.")


def test_modules_say_what_they_are() -> None:
    missing = [place(path) for path in modules().values() if not ast.get_docstring(tree(path))]
    assert not missing, "no docstring: " + ", ".join(missing)


def test_public_names_say_what_they_do() -> None:
    missing = [
        f"{place(path, node.lineno)}: {name}"
        for path in modules().values()
        for name, node in public(tree(path).body)
        if not ast.get_docstring(node)
    ]
    assert not missing, "no docstring:\n" + "\n".join(missing)
