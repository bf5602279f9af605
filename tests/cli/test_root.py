"""The root directory: where it is by default, and which ones are refused."""

import os
import posix
import stat

import pytest

from ocirt.argv import Values
from ocirt.commands._root import absolute, state_root
from ocirt.errors import Error


def root_for(text: str | None, *, make: bool = False) -> str:
    return state_root(Values(root=text), make=make)


@pytest.mark.parametrize(
    ("path", "result"),
    [("/a//b/./c/", "/a/b/c"), ("/a/../../b", "/b"), ("/", "/"), ("/..", "/"), ("//a", "/a"), ("/a/b/..", "/a")],
)
def test_absolute(path: str, result: str) -> None:
    assert absolute(path) == result


def test_relative_root(tmp_path: os.PathLike[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert root_for("a/b") == f"{os.getcwd()}/a/b"


@pytest.mark.parametrize("text", ["", "/", "/..", "//"])
def test_refused_roots(text: str) -> None:
    with pytest.raises(Error, match=r"^--root must not be"):
        root_for(text)


def test_shared_roots(tmp_path: os.PathLike[str]) -> None:
    path = os.fspath(tmp_path)
    os.chmod(path, 0o777)
    with pytest.raises(Error, match="everybody may write to it"):
        root_for(path)
    os.chmod(path, 0o1777)
    assert root_for(path) == path


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_root_of_somebody_else(tmp_path: os.PathLike[str]) -> None:
    os.chown(tmp_path, 12345, 12345)
    with pytest.raises(Error, match="belongs to user 12345"):
        root_for(os.fspath(tmp_path))


def test_default_root(tmp_path: os.PathLike[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(posix.environ, b"XDG_RUNTIME_DIR", os.fsencode(tmp_path))
    monkeypatch.setattr("ocirt.commands._root._is_ordinary_user", lambda: False)
    assert root_for(None) == "/run/ocirt"
    monkeypatch.setattr("ocirt.commands._root._is_ordinary_user", lambda: True)
    root = root_for(None)
    assert root == f"{os.fspath(tmp_path)}/ocirt"
    assert not os.path.exists(root)
    root_for(None, make=True)
    root_for(None, make=True)
    assert stat.S_IMODE(os.stat(root).st_mode) == 0o1700
