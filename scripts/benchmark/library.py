"""The library's cycle: create, start, wait and delete in one process that lives on, as an engine in Python would."""

import os
import select
import subprocess

from benchmark.process import TIMEOUT, Failure

_ENDS_WITHIN = 5.0

# Runs with the interpreter that ocirt is installed for: one cycle, and its nanoseconds, for each line with an ID.
_PROGRAM = """
import gc, os, sys, time
from ocirt import Container
root, bundle = sys.argv[1:]
orders, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
null = os.open("/dev/null", os.O_RDWR)
os.dup2(null, 0)
os.dup2(null, 1)
print("ready", file=answers, flush=True)
for order in orders:
    name = order.strip()
    gc.collect()
    began = time.monotonic_ns()
    container = Container.create(root, name, bundle)
    container.start()
    code = container.wait()
    container.delete()
    ended = time.monotonic_ns()
    if code:
        sys.exit(f"the container's exit code was {code}")
    print(ended - began, file=answers, flush=True)
"""


class Worker:
    """The process that imports ocirt; begun when it is first needed, and anew after a failure."""

    def __init__(self, python: str, root: str, bundle: str, errors: int) -> None:
        """`errors` is the descriptor for its error messages."""
        self._command = [python, "-I", "-c", _PROGRAM, root, bundle]
        self._errors = errors
        self._process: subprocess.Popen[str] | None = None

    def cycle(self, container: str) -> float:
        """One cycle: its seconds.  After a Failure the container may be there."""
        try:
            return int(self._ask(container)) / 1e9
        except (Failure, OSError) as problem:
            self.close()
            raise Failure(f"{problem}: {self._said()}") from problem

    def _ask(self, container: str) -> str:
        if self._process is None:
            os.ftruncate(self._errors, 0)
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                text=True,
                process_group=0,
            )
            self._answer()
        print(container, file=self._process.stdin, flush=True)
        return self._answer()

    def _answer(self) -> str:
        assert self._process and self._process.stdout
        ready, _, _ = select.select([self._process.stdout], [], [], TIMEOUT)
        answer = self._process.stdout.readline() if ready else ""
        if not answer:
            raise Failure("the library's process " + ("ended" if ready else f"gave no answer in {TIMEOUT:.0f} s"))
        return answer

    def _said(self) -> str:
        lines = os.pread(self._errors, 1 << 16, 0).decode("utf-8", "replace").strip().split("\n")
        return lines[-1].strip() or "it said nothing"

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin and process.stdout
        try:
            process.stdin.close()
        except OSError:
            pass
        try:
            process.wait(timeout=_ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
