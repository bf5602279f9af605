"""The runtime under test as a command: which one it is, how it is called, and what came of a call.

RUNTIME=ocirt (the default: the one beside the interpreter that runs the tests), runc or crun.
"""

import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from support.bundle import Bundle
from support.words import said_by

NAME = os.environ.get("RUNTIME") or "ocirt"
PATIENCE = 30.0
# crun 1.8 refuses a host where cgroup v1 and v2 are both mounted; a private mount namespace hides v2 from it.
_CRUN = ["unshare", "-m", "sh", "-c", 'umount /sys/fs/cgroup/unified 2>/dev/null; exec crun "$@"', "crun"]
_LOGGED = re.compile(r'^time="[^"]*" level=(?P<level>\w+) msg=(?P<message>"(?:[^"\\]|\\.)*"|\S+)$')


def command() -> list[str]:
    """How the runtime is called, without arguments; raises LookupError where it is not installed."""
    if NAME == "ocirt":
        program = Path(sys.executable).with_name("ocirt")
        if not program.exists():
            raise LookupError(f"needs ocirt installed beside {sys.executable}")
        return [str(program)]
    if NAME not in ("runc", "crun"):
        raise LookupError(f"RUNTIME={NAME}: want ocirt, runc or crun")
    path = shutil.which(NAME, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if path is None:
        raise LookupError(f"needs {NAME}: not found in $PATH")
    return _CRUN if NAME == "crun" else [path]


@dataclass
class Result:
    """What came of a command; a container that was left behind may still write to the files."""

    arguments: tuple[str, ...]
    code: int
    folder: Path

    @property
    def stdout(self) -> str:
        """Standard output so far, of the runtime and of the container that inherited it."""
        return (self.folder / "stdout").read_text(errors="surrogateescape")

    @property
    def stderr(self) -> str:
        """Standard error so far."""
        return (self.folder / "stderr").read_text(errors="surrogateescape")

    @property
    def error(self) -> str:
        """The message of the last line on standard error, taken out of the log's format."""
        lines = self.stderr.splitlines()
        return message_of(lines[-1]) if lines else ""

    def ok(self) -> Self:
        """Succeeded, and had nothing to complain about."""
        assert self.code == 0, f"{' '.join(self.arguments)}: exit code {self.code}\n{self.stdout}{self.stderr}"
        return self

    def refused(self, words: str, code: int = 1) -> Self:
        """Failed with `code` and an error that ends with `words`, in this runtime's way of saying it."""
        shown = f"{' '.join(self.arguments)}: exit code {self.code}\n{self.stdout}{self.stderr}"
        assert self.code == code, f"want exit code {code}\n{shown}"
        expected = said_by(NAME, words)
        assert expected.search(self.error), f"want an error that matches {expected.pattern!r}\n{shown}"
        return self

    def explained(self, words: str) -> Self:
        """Failed, and ocirt's error has `words` in it; in what way other runtimes put it is theirs to choose."""
        shown = f"{' '.join(self.arguments)}: exit code {self.code}\n{self.stdout}{self.stderr}"
        assert self.code != 0, f"want a failure\n{shown}"
        if NAME == "ocirt":
            assert self.code == 1, f"want exit code 1\n{shown}"
            assert words.lower() in self.error.lower(), f"want {words!r} in the error\n{shown}"
            assert self.stderr.count("\n") == 1, f"want one line\n{shown}"
        return self


def message_of(line: str) -> str:
    """The message in a line of the log's text format; another line as it is."""
    found = _LOGGED.match(line)
    if not found:
        return line
    message = found["message"]
    return str(json.loads(message)) if message.startswith('"') else message


class Runtime:
    """The runtime with a root directory and containers of a test's own."""

    def __init__(self, folder: Path, marker: str) -> None:
        """`marker` is part of every ID and in the environment of the runtime's process."""
        self.command = command()
        self.folder = folder
        self.marker = marker
        self.root = folder / "root"
        self._numbers = itertools.count()

    def popen(
        self,
        *arguments: str,
        root: Path | None = None,
        cwd: Path | None = None,
        env: dict[str, str] | None = None,
        stdin: int | None = subprocess.DEVNULL,
        pass_fds: tuple[int, ...] = (),
    ) -> "Running":
        """Begin a command."""
        number = next(self._numbers)
        folder = self.folder / f"call{number}"
        folder.mkdir(parents=True)
        with open(folder / "stdout", "wb") as out, open(folder / "stderr", "wb") as err:
            process = subprocess.Popen(
                [*self.command, "--root", str(root or self.root), *arguments],
                stdin=stdin,
                stdout=out,
                stderr=err,
                cwd=cwd or self.folder,
                env={**os.environ, "MARKER": self.marker, **(env or {})},
                pass_fds=pass_fds,
            )
        return Running(process, arguments, folder)

    def call(
        self,
        *arguments: str,
        root: Path | None = None,
        cwd: Path | None = None,
        env: dict[str, str] | None = None,
        stdin: int | None = subprocess.DEVNULL,
        pass_fds: tuple[int, ...] = (),
    ) -> Result:
        """Do a command."""
        return self.popen(*arguments, root=root, cwd=cwd, env=env, stdin=stdin, pass_fds=pass_fds).wait()

    def new_id(self) -> str:
        """An ID that no other test has."""
        return f"{self.marker}-{next(self._numbers)}"

    def container(self, bundle: Bundle, name: str = "") -> "Container":
        """A container to be created of the bundle, with an ID of its own."""
        return Container(self, bundle, name or self.new_id())

    def output(self, bundle: Bundle, script: str) -> str:
        """Run a shell script in a container in the foreground; what it printed."""
        return self.container(bundle.script(script)).run().ok().stdout

    def ids(self) -> list[str]:
        """The containers that the root directory knows of."""
        return sorted(os.listdir(self.root)) if self.root.exists() else []


class Running:
    """A command that has not ended."""

    def __init__(self, process: "subprocess.Popen[bytes]", arguments: tuple[str, ...], folder: Path) -> None:
        self.process = process
        self.result = Result(arguments, -1, folder)

    def wait(self) -> Result:
        """Its result; a command that never ends fails the test."""
        try:
            self.result.code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"{' '.join(self.result.arguments)}: not done after {PATIENCE:.0f} s") from None
        return self.result

    def signal(self, number: int) -> None:
        """Send a signal to the runtime."""
        self.process.send_signal(number)


class Container:
    """One container, by the commands."""

    def __init__(self, runtime: Runtime, bundle: Bundle, name: str) -> None:
        self.runtime = runtime
        self.bundle = bundle
        self.id = name
        self.made: Result | None = None

    def _with_bundle(self, *arguments: str, **more: Any) -> Result:
        self.bundle.write()
        self.made = self.runtime.call(*arguments, "--bundle", str(self.bundle.path), self.id, **more)
        return self.made

    def create(self, *flags: str, **more: Any) -> Result:
        """`create`, with the configuration as it is now."""
        return self._with_bundle("create", *flags, **more)

    def run(self, *flags: str, **more: Any) -> Result:
        """`run`, with the configuration as it is now."""
        return self._with_bundle("run", *flags, **more)

    def created(self, *flags: str, **more: Any) -> Self:
        """Create it, successfully."""
        self.create(*flags, **more).ok()
        return self

    def running(self) -> Self:
        """Create and start it, successfully."""
        self.created()
        self.start().ok()
        return self

    def stopped(self) -> Self:
        """Bring it as far as having stopped."""
        self.running()
        self.kill("KILL").ok()
        return self.until("stopped")

    def start(self) -> Result:
        """`start`."""
        return self.runtime.call("start", self.id)

    def kill(self, *arguments: str) -> Result:
        """`kill`, with the signal."""
        return self.runtime.call("kill", self.id, *arguments)

    def delete(self, *flags: str) -> Result:
        """`delete`."""
        return self.runtime.call("delete", *flags, self.id)

    def query(self) -> Result:
        """`state`."""
        return self.runtime.call("state", self.id)

    def state(self) -> dict[str, Any]:
        """What `state` prints."""
        found: dict[str, Any] = json.loads(self.query().ok().stdout)
        return found

    @property
    def status(self) -> str:
        """The status now."""
        return str(self.state()["status"])

    @property
    def pid(self) -> int:
        """Init's PID on the host."""
        return int(self.state()["pid"])

    @property
    def output(self) -> str:
        """What the container and its runtime wrote to standard output so far."""
        assert self.made is not None
        return self.made.stdout

    def until(self, status: str) -> Self:
        """Wait for a status."""
        wait_for(lambda: self.status == status, f"{self.id} to be {status}")
        return self

    def prints(self, text: str) -> Self:
        """Wait until the container has printed `text`."""
        wait_for(lambda: text in self.output, f"{self.id} to print {text!r}")
        return self


def wait_for(condition: Any, what: str, seconds: float = 10) -> None:
    """Wait until `condition()` holds; fails the test after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.005)


def alive(pid: int) -> bool:
    """Whether the process is there and not a zombie: PID 1 of a machine may be slow to reap."""
    fields = _stat(pid)
    return bool(fields) and fields[0] not in "ZX"


def start_time(pid: int) -> int:
    """When the process started, in ticks since boot; together with the PID it names one process for ever."""
    return int(_stat(pid)[19])


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the name; none for a process that is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="surrogateescape") as stat:
            return stat.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def kill_hard(pid: int) -> None:
    """SIGKILL, if it is still there."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
