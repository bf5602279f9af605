"""Where containers are made.  It leaves nothing behind: no container, cgroup or directory, whatever happens."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from benchmark import bundle, machine
from benchmark.process import Failure, Finished, Launcher, become_subreaper, reap_strays
from benchmark.runtimes import Runtime, version

_ENDS_WITHIN = 10.0


def _nothing(runtime: Runtime) -> None:
    pass


class Laboratory:
    """Directories, a launcher, and the runtimes that work here.  Use it with `with`."""

    def __init__(self) -> None:
        self.launcher = Launcher()
        self.busybox = bundle.find_busybox()
        self.prefix = f"ocirt-bench-{os.getpid()}"
        self._count = 0
        self._hidden: int | None = None
        self.runtimes: list[Runtime] = []
        # State belongs on a tmpfs, as in ordinary use; a root file system may not: /run is often mounted noexec.
        self.directory = tempfile.mkdtemp(prefix=f"{self.prefix}-")
        self.roots = tempfile.mkdtemp(prefix=f"{self.prefix}-", dir="/run" if os.access("/run", os.W_OK) else None)
        become_subreaper()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self.launcher.unstoppable():
            for runtime in self.runtimes:
                for container in list(runtime.live):
                    self.discard(runtime, container)
            reap_strays()
            self.launcher.go_home()
            self._remove_cgroups()
            shutil.rmtree(self.roots, ignore_errors=True)
            shutil.rmtree(self.directory, ignore_errors=True)

    def _remove_cgroups(self) -> None:
        # Only what a runtime left: IDs carry our prefix, and a cgroup is named after the ID.
        for path, directories, _ in os.walk("/sys/fs/cgroup", topdown=False):
            for name in directories:
                if self.prefix in name:
                    try:
                        os.rmdir(os.path.join(path, name))
                    except OSError:
                        pass

    # ---- runtimes ---------------------------------------------------------------------------------------------------

    def add(self, name: str, path: str, config: bundle.Config) -> Runtime:
        """Try a runtime, with concessions when it fails without; raises Failure with its own last words."""
        runtime = Runtime(name, path, version(path), f"{self.roots}/{name}", f"{self.directory}/{name}", config)
        os.makedirs(runtime.root, mode=0o711)
        self.runtimes.append(runtime)
        first: Failure | None = None
        concessions: list[Callable[[Runtime], None]] = [_nothing, self._hide_unified, self._leave_out_cgroups]
        for concede in concessions:
            try:
                concede(runtime)
                for program in bundle.PROGRAMS:
                    bundle.write(f"{runtime.bundles}/{program}", runtime.config, program)
                self.do(runtime, "run", "--bundle", f"{runtime.bundles}/true", self.new_id(runtime))
                runtime.live.clear()
                return runtime
            except Failure as failure:
                self.discard_all(runtime)
                first = first or failure
        self.runtimes.remove(runtime)
        raise first or Failure(f"{name} does not work here")

    def _hide_unified(self, runtime: Runtime) -> None:
        if machine.cgroup_layout() != "hybrid":
            raise Failure("nothing to hide")
        if self._hidden is None:
            try:
                self._hidden = machine.namespace_without_unified()
            except OSError as problem:
                raise Failure(str(problem)) from problem
        runtime.namespace = self._hidden
        runtime.concessions.append(f"sees no {machine.UNIFIED}")

    def _leave_out_cgroups(self, runtime: Runtime) -> None:
        runtime.config = bundle.without_cgroups(runtime.config)
        runtime.concessions.append("gets no linux.resources and no cgroup mount")

    # ---- containers -------------------------------------------------------------------------------------------------

    def new_id(self, runtime: Runtime) -> str:
        """An ID that is new, and is deleted in the end unless it is taken out of `runtime.live`."""
        self._count += 1
        container = f"{self.prefix}-{runtime.name}-{self._count}"
        runtime.live.add(container)
        return container

    def do(self, runtime: Runtime, *arguments: str) -> float:
        """Run a command of a runtime: its seconds.  Raises Failure with what it said."""
        finished = self.launcher.run(runtime.command(*arguments), runtime.namespace)
        self.expect_success(runtime, finished, arguments[0])
        return finished.seconds

    def expect_success(self, runtime: Runtime, finished: Finished, verb: str) -> None:
        """Raise Failure unless the command succeeded."""
        if finished.code:
            how = f"exit code {finished.code}" if finished.code > 0 else f"killed by signal {-finished.code}"
            raise Failure(f"{runtime.name} {verb}: {how}: {self.launcher.said() or 'it said nothing'}")

    def init_of(self, runtime: Runtime) -> int:
        """The PID in the file that `create --pid-file` wrote."""
        try:
            with open(self.pid_file(runtime), encoding="utf-8") as file:
                return int(file.read())
        except (OSError, ValueError) as problem:
            raise Failure(f"{runtime.name}: no PID in its pid file: {problem}") from problem

    def pid_file(self, runtime: Runtime) -> str:
        """Where `create` is told to write the PID."""
        return f"{runtime.bundles}/pid"

    def wait(self, pid: int) -> None:
        """Wait for the end of a container's init."""
        reap_strays(_ENDS_WITHIN, pid)

    def discard(self, runtime: Runtime, container: str) -> None:
        """Delete a container, whatever state it is in, if it is there at all."""
        delete = runtime.command("delete", "--force", container)
        finished = self.launcher.run(delete, runtime.namespace)
        if finished.code and os.path.isdir(f"{runtime.root}/{container}"):
            # A process that was killed may not yet be gone.
            time.sleep(0.2)
            reap_strays()
            self.launcher.run(delete, runtime.namespace)
        runtime.live.discard(container)

    def discard_all(self, runtime: Runtime) -> None:
        """Delete what a failed measurement left."""
        with self.launcher.unstoppable():
            for container in list(runtime.live):
                self.discard(runtime, container)
            reap_strays()
