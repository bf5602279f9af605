"""The state machine of runtime.md#lifecycle: every operation in every status, the wrong ones included."""

import os

import pytest
from support.runtime import Container, Runtime, alive, start_time, wait_for

STATUSES = ("created", "running", "stopped")
EXISTS = "container with given ID already exists"
MISSING = "container does not exist"


def bring(container: Container, status: str) -> Container:
    """Take a fresh container as far as `status`."""
    return {"created": container.created, "running": container.running, "stopped": container.stopped}[status]()


def test_the_whole_life(container: Container) -> None:
    """created, running, stopped, gone: each operation says nothing and ends with 0."""
    assert container.create().ok().stderr == ""
    assert container.status == "created"
    assert container.start().ok().stderr == ""
    assert container.status == "running"
    assert container.kill("KILL").ok().stderr == ""
    container.until("stopped")
    assert container.delete().ok().stderr == ""
    container.query().refused(MISSING)


def test_process_keeps_its_pid(container: Container) -> None:
    """The process that waits becomes, by execve alone, the container's program: the PID in the state is one process."""
    container.created()
    pid = container.pid
    started = start_time(pid)
    container.start().ok()
    assert container.pid == pid
    wait_for(lambda: os.readlink(f"/proc/{pid}/exe").endswith("/bin/busybox"), "execve")
    assert start_time(pid) == started


def test_created_has_not_run_anything(container: Container) -> None:
    """Between create and start the program has not begun."""
    container.bundle.script("echo begun; sleep 1000")
    container.created()
    assert "begun" not in container.output
    container.start().ok()
    container.prints("begun")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("running", "cannot start an already running container"),
        ("stopped", "cannot start a container that has stopped"),
    ],
)
def test_start_twice(container: Container, status: str, words: str) -> None:
    """Only a created container can be started; another stays what it is."""
    bring(container, status)
    container.start().refused(words)
    assert container.status == status


def test_start_after_init_was_killed(container: Container) -> None:
    """A created container whose init is dead has stopped."""
    container.created()
    container.kill("KILL").ok()
    container.until("stopped")
    container.start().refused("cannot start a container that has stopped")


@pytest.mark.parametrize("status", STATUSES)
def test_create_of_a_taken_id(container: Container, status: str) -> None:
    """An ID in use is refused, whatever its container does, and that one is left alone."""
    bring(container, status)
    before = container.state()
    container.create().refused(EXISTS)
    assert container.state() == before


def test_the_id_is_free_after_delete(container: Container) -> None:
    """Deleting gives the ID back."""
    container.stopped().delete().ok()
    assert container.created().status == "created"


def test_kill_of_created(container: Container) -> None:
    """A container that waits can be killed."""
    container.created()
    pid = container.pid
    container.kill("KILL").ok()
    container.until("stopped")
    assert not alive(pid)


def test_kill_of_stopped(container: Container) -> None:
    """There is nothing to be killed."""
    container.stopped()
    container.kill("KILL").refused("container not running")
    container.kill("0").refused("container not running")


def test_kill_all_of_stopped(container: Container) -> None:
    """--all, which engines still send, makes that a success."""
    container.stopped()
    container.runtime.call("kill", "--all", container.id, "KILL").ok()


def test_process_that_ends_by_itself(container: Container) -> None:
    """A container stops when its process does; its PID is then 0."""
    container.bundle.args("true")
    container.created().start().ok()
    container.until("stopped")
    assert container.state()["pid"] == 0


@pytest.mark.parametrize("verb", ["start", "state", "kill", "delete"])
def test_unknown_id(runtime: Runtime, verb: str) -> None:
    """No such container: runc's words, exit code 1."""
    runtime.call(verb, runtime.new_id()).refused(MISSING)


def test_delete_of_running(container: Container) -> None:
    """A running container is not deleted, and goes on."""
    container.running()
    words = f"cannot delete container {container.id} that is not stopped: running"
    container.delete().refused(words)
    assert container.status == "running"


def test_delete_of_created(container: Container) -> None:
    """Like runc, and unlike the letter of the specification, a container that was never started can be deleted."""
    container.created()
    pid = container.pid
    container.delete().ok()
    assert not alive(pid)
    container.query().refused(MISSING)


@pytest.mark.parametrize("status", STATUSES)
def test_delete_by_force(container: Container, status: str) -> None:
    """--force deletes in any status, and a second time has nothing to do and nothing to say."""
    bring(container, status)
    for _ in range(2):
        result = container.delete("--force").ok()
        assert result.stdout + result.stderr == ""
    container.query().refused(MISSING)


def test_delete_by_force_of_unknown(runtime: Runtime) -> None:
    """Nothing to delete is no error with --force."""
    result = runtime.call("delete", "--force", runtime.new_id()).ok()
    assert result.stdout + result.stderr == ""


@pytest.mark.parametrize("name", ["a.b", "UPPER_lower-0+1", "+", "_", "..a", "9", "x" * 200])
def test_valid_ids(container: Container, name: str) -> None:
    """Letters, digits and _+-. make an ID."""
    container.id = name + container.runtime.marker
    container.created()
    assert container.state()["id"] == container.id


@pytest.mark.parametrize("name", [".", "..", "a/b", "../a", "a b", "a:b", "é", "a\nb", "@", "/", "a*"])
@pytest.mark.parametrize("verb", ["create", "run", "state", "start", "kill", "delete"])
def test_invalid_ids(container: Container, name: str, verb: str) -> None:
    """Anything else is refused, before it is used as a file name."""
    container.bundle.write()
    flags = ["--bundle", str(container.bundle.path)] if verb in ("create", "run") else []
    container.runtime.call(verb, *flags, name).refused("invalid container ID format")


@pytest.mark.parametrize("verb", ["create", "run", "state", "delete"])
def test_empty_id(container: Container, verb: str) -> None:
    """An empty ID is none."""
    container.bundle.write()
    container.runtime.call(verb, "", cwd=container.bundle.path).refused("container id cannot be empty")


def test_bundle_is_the_current_directory(container: Container) -> None:
    """Without --bundle it is where the caller is."""
    container.bundle.write()
    container.runtime.call("create", container.id, cwd=container.bundle.path).ok()
    assert container.state()["bundle"] == str(container.bundle.path)


def test_relative_bundle(container: Container) -> None:
    """A relative --bundle counts from the current directory, and is absolute in the state."""
    container.bundle.write()
    container.runtime.call("create", "-b", "bundle", container.id, cwd=container.bundle.path.parent).ok()
    assert container.state()["bundle"] == str(container.bundle.path)


def test_config_is_read_at_create_only(container: Container) -> None:
    """runtime.md#create: a config.json that is edited, or gone, after create has no effect."""
    container.bundle.script("echo first; sleep 1000")
    container.created()
    container.bundle.script("echo second").write()
    container.start().ok()
    container.prints("first")
    (container.bundle.path / "config.json").unlink()
    assert container.status == "running"
    container.delete("--force").ok()
    assert "second" not in container.output


def test_other_root(container: Container) -> None:
    """Containers under one --root are unknown under another."""
    container.created()
    other = container.runtime.folder / "other"
    other.mkdir(mode=0o700)
    container.runtime.call("state", container.id, root=other).refused(MISSING)
