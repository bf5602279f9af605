"""process.terminal: a pseudo terminal whose master goes to --console-socket, or, in the foreground, to the caller."""

import fcntl
import os
import pty
import struct
import subprocess
import termios

import pytest
from support.bundle import Bundle
from support.console import ConsoleSocket, Master
from support.runtime import NAME, Container, Runtime
from support.traces import Traces


@pytest.fixture
def terminal(bundle: Bundle) -> Bundle:
    """A bundle whose process has a terminal."""
    bundle.process["terminal"] = True
    return bundle


def test_console_socket(runtime: Runtime, terminal: Bundle) -> None:
    """The receiver gets the master; the process has the other side as its streams and its controlling terminal."""
    container = runtime.container(
        terminal.script("tty; ls -l /dev/console | cut -c1; read line; echo got $line; sleep 100")
    )
    with ConsoleSocket(runtime.folder / "c") as listener:
        container.created("--console-socket", str(listener.path))
        master = listener.receive()
        assert os.isatty(master.fd)
        container.start().ok()
        master.type("hello\n")
        shown = master.until("got hello").split()
        assert shown[0] in ("/dev/pts/0", "/dev/console")
        assert "c" in shown
        for stream in range(3):
            assert os.readlink(f"/proc/{container.pid}/fd/{stream}").startswith(("/dev/pts/", "/dev/console"))


def test_control_c_is_a_signal(runtime: Runtime, terminal: Bundle) -> None:
    """The terminal controls the process's session: its line discipline sends SIGINT."""
    container = runtime.container(
        terminal.script("trap 'echo interrupted; exit 0' INT; echo ready; while :; do sleep 0.02; done")
    )
    with ConsoleSocket(runtime.folder / "c") as listener:
        container.created("--console-socket", str(listener.path))
        master = listener.receive()
        container.start().ok()
        master.until("ready")
        master.type("\x03")
        master.until("interrupted")


def test_console_size(runtime: Runtime, terminal: Bundle) -> None:
    """process.consoleSize is the size of the window."""
    terminal.process["consoleSize"] = {"height": 33, "width": 111}
    container = runtime.container(terminal.script("stty size; sleep 100"))
    with ConsoleSocket(runtime.folder / "c") as listener:
        container.created("--console-socket", str(listener.path))
        master = listener.receive()
        container.start().ok()
        master.until("33 111")


def test_terminal_of_another_user(runtime: Runtime, terminal: Bundle) -> None:
    """The terminal belongs to the process's user, who may open it again."""
    terminal.process["user"] = {"uid": 1000, "gid": 1000}
    container = runtime.container(terminal.script("stat -Lc %u /dev/console; echo again > /dev/console; sleep 100"))
    with ConsoleSocket(runtime.folder / "c") as listener:
        container.created("--console-socket", str(listener.path))
        master = listener.receive()
        container.start().ok()
        assert "1000" in master.until("again")


def test_terminal_needs_a_socket(runtime: Runtime, terminal: Bundle, traces: Traces) -> None:
    """create returns: without a console socket nobody would hold the master."""
    result = runtime.container(terminal).create()
    result.refused(f"cannot allocate tty if {NAME} will detach without setting console socket")
    traces.expect_none()


def test_socket_needs_a_terminal(container: Container, traces: Traces) -> None:
    """A console socket is of no use to a process without a terminal, and somebody would wait for it."""
    with ConsoleSocket(container.runtime.folder / "c") as listener:
        container.create("--console-socket", str(listener.path)).refused(
            f"cannot use console socket if {NAME} will not detach or allocate tty"
        )
    traces.expect_none()


def test_socket_where_nobody_listens(runtime: Runtime, terminal: Bundle, traces: Traces) -> None:
    """A socket that is missing fails the create, and leaves nothing."""
    result = runtime.container(terminal).create("--console-socket", str(runtime.folder / "missing"))
    result.explained("no such file or directory")
    traces.expect_none()


def test_no_console_without_a_terminal(runtime: Runtime, bundle: Bundle) -> None:
    """/dev/console exists only with a terminal."""
    assert runtime.output(bundle, "test -e /dev/console && echo there || echo absent") == "absent\n"


def test_terminal_in_the_foreground(runtime: Runtime, terminal: Bundle) -> None:
    """run joins the caller's terminal with the container's: size, input, output, exit code; and restores it."""
    terminal.script("stty size; tty; read line; echo got $line; exit 5").write()
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 44, 99, 0, 0))
    before = termios.tcgetattr(theirs)
    command = [*runtime.command, "--root", str(runtime.root), "run", "-b", str(terminal.path), runtime.new_id()]
    environment = {**os.environ, "MARKER": runtime.marker}
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, env=environment
    )
    try:
        master = Master(ours, "")
        master.until("44 99")
        master.until("/dev/")
        master.type("typed\r")
        master.until("got typed")
        assert process.wait(10) == 5
        assert termios.tcgetattr(theirs) == before
    finally:
        process.kill()
        process.wait()
        os.close(ours)
        os.close(theirs)
