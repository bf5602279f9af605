"""A terminal in the foreground: the caller's own terminal, joined to the container's while that runs (man 3 termios).

The caller's terminal is raw meanwhile: what is typed, Ctrl-C included, goes to the container's, whose line discipline
makes signals of it.  It is restored however this ends.
"""

import os
from _signal import (
    NSIG,
    SIGCHLD,
    SIGURG,
    SIGWINCH,
    set_wakeup_fd,
    signal,
)

from ocirt.kernel import pidfd
from ocirt.kernel.call import call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

_TIOCGWINSZ = 0x5413
_TIOCSWINSZ = 0x5414
_PIECE = 1 << 16
# Signals that the kernel raises for this process's own doing, or that nobody can catch.
_NOT_TO_PASS_ON = frozenset((SIGCHLD, SIGURG, SIGWINCH, 4, 5, 7, 8, 9, 11, 19, 31, 32, 33))


class Terminal:
    """One joining of standard input and output with the master of a container's terminal."""

    __slots__ = ("_master", "_pair", "_saved", "_wakeup")

    def __init__(self) -> None:
        from _socket import AF_UNIX, SOCK_STREAM, socketpair

        self._pair: tuple[socket, socket] = socketpair(AF_UNIX, SOCK_STREAM, 0)
        self._master = -1
        self._saved: list[Any] | None = None
        self._wakeup = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    def console(self) -> int:
        """The descriptor over which init sends the master."""
        return self._pair[1].fileno()

    def open(self, sized: bool) -> None:
        """Take the master, make the caller's terminal raw; the window's size is copied unless the config has one."""
        from _socket import CMSG_SPACE

        self._pair[1].close()
        _, ancillary, _, _ = self._pair[0].recvmsg(4096, CMSG_SPACE(4))
        self._pair[0].close()
        self._master = int.from_bytes(ancillary[0][2][:4], "little")
        os.set_inheritable(self._master, False)
        if not sized:
            self._resize()
        if os.isatty(0):
            self._make_raw()

    def _make_raw(self) -> None:
        import termios as t

        self._saved = t.tcgetattr(0)
        raw = t.tcgetattr(0)
        raw[0] &= ~(t.BRKINT | t.ICRNL | t.INPCK | t.ISTRIP | t.IXON | t.INLCR | t.IGNCR | t.IGNBRK | t.PARMRK)
        raw[1] &= ~t.OPOST
        raw[2] = raw[2] & ~(t.CSIZE | t.PARENB) | t.CS8
        raw[3] &= ~(t.ECHO | t.ECHONL | t.ICANON | t.IEXTEN | t.ISIG)
        raw[6][t.VMIN], raw[6][t.VTIME] = 1, 0
        t.tcsetattr(0, t.TCSANOW, raw)

    def _resize(self) -> None:
        size = bytearray(8)
        if os.isatty(0):
            call("ioctl", 0, _TIOCGWINSZ, size)
            call("ioctl", self._master, _TIOCSWINSZ, size)

    def join(self, init: int, reap: "Callable[[], int | None]") -> int:
        """Carry everything to and fro until `reap` returns an exit code; `init` is the pidfd that signals go to."""
        from select import POLLIN, poll

        events = poll()
        for fd in (0, self._master, self._wakeup[0]):
            events.register(fd, POLLIN)
        for number in range(1, NSIG):
            if number not in _NOT_TO_PASS_ON or number in (SIGCHLD, SIGWINCH):
                signal(number, _note)
        set_wakeup_fd(self._wakeup[1], warn_on_full_buffer=False)
        # Its death may have been before there was a handler.
        code = reap()
        while code is None:
            for fd, _ in events.poll():
                if fd == self._wakeup[0]:
                    self._pass_on(init)
                    code = reap()
                elif not _carry(fd, 1 if fd == self._master else self._master):
                    events.unregister(fd)
        self._drain()
        return code

    def _pass_on(self, init: int) -> None:
        for number in os.read(self._wakeup[0], 4096):
            if number == SIGWINCH:
                self._resize()
            elif number not in _NOT_TO_PASS_ON:
                pidfd.pidfd_send_signal(init, number)

    def _drain(self) -> None:
        """What the process wrote last is still in the terminal's buffer."""
        os.set_blocking(self._master, False)
        while _carry(self._master, 1):
            pass

    def close(self) -> None:
        """Restore the caller's terminal."""
        set_wakeup_fd(-1)
        if self._saved is not None:
            import termios

            termios.tcsetattr(0, termios.TCSANOW, self._saved)
            self._saved = None


def _note(_number: int, _frame: "FrameType | None") -> None:
    """The number is already in the wake-up pipe."""


def _carry(source: int, target: int) -> bool:
    """Move what there is to read; False at its end.  A terminal whose last user is gone answers EIO."""
    try:
        piece = memoryview(os.read(source, _PIECE))
        if not piece:
            return False
        while piece:
            piece = piece[os.write(target, piece) :]
    except OSError:
        return False
    return True
