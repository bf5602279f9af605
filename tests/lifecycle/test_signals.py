"""kill: which signal arrives."""

import signal

import pytest
from support.runtime import Container, alive

# A shell that names every signal it gets; `ready` comes when the traps are set.
TRAPS = "; ".join(f"trap 'echo got {number}' {number}" for number in (1, 2, 3, 10, 12, 15, 28))
LISTENING = f"{TRAPS}; echo ready; while :; do sleep 0.02; done"


@pytest.fixture
def listening(container: Container) -> Container:
    """A running container that names the signals it gets."""
    container.bundle.script(LISTENING)
    return container.running().prints("ready")


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("TERM", 15),
        ("SIGTERM", 15),
        ("sigterm", 15),
        ("term", 15),
        ("15", 15),
        ("HUP", 1),
        ("1", 1),
        ("SIGINT", 2),
        ("QUIT", 3),
        ("USR1", 10),
        ("12", 12),
        ("WINCH", 28),
    ],
)
def test_signal_by_name_and_number(listening: Container, given: str, number: int) -> None:
    """Names with and without SIG, in any case, and numbers: the one that is meant arrives."""
    listening.kill(given).ok()
    listening.prints(f"got {number}\n")
    assert listening.status == "running"


def test_default_is_term(listening: Container) -> None:
    """Without a signal it is SIGTERM."""
    listening.kill().ok()
    listening.prints("got 15\n")


def test_signal_zero_only_asks(listening: Container) -> None:
    """Signal 0 succeeds for a process that is there, and does nothing to it."""
    listening.kill("0").ok()
    assert listening.status == "running"


@pytest.mark.parametrize("given", ["FOO", "SIGFOO", "65", "1000", "9x", "SIG", "TERM "])
def test_unknown_signal(listening: Container, given: str) -> None:
    """No such signal: nothing is sent."""
    listening.kill(given).refused(f'unknown signal "{given}"')
    assert listening.status == "running"


@pytest.mark.parametrize("given", ["34", "64", "RTMIN+1", "RTMAX"])
def test_real_time_signals(container: Container, given: str) -> None:
    """Real-time signals arrive too; without a PID namespace of its own the process dies of them."""
    container.bundle.namespaces("ipc", "uts", "mount", "network")
    container.running()
    pid = container.pid
    container.kill(given).ok()
    container.until("stopped")
    assert not alive(pid)


def test_unhandled_term_does_not_end_a_pid_namespace(container: Container) -> None:
    """man 7 pid_namespaces: init gets only the signals that it has handlers for; KILL is not asked."""
    container.running()
    container.kill("TERM").ok()
    assert container.status == "running"
    container.kill(str(int(signal.SIGKILL))).ok()
    container.until("stopped")


def test_kill_reaches_init_only(container: Container) -> None:
    """Without --all, a signal goes to init and not to its children."""
    child = "trap 'echo child got 10; exit' 10; echo child ready; while :; do sleep 0.02; done"
    container.bundle.script(f'trap "echo init got 10" 10; ({child}) & while :; do sleep 0.02; done')
    container.running().prints("child ready")
    container.kill("USR1").ok()
    container.prints("init got 10")
    assert "child got" not in container.output


def test_kill_all_reaches_everybody(container: Container) -> None:
    """With --all, the hidden flag that containerd sends, every process of the container gets it."""
    child = "trap 'echo child got 10; exit' 10; echo child ready; while :; do sleep 0.02; done"
    container.bundle.script(f'trap "echo init got 10" 10; ({child}) & while :; do sleep 0.02; done')
    container.running().prints("child ready")
    container.runtime.call("kill", "--all", container.id, "USR1").ok()
    container.prints("init got 10").prints("child got 10")


def test_kill_of_a_shared_pid_namespace(container: Container) -> None:
    """Where the PID namespace is the host's, init's death ends nobody else: KILL has to reach all of them."""
    container.bundle.namespaces("ipc", "uts", "mount", "network").script("sleep 999 & echo $!; sleep 1000")
    container.running().prints("\n")
    child = int(container.output.split()[0])
    assert alive(child)
    container.kill("KILL").ok()
    container.until("stopped")
    assert not alive(child)
