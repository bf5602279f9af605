"""Who takes the terminals of containers: the other end of --console-socket."""

import os
import select
import socket
import time
from pathlib import Path
from typing import Self


class ConsoleSocket:
    """A listening Unix socket; a context that closes it and the masters it received."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.settimeout(10)
        self._listener.bind(str(path))
        self._listener.listen()
        self._masters: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for master in self._masters:
            os.close(master)
        self._listener.close()

    def receive(self) -> "Master":
        """The next terminal that somebody sends."""
        connection, _ = self._listener.accept()
        with connection:
            connection.settimeout(10)
            name, descriptors, _, _ = socket.recv_fds(connection, 4096, 4)
        self._masters += descriptors
        assert len(descriptors) == 1, "want one descriptor"
        return Master(descriptors[0], name.decode())


class Master:
    """The side of a terminal where the person sits."""

    def __init__(self, fd: int, name: str) -> None:
        """`name` is what came with the descriptor."""
        self.fd = fd
        self.name = name
        self.seen = ""

    def type(self, text: str) -> None:
        """Type on the keyboard."""
        os.write(self.fd, text.encode())

    def until(self, text: str, seconds: float = 10) -> str:
        """Wait until the screen shows `text`; all that it has shown so far."""
        end = time.monotonic() + seconds
        while text not in self.seen:
            ready, _, _ = select.select([self.fd], [], [], max(0, end - time.monotonic()))
            assert ready, f"waited {seconds} s for {text!r} on the terminal; it shows {self.seen!r}"
            try:
                piece = os.read(self.fd, 4096)
            except OSError:  # EIO: the last user of the terminal is gone
                piece = b""
            assert piece, f"the terminal ended before {text!r}; it shows {self.seen!r}"
            self.seen += piece.decode(errors="replace")
        return self.seen
