"""What is done with a runtime in a round, and what that yields: values in seconds, kB, KiB or plain numbers."""

import os
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmark import bundle
from benchmark.laboratory import Laboratory
from benchmark.library import Worker
from benchmark.process import Failure, reap_strays
from benchmark.runtimes import PYTHON, SUBJECT, Runtime

Values = dict[str, float]

LIMIT_STEP = 64 << 10
_LARGEST_LIMIT = 64 << 20
_TRY_TIMEOUT = 10.0
_STRACE_TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    rounds: int = 30
    warm_up: int = 3
    # The long ones: how often at most.
    rows: int = 3
    memory_rounds: int = 5
    # Runs in a row, and runs that have to succeed under a memory limit.
    row: int = 100
    tries: int = 5


QUICK = Plan(rounds=5, warm_up=1, rows=1, memory_rounds=2, row=20, tries=2)


@dataclass(frozen=True, slots=True)
class Workload:
    """One round of it: `run(runtime)`.  With `limit`, only the first so many rounds have it, and none to warm up."""

    name: str
    run: Callable[[Runtime], Values]
    limit: int | None = None
    # Names of the only runtimes that it is for; empty: all of them.
    only: tuple[str, ...] = ()


def _create(lab: Laboratory, runtime: Runtime, program: str) -> tuple[str, float, int]:
    """(ID, seconds, PID of the waiting init)."""
    container = lab.new_id(runtime)
    options = ("--bundle", f"{runtime.bundles}/{program}", "--pid-file", lab.pid_file(runtime))
    seconds = lab.do(runtime, "create", *options, container)
    return container, seconds, lab.init_of(runtime)


def verbs(lab: Laboratory, runtime: Runtime) -> Values:
    """Every verb once, on a container that sleeps."""
    container, create, init = _create(lab, runtime, "sleep")
    values = {
        "create": create,
        "start": lab.do(runtime, "start", container),
        "state": lab.do(runtime, "state", container),
        "list": lab.do(runtime, "list"),
        "kill": lab.do(runtime, "kill", container, "KILL"),
    }
    lab.wait(init)
    values["delete"] = lab.do(runtime, "delete", container)
    runtime.live.discard(container)
    return values


def cycle(lab: Laboratory, runtime: Runtime) -> Values:
    """Create, start and delete around a program that ends at once.

    Its end is waited for, off the clock: a runtime that finds the process alive polls until it is gone.
    """
    container, create, init = _create(lab, runtime, "true")
    start = lab.do(runtime, "start", container)
    lab.wait(init)
    delete = lab.do(runtime, "delete", container)
    runtime.live.discard(container)
    return {"cycle": create + start + delete}


def _run(lab: Laboratory, runtime: Runtime) -> float:
    container = lab.new_id(runtime)
    seconds = lab.do(runtime, "run", "--bundle", f"{runtime.bundles}/true", container)
    runtime.live.discard(container)
    return seconds


def run(lab: Laboratory, runtime: Runtime) -> Values:
    """`run` of a program that ends at once."""
    return {"run": _run(lab, runtime)}


def library(lab: Laboratory, runtime: Runtime, worker: Worker) -> Values:
    """The library's cycle."""
    container = lab.new_id(runtime)
    seconds = worker.cycle(container)
    runtime.live.discard(container)
    return {"library": seconds}


def row(lab: Laboratory, runtime: Runtime, count: int) -> Values:
    """Many runs, one after the other."""
    began = time.monotonic()
    for _ in range(count):
        _run(lab, runtime)
    return {"row": time.monotonic() - began}


def memory(lab: Laboratory, runtime: Runtime) -> Values:
    """The peak memory of `create`, and what the init that waits then holds."""
    container = lab.new_id(runtime)
    options = ("--bundle", f"{runtime.bundles}/sleep", "--pid-file", lab.pid_file(runtime))
    command = runtime.command("create", *options, container)
    finished = lab.launcher.peak(lab.busybox, command, runtime.namespace)
    lab.expect_success(runtime, finished, "create")
    resident = _resident(lab.init_of(runtime))
    lab.discard(runtime, container)
    reap_strays()
    return {"create-memory": float(finished.peak), "init-memory": resident}


def _resident(pid: int) -> float:
    """Resident memory of a process in kB, exactly: VmRSS of `status` may lag behind by some pages per processor."""
    for file, key in ((f"/proc/{pid}/smaps_rollup", "Rss:"), (f"/proc/{pid}/status", "VmRSS:")):
        try:
            with open(file, encoding="utf-8", errors="replace") as lines:
                return next(float(line.split()[1]) for line in lines if line.startswith(key))
        except (OSError, StopIteration):
            continue
    raise Failure(f"the memory of process {pid} cannot be read: has it ended?")


def least_memory(lab: Laboratory, runtime: Runtime, tries: int) -> Values:
    """The least memory limit (KiB) under which the program runs, `tries` times out of `tries`."""

    def works(steps: int) -> bool:
        directory = bundle.write(f"{runtime.bundles}/limited", runtime.config, "true", steps * LIMIT_STEP)
        return all(_runs(lab, runtime, directory) for _ in range(tries))

    works_with = (1 << 20) // LIMIT_STEP
    fails_with = 0
    while not works(works_with):
        fails_with, works_with = works_with, works_with * 2
        if works_with * LIMIT_STEP > _LARGEST_LIMIT:
            raise Failure(f"{runtime.name} run: fails under any memory limit: {lab.launcher.said()}")
    while works_with - fails_with > 1:
        middle = (works_with + fails_with) // 2
        if works(middle):
            works_with = middle
        else:
            fails_with = middle
    return {"least-memory": works_with * LIMIT_STEP / 1024}


def _runs(lab: Laboratory, runtime: Runtime, directory: str) -> bool:
    container = lab.new_id(runtime)
    command = runtime.command("run", "--bundle", directory, container)
    finished = lab.launcher.run(command, runtime.namespace, _TRY_TIMEOUT)
    if finished.code:
        lab.discard(runtime, container)
        reap_strays()
    runtime.live.discard(container)
    return finished.code == 0


def syscalls(lab: Laboratory, runtime: Runtime, strace: str) -> Values:
    """The system calls of `run`, those of the container's program included."""
    container = lab.new_id(runtime)
    counts = f"{lab.directory}/strace"
    command = runtime.command("run", "--bundle", f"{runtime.bundles}/true", container)
    traced = [strace, "-f", "-qq", "-c", "-U", "calls,name", "-o", counts, *command]
    lab.expect_success(runtime, lab.launcher.run(traced, runtime.namespace, _STRACE_TIMEOUT), "run (traced)")
    runtime.live.discard(container)
    with open(counts, encoding="utf-8") as file:
        total = re.search(r"^\s*(\d+)\s+total\s*$", file.read(), re.MULTILINE)
    if not total:
        raise Failure("strace printed no total")
    return {"syscalls": float(total[1])}


def bare(lab: Laboratory, python: Runtime) -> Values:
    """The interpreter alone: what no verb of ocirt can be faster than."""
    finished = lab.launcher.run([python.path, "-I", "-S", "-c", "pass"])
    lab.expect_success(python, finished, "-c pass")
    return {"bare": finished.seconds}


def bare_memory(lab: Laboratory, python: Runtime) -> Values:
    """The interpreter's own peak."""
    finished = lab.launcher.peak(lab.busybox, [python.path, "-I", "-S", "-c", "pass"])
    return {"create-memory": float(finished.peak)}


def all_of_them(lab: Laboratory, plan: Plan, worker: Worker) -> dict[str, Workload]:
    """The workloads by name."""
    strace = shutil.which("strace")
    found = [
        Workload("bare", lambda python: bare(lab, python), only=(PYTHON,)),
        Workload("verbs", lambda runtime: verbs(lab, runtime)),
        Workload("cycle", lambda runtime: cycle(lab, runtime)),
        Workload("run", lambda runtime: run(lab, runtime)),
        Workload("library", lambda runtime: library(lab, runtime, worker), only=(SUBJECT,)),
        Workload("row", lambda runtime: row(lab, runtime, plan.row), limit=plan.rows),
        Workload("memory", lambda runtime: memory(lab, runtime), limit=plan.memory_rounds),
        Workload("bare-memory", lambda python: bare_memory(lab, python), limit=plan.memory_rounds, only=(PYTHON,)),
        Workload("least-memory", lambda runtime: least_memory(lab, runtime, plan.tries), limit=1),
    ]
    if strace and os.geteuid() == 0:
        found.append(Workload("syscalls", lambda runtime: syscalls(lab, runtime, strace), limit=1))
    return {workload.name: workload for workload in found}
