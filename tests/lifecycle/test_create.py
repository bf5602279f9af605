"""create and start in detail: pid file, the process that waits, failing programs, descriptors handed on."""

import os
import socket
import stat
import sys
from pathlib import Path

import pytest
from support.runtime import Container, Runtime
from support.traces import Traces


def test_pid_file(container: Container) -> None:
    """init's PID in decimal, without a newline, readable for others; relative paths count from the caller."""
    container.created("--pid-file", "pids/init.pid", **_in_folder(container))
    path = container.runtime.folder / "pids/init.pid"
    assert path.read_text() == str(container.pid)
    assert stat.S_IMODE(path.stat().st_mode) & 0o444 == 0o444
    assert os.listdir(path.parent) == ["init.pid"]


def _in_folder(container: Container) -> dict[str, Path]:
    (container.runtime.folder / "pids").mkdir()
    return {"cwd": container.runtime.folder}


def test_pid_file_is_replaced(container: Container) -> None:
    """An old file of that name is replaced as a whole: a symlink there is not followed."""
    path, victim = container.runtime.folder / "init.pid", container.runtime.folder / "victim"
    victim.write_text("mine")
    path.symlink_to(victim)
    container.created("--pid-file", str(path))
    assert path.read_text() == str(container.pid)
    assert victim.read_text() == "mine"


def test_pid_file_that_cannot_be_written(container: Container, traces: Traces) -> None:
    """create fails as a whole then."""
    container.create("--pid-file", str(container.runtime.folder / "missing/init.pid")).explained(
        "no such file or directory"
    )
    traces.expect_none()


def test_pid_file_of_run(container: Container) -> None:
    """run and run --detach write it too."""
    path = container.runtime.folder / "init.pid"
    container.run("--detach", "--pid-file", str(path)).ok()
    assert path.read_text() == str(container.pid)


def test_state_directory(container: Container) -> None:
    """The root is for its owner alone; of a container's directory others may reach what they can name."""
    container.created()
    assert stat.S_IMODE(container.runtime.root.stat().st_mode) == 0o700
    assert stat.S_IMODE((container.runtime.root / container.id).stat().st_mode) == 0o711


def test_waiting_init_is_not_the_runtime(container: Container) -> None:
    """CVE-2019-5736: what waits in the container is no file of the host, and no Python."""
    container.created()
    pid = container.pid
    assert os.readlink(f"/proc/{pid}/exe") == "/memfd:ocirt-init (deleted)"
    maps = Path(f"/proc/{pid}/maps").read_text()
    assert "python" not in maps and ".so" not in maps
    with pytest.raises(OSError, match=r"Permission denied|not permitted|Text file busy"):
        os.close(os.open(f"/proc/{pid}/exe", os.O_WRONLY))


def test_waiting_init_is_small(container: Container) -> None:
    """A container that waits takes 64 kB of memory at the most."""
    container.created()
    lines = Path(f"/proc/{container.pid}/status").read_text().splitlines()
    resident = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
    assert resident <= 64


def test_waiting_init_has_left_the_host(container: Container) -> None:
    """Before it waits, init is where the container's process will be: root, directory, user and capabilities."""
    container.bundle.process["user"] = {"uid": 1000, "gid": 1000}
    container.created()
    pid = container.pid
    assert Path(f"/proc/{pid}/root").stat().st_ino == container.bundle.rootfs.stat().st_ino
    status = dict(
        line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line
    )
    assert status["Uid"].split() == ["1000"] * 4
    assert status["NoNewPrivs"] == "1"
    assert status["SigBlk"] == status["SigIgn"] == "0" * 16


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("no program at all\n", "exec format error"),
        ("#!/bin/missing\n", "no such file or directory"),
        ("#!/proc\n", "permission denied"),
    ],
)
def test_start_reports_a_failed_execve(container: Container, content: str, words: str) -> None:
    """A program that looks fine at create and that execve then refuses: start says so, with the errno."""
    container.bundle.file("bin/odd", content, mode=0o755)
    container.bundle.args("/bin/odd")
    container.created()
    container.start().refused(f'exec: "/bin/odd": {words}')
    container.until("stopped").delete().ok()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nope", 'exec: "nope": executable file not found in $PATH'),
        ("/nope", 'exec: "/nope": stat /nope: no such file or directory'),
        ("/bin", 'exec: "/bin": permission denied'),
        ("/etc/plain", 'exec: "/etc/plain": permission denied'),
        ("./nope", 'exec: "./nope": stat ./nope: no such file or directory'),
        ("plain", 'exec: "plain": executable file not found in $PATH'),
    ],
)
@pytest.mark.parametrize("verb", ["create", "run"])
def test_program_that_is_not_there(container: Container, traces: Traces, verb: str, name: str, words: str) -> None:
    """Found out at create, in the words of runc, which engines make their own exit codes 126 and 127 of."""
    container.bundle.file("etc/plain", "text\n")
    container.bundle.file("bin/plain", "text\n")
    container.bundle.args(name).write()
    result = container.runtime.call(verb, "-b", str(container.bundle.path), container.id)
    result.refused(words)
    assert result.error.endswith(f"{verb} failed: unable to start container process: {words}")
    traces.expect_none()


def test_program_by_a_relative_path(container: Container) -> None:
    """A path with a slash counts from the container's working directory."""
    container.bundle.process["cwd"] = "/bin"
    container.bundle.args("./echo", "here")
    assert container.run().ok().stdout == "here\n"


def test_without_a_process(container: Container) -> None:
    """runtime.md: `process` may be absent at create; start is then an error."""
    del container.bundle.config["process"]
    container.created()
    assert container.status == "created"
    container.start().explained("process")
    assert container.status == "created"


def descriptors(text: str) -> dict[int, str]:
    """The numbers and targets that SHOW_DESCRIPTORS printed."""
    words = [line.split() for line in text.splitlines()]
    return {int(found[0]): found[1] for found in words if len(found) > 1 and found[0].isdecimal()}


# Without a substitution, whose pipe would be among the descriptors.
SHOW_DESCRIPTORS = "for n in 0 1 2 3 4 5 6 7 8 9 10 11 12; do echo -n $n' '; readlink /proc/1/fd/$n || echo; done"


def test_only_standard_descriptors(container: Container) -> None:
    """CVE-2024-21626: of all that the caller and the runtime have open, the process gets 0 to 2."""
    leak = os.open("/", os.O_RDONLY)
    os.set_inheritable(leak, True)
    container.bundle.script(SHOW_DESCRIPTORS)
    result = container.run(pass_fds=(leak,)).ok()
    os.close(leak)
    assert sorted(descriptors(result.stdout)) == [0, 1, 2]


def test_waiting_init_has_no_files_of_the_host(container: Container) -> None:
    """What init holds while it waits are the standard streams, and pipes to be started by."""
    container.created()
    pid = container.pid
    found = {number: os.readlink(f"/proc/{pid}/fd/{number}") for number in os.listdir(f"/proc/{pid}/fd")}
    own = [target for number, target in found.items() if int(number) > 2]
    assert all(str(container.runtime.root) in target for target in own), found


def test_preserve_fds(container: Container) -> None:
    """--preserve-fds N hands on N descriptors from 3 on, and not one more."""
    pipes = [os.pipe() for _ in range(2)]
    ends = (pipes[0][1], pipes[1][1])
    script = f"{SHOW_DESCRIPTORS}; echo three >&3"
    result = _run_with_fds(container, script, ends, "--preserve-fds", "1")
    shown = descriptors(result)
    for _, writer in pipes:
        os.close(writer)
    assert sorted(shown) == [0, 1, 2, 3]
    assert os.read(pipes[0][0], 100) == b"three\n"
    for reader, _ in pipes:
        os.close(reader)


def _run_with_fds(container: Container, script: str, fds: tuple[int, ...], *flags: str, environment: str = "") -> str:
    """Run with the descriptors as 3, 4 ... of the runtime: by a shell, since Popen passes them under their numbers."""
    container.bundle.script(script).write()
    moves = " ".join(f"{target}<&{source}" for target, source in enumerate(fds, 3))
    numbers = {*range(3, 3 + len(fds))}
    closes = " ".join(f"{source}<&-" for source in fds if source not in numbers)
    out = container.runtime.folder / "with-fds"
    command = [*container.runtime.command, "--root", str(container.runtime.root), "run", *flags]
    command += ["-b", str(container.bundle.path), container.id]
    line = f'{environment} exec "$@" {moves} {closes} >{out}'
    import subprocess

    subprocess.run(["bash", "-c", line, "bash", *command], check=True, timeout=30, pass_fds=fds)
    return out.read_text()


def test_preserved_descriptor_that_is_not_open(container: Container, traces: Traces) -> None:
    """A hole among them is an error before anything is made."""
    container.create("--preserve-fds", "3").explained("unable to stat preserved-fd")
    traces.expect_none()


def test_socket_activation(container: Container) -> None:
    """$LISTEN_FDS, if $LISTEN_PID is the runtime: descriptors and variables reach the process, as PID 1's."""
    listener = socket.socket()
    script = f"{SHOW_DESCRIPTORS}; echo activation: $LISTEN_FDS $LISTEN_PID"
    text = _run_with_fds(container, script, (listener.fileno(),), environment="LISTEN_FDS=1 LISTEN_PID=$$")
    listener.close()
    shown = descriptors(text)
    assert shown[3].startswith("socket:")
    assert text.endswith("activation: 1 1\n")


def test_socket_activation_of_somebody_else(container: Container) -> None:
    """Variables that name another process are not for the runtime, nor for the container."""
    listener = socket.socket()
    script = f"{SHOW_DESCRIPTORS}; echo activation: $LISTEN_FDS $LISTEN_PID"
    text = _run_with_fds(container, script, (listener.fileno(),), environment="LISTEN_FDS=1 LISTEN_PID=1")
    listener.close()
    assert sorted(descriptors(text)) == [0, 1, 2]
    assert text.endswith("activation:\n")


def test_no_new_keyring(runtime: Runtime, container: Container) -> None:
    """The container has a session keyring of its own name, unless --no-new-keyring leaves it the caller's."""
    container.bundle.linux["maskedPaths"] = []
    other = runtime.container(container.bundle)
    for one, flags, count in ((container, (), 1), (other, ("--no-new-keyring",), 0)):
        one.bundle.script(f"grep -c {one.id} /proc/keys; true")
        assert int(one.run(*flags).ok().stdout) == count


@pytest.mark.parametrize("flag", ["--frobnicate", "--preserve-fds=x", "--preserve-fds=-1"])
def test_wrong_flags(container: Container, traces: Traces, flag: str) -> None:
    """An unknown flag, or a value that is no number: usage, and nothing made."""
    container.create(flag).explained(flag.partition("=")[0].strip("-"))
    traces.expect_none()


assert sys.version_info >= (3, 11)
