"""Init: the process that becomes the container, told from its own side.

It is forked from the runtime straight into the new namespaces, and holds in memory all that it needs.  It builds its
surroundings, gives up the host's root and then its privileges, and replaces itself by ocirt-init, which waits for
`start` and becomes the container's process, under the same PID.
"""

import posix
import sys

from ocirt.errors import Error
from ocirt.init import image
from ocirt.kernel import prctl
from ocirt.kernel.exec import close_others
from ocirt.kernel.namespace import CLONE_NEWUSER
from ocirt.properties import hooks, namespaces, rlimits, user
from ocirt.runtime import lifecycle, status, sync
from ocirt.runtime.interrupt import restore_defaults

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from ocirt.creation import Creation
    from ocirt.runtime.sync import InitSide


def main(c: "Creation", runtime: "InitSide") -> "NoReturn":
    """Never returns: becomes ocirt-init, or reports to the runtime why it cannot."""
    try:
        restore_defaults()
        _enter_namespaces(c, runtime)
        _build(c, runtime)
        _become_ocirt_init(c, runtime)
    except Error as error:
        runtime.fail(str(error))
    except BaseException as error:
        runtime.fail(f"internal error in container init: {type(error).__name__}: {error}")
    posix._exit(1)


def _enter_namespaces(c: "Creation", runtime: "InitSide") -> None:
    if namespaces.is_new(c.spec, "user"):
        runtime.hear(sync.MAPPED)
    # Not to be traced or looked into by anybody in the namespaces it joins (CVE-2016-9962).  Only now: the ID maps of
    # a process that is not dumpable cannot be written by an ordinary user.
    prctl.set_dumpable(0)
    namespaces.join(c)
    if c.new_namespaces & CLONE_NEWUSER:
        user.become_namespace_root()
    posix.setsid()


def _build(c: "Creation", runtime: "InitSide") -> None:
    c.await_cgroup = lambda: runtime.hear(sync.ATTACHED)
    lifecycle.populate(c)
    if hooks.in_runtime(c.spec):
        runtime.say(sync.POPULATED)
        runtime.hear(sync.HOOKED)
    document = status.document(c.state, status.CREATING, posix.getpid())
    hooks.run(hooks.listed(c.spec, "createContainer"), "createContainer", document, c.rootfs, {})
    _forget_how_to_import()
    lifecycle.confine(c)


def _forget_how_to_import() -> None:
    """An import after the change of root would run the image's code with the runtime's rights (CVE-2019-14271)."""
    sys.path.clear()
    sys.meta_path.clear()
    sys.path_hooks.clear()


def _become_ocirt_init(c: "Creation", runtime: "InitSide") -> "NoReturn":
    start_hooks = hooks.listed(c.spec, "startContainer")
    if start_hooks:
        _wait_for_start(c, runtime)
        document = status.document(c.state, status.CREATED, posix.getpid())
        try:
            hooks.run(start_hooks, "startContainer", document, "/", c.environment)
        except Error as error:
            posix.write(c.status_fifo, str(error).encode("utf-8", "surrogateescape"))
            posix._exit(1)
    for fd in range(3, 3 + c.preserve_fds + c.listen_fds):
        posix.set_inheritable(fd, True)
    rlimits.launch(c)
    image.execute(
        c.executable,
        c.arguments,
        c.environment,
        ready=-1 if start_hooks else runtime.writer,
        fifo=-1 if start_hooks else c.fifo,
        status=c.status_fifo,
    )


def _wait_for_start(c: "Creation", runtime: "InitSide") -> None:
    """startContainer hooks belong after `start` and inside the container: so this stage waits, not ocirt-init."""
    runtime.say(sync.READY)
    close_others([*range(3 + c.preserve_fds + c.listen_fds), c.fifo, c.status_fifo, image.descriptor()])
    posix.read(c.fifo, 1)
