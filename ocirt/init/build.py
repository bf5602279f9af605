"""The build step of ocirt's native parts; only setuptools imports it, while a wheel is made.

Three things are compiled, and pyproject.toml names each of them; and the code of all modules goes into one file:

* `ocirt.kernel._linux`: an ordinary extension module, about which nothing needs saying here;
* `ocirt/init/ocirt-init`: listed as an extension module too, so that setuptools knows its sources and its place in
  a wheel, an editable install and a source archive; but compiled to a static program;
* the script `ocirt`: compiled from `ocirt/launcher/launcher.c`.

Neither program has a C library in it: one starts in a fraction of a millisecond, and the other waits in every created
container on a few kilobytes of memory.
"""

import marshal
import os
import shlex
import shutil
import sys
import sysconfig
from importlib.util import MAGIC_NUMBER

from setuptools import Command, Extension
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py
from setuptools.errors import PlatformError

from distutils.command.build_scripts import build_scripts  # setuptools' own: imported after it, on purpose

PROGRAM = "ocirt-init"
FLAGS = [
    *("-O2", "-Wall", "-Wextra", "-Werror"),
    *("-static", "-no-pie", "-fno-pie", "-nostdlib", "-nostartfiles", "-ffreestanding", "-fno-builtin"),
    # Without a C library nothing answers to what these would call: __stack_chk_fail, memset, strlen.
    *("-fno-stack-protector", "-fno-tree-loop-distribute-patterns"),
    # Fewer bytes, fewer pages: no unwind tables, no build id, no symbols, segments that share their pages.
    *("-fno-asynchronous-unwind-tables", "-Wl,--build-id=none", "-s"),
    *("-Wl,-z,noexecstack", "-Wl,-z,max-page-size=4096", "-Wl,-z,noseparate-code"),
]


def compiler() -> list[str]:
    """The C compiler's command: $CC, or what this Python was built with, or cc.

    Raises PlatformError, with the packages to install, where it or the headers of this Python are missing.
    """
    command = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    if shutil.which(command[0]) is None:
        if shutil.which("cc") is None:
            raise PlatformError(f"no C compiler: {command[0]} not found (Debian: apt-get install gcc libc6-dev)")
        command = ["cc"]
    header = os.path.join(sysconfig.get_path("include"), "Python.h")
    if not os.path.exists(header):
        raise PlatformError(f"no headers of this Python: {header} not found (Debian: apt-get install python3-dev)")
    return command


def compile_program(command: Command, source: str, output: str, defines: dict[str, str] | None = None) -> None:
    """Compile the freestanding program `source` to `output`; `defines` are macros that hold strings."""
    command.mkpath(os.path.dirname(output))
    macros = [f"-D{name}={_c_literal(value)}" for name, value in (defines or {}).items()]
    command.spawn([*compiler(), *FLAGS, *macros, "-o", output, source])


def _c_literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class BuildNative(build_ext):
    """Extension modules as ever, and the program that is listed among them."""

    def run(self) -> None:
        """Build everything; says at once what is missing for it."""
        compiler()
        super().run()

    def get_ext_filename(self, fullname: str) -> str:
        """The file of an extension module: `fullname` with slashes, and for the program nothing after it."""
        if fullname.split(".")[-1] == PROGRAM:
            return os.path.join(*fullname.split("."))
        return str(super().get_ext_filename(fullname))

    def build_extension(self, ext: Extension) -> None:
        """Build one entry of pyproject.toml's ext-modules."""
        if ext.name.split(".")[-1] == PROGRAM:
            compile_program(self, ext.sources[0], self.get_ext_fullpath(ext.name))
        else:
            super().build_extension(ext)


class BuildModules(build_py):
    """Python modules as ever, and the code of all of them in one file (ocirt/modules.py)."""

    def run(self) -> None:
        """Copy the modules; in an editable install they stay where they are, and there is nothing to bundle."""
        super().run()
        if not self.editable_mode:
            self._write_bundle()

    def _write_bundle(self) -> None:
        codes = {}
        for package, module, path in self.find_all_modules():
            is_package = module == "__init__"
            name = package if is_package else f"{package}.{module}"
            with open(path, "rb") as source:
                code = compile(source.read(), path, "exec", dont_inherit=True)
            codes[name] = (is_package, marshal.dumps(code))
        output = os.path.join(self.build_lib, "ocirt", "modules.marshal")
        self.mkpath(os.path.dirname(output))
        with open(output, "wb") as file:
            file.write(MAGIC_NUMBER + marshal.dumps(codes))


class BuildLauncher(build_scripts):
    """The script `ocirt`: the only entry of script-files is its C source."""

    def run(self) -> None:
        """Compile the launcher for the interpreter that builds it."""
        # Of a virtual environment this is the interpreter below it: build environments are gone tomorrow.
        base = os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable)
        defines = {
            "PYTHON_NAME": f"python{sys.version_info[0]}.{sys.version_info[1]}",
            "BASE_PYTHON": base,
        }
        compile_program(self, self.scripts[0], os.path.join(self.build_dir, "ocirt"), defines)
