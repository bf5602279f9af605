"""run: create, start, wait and delete in one; its exit code is the process's."""

import os
import signal
import subprocess

import pytest
from support.runtime import Container, alive, wait_for
from support.traces import Traces


@pytest.mark.parametrize("code", [0, 1, 2, 42, 126, 127, 255])
def test_exit_code(container: Container, code: int) -> None:
    """The process's exit code is run's own."""
    container.bundle.script(f"exit {code}")
    assert container.run().code == code


@pytest.mark.parametrize("number", [1, 9, 15])
def test_killed_by_a_signal(container: Container, number: int) -> None:
    """A process that a signal killed: 128 plus its number."""
    container.bundle.namespaces("ipc", "uts", "mount", "network").script(f"kill -{number} $$")
    assert container.run().code == 128 + number


def test_deletes_when_it_ends(container: Container, traces: Traces) -> None:
    """Afterwards there is nothing of the container; its output is on the caller's."""
    container.bundle.script("echo out; echo err >&2")
    result = container.run().ok()
    assert (result.stdout, result.stderr) == ("out\n", "err\n")
    traces.expect_none()


def test_keep(container: Container) -> None:
    """--keep leaves the stopped container."""
    container.bundle.script("exit 3")
    assert container.run("--keep").code == 3
    assert container.status == "stopped"
    container.delete().ok()


def test_detach(container: Container) -> None:
    """--detach returns once the program has begun; it goes on by itself."""
    container.bundle.script("echo begun; sleep 1000")
    container.run("--detach").ok()
    assert container.status == "running"
    container.prints("begun")


def test_standard_input(container: Container) -> None:
    """The process reads what the caller's standard input holds."""
    reader, writer = os.pipe()
    os.write(writer, b"one\ntwo\n")
    os.close(writer)
    container.bundle.args("wc", "-l")
    result = container.run(stdin=reader).ok()
    os.close(reader)
    assert result.stdout.strip() == "2"


def test_closed_standard_streams(container: Container) -> None:
    """A caller without standard streams: the container has /dev/null there, and none of the runtime's files."""
    container.bundle.script(
        "readlink /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 > /dev/shm/list; cat /dev/shm/list"
    )
    container.bundle.write()
    container.bundle.mount("/answer", str(container.runtime.folder), "bind", "bind", "rw")
    container.bundle.script("for n in 0 1 2; do readlink /proc/$$/fd/$n; done > /answer/fds")
    container.bundle.writable().write()
    command = [*container.runtime.command, "--root", str(container.runtime.root)]
    line = f'exec "$@" run --bundle {container.bundle.path} {container.id} <&- >&- 2>&-'
    subprocess.run(["sh", "-c", line, "sh", *command], check=True, timeout=30)
    lines = (container.runtime.folder / "fds").read_text().splitlines()
    assert lines[0] == "/dev/null" and lines[2] == "/dev/null"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_passes_signals_on(container: Container, number: signal.Signals) -> None:
    """What the runtime gets while it waits, the process gets."""
    container.bundle.script(f"trap 'exit 7' {number.value}; echo ready; while :; do sleep 0.02; done")
    container.bundle.write()
    running = container.runtime.popen("run", "--bundle", str(container.bundle.path), container.id)
    container.made = running.result
    container.prints("ready")
    running.signal(number)
    assert running.wait().code == 7


def test_terminated_while_it_waits_for_a_stubborn_process(container: Container) -> None:
    """A process without a handler is not ended by the signal, so the runtime goes on waiting for it."""
    container.bundle.write()
    running = container.runtime.popen("run", "--bundle", str(container.bundle.path), container.id)
    wait_for(lambda: container.query().code == 0 and container.status == "running", "the container to run")
    running.signal(signal.SIGTERM)
    assert container.status == "running"
    container.kill("KILL").ok()
    assert running.wait().code == 137


def test_reaps_what_init_leaves_behind(container: Container) -> None:
    """Without a PID namespace orphans come to the runtime (a subreaper); they do not outlive the container."""
    container.bundle.namespaces("ipc", "uts", "mount", "network").script("(sleep 998 & echo $!); exit 4")
    result = container.run()
    assert result.code == 4
    assert not alive(int(result.stdout))


def test_run_of_a_taken_id(container: Container) -> None:
    """run refuses like create."""
    container.running()
    container.run().refused("container with given ID already exists")
    assert container.status == "running"


def test_config_of_a_program_that_fails_to_start(container: Container, traces: Traces) -> None:
    """A program that cannot be executed fails run, and nothing is left."""
    container.bundle.file("bin/text", "not a program\n", mode=0o755)
    container.bundle.args("/bin/text")
    container.run().explained("exec format error")
    traces.expect_none()


def test_hundred_bytes_at_a_time(container: Container) -> None:
    """Much output arrives whole."""
    container.bundle.script("seq 1 50000")
    assert container.run().ok().stdout == "".join(f"{n}\n" for n in range(1, 50001))
