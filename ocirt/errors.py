"""The one tree of errors: whatever ocirt refuses or fails at is an Error with one line for its user.

Messages are lower case, without a final period, with the value and the path in them.  Context is added
outermost first while an error travels up: `error.within("mounts[3] on /sys")`.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self


class Error(Exception):
    """A failure that ocirt explains to its user in one line.

    `exit_code` is what the program ends with; it follows what callers of runc expect.
    """

    exit_code = 1

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def within(self, context: str) -> "Self":
        """Put `context` and a colon before the message; returns the error, to be raised again."""
        self.message = f"{context}: {self.message}"
        return self

    def __str__(self) -> str:
        return self.message


class UsageError(Error):
    """The command line is wrong: an unknown flag, a missing argument, flags that contradict."""


class SpecError(Error):
    """A property of config.json is wrong; `path` is its dotted path, for example `mounts[2].destination`."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}" if path else problem)
        self.path = path
        self.problem = problem


class StateError(Error):
    """The container's status does not allow the operation, or the container or its state is not there."""


class KernelError(Error):
    """The kernel refused a system call.

    `errno` is its number, `syscall` the name in the man pages, `path` what it was called for (may be empty).
    """

    def __init__(self, syscall: str, errno: int, path: str = "") -> None:
        from posix import strerror

        what = f"{syscall} {path}" if path else syscall
        super().__init__(f"{what}: {strerror(errno).lower()}")
        self.syscall = syscall
        self.errno = errno
        self.path = path


class Interrupted(Error):
    """A signal asked ocirt to stop in the middle of an operation; what it had begun is undone.

    `exit_code` is 128 plus the signal's number, as a shell reports it.
    """

    def __init__(self, signal: int) -> None:
        super().__init__(f"interrupted by signal {signal}")
        self.exit_code = 128 + signal
