"""One command: spawned, waited for, timed.  No shell and no Python in the timed path but two clock readings."""

import ctypes
import fcntl
import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

TIMEOUT = 60.0
_PR_SET_CHILD_SUBREAPER = 36
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Python ignores these two, and a shell that starts jobs in the background the others; a child would inherit that.
_DEFAULT = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGQUIT)
_libc = ctypes.CDLL(None, use_errno=True)


class Failure(Exception):
    """A command failed, or something else went wrong with one runtime: that one's measurement is left out."""


class Interrupted(Exception):
    """Somebody asked us to end."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What came of a command; `code` is negative for a signal, `peak` (kB) is the largest of it and its children."""

    seconds: float
    code: int
    peak: int = 0


def become_subreaper() -> None:
    """Make orphaned inits of containers children of ours: we reap them at once, where PID 1 may take its time.

    A runtime counts a zombie as alive or not, and some poll for it to vanish: without this, PID 1 is measured too.
    """
    if _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def enter(namespace: int) -> None:
    """Enter the mount namespace of a descriptor."""
    if _libc.setns(namespace, 0):
        raise OSError(ctypes.get_errno(), "setns")


def reap_strays(patience: float = 0.0, pid: int = -1) -> None:
    """Reap what has ended: all strays, or `pid` for up to `patience` seconds (nobody's child: until it is a zombie)."""
    deadline = time.monotonic() + patience
    while True:
        try:
            ended, _ = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            if pid < 0 or not _alive(pid):
                return
            ended = 0
        if ended == pid or (not ended and time.monotonic() >= deadline):
            return
        if not ended:
            time.sleep(0.0005)


def _alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] not in ("Z", "X")
    except (OSError, IndexError):
        return False


class Launcher:
    """Runs commands.  A signal that asks for the end takes effect between two of them, a second one kills at once."""

    def __init__(self) -> None:
        self._null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
        # The commands' stderr: short, and no disk in the timed path.
        self.errors = os.memfd_create("stderr")
        fcntl.fcntl(self.errors, fcntl.F_SETFL, os.O_APPEND)
        self._home = self._namespace = os.open("/proc/self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
        self._environment = {key: os.environ[key] for key in ("HOME", "LANG") if key in os.environ}
        self._environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        self._current = 0
        self._ending = 0
        self._unstoppable = False
        for number in _ENDING:
            signal.signal(number, self._on_ending)
        signal.signal(signal.SIGALRM, self._on_alarm)

    def _on_ending(self, number: int, frame: FrameType | None) -> None:
        if self._ending and self._current and not self._unstoppable:
            os.killpg(self._current, signal.SIGKILL)
        self._ending = number

    def _on_alarm(self, number: int, frame: FrameType | None) -> None:
        if self._current:
            os.killpg(self._current, signal.SIGKILL)

    def check(self) -> None:
        """Raise Interrupted when somebody asked us to end."""
        if self._ending and not self._unstoppable:
            raise Interrupted(signal.Signals(self._ending).name)

    @contextmanager
    def unstoppable(self) -> Iterator[None]:
        """Clean up in here: commands run although somebody asked us to end, and no signal kills them."""
        before, self._unstoppable = self._unstoppable, True
        try:
            yield
        finally:
            self._unstoppable = before

    def go_home(self) -> None:
        """Back to the mount namespace that we began in."""
        if self._namespace != self._home:
            enter(self._home)
            self._namespace = self._home

    def run(self, command: Sequence[str], namespace: int | None = None, timeout: float = TIMEOUT) -> Finished:
        """Run a command, killing it after `timeout` seconds, in a mount namespace (None: ours)."""
        self._prepare(namespace)
        signal.setitimer(signal.ITIMER_REAL, timeout)
        began = time.monotonic_ns()
        self._current = pid = self._spawn(command)
        _, status, usage = os.wait4(pid, 0)
        ended = time.monotonic_ns()
        self._current = 0
        signal.setitimer(signal.ITIMER_REAL, 0)
        return Finished((ended - began) / 1e9, os.waitstatus_to_exitcode(status), usage.ru_maxrss)

    def peak(self, busybox: str, command: Sequence[str], namespace: int | None = None) -> Finished:
        """Run a command for its peak memory alone.

        The kernel counts what a process held before execve into its peak, and with vfork that is all of its parent:
        a child of this Python never seems smaller than it.  So the static busybox forks (its setsid does, when it
        leads a process group) and ends, and the grandchild becomes our child as the orphan that it is.
        """
        self._prepare(namespace)
        reap_strays()
        began = time.monotonic_ns()
        middle = self._spawn([busybox, "setsid", *command])
        os.waitpid(middle, 0)
        deadline = time.monotonic() + TIMEOUT
        while True:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if pid:
                seconds = (time.monotonic_ns() - began) / 1e9
                return Finished(seconds, os.waitstatus_to_exitcode(status), usage.ru_maxrss)
            if time.monotonic() > deadline:
                raise Failure(f"{' '.join(command)}: not done after {TIMEOUT:.0f} s")
            time.sleep(0.001)

    def _prepare(self, namespace: int | None) -> None:
        self.check()
        wanted = self._home if namespace is None else namespace
        if wanted != self._namespace:
            enter(wanted)
            self._namespace = wanted
        os.ftruncate(self.errors, 0)

    def _spawn(self, command: Sequence[str]) -> int:
        # A process group of its own: Ctrl-C is for us, not for a runtime in the middle of its work.
        actions = [
            (os.POSIX_SPAWN_DUP2, self._null, 0),
            (os.POSIX_SPAWN_DUP2, self._null, 1),
            (os.POSIX_SPAWN_DUP2, self.errors, 2),
        ]
        return os.posix_spawn(
            command[0], list(command), self._environment, file_actions=actions, setpgroup=0, setsigdef=_DEFAULT
        )

    def said(self) -> str:
        """The last line that the last command wrote to stderr."""
        lines = os.pread(self.errors, 1 << 16, 0).decode("utf-8", "replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")
