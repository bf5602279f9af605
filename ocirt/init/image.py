"""The image of ocirt-init in a sealed memfd, and the record by which the Python stage hands over to it.

The record travels as the program's first arguments (see ocirt_init.c); the container's own arguments and environment
follow as they are, so the last stage copies and allocates nothing.
"""

import posix

from ocirt.errors import Error
from ocirt.kernel.call import failure
from ocirt.kernel.exec import memfd_sealed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

_PROGRAM = f"{__file__.rpartition('/')[0]}/ocirt-init"
# The program's memfd; made once for a process, before anything of it could be seen by a container.
_memfd = -1


def load() -> None:
    """Read the program and seal it in memory (CVE-2019-5736: what a container sees of its runtime can't be changed)."""
    global _memfd
    if _memfd >= 0:
        return
    try:
        fd = posix.open(_PROGRAM, posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError as error:
        raise failure("open", error).within("ocirt is not installed completely") from None
    with open(fd, "rb", buffering=0) as program:
        _memfd = memfd_sealed("ocirt-init", program.read())


def descriptor() -> int:
    """The memfd's descriptor, once the program is loaded."""
    return _memfd


def execute(
    executable: bytes,
    arguments: "list[bytes]",
    environment: "dict[bytes, bytes]",
    *,
    ready: int,
    fifo: int,
    status: int,
) -> "NoReturn":
    """Become ocirt-init; the three descriptors are those of its PLAN, -1 for none.  Raises Error, E2BIG among them."""
    plan = ""
    for letter, fd in (("r", ready), ("f", fifo), ("s", status)):
        if fd >= 0:
            posix.set_inheritable(fd, True)
            plan += f"{letter}{fd}"
    try:
        posix.execve(_memfd, [b"ocirt-init", plan.encode(), executable or b"/", *(arguments or [b""])], environment)
    except OSError as error:
        raise Error(f"exec: {_shown(arguments)}: {(error.strerror or '').lower()}") from None


def _shown(arguments: "list[bytes]") -> str:
    return '"' + (arguments[0] if arguments else b"").decode("utf-8", "replace") + '"'
