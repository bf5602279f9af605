"""Many at once, and commands cut short: nothing lost, nothing left."""

import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.bundle import Bundle
from support.runtime import Container, Runtime
from support.traces import Traces


def test_many_in_parallel(runtime: Runtime, bundle: Bundle, traces: Traces) -> None:
    """50 containers, eight commands at a time, each through its whole life."""

    def live(_: int) -> str:
        container = runtime.container(bundle)
        runtime.call("create", "-b", str(bundle.path), container.id).ok()
        assert container.status == "created"
        container.start().ok()
        assert container.status == "running"
        container.kill("KILL").ok()
        container.until("stopped").delete().ok()
        return container.id

    bundle.write()
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(live, range(50)))) == 50
    traces.expect_none()


def test_one_id_for_many(runtime: Runtime, bundle: Bundle) -> None:
    """Twenty processes want the same ID: one gets it, the others are told that it is taken."""
    bundle.write()
    container = runtime.container(bundle)
    racers = [runtime.popen("create", "-b", str(bundle.path), container.id) for _ in range(20)]
    results = [racer.wait() for racer in racers]
    assert sorted(result.code for result in results) == [0] + [1] * 19
    for result in results:
        if result.code:
            result.refused("container with given ID already exists")
    assert container.status == "created"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopping_signals_in_create(runtime: Runtime, bundle: Bundle, traces: Traces, number: int) -> None:
    """Wherever a create is stopped: it undoes what it did, or had already succeeded."""
    bundle.write()
    random.seed(number)
    for _ in range(25):
        container = runtime.container(bundle)
        create = runtime.popen("create", "-b", str(bundle.path), container.id)
        time.sleep(random.uniform(0, 0.06))
        create.signal(number)
        if create.wait().code == 0:
            container.delete("--force").ok()
        traces.expect_none()


@pytest.mark.parametrize("verb", ["create", "start", "delete"])
def test_killed_commands(runtime: Runtime, bundle: Bundle, traces: Traces, verb: str) -> None:
    """SIGKILL at any moment of a command leaves nothing that `delete --force` does not remove."""
    bundle.write()
    random.seed(verb)
    for _ in range(25):
        container = runtime.container(bundle)
        if verb != "create":
            container.created()
        words = ("-b", str(bundle.path)) if verb == "create" else ()
        command = runtime.popen(verb, *words, container.id)
        time.sleep(random.uniform(0, 0.06 if verb == "create" else 0.03))
        command.signal(signal.SIGKILL)
        command.wait()
        container.delete("--force").ok()
        traces.expect_none()


def test_started_once(container: Container) -> None:
    """Of several that start the same container one succeeds."""
    container.created()
    racers = [container.runtime.popen("start", container.id) for _ in range(5)]
    assert sorted(racer.wait().code for racer in racers) == [0, 1, 1, 1, 1]
