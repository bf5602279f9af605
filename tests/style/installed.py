"""The installed program `ocirt`, put between other neighbours: it finds its Python and its package beside itself."""

import shlex
import shutil
import sys
import sysconfig
from pathlib import Path

PYTHON = f"python{sys.version_info[0]}.{sys.version_info[1]}"
BASE_PYTHON = Path(getattr(sys, "_base_executable", "") or sys.executable).resolve()
LAUNCHER = Path(sysconfig.get_path("scripts"), "ocirt")
SITE = Path(sysconfig.get_path("platlib"))


def place_launcher(prefix: Path) -> Path:
    """A copy of the launcher in prefix/bin; returns its path."""
    (prefix / "bin").mkdir(parents=True)
    return Path(shutil.copy(LAUNCHER, prefix / "bin"))


def place_python(prefix: Path, *options: str, stderr: Path | None = None) -> None:
    """An interpreter in prefix/bin that has further options, and writes its standard error to a file."""
    program = prefix / "bin" / PYTHON
    command = shlex.join([str(BASE_PYTHON), *options])
    into = f" 2>>{shlex.quote(str(stderr))}" if stderr else ""
    program.write_text(f'#!/bin/sh\nexec {command} "$@"{into}\n')
    program.chmod(0o755)
