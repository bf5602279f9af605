"""The code of all modules in one file: loading sixty modules takes two thirds of the time of sixty files.

The build writes `modules.marshal` beside this file (ocirt/init/build.py): the magic number of the bytecode, then a
marshalled dictionary, module name -> (whether it is a package, its marshalled code).  Where the file is missing, as in
an editable install, or was made for another Python, modules are imported from their own files as ever.
"""

import marshal
import posix
import sys
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import MAGIC_NUMBER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

FILE = "modules.marshal"
_PACKAGE = __file__.rpartition("/")[0]


class Finder:
    """On sys.meta_path: finds and loads what the file has (docs: importlib.abc.MetaPathFinder and Loader)."""

    def __init__(self, codes: "dict[str, tuple[bool, bytes]]") -> None:
        self.codes = codes

    def find_spec(self, name: str, _path: "Sequence[str] | None", _target: object = None) -> "ModuleSpec | None":
        """The specification of a module in the file; None leaves it to the next finder."""
        if name not in self.codes:
            return None
        package = self.codes[name][0]
        stem = _PACKAGE + name.replace(".", "/")[len("ocirt") :]
        spec = ModuleSpec(name, self, origin=f"{stem}/__init__.py" if package else f"{stem}.py", is_package=package)  # type: ignore[arg-type]
        spec.has_location = True
        if package:
            spec.submodule_search_locations = [stem]
        return spec

    def create_module(self, _spec: "ModuleSpec") -> None:
        """Have importlib make the module object."""

    def exec_module(self, module: "ModuleType") -> None:
        """Run the module's code."""
        exec(marshal.loads(self.codes[module.__name__][1]), module.__dict__)


def install() -> None:
    """Load modules from the file from now on, if it is there and fits."""
    try:
        fd = posix.open(f"{_PACKAGE}/{FILE}", posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError:
        return
    content = posix.read(fd, posix.fstat(fd).st_size)
    posix.close(fd)
    if content[: len(MAGIC_NUMBER)] != MAGIC_NUMBER:
        return
    try:
        sys.meta_path.insert(0, Finder(marshal.loads(memoryview(content)[len(MAGIC_NUMBER) :])))
    except (EOFError, TypeError, ValueError):
        return  # cut short or damaged: the modules' own files are there too
