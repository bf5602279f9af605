"""run: create, start, and in the foreground also wait and delete."""

import posix
from _signal import SIG_BLOCK, SIGCHLD, SIGURG, pthread_sigmask, sigwaitinfo, valid_signals

from ocirt import log
from ocirt.errors import Error
from ocirt.kernel import pidfd, prctl
from ocirt.properties import console
from ocirt.runtime.container import Container
from ocirt.runtime.interrupt import deferred
from ocirt.spec import bundle as bundles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.creation import CreateOptions


def run(root: str, container_id: str, bundle: str, options: "CreateOptions") -> int:
    """Run a container; returns the exit code of its process (128 + N for signal N), or 0 when it is detached."""
    if not options.detach and not options.no_subreaper:
        # What the container's process leaves behind becomes ours to reap, not the host's.
        prctl.set_child_subreaper()
    spec = bundles.load(bundle)
    terminal = None
    if console.wanted(spec) and not options.detach:
        from ocirt.runtime.terminal import Terminal

        terminal = Terminal()
        options.console = terminal.console()
    container = Container.create(root, container_id, bundle, options, spec)
    try:
        if terminal:
            # Before the start: the program may ask for the window's size as its first act.
            terminal.open(sized="consoleSize" in spec["process"])
        container.start()
        log.flush()
        if options.detach:
            return 0
        if terminal:
            code = terminal.join(container.pidfd, lambda: _reap(container.pid))
        else:
            code = _attend(container)
    except BaseException:
        with deferred():
            _discard(container)
        raise
    finally:
        if terminal:
            terminal.close()
    if not options.keep:
        container.delete(force=True)
    return code


def _attend(container: Container) -> int:
    """Stand in for the container's process: pass on every signal, reap every orphan, until it ends."""
    pthread_sigmask(SIG_BLOCK, valid_signals())
    while True:
        code = _reap(container.pid)
        if code is not None:
            return code
        number = sigwaitinfo(valid_signals()).si_signo
        if number not in (SIGCHLD, SIGURG):
            pidfd.pidfd_send_signal(container.pidfd, number)


def _reap(init: int) -> "int | None":
    """Collect dead children; the exit code when init is among them."""
    while True:
        pid, status = posix.waitpid(-1, posix.WNOHANG)
        if pid == 0:
            return None
        if pid == init:
            code = posix.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _discard(container: Container) -> None:
    try:
        container.delete(force=True)
    except Error:
        return  # why it did not run is what the caller wants to hear
