"""What an installation holds, and what pyproject.toml says about it."""

import importlib.metadata
import importlib.util
import shutil
import subprocess
import tomllib
from pathlib import Path

from style.source import CHECKOUT, PACKAGE

import ocirt

INSTALLED = Path(ocirt.__file__).parent
SETUPTOOLS = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"]["setuptools"]


def test_the_tests_run_against_an_installation() -> None:
    assert INSTALLED != PACKAGE, "run them with scripts/test: these would test the checkout"


def test_every_package_is_listed() -> None:
    found = {".".join(path.parent.relative_to(CHECKOUT).parts) for path in PACKAGE.rglob("__init__.py")}
    assert set(SETUPTOOLS["packages"]) == found | {"ocirt.init", "ocirt.spec_schemas"}


def test_every_module_is_installed_and_compiled() -> None:
    """Without its .pyc files ocirt would compile itself at every start, if it may not write them."""
    for path in PACKAGE.rglob("*.py"):
        module = INSTALLED / path.relative_to(PACKAGE)
        assert module.is_file(), f"{path} is not installed"
        assert Path(importlib.util.cache_from_source(str(module))).is_file(), f"{module} is not compiled"


def test_the_schemas_are_installed() -> None:
    names = {path.name for path in (CHECKOUT / "spec-schemas").glob("*.json")}
    assert {path.name for path in (INSTALLED / "spec_schemas").iterdir()} == names != set()


def test_the_native_parts_are_installed() -> None:
    assert importlib.util.find_spec("ocirt.kernel._linux") is not None
    program = INSTALLED / "init/ocirt-init"
    readelf = shutil.which("readelf")
    assert readelf
    headers = subprocess.run([readelf, "-lW", program], check=True, capture_output=True, text=True).stdout
    assert "INTERP" not in headers
    assert "RWE" not in headers
    assert program.stat().st_size < 4096, "it is to fit in a page"


def test_no_source_of_a_native_part_is_installed() -> None:
    assert [*INSTALLED.rglob("*.c"), *INSTALLED.rglob("*.h")] == []


def test_the_version_is_the_packages() -> None:
    assert importlib.metadata.version("ocirt") == ocirt.__version__


def test_it_is_typed() -> None:
    assert (INSTALLED / "py.typed").is_file()
    assert (INSTALLED / "kernel/_linux.pyi").is_file()
