"""What one `create` knows while it builds a container: the checked specification, the options, and what was prepared.

Init is forked from the runtime, so it has all of this too, descriptors included; nothing needs to be sent.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ocirt.cgroup.manager import Cgroup
    from ocirt.kernel.path import Root
    from ocirt.kernel.procfs import Procfs
    from ocirt.spec.types import Spec
    from ocirt.state import State


class CreateOptions:
    """What the caller of create asks for beside the bundle; the fields are named like the flags of `ocirt create`.

    `console`, if not -1, is a connected socket that receives the terminal's master instead of `console_socket`.
    `rootless` None means: whoever is not root is.
    """

    __slots__ = (
        "console",
        "console_socket",
        "detach",
        "keep",
        "no_new_keyring",
        "no_pivot",
        "no_subreaper",
        "pid_file",
        "pidfd_socket",
        "preserve_fds",
        "rootless",
        "systemd_cgroup",
    )

    def __init__(
        self,
        *,
        console_socket: "str | None" = None,
        pidfd_socket: "str | None" = None,
        pid_file: "str | None" = None,
        no_pivot: bool = False,
        no_new_keyring: bool = False,
        preserve_fds: int = 0,
        rootless: bool | None = None,
        systemd_cgroup: bool = False,
        detach: bool = False,
        keep: bool = False,
        no_subreaper: bool = False,
    ) -> None:
        self.console = -1
        self.console_socket = console_socket
        self.pidfd_socket = pidfd_socket
        self.pid_file = pid_file
        self.no_pivot = no_pivot
        self.no_new_keyring = no_new_keyring
        self.preserve_fds = preserve_fds
        self.rootless = rootless
        self.systemd_cgroup = systemd_cgroup
        self.detach = detach
        self.keep = keep
        self.no_subreaper = no_subreaper


class Creation:
    """One container in the making; each field is set by the property that owns it.

    `bundle` is absolute.  `pid` and `pidfd` are init's, 0 and -1 before the fork.  `mount_trees` has one detached
    mount (or None) for each of `mounts`, `joins` the (CLONE_NEW*, descriptor, path) of each namespace to enter,
    `new_namespaces` the CLONE_NEW* flags of the fresh ones.  `root` is the container's root as seen by init.
    """

    __slots__ = (
        "arguments",
        "await_cgroup",
        "bundle",
        "capabilities",
        "cgroup",
        "console",
        "environment",
        "executable",
        "fifo",
        "in_cgroup",
        "joins",
        "limits_from_outside",
        "listen_fds",
        "mount_trees",
        "new_namespaces",
        "null_tree",
        "options",
        "pid",
        "pidfd",
        "preserve_fds",
        "procfs",
        "root",
        "rootfs",
        "spec",
        "state",
        "status_fifo",
    )

    def __init__(self, spec: "Spec", bundle: str, options: CreateOptions, state: "State") -> None:
        self.spec = spec
        self.bundle = bundle
        self.options = options
        self.state = state
        self.rootfs = ""
        self.root: Root = None  # type: ignore[assignment]  # set by properties/root.py before anybody reads it
        self.procfs: Procfs = None  # type: ignore[assignment]  # set by runtime/create.py
        self.cgroup: Cgroup = None  # type: ignore[assignment]  # set by runtime/create.py before anybody reads it
        self.capabilities: dict[str, int] = {}
        self.pid = 0
        self.pidfd = -1
        self.fifo = -1
        self.status_fifo = -1
        self.new_namespaces = 0
        self.joins: list[tuple[int, int, str]] = []
        self.mount_trees: list[int | None] = []
        self.null_tree = -1
        self.console = options.console
        self.preserve_fds = options.preserve_fds
        self.listen_fds = 0
        self.in_cgroup = False
        self.limits_from_outside = True
        # Set in init: blocks until the runtime has made the cgroup.
        self.await_cgroup: Callable[[], None] = lambda: None
        self.arguments: list[bytes] = []
        self.environment: dict[bytes, bytes] = {}
        self.executable = b""
