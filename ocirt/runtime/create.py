"""create: from a bundle to a container whose init waits for `start` (runtime.md#create)."""

import posix
from time import gmtime, time_ns

from ocirt.cgroup import manager
from ocirt.creation import Creation
from ocirt.errors import Error, KernelError
from ocirt.init import image
from ocirt.kernel import pidfd
from ocirt.kernel.exec import close_on_exec_from
from ocirt.kernel.namespace import clone3
from ocirt.kernel.path import join, parent
from ocirt.kernel.procfs import Procfs
from ocirt.properties import hooks, id_mappings, namespaces, process
from ocirt.runtime import init_process, lifecycle, status, sync
from ocirt.runtime.delete import destroy
from ocirt.runtime.interrupt import block, deferred, unblock
from ocirt.spec.jsontext import dumps
from ocirt.state import (
    CONFIG_FILE,
    CREATING_FIFO,
    CREATING_FILE,
    EXEC_FIFO,
    EXEC_STATUS,
    lock,
    reserve,
    write_atomically,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.creation import CreateOptions
    from ocirt.spec.types import Spec


def create(root: str, container_id: str, bundle: str, spec: "Spec", options: "CreateOptions") -> Creation:
    """Make a container of a checked `spec`; returns when its init waits on exec.fifo.

    Raises Error; nothing of the container is left then.  The caller is the parent of init and has its `pidfd`.
    """
    lifecycle.check(spec, options)
    _refuse_unsupported(options)
    # Nothing may come between a claim of the ID and the care for it.
    mask = block()
    try:
        c = Creation(spec, join(posix.getcwd(), bundle), options, reserve(root, container_id))
        held = lock(c.state)
    except BaseException:
        unblock(mask)
        raise
    try:
        unblock(mask)
        _prepare(c)
        _fork(c, held)
    except BaseException as error:
        with deferred():
            _undo(c, error)
        raise
    finally:
        posix.close(held)
    return c


def _refuse_unsupported(options: "CreateOptions") -> None:
    if options.systemd_cgroup:
        raise Error("--systemd-cgroup is not supported yet")
    if options.pidfd_socket:
        raise Error("--pidfd-socket is not supported yet")


def _prepare(c: Creation) -> None:
    """What the runtime does before there is a process: look at the host and open things, change nothing on it."""
    close_on_exec_from(3)
    process.prepare(c)
    _check_preserved(c)
    c.procfs = Procfs.host()
    state = c.state
    state.bundle = c.bundle
    state.annotations = c.spec.get("annotations", {})
    state.created = _now()
    state.owner = posix.geteuid()
    state.rootless = state.owner != 0 if c.options.rootless is None else c.options.rootless
    state.shares_pid_namespace = not namespaces.is_new(c.spec, "pid")
    lifecycle.prepare(c)
    c.cgroup = manager.prepare(c.spec, state.id, state.rootless)
    state.cgroup = c.cgroup.record
    # Under this name it says that the container is being made; see runtime/status.py.
    c.fifo = _fifo(c, CREATING_FIFO)
    c.status_fifo = _fifo(c, EXEC_STATUS)
    image.load()
    # Resources are named before they are acquired, so that a crash leaves none that nobody knows of.
    state.save(CREATING_FILE)


def _check_preserved(c: Creation) -> None:
    """Those asked for and those of socket activation are descriptors 3 and up, and all of them have to be open."""
    for fd in range(3, 3 + c.preserve_fds + c.listen_fds):
        try:
            posix.fstat(fd)
        except OSError as error:
            raise Error(f"unable to stat preserved-fd {fd}: {(error.strerror or '').lower()}") from None


def _fifo(c: Creation, name: str) -> int:
    path = f"{c.state.directory}/{name}"
    try:
        posix.mkfifo(path, 0o600)
        # For reading and writing: that never blocks, and init is then its own writer, so that it never reads an end.
        return posix.open(path, posix.O_RDWR | posix.O_CLOEXEC)
    except OSError as error:
        raise Error(f"mkfifo {path}: {(error.strerror or '').lower()}") from None


def _now() -> str:
    seconds, nanoseconds = divmod(time_ns(), 1_000_000_000)
    year, month, day, hour, minute, second, *_ = gmtime(seconds)
    fraction = f".{nanoseconds:09}".rstrip("0").rstrip(".")
    return f"{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z"


def _fork(c: Creation, held: int) -> None:
    ours, theirs = sync.pair()
    namespaces.join_pid_before_clone(c)
    # A Ctrl-C goes to init too: there it has to wait until the handlers are not the runtime's any more.
    mask = block()
    _clone(c)
    if c.pid == 0:
        sync.close(ours)
        # A lock by flock(2) lasts until every process that inherited it has closed it: `start` would wait for init.
        posix.close(held)
        init_process.main(c, theirs)
    unblock(mask)
    namespaces.restore_pid_after_clone(c)
    sync.close(theirs)
    try:
        _accompany(c, ours)
    finally:
        sync.close(ours)
    _finish(c)


def _clone(c: Creation) -> None:
    flags = namespaces.clone_flags(c)
    cgroup = c.cgroup.create_unified()
    if cgroup >= 0:
        try:
            c.pid, c.pidfd = clone3(flags, cgroup)
            c.cgroup.entered_unified = True
            return
        except KernelError:
            # Before Linux 5.7, without the right to migrate, or a cgroup that takes no processes: `add` will tell.
            pass
        finally:
            posix.close(cgroup)
    c.pid, c.pidfd = clone3(flags)


def _accompany(c: Creation, init: "sync.RuntimeSide") -> None:
    """The runtime's part of the conversation in runtime/sync.py."""
    c.state.init_process_pid = c.pid
    c.state.init_process_start = pidfd.start_time(c.pid) or 0
    # From here on `delete --force` finds init; until here it ends by itself when the pipe breaks.
    c.state.save()
    posix.unlink(f"{c.state.directory}/{CREATING_FILE}")
    write_atomically(c.state.directory, CONFIG_FILE, dumps(c.spec).encode("utf-8", "surrogateescape"))
    if namespaces.is_new(c.spec, "user"):
        id_mappings.attach(c)
        init.say(sync.MAPPED)
    lifecycle.attach(c)
    init.say(sync.ATTACHED)
    if hooks.in_runtime(c.spec):
        _hear(init, sync.POPULATED)
        document = status.document(c.state, status.CREATING, c.pid)
        for kind in ("prestart", "createRuntime"):
            hooks.run(hooks.listed(c.spec, kind), kind, document, c.bundle)
        init.say(sync.HOOKED)
    _hear(init, sync.READY)


def _hear(init: "sync.RuntimeSide", word: bytes) -> None:
    try:
        init.hear(word)
    except Error as error:
        # Engines look for these words of runc's.
        raise error.within("unable to start container process") from None


def _finish(c: Creation) -> None:
    for fd in (c.fifo, c.status_fifo):
        posix.close(fd)
    lifecycle.limit(c)
    if pidfd.start_time(c.pid) is None:
        raise Error("container init was OOM-killed (memory limit too low?)")
    if c.options.pid_file:
        pid_file = join(posix.getcwd(), c.options.pid_file)
        write_atomically(parent(pid_file), pid_file.rpartition("/")[2], str(c.pid).encode(), mode=0o644)
    posix.rename(f"{c.state.directory}/{CREATING_FIFO}", f"{c.state.directory}/{EXEC_FIFO}")


def _undo(c: Creation, cause: BaseException) -> None:
    """Delete is the only undo; what it meets itself must not hide why the create failed."""
    try:
        if c.pid:
            pidfd.pidfd_send_signal(c.pidfd, 9)
            posix.waitpid(c.pid, 0)
        destroy(c.state, c.spec)
    except Error as error:
        if isinstance(cause, Error):
            cause.message += f" (and cleaning up failed: {error}; ocirt delete --force {c.state.id} tries again)"
