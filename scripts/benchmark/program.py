"""The program: options, and the order of it all."""

import argparse
import contextlib
import gc
import json
import os
import random
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from benchmark import bundle, machine, runtimes, workloads
from benchmark.figures import VERBS, figures
from benchmark.laboratory import Laboratory
from benchmark.library import Worker
from benchmark.process import Failure, Interrupted
from benchmark.report import Report, as_json, as_text
from benchmark.runtimes import PYTHON, SUBJECT, Runtime
from benchmark.workloads import QUICK, Plan, Workload

# After so many failures a workload is given up for a runtime.
_PATIENCE = 3
# Load per core.
_BUSY = 0.5
_DESCRIPTION = """\
Measures ocirt, runc and crun on the same bundle (a static busybox, the configuration of "ocirt spec"), all of them in
every round and in random order, and prints medians, ratios and whether targets are met.  A full run takes about two
minutes; it needs root, and leaves nothing behind.
"""
_EPILOG = """\
figures: {names}
         verbs stands for {verbs}

  scripts/bench                              everything
  scripts/bench --quick --only verbs         a first impression
  scripts/bench --runtime old=/tmp/venv/bin/ocirt --only run --rounds 100
                                             two versions of ocirt side by side
"""


@dataclass
class Options:
    """The command line."""

    plan: Plan
    only: list[str]
    runtimes: dict[str, str]
    json: str | None


def _options(arguments: Sequence[str] | None) -> Options:
    names = list(figures(0))
    parser = argparse.ArgumentParser(
        prog="bench",
        description=_DESCRIPTION,
        epilog=_EPILOG.format(names=" ".join(names), verbs=" ".join(VERBS)),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, metavar="N", help=f"rounds to measure ({Plan().rounds})")
    parser.add_argument("--quick", action="store_true", help="few rounds and short rows: figures are rough")
    parser.add_argument("--only", action="append", metavar="NAME", help="measure only this figure; again for more")
    parser.add_argument(
        "--runtime", action="append", metavar="NAME=PATH", default=[], help="measure this program; NAME= leaves it out"
    )
    parser.add_argument("--json", metavar="FILE", help="write all values there; - is stdout, the table goes to stderr")
    given = parser.parse_args(arguments)
    for text in given.runtime:
        if not text.partition("=")[0].isidentifier() or "=" not in text:
            parser.error(f"argument --runtime: want NAME=PATH, got {text!r}")
    only: list[str] = []
    for name in given.only or names:
        if name not in (*names, "verbs"):
            parser.error(f"argument --only: no figure {name!r}; there are: verbs {' '.join(names)}")
        only += VERBS if name == "verbs" else (name,)
    plan = QUICK if given.quick else Plan()
    if given.rounds is not None:
        if given.rounds < 1:
            parser.error("argument --rounds: want at least 1")
        plan = replace(plan, rounds=given.rounds)
    json_path = given.json if given.json in (None, "-") else os.path.abspath(given.json)
    return Options(plan, only, dict(text.split("=", 1) for text in given.runtime), json_path)


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 1 when ocirt could not be measured, 128 + N after signal N."""
    options = _options(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        if os.geteuid() != 0:
            raise Failure("needs root")
        return _bench(options)
    except (Failure, LookupError) as problem:
        print(f"bench: {problem}", file=sys.stderr)
        return 1
    except Interrupted as signaled:
        print(f"bench: {signaled}: cleaned up", file=sys.stderr)
        return 128 + int(signal.Signals[str(signaled)])


def _bench(options: Options) -> int:
    paths, notes = runtimes.find(options.runtimes)
    if SUBJECT not in paths:
        raise Failure("no ocirt beside the interpreter or in $PATH: name one with --runtime ocirt=PATH")
    python = machine.real_python(runtimes.python_of(paths[SUBJECT]) or sys.executable)
    shown = [figure for name, figure in figures(options.plan.row).items() if name in options.only]
    with Laboratory() as lab:
        report = Report(machine.facts(python), lab.runtimes, shown, options.plan.rounds, options.plan.warm_up)
        report.notes = notes
        config = bundle.default_config(paths[SUBJECT], lab.directory, f"{lab.directory}/rootfs")
        bundle.make_rootfs(f"{lab.directory}/rootfs", lab.busybox)
        for name, path in paths.items():
            try:
                lab.add(name, path, config)
            except Failure as failure:
                if name == SUBJECT:
                    raise
                notes.append(f"{name} is left out: {failure}")
        with _worker(lab, paths[SUBJECT]) as worker:
            failed = _measure(lab, report, options.plan, worker, python)
        report.load_at_end = machine.load()
        if float(report.facts["load"]) > _BUSY * int(report.facts["cores"]):
            notes.append("the machine was busy when this began: figures are noisy")
        # A list of its own: the laboratory's goes with it.
        report.runtimes = list(lab.runtimes)
    _print(report, options.json)
    return 1 if SUBJECT in failed else 0


@contextlib.contextmanager
def _worker(lab: Laboratory, ocirt: str) -> Iterator[Worker]:
    subject = next(runtime for runtime in lab.runtimes if runtime.name == SUBJECT)
    python = runtimes.python_of(ocirt) or sys.executable
    worker = Worker(python, subject.root, f"{subject.bundles}/true", lab.launcher.errors)
    try:
        yield worker
    finally:
        worker.close()


# ---- the rounds -----------------------------------------------------------------------------------------------------

Task = tuple[Workload, Runtime]


def _measure(lab: Laboratory, report: Report, plan: Plan, worker: Worker, python: str) -> set[str]:
    """Run the rounds: the names of runtimes with failures."""
    tasks = _tasks(lab, report, plan, worker, python)
    failures: dict[tuple[str, str], list[str]] = {}
    gc.disable()
    for number in range(-plan.warm_up, plan.rounds):
        now = [task for task in tasks if task[0].limit is None or 0 <= number < task[0].limit]
        random.shuffle(now)
        for workload, runtime in now:
            _progress(f"round {number + 1} of {plan.rounds}: {runtime.name} {workload.name}")
            failed = failures.setdefault((workload.name, runtime.name), [])
            if len(failed) >= _PATIENCE:
                continue
            try:
                values = workload.run(runtime)
            except Failure as failure:
                failed.append(str(failure))
                lab.discard_all(runtime)
                continue
            for figure, value in values.items() if number >= 0 else ():
                report.samples.setdefault(figure, {}).setdefault(runtime.name, []).append(value)
    gc.enable()
    _progress("")
    for (name, runtime_name), failed in failures.items():
        if failed:
            times = f"{len(failed)} times" if len(failed) > 1 else "once"
            report.notes.append(f"{runtime_name} failed {times} at {name}: {failed[0]}")
    return {runtime_name for (_, runtime_name), failed in failures.items() if failed}


def _tasks(lab: Laboratory, report: Report, plan: Plan, worker: Worker, python: str) -> list[Task]:
    """What the figures need, for whom; a line in the report about what cannot be had."""
    wanted = {workload for figure in report.figures for workload in figure.workloads}
    available = workloads.all_of_them(lab, plan, worker)
    for name in sorted(wanted - set(available)):
        report.notes.append(f"{name} is left out: needs strace")
    bare = Runtime(PYTHON, python, "", "", "", {})
    return [
        (workload, runtime)
        for workload in available.values()
        if workload.name in wanted
        for runtime in [*lab.runtimes, bare]
        if (runtime.name in workload.only if workload.only else runtime is not bare)
    ]


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text[:100]}", end="", file=sys.stderr, flush=True)


def _print(report: Report, path: str | None) -> None:
    print(as_text(report), file=sys.stderr if path == "-" else sys.stdout)
    if path is None:
        return
    text = json.dumps(as_json(report), indent=2) + "\n"
    if path == "-":
        sys.stdout.write(text)
        return
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as problem:
        raise Failure(f"--json: {problem}") from problem
