"""What the files of the repository must not say, and how scripts are kept."""

import os
import re

import pytest
from style.source import CHECKOUT, place, repository_files

# Where a developer's machine keeps things, and where packages come from: both differ from one place to the next.
# (Written so that they do not match themselves.)
FORBIDDEN = {
    "an absolute path of a machine": re.compile(
        r"(?<![\w.~$}-])(/wor[k]/|/roo[t]/\.)|\.pyen[v]\b|/opt/(whee[l]s|pyp[i])"
    ),
    "a package registry's host": re.compile(
        r"pypi\.org|pythonhosted\.org|npmjs\.(org|com)|(deb|security)\.debian\.org"
    ),
}


def text() -> list[tuple[str, int, str]]:
    """(place, line number, line) of all text files."""
    lines = []
    for path in repository_files():
        data = path.read_bytes()
        if b"\0" not in data:
            content = data.decode("utf-8", "replace").splitlines()
            lines += [(place(path), number, line) for number, line in enumerate(content, 1)]
    return lines


@pytest.mark.parametrize("name", FORBIDDEN)
def test_nothing_of_this_machine(name: str) -> None:
    found = [f"{where}:{number}: {line.strip()}" for where, number, line in text() if FORBIDDEN[name].search(line)]
    assert not found, f"{name}:\n" + "\n".join(found)


def test_scripts_can_be_run() -> None:
    """Whatever begins with #! is executable, and whatever is executable begins with #!."""
    wrong = [
        place(path)
        for path in repository_files()
        if os.access(path, os.X_OK) != path.read_bytes().startswith(b"#!") and not path.is_symlink()
    ]
    assert not wrong, "executable without #!, or the reverse: " + ", ".join(wrong)


def test_scripts_are_scripts() -> None:
    """All of scripts/ and .ci/ can be run, but for what scripts/lib holds to be read by them."""
    folders = (CHECKOUT / "scripts", CHECKOUT / ".ci")
    wrong = [
        place(path)
        for path in repository_files()
        if path.parent in folders and path.suffix != ".py" and not os.access(path, os.X_OK)
    ]
    assert not wrong, "not executable: " + ", ".join(wrong)
