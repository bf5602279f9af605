"""The ways to install ocirt, each from a copy of the checkout and without a network."""

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from style.source import CHECKOUT, repository_files

pytestmark = pytest.mark.slow


def build(source: Path, hook: str, into: Path) -> Path:
    """What setuptools makes of `source` when pip calls it: build_wheel, build_editable or build_sdist."""
    into.mkdir(parents=True, exist_ok=True)
    script = f"import sys; from setuptools import build_meta; build_meta.{hook}(sys.argv[1])"
    done = subprocess.run([sys.executable, "-c", script, into], cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = into.iterdir()
    return made


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository's own files."""
    copy = tmp_path_factory.mktemp("source")
    for path in repository_files():
        target = copy / path.relative_to(CHECKOUT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
    return copy


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that `pip install` makes on the way."""
    return build(source, "build_wheel", tmp_path_factory.mktemp("wheel"))


def pip(*arguments: str | Path, python: Path | None = None) -> None:
    where = ["--python", str(python)] if python else []
    command = [sys.executable, "-I", "-m", "pip", *where, "install", "--quiet", "--no-deps", "--no-index", *arguments]
    subprocess.run(command, check=True)


def environment(folder: Path) -> Path:
    """A virtual environment without pip; returns its interpreter."""
    base = getattr(sys, "_base_executable", "") or sys.executable
    subprocess.run([base, "-I", "-m", "venv", "--without-pip", folder], check=True)
    return folder / "bin/python3"


def version(program: Path) -> str:
    """What the program says of itself, from a working directory and an environment that help it in nothing."""
    done = subprocess.run([program, "--version"], cwd="/", env={}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[0]


def expected() -> str:
    import ocirt

    return f"ocirt version {ocirt.__version__}"


def test_in_a_virtual_environment_with_a_link_to_it(wheel: Path, tmp_path: Path) -> None:
    pip(wheel, python=environment(tmp_path / "venv"))
    link = tmp_path / "ocirt"
    link.symlink_to(tmp_path / "venv/bin/ocirt")
    assert version(tmp_path / "venv/bin/ocirt") == version(link) == expected()


def test_in_a_target_directory(wheel: Path, tmp_path: Path) -> None:
    pip("--target", tmp_path / "target", wheel)
    assert version(tmp_path / "target/bin/ocirt") == expected()


def test_in_a_prefix(wheel: Path, tmp_path: Path) -> None:
    pip("--ignore-installed", "--prefix", tmp_path / "prefix", wheel)
    (program,) = (tmp_path / "prefix").rglob("bin/ocirt")
    assert version(program) == expected()


def test_editable(source: Path, tmp_path: Path) -> None:
    """A change of the sources is seen at once."""
    copy = Path(shutil.copytree(source, tmp_path / "source"))
    editable = build(copy, "build_editable", tmp_path / "wheel")
    pip(editable, python=environment(tmp_path / "venv"))
    assert version(tmp_path / "venv/bin/ocirt") == expected()
    front = copy / "ocirt/__init__.py"
    front.write_text(front.read_text().replace('__version__ = "', '__version__ = "9.'))
    assert version(tmp_path / "venv/bin/ocirt") == expected().replace("version ", "version 9.")


def test_from_a_source_archive(source: Path, tmp_path: Path) -> None:
    archive = build(Path(shutil.copytree(source, tmp_path / "copy")), "build_sdist", tmp_path / "archive")
    with tarfile.open(archive) as file:
        file.extractall(tmp_path / "unpacked", members=file.getmembers())
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    made = build(unpacked, "build_wheel", tmp_path / "wheel")
    pip("--target", tmp_path / "target", made)
    assert version(tmp_path / "target/bin/ocirt") == expected()


def test_it_says_what_it_lacks(source: Path, tmp_path: Path) -> None:
    """Without a compiler the last words are not setuptools' about a command, but a package to install."""
    script = "from setuptools import build_meta; build_meta.build_wheel('.')"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=shutil.copytree(source, tmp_path / "source"),
        env={**os.environ, "PATH": str(tmp_path), "CC": "nothing-here"},
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "no C compiler: nothing-here not found (Debian: apt-get install gcc libc6-dev)" in done.stderr
