"""`ocirt spec`: write a config.json to begin with."""

import posix

from ocirt.argv import Command, Option
from ocirt.commands._creation import BUNDLE
from ocirt.commands._root import absolute
from ocirt.errors import Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.argv import Invocation

COMMAND = Command(
    "spec",
    "write an example config.json",
    options=(BUNDLE, Option("rootless", "one that an ordinary user can run")),
    description="""\
The container it describes runs a shell on a terminal, confined as containers usually are, with the directory rootfs
as its root. Edit process.args to run something else. An existing config.json is never overwritten.""",
    examples=(
        ("ocirt spec", "write config.json here"),
        ("ocirt spec --rootless -b ~/hello", "write one for an ordinary user to ~/hello"),
    ),
)


def run(invocation: "Invocation") -> int:
    """Write config.json; raises Error."""
    from ocirt.spec.example import example
    from ocirt.spec.jsontext import dumps

    rootless = invocation.options.flag("rootless")
    document = example(rootless=rootless, uid=posix.geteuid(), gid=posix.getegid(), cgroup_v2=_has_cgroup_v2())
    _write_new(absolute(invocation.options.text("bundle") or "."), dumps(document, indent="\t"))
    return 0


def _has_cgroup_v2() -> bool:
    try:
        posix.stat("/sys/fs/cgroup/cgroup.controllers")
    except OSError:
        return False
    return True


def _write_new(directory: str, text: str) -> None:
    path = f"{directory}/config.json"
    try:
        fd = posix.open(path, posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL | posix.O_CLOEXEC, 0o666)
    except FileExistsError:
        raise Error("File config.json exists. Remove it first") from None
    except OSError as error:
        raise Error(f"open {path}: {posix.strerror(error.errno or 0).lower()}") from None
    data = text.encode("utf-8", "surrogateescape")
    try:
        while data:
            data = data[posix.write(fd, data) :]
    except OSError as error:
        posix.unlink(path)  # half a config.json would only be in the way of the next try
        raise Error(f"write {path}: {posix.strerror(error.errno or 0).lower()}") from None
    finally:
        posix.close(fd)
