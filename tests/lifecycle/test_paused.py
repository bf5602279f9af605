"""A paused container: its cgroup is frozen, here by hand, as an engine or a later `pause` does it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.runtime import Container, wait_for

# (the mount point of the hierarchy, the file, what freezes, what thaws)
LAYOUTS = (
    ("/sys/fs/cgroup/freezer", "freezer.state", "FROZEN", "THAWED"),
    ("/sys/fs/cgroup", "cgroup.freeze", "1", "0"),
)


def freezer(pid: int) -> tuple[Path, str, str]:
    """The file that freezes the process's cgroup, and the two values."""
    paths = dict(line.split(":", 2)[1:] for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines())
    for (mountpoint, name, freeze, thaw), key in zip(LAYOUTS, ("freezer", ""), strict=True):
        file = Path(f"{mountpoint}{paths.get(key, '/missing')}/{name}")
        if file.exists():
            return file, freeze, thaw
    raise AssertionError("no freezer: neither of cgroup v1 nor v2")


def freeze(container: Container) -> None:
    """Freeze it and wait until it is."""
    file, value, _ = freezer(container.pid)
    file.write_text(value)
    container.until("paused")


@pytest.fixture
def paused(container: Container) -> Iterator[Container]:
    """A running container, frozen."""
    freeze(container.running())
    yield container


def test_status(paused: Container) -> None:
    """Status paused, with the PID; thawed, it runs again."""
    pid = paused.pid
    assert pid
    file, _, thaw = freezer(pid)
    file.write_text(thaw)
    paused.until("running")
    assert paused.pid == pid


def test_start(container: Container) -> None:
    """A created container that is frozen cannot be started."""
    freeze(container.created())
    container.start().refused("cannot start a container in the paused state")
    assert container.status == "paused"


def test_delete(paused: Container) -> None:
    """Not deleted without --force."""
    paused.delete().refused(f"cannot delete container {paused.id} that is not stopped: paused")
    assert paused.status == "paused"


def test_delete_by_force(paused: Container) -> None:
    """--force thaws it, for a frozen process cannot die."""
    paused.delete("--force").ok()
    paused.query().refused("container does not exist")


def test_kill(paused: Container) -> None:
    """SIGKILL takes effect at once: a container that was told to die must not wait for a resume."""
    paused.kill("KILL").ok()
    paused.until("stopped")


def test_other_signals_wait(paused: Container) -> None:
    """Any other signal stays pending until the container goes on."""
    paused.bundle.script("")
    file, _, thaw = freezer(paused.pid)
    paused.kill("TERM").ok()
    assert paused.status == "paused"
    file.write_text(thaw)
    wait_for(lambda: paused.status == "running", "the container to run")
