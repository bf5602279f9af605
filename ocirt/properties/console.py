"""`process.terminal`, `process.consoleSize`, and the standard streams without a terminal (config.md#process).

The pseudo terminal is made in the container's own devpts; its master goes to whoever asked for it over a Unix socket
(man 4 pts, man 7 unix "SCM_RIGHTS").
"""

import posix

from ocirt.errors import Error, KernelError, SpecError
from ocirt.kernel.call import call, failure
from ocirt.kernel.mount import move_mount, open_tree
from ocirt.properties import user

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.creation import CreateOptions, Creation
    from ocirt.spec.types import Spec

_DEVPTS_SUPER_MAGIC = 0x1CD1
_PTMX_INODE = 2
_TIOCSPTLCK = 0x40045431
_TIOCGPTPEER = 0x5441
_TIOCGPTN = 0x80045430
_TIOCSCTTY = 0x540E
_TIOCSWINSZ = 0x5414
_NULL = posix.makedev(1, 3)


def wanted(spec: "Spec") -> bool:
    """Whether the process gets a terminal."""
    return bool(spec.get("process", {}).get("terminal"))


def check(spec: "Spec", options: "CreateOptions") -> None:
    """A terminal needs somebody who takes its master, and only a terminal does."""
    if wanted(spec) and not options.console_socket and options.console < 0:
        raise SpecError("process.terminal", "cannot allocate tty if ocirt will detach without setting console socket")
    if options.console_socket and not (wanted(spec) and options.detach):
        raise Error("cannot use console socket if ocirt will not detach or allocate tty")


def prepare(c: "Creation") -> None:
    """Connect to the console socket while its path can still be reached; `c.console` is then its descriptor."""
    if not c.options.console_socket or not wanted(c.spec):
        return
    from _socket import AF_UNIX, SOCK_CLOEXEC, SOCK_STREAM, socket

    connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)
    try:
        connection.connect(c.options.console_socket)
    except OSError as error:
        raise failure("connect", error, c.options.console_socket).within("console socket") from None
    c.console = connection.detach()


def populate(c: "Creation") -> None:
    """In init: make the terminal, send its master away, make the slave /dev/console and the standard streams."""
    if not wanted(c.spec):
        return
    try:
        master, slave = _open_terminal(c)
        size = c.spec["process"].get("consoleSize")
        if size:
            window = b"".join(size[key].to_bytes(2, "little") for key in ("height", "width")) + bytes(4)
            call("ioctl", slave, _TIOCSWINSZ, window, path="consoleSize")
        _send(c.console, master)
        posix.close(master)
        posix.fchown(slave, user.of(c.spec)["uid"], -1)
        _bind_console(c, slave)
        for stream in range(3):
            posix.dup2(slave, stream)
        call("ioctl", 0, _TIOCSCTTY, 0, path="controlling terminal")
        posix.close(slave)
    except OSError as error:
        raise failure("open", error).within("process.terminal") from None
    except Error as error:
        raise error.within("process.terminal") from None


def _open_terminal(c: "Creation") -> "tuple[int, int]":
    """A new pair; the multiplexer is proven to be devpts' own, not what an image put in its place (CVE-2025-52565)."""
    master = c.root.open("/dev/pts/ptmx", posix.O_RDWR | posix.O_NOCTTY | posix.O_NOFOLLOW)
    buffer = bytearray(120)
    call("fstatfs", master, buffer)
    status = posix.fstat(master)
    found = (int.from_bytes(buffer[:8], "little"), status.st_ino, status.st_rdev)
    if found != (_DEVPTS_SUPER_MAGIC, _PTMX_INODE, posix.makedev(5, 2)):
        raise Error("/dev/pts/ptmx: want the multiplexer of a devpts, found another file")
    call("ioctl", master, _TIOCSPTLCK, bytes(4), path="/dev/pts/ptmx")
    # The slave by its master, not by its name, which somebody could have replaced.
    slave = call("ioctl", master, _TIOCGPTPEER, posix.O_RDWR | posix.O_NOCTTY | posix.O_CLOEXEC, path="/dev/pts/ptmx")
    return master, slave


def _send(console: int, master: int) -> None:
    from _socket import AF_UNIX, SCM_RIGHTS, SOCK_STREAM, SOL_SOCKET, socket

    number = bytearray(4)
    call("ioctl", master, _TIOCGPTN, number)
    name = f"/dev/pts/{int.from_bytes(number, 'little')}"
    connection = socket(AF_UNIX, SOCK_STREAM, 0, console)
    try:
        connection.sendmsg([name.encode()], [(SOL_SOCKET, SCM_RIGHTS, master.to_bytes(4, "little"))])
    except OSError as error:
        raise failure("sendmsg", error, "console socket") from None
    finally:
        connection.close()


def _bind_console(c: "Creation", slave: int) -> None:
    parent, name = c.root.open_parent("/dev/console")
    try:
        try:
            posix.close(posix.open(name, posix.O_CREAT | posix.O_EXCL | posix.O_CLOEXEC, 0o600, dir_fd=parent))
        except FileExistsError:
            pass
        # Not followed: the image's /dev/console may lead to a file of the host (CVE-2026-88264).
        target = posix.open(name, posix.O_PATH | posix.O_NOFOLLOW | posix.O_CLOEXEC, dir_fd=parent)
        tree = open_tree("", recursive=False, directory=slave)
        move_mount(tree, target, "/dev/console")
        posix.close(tree)
        posix.close(target)
    finally:
        posix.close(parent)


def confine(c: "Creation") -> None:
    """Give the inherited streams to the process's user; those on the host's /dev/null move to the container's."""
    for stream in range(3):
        status = posix.fstat(stream)
        if status.st_rdev == _NULL and status.st_mode & 0o170000 == 0o020000:
            _reopen_null(c, stream)
        elif status.st_uid != user.of(c.spec)["uid"]:
            try:
                posix.fchown(stream, user.of(c.spec)["uid"], -1)
            except OSError:
                continue  # not ours to give (an ordinary user's, a read-only file system): then it stays as it is


def _reopen_null(c: "Creation", stream: int) -> None:
    try:
        null = c.root.open("/dev/null", posix.O_RDWR | posix.O_NOFOLLOW | posix.O_NONBLOCK | posix.O_NOCTTY)
    except KernelError:
        return
    status = posix.fstat(null)
    # Only a real /dev/null: an image's file of that name would receive the stream (CVE-2026-88265).
    if status.st_rdev == _NULL and status.st_mode & 0o170000 == 0o020000:
        posix.set_blocking(null, True)
        posix.dup2(null, stream)
    posix.close(null)
