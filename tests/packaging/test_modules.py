"""The one file with the code of all modules: complete, used, and never needed."""

import importlib.util
import marshal
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import ocirt

PACKAGE = Path(ocirt.__file__).parent
FILE = PACKAGE / "modules.marshal"
SHOW = "import ocirt.__main__, ocirt.state; print(type(ocirt.state.__spec__.loader).__name__, ocirt.state.__file__)"


def test_has_every_module() -> None:
    content = FILE.read_bytes()
    assert content.startswith(importlib.util.MAGIC_NUMBER)
    codes = marshal.loads(content[len(importlib.util.MAGIC_NUMBER) :])
    files = {path.relative_to(PACKAGE.parent).with_suffix("") for path in PACKAGE.rglob("*.py")}
    names = {".".join(path.parts).removesuffix(".__init__") for path in files}
    assert set(codes) == names


def _loader(site: Path) -> str:
    program = f"import sys; sys.path.append({str(site)!r}); {SHOW}"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("damage", ["none", "missing", "other magic number", "cut short", "garbage"])
def test_modules_load_with_or_without(tmp_path: Path, damage: str) -> None:
    """Whatever is wrong with the file, the modules' own files serve."""
    shutil.copytree(PACKAGE, tmp_path / "ocirt")
    file = tmp_path / "ocirt" / FILE.name
    content = file.read_bytes()
    magic = len(importlib.util.MAGIC_NUMBER)
    if damage == "missing":
        file.unlink()
    elif damage == "other magic number":
        file.write_bytes(b"\0" * magic + content[magic:])
    elif damage == "cut short":
        file.write_bytes(content[: len(content) // 2])
    elif damage == "garbage":
        file.write_bytes(content[:magic] + b"?" * 100)
    loader = "Finder" if damage == "none" else "SourceFileLoader"
    assert _loader(tmp_path) == f"{loader} {tmp_path}/ocirt/state.py"
