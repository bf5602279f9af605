"""Signals that ask ocirt to stop, as the error Interrupted: what was begun is undone on the way out."""

import _signal

from ocirt.errors import Interrupted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType, TracebackType

_STOPPING = (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP)


def _interrupt(number: int, _frame: "FrameType | None") -> None:
    raise Interrupted(number)


def raise_on_signals() -> None:
    """From now on SIGINT, SIGTERM and SIGHUP raise Interrupted; ignored ones (nohup) stay ignored."""
    for number in _STOPPING:
        if _signal.getsignal(number) != _signal.SIG_IGN:
            _signal.signal(number, _interrupt)


def block() -> "set[int]":
    """Have the stopping signals wait; returns the mask for `unblock`, which then raises for one that has come."""
    return _signal.pthread_sigmask(_signal.SIG_BLOCK, _STOPPING)


def unblock(mask: "set[int]") -> None:
    """Put back the mask that `block` returned."""
    _signal.pthread_sigmask(_signal.SIG_SETMASK, mask)


class deferred:
    """While this block runs, the stopping signals wait: an undoing must not be cut short itself."""

    def __enter__(self) -> None:
        self.before = _signal.pthread_sigmask(_signal.SIG_BLOCK, _STOPPING)

    def __exit__(self, kind: "type[BaseException] | None", error: object, trace: "TracebackType | None") -> None:
        _signal.pthread_sigmask(_signal.SIG_SETMASK, self.before)


def restore_defaults() -> None:
    """In init: the container's process starts with no signal ignored and none blocked, whoever called the runtime."""
    for number in range(1, _signal.NSIG):
        if _signal.getsignal(number) not in (_signal.SIG_DFL, None):
            _signal.signal(number, _signal.SIG_DFL)
    _signal.pthread_sigmask(_signal.SIG_SETMASK, ())
