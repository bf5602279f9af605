"""Commands cut short at a chosen system call, not at a moment of chance: strace sends the signal.

Every command is taken from its first access to the state directory on; of all its system calls a random sample.
"""

import random
import re
import shutil
import signal
from collections import Counter
from pathlib import Path

import pytest
from support.bundle import Bundle
from support.runtime import Container, Runtime
from support.traces import Traces

SAMPLE = 14
_CALL = re.compile(r"(\w+)\(")
Point = tuple[str, int]


@pytest.fixture
def strace(runtime: Runtime) -> str:
    """The path of strace."""
    found = shutil.which("strace")
    if not found:
        pytest.skip("needs strace: not found in $PATH")
    return found


def points(record: Path, root: Path) -> list[Point]:
    """(name, how many of that name) of each system call in the record since the first that names the root directory."""
    counted: Counter[str] = Counter()
    found: list[Point] = []
    for line in record.read_text(errors="replace").splitlines():
        call = _CALL.match(line)
        if not call:
            continue
        counted[call[1]] += 1
        if found or (str(root) in line and call[1] != "execve"):
            found.append((call[1], counted[call[1]]))
    return found[:-1]  # the last is the exit


def traced(container: Container, strace: str, verb: str, *options: str) -> int:
    """Do the command below strace; its exit code."""
    runtime = container.runtime
    plain = runtime.command
    runtime.command = [strace, "-o", str(runtime.folder / "record"), *options, *plain]
    arguments = ["--bundle", str(container.bundle.path)] if verb == "create" else []
    try:
        return runtime.call(verb, *arguments, container.id).code
    finally:
        runtime.command = plain


def sample(runtime: Runtime, bundle: Bundle, strace: str, verb: str) -> list[Point]:
    """Some of the moments at which the command can be stopped."""
    container = prepared(runtime, bundle, verb)
    assert traced(container, strace, verb) == 0
    every = points(runtime.folder / "record", runtime.root)
    container.delete("--force").ok()
    return random.sample(every, min(SAMPLE, len(every)))


def prepared(runtime: Runtime, bundle: Bundle, verb: str) -> Container:
    """A container for which the command is next."""
    bundle.write()
    container = runtime.container(bundle)
    return container if verb == "create" else container.created()


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["create", "start", "delete"])
def test_killed(runtime: Runtime, bundle: Bundle, traces: Traces, strace: str, verb: str) -> None:
    """SIGKILL: whatever the command had done by then, `delete --force` finds it all."""
    for name, count in sample(runtime, bundle, strace, verb):
        container = prepared(runtime, bundle, verb)
        traced(container, strace, verb, f"-einject={name}:signal=SIGKILL:when={count}")
        result = container.delete("--force")
        assert result.code == 0, f"after SIGKILL in {name} #{count}: {result.stderr}"
        traces.expect_none()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped(runtime: Runtime, bundle: Bundle, traces: Traces, strace: str, number: signal.Signals) -> None:
    """A signal that asks create to stop: it had succeeded by then, or undoes all of it and says so in one line."""
    for name, count in sample(runtime, bundle, strace, "create"):
        container = prepared(runtime, bundle, "create")
        code = traced(container, strace, "create", f"-einject={name}:signal={number.name}:when={count}")
        if code == 0:
            container.delete("--force").ok()
        else:
            assert code == 128 + number, f"after {number.name} in {name} #{count}"
            assert runtime.ids() == [], f"after {number.name} in {name} #{count}"
        traces.expect_none()


def test_undone_where_it_is_easily_forgotten(runtime: Runtime, bundle: Bundle, traces: Traces, strace: str) -> None:
    """The first calls after the state directory was made, before anything else is."""
    for name in ("mkdir", "chmod", "flock"):
        container = prepared(runtime, bundle, "create")
        code = traced(container, strace, "create", f"-einject={name}:signal=SIGTERM:when=1")
        assert code in (0, 128 + signal.SIGTERM)
        assert runtime.ids() == [], f"after SIGTERM in the first {name}"
        traces.expect_none()
