"""Hooks: order, place, what they get on stdin, and what happens when they fail (config.md#posix-platform-hooks)."""

import json
import os
from pathlib import Path

import pytest
from support.runtime import Container
from support.traces import Traces

KINDS = ("prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop")


def test_order_and_state(container: Container, tmp_path: Path) -> None:
    """All six run in the specification's order, each with the state on stdin; startContainer runs inside."""
    log = tmp_path / "log"
    log.mkdir()
    bundle = container.bundle
    bundle.config["annotations"] = {"k": "v"}
    bundle.mount("/log", str(log), "bind", "bind", "rw")
    for kind in KINDS:
        place = "/log" if kind == "startContainer" else str(log)
        script = f"cat > {place}/{kind}; echo {kind} $(pwd) >> {place}/order"
        bundle.hook(kind, "/bin/sh", "-c", script)
    container.running()
    pid = container.pid
    container.delete("--force").ok()
    order = [line.split() for line in (log / "order").read_text().splitlines()]
    assert [line[0] for line in order] == list(KINDS)
    assert order[2][1] == str(bundle.rootfs)
    states = {kind: json.loads((log / kind).read_text()) for kind in KINDS}
    for state in states.values():
        assert (state["id"], state["bundle"], state["annotations"]) == (container.id, str(bundle.path), {"k": "v"})
    wanted = ["creating", "creating", "creating", "created", "running", "stopped"]
    assert [states[kind]["status"] for kind in KINDS] == wanted
    assert [states[kind].get("pid") for kind in KINDS] == [pid, pid, 1, 1, pid, None]


@pytest.mark.parametrize("kind", ["prestart", "createRuntime", "createContainer"])
def test_failure_at_create(container: Container, traces: Traces, tmp_path: Path, kind: str) -> None:
    """A hook that fails ends the create, with its output in the error; poststop hooks still run; nothing is left."""
    container.bundle.hook(kind, "/bin/sh", "-c", "echo said; echo cried >&2; exit 3")
    container.bundle.hook("poststop", "/bin/touch", str(tmp_path / "poststop"))
    container.create().explained(f"error running {kind} hook #0: exit status 3, stdout: said, stderr: cried")
    assert (tmp_path / "poststop").exists()
    traces.expect_none()


def test_failure_at_start(container: Container) -> None:
    """A startContainer hook that fails keeps the program from running, and start says so."""
    container.bundle.hook("startContainer", "/bin/false")
    container.created()
    container.start().explained("error running startContainer hook #0: exit status 1")
    container.until("stopped")


def test_failure_after_start(container: Container) -> None:
    """A poststart hook that fails stops the container (runtime-spec 1.3)."""
    container.bundle.hook("poststart", "/bin/false")
    container.created()
    assert "error running poststart hook #0" in container.start().error
    container.until("stopped")


def test_failing_poststop(container: Container, tmp_path: Path) -> None:
    """A poststop hook that fails is a warning, and the next one still runs."""
    container.bundle.hook("poststop", "/bin/false")
    container.bundle.hook("poststop", "/bin/touch", str(tmp_path / "second"))
    container.stopped()
    assert container.delete().code == 0
    assert (tmp_path / "second").exists()


def test_timeout(container: Container, traces: Traces) -> None:
    """A hook that takes longer than its timeout is killed, and has failed."""
    container.bundle.hook("createRuntime", "/bin/sleep", "100", timeout=1)
    container.create().explained("hook ran past specified timeout of 1.0s")
    traces.expect_none()


def test_environment_and_descriptors(container: Container, tmp_path: Path) -> None:
    """A hook has the variables of its `env` alone, and no descriptor but the standard ones."""
    out = tmp_path / "out"
    leak = os.open("/", os.O_RDONLY)
    script = f"env > {out}; ls -l /proc/self/fd | sed -n 's/.*[0-9] \\([0-9]*\\) -> .*/fd \\1/p' >> {out}"
    container.bundle.hook("createRuntime", "/bin/sh", "-c", script, env=["ONLY=this", "PATH=/bin:/usr/bin"])
    container.create(pass_fds=(leak,)).ok()
    os.close(leak)
    lines = out.read_text().splitlines()
    assert "ONLY=this" in lines and not any(line.startswith("HOME=") for line in lines)
    # ls itself has the directory open as 3.
    assert [line for line in lines if line.startswith("fd ")] == ["fd 0", "fd 1", "fd 2", "fd 3"]


@pytest.mark.parametrize(
    ("hook", "words"),
    [
        ({"path": "bin/true"}, "hooks.poststop[0].path"),
        ({"path": "/bin/true", "timeout": 0}, "hooks.poststop[0].timeout"),
    ],
)
def test_wrong_hooks(container: Container, traces: Traces, hook: dict[str, object], words: str) -> None:
    """A relative path and a timeout of nothing are refused before anything exists."""
    container.bundle.config["hooks"] = {"poststop": [hook]}
    container.create().explained(words)
    traces.expect_none()
