"""`hooks`: programs run at fixed points of a container's life (config.md#posix-platform-hooks, runtime.md#lifecycle).

A hook gets the container's state on its standard input.  Input and output are files in memory instead of pipes: a
hook that reads or writes nothing, or leaves a daemon behind, cannot block the runtime.
"""

import posix

from ocirt.errors import Error, SpecError
from ocirt.kernel.call import c_string
from ocirt.kernel.pidfd import wait_readable
from ocirt.spec.jsontext import dumps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ocirt.spec.types import Hook, Spec

KINDS = ("prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop")
_SHOWN_OUTPUT = 4096


def check(spec: "Spec") -> None:
    """Absolute paths; timeouts above zero."""
    for kind in KINDS:
        for at, hook in enumerate(listed(spec, kind)):
            where = f"hooks.{kind}[{at}]"
            if not hook["path"].startswith("/"):
                raise SpecError(f"{where}.path", f'want an absolute path, got "{hook["path"]}"')
            if hook.get("timeout", 1) <= 0:
                raise SpecError(f"{where}.timeout", f"want more than 0 seconds, got {hook['timeout']}")


def listed(spec: "Spec", kind: str) -> "list[Hook]":
    """The hooks of one kind; an empty list when there are none."""
    return spec.get("hooks", {}).get(kind, [])  # type: ignore[return-value]


def in_runtime(spec: "Spec") -> bool:
    """Whether there are hooks that run in the runtime's namespaces while init waits."""
    return bool(listed(spec, "prestart") or listed(spec, "createRuntime"))


def run(
    hooks: "list[Hook]", kind: str, state: "dict[str, Any]", cwd: str, environment: "dict[bytes, bytes] | None" = None
) -> None:
    """Run `hooks` in their order in the directory `cwd` with `state` on stdin; the first failure raises Error.

    A hook without `env` gets `environment`; None stands for the runtime's own.
    """
    for at, hook in enumerate(hooks):
        try:
            _run_one(hook, state, cwd, environment)
        except Error as error:
            raise error.within(f"error running {kind} hook #{at}") from None


def _run_one(hook: "Hook", state: "dict[str, Any]", cwd: str, environment: "dict[bytes, bytes] | None") -> None:
    stdin, stdout, stderr = (posix.memfd_create(name) for name in ("stdin", "stdout", "stderr"))
    try:
        posix.write(stdin, dumps(state).encode("utf-8", "surrogateescape"))
        posix.lseek(stdin, 0, 0)
        pid = _spawn(hook, cwd, environment, (stdin, stdout, stderr))
        failure = _wait(pid, hook.get("timeout"))
        if failure:
            raise Error(f"{failure}, stdout: {_text(stdout)}, stderr: {_text(stderr)}")
    finally:
        for fd in (stdin, stdout, stderr):
            posix.close(fd)


def _spawn(hook: "Hook", cwd: str, environment: "dict[bytes, bytes] | None", stdio: "tuple[int, ...]") -> int:
    from _signal import SIGINT, SIGPIPE, SIGTERM

    env: dict[bytes, bytes] = dict(posix.environ) if environment is None else environment
    if "env" in hook:
        env = dict(c_string(variable).partition(b"=")[::2] for variable in hook["env"])
    here = posix.open(".", posix.O_PATH | posix.O_DIRECTORY | posix.O_CLOEXEC)
    try:
        posix.chdir(cwd)
        return posix.posix_spawn(
            hook["path"],
            hook.get("args") or [hook["path"]],
            env,
            file_actions=[(posix.POSIX_SPAWN_DUP2, fd, number) for number, fd in enumerate(stdio)],
            setsigmask=[],
            setsigdef=[SIGPIPE, SIGINT, SIGTERM],
        )
    except OSError as error:
        raise Error(f"exec {hook['path']}: {(error.strerror or '').lower()}") from None
    finally:
        posix.fchdir(here)
        posix.close(here)


def _wait(pid: int, timeout: "int | None") -> str:
    """What went wrong with the hook; empty when it ended well."""
    pidfd = posix.pidfd_open(pid)
    try:
        in_time = wait_readable(pidfd, None if timeout is None else timeout)
    finally:
        posix.close(pidfd)
    if not in_time:
        posix.kill(pid, 9)
        posix.waitpid(pid, 0)
        return f"hook ran past specified timeout of {float(timeout or 0)}s"
    status = posix.waitpid(pid, 0)[1]
    code = posix.waitstatus_to_exitcode(status)
    if code == 0:
        return ""
    return f"exit status {code}" if code > 0 else f"signal: {-code}"


def _text(fd: int) -> str:
    return posix.pread(fd, _SHOWN_OUTPUT, 0).decode("utf-8", "replace").strip()


def features() -> "dict[str, object]":
    """What this property adds to `ocirt features`."""
    return {"hooks": list(KINDS)}
