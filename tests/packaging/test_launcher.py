"""The program `ocirt` (ocirt/launcher/launcher.c): it finds an interpreter and the package, and gives every byte on."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from style.installed import BASE_PYTHON, LAUNCHER, PYTHON, place_launcher

# In place of the package: says how it was started.
PACKAGE = """
import sys
def main():
    print(ascii([sys.argv, sys.path[-1], sys.flags.no_site, sys.flags.isolated, sys.flags.utf8_mode, sys.executable]))
    return 7
"""


class Started:
    """How the launcher started the package, in the package's own words."""

    def __init__(self, *command: str | bytes, argv0: bytes | None = None, **options: object) -> None:
        arguments = [os.fsencode(argument) for argument in command]
        executable = arguments[0]
        if argv0 is not None:
            arguments[0] = argv0
        done = subprocess.run(arguments, executable=executable, capture_output=True, text=True, **options)  # type: ignore[call-overload]
        self.code = done.returncode
        self.error = done.stderr
        if done.stdout:
            argv, self.site, self.no_site, self.isolated, self.utf8, self.python = eval(done.stdout)
            self.argv = [os.fsencode(argument) for argument in argv]


def make_package(site: Path) -> None:
    (site / "ocirt").mkdir(parents=True)
    (site / "ocirt/__main__.py").write_text(PACKAGE)


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    """What looks to the launcher like a virtual environment with the package in it."""
    prefix = tmp_path / "prefix"
    place_launcher(prefix)
    (prefix / "bin" / PYTHON).symlink_to(BASE_PYTHON)
    make_package(prefix / "lib" / PYTHON / "site-packages")
    return prefix


def test_the_common_case(prefix: Path) -> None:
    started = Started(str(prefix / "bin/ocirt"), "state", "c1")
    assert started.argv[1:] == [b"state", b"c1"]
    assert started.code == 7, started.error
    assert started.site == str(prefix / "lib" / PYTHON / "site-packages")
    assert (started.no_site, started.isolated, started.utf8) == (1, 1, 1)
    assert started.python == str(prefix / "bin" / PYTHON)


def test_every_byte_survives(prefix: Path) -> None:
    arguments = [bytes([byte, 32, byte]) for byte in range(1, 256)] + [b"", b"-h", b"--", b"\xe2\x82\xac", b"'\"\\"]
    for environment in ({}, {"LC_ALL": "C"}, {"LC_ALL": "POSIX"}, {"LANG": "en_US.ISO-8859-1"}):
        started = Started(bytes(prefix / "bin/ocirt"), *arguments, argv0=b"a\xffb", env=environment)
        assert started.argv == [b"a\xffb", *arguments], environment


def test_twenty_thousand_arguments(prefix: Path) -> None:
    arguments = [str(number) for number in range(20_000)]
    assert Started(str(prefix / "bin/ocirt"), *arguments).argv[1:] == [number.encode() for number in arguments]


def test_an_odd_place(prefix: Path) -> None:
    odd = Path(os.fsdecode(bytes(prefix.parent) + b"/a b'\"\\n\xff%"))
    prefix.rename(odd)
    assert os.fsencode(Started(str(odd / "bin/ocirt")).site) == bytes(odd / "lib" / PYTHON / "site-packages")


def test_a_symbolic_link(prefix: Path, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere"
    link.symlink_to(prefix / "bin/ocirt")
    started = Started(str(link))
    assert started.site == str(prefix / "lib" / PYTHON / "site-packages")
    assert started.argv == [bytes(link)]


def test_nothing_of_the_surroundings_gets_in(prefix: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    make_package(trap)
    (trap / "sys.py").write_text("raise SystemExit('trapped')")
    (trap / "sitecustomize.py").write_text("raise SystemExit('trapped')")
    environment = {"PYTHONPATH": str(trap), "PYTHONHOME": str(trap), "PYTHONSTARTUP": str(trap / "sys.py"), "HOME": "/"}
    started = Started(str(prefix / "bin/ocirt"), cwd=trap, env=environment)
    assert started.site == str(prefix / "lib" / PYTHON / "site-packages"), started.error


@pytest.mark.parametrize(
    "site",
    [
        f"lib/{PYTHON}/site-packages",
        f"lib64/{PYTHON}/site-packages",
        f"lib/{PYTHON}/dist-packages",
        "lib/python3/dist-packages",
        ".",
    ],
)
def test_where_the_package_may_be(site: str, tmp_path: Path) -> None:
    program = place_launcher(tmp_path)
    (tmp_path / "bin/python3").symlink_to(BASE_PYTHON)
    make_package(tmp_path / site)
    assert Path(Started(str(program)).site) == tmp_path / site


@pytest.mark.parametrize(("setting", "no_site"), [("true", 0), ("false", 1)])
def test_system_packages_need_the_site_module(setting: str, no_site: int, prefix: Path) -> None:
    text = f"home = {BASE_PYTHON.parent}\ninclude-system-site-packages = {setting}\nversion = 3\n"
    (prefix / "pyvenv.cfg").write_text(text)
    assert Started(str(prefix / "bin/ocirt")).no_site == no_site


def test_without_an_interpreter_beside_it(prefix: Path) -> None:
    """In /usr/local of Debian, or in ~/.local: other packages may be in other places."""
    (prefix / "bin" / PYTHON).unlink()
    started = Started(str(prefix / "bin/ocirt"))
    assert started.code == 7, started.error
    assert started.no_site == 0
    assert started.site == str(prefix / "lib" / PYTHON / "site-packages")


def test_target_holds_everything(tmp_path: Path) -> None:
    program = place_launcher(tmp_path)
    make_package(tmp_path)
    assert Started(str(program)).no_site == 1


def test_without_a_package(tmp_path: Path) -> None:
    program = place_launcher(tmp_path)
    (tmp_path / "bin" / PYTHON).symlink_to(BASE_PYTHON)
    started = Started(str(program))
    assert started.code == 1
    assert started.error == (
        f"ocirt: its python package is neither beside {program} nor known to {tmp_path}/bin/{PYTHON}\n"
    )


def test_a_failing_import_is_not_taken_for_a_missing_package(prefix: Path) -> None:
    main = prefix / "lib" / PYTHON / "site-packages/ocirt/__main__.py"
    main.write_text("import ocirt.nowhere\n")
    assert "No module named 'ocirt.nowhere'" in Started(str(prefix / "bin/ocirt")).error


def test_without_proc(prefix: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    hidden = 'mount -t tmpfs none /proc && exec "$0"'
    started = Started("/usr/bin/unshare", "-m", "sh", "-c", hidden, str(prefix / "bin/ocirt"))
    assert (started.code, started.error) == (1, "ocirt: cannot read /proc/self/exe: is /proc mounted?\n")


def test_it_is_small_and_static() -> None:
    readelf = shutil.which("readelf")
    assert readelf
    headers = subprocess.run([readelf, "-lW", LAUNCHER], check=True, capture_output=True, text=True).stdout
    assert "INTERP" not in headers
    assert "RWE" not in headers, "writable and executable memory"
    assert LAUNCHER.stat().st_size < 8192
