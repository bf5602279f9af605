"""What the runtime and init say to each other while a container is made.

        runtime (ocirt create)                      init (forked from it)
        ----------------------                      ---------------------
        clone3 ------------------------------------> waits for MAPPED, if it has a user namespace to be mapped
        writes the ID maps
                                  MAPPED ---------->  becomes root in it, begins to mount
        puts init into its cgroup,
        oom_score_adj
                                ATTACHED ---------->  goes past here only when it is in its cgroup
                              <--------- POPULATED    its mounts and devices are there          } only where there are
        prestart, createRuntime hooks                                                           } such hooks
                                  HOOKED ---------->  createContainer hooks, pivot_root,        }
                                                      privileges go; becomes ocirt-init
                              <------------- READY    said by ocirt-init: it waits on exec.fifo
        limits of memory, rlimits
        state.json, pid file

Two pipes carry it, a byte each.  FAILED is followed by the error's text.  The end of the file means that the other
side is dead: init then exits, the runtime reports it.  Both pipes are close-on-exec but for the one ocirt-init uses.
"""

import posix

from ocirt.errors import Error

MAPPED, ATTACHED, HOOKED = b"m", b"a", b"h"
POPULATED, READY, FAILED = b"P", b"R", b"E"


class RuntimeSide:
    """The runtime's ends."""

    __slots__ = ("reader", "writer")

    def __init__(self, reader: int, writer: int) -> None:
        self.reader = reader
        self.writer = writer

    def say(self, word: bytes) -> None:
        """Let init go on; that it is dead shows when it is listened to."""
        try:
            posix.write(self.writer, word)
        except BrokenPipeError:
            return

    def hear(self, expected: bytes) -> None:
        """Wait until init says `expected`; raises the Error that it met instead."""
        word = posix.read(self.reader, 1)
        if word == expected:
            return
        if word == FAILED:
            message = b""
            while piece := posix.read(self.reader, 65536):
                message += piece
            raise Error(message.decode("utf-8", "surrogateescape"))
        raise Error("container init died before it was ready")


class InitSide:
    """Init's ends; `writer` is handed on to ocirt-init."""

    __slots__ = ("reader", "writer")

    def __init__(self, reader: int, writer: int) -> None:
        self.reader = reader
        self.writer = writer

    def hear(self, expected: bytes) -> None:
        """Wait for the runtime; where that is gone, there is nothing left to do."""
        if posix.read(self.reader, 1) != expected:
            posix._exit(1)

    def say(self, word: bytes) -> None:
        """Tell the runtime."""
        posix.write(self.writer, word)

    def fail(self, message: str) -> None:
        """Tell the runtime why init gives up."""
        posix.write(self.writer, FAILED + message.encode("utf-8", "surrogateescape"))


def pair() -> "tuple[RuntimeSide, InitSide]":
    """Both sides, connected; after the fork each process closes the other's."""
    from_init, to_runtime = posix.pipe2(posix.O_CLOEXEC)
    from_runtime, to_init = posix.pipe2(posix.O_CLOEXEC)
    return RuntimeSide(from_init, to_init), InitSide(from_runtime, to_runtime)


def close(side: "RuntimeSide | InitSide") -> None:
    """Close both descriptors of a side."""
    posix.close(side.reader)
    posix.close(side.writer)
