"""What create and run have in common: their options, and what these mean."""

from ocirt.argv import NUMBER, TEXT, Option, quoted, truth
from ocirt.commands._root import absolute, state_root
from ocirt.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.argv import Invocation
    from ocirt.runtime.container import CreateOptions

BUNDLE = Option("bundle", "directory of config.json (default: the current one)", short="b", kind=TEXT, metavar="DIR")
OPTIONS = (
    BUNDLE,
    Option(
        "console-socket",
        "send the terminal's master to this AF_UNIX socket, for process.terminal",
        kind=TEXT,
        metavar="PATH",
    ),
    Option("pidfd-socket", "send a pidfd of the container's init to this AF_UNIX socket", kind=TEXT, metavar="PATH"),
    Option("pid-file", "write the PID of the container's init to FILE", kind=TEXT, metavar="FILE"),
    Option("no-pivot", "change the root without pivot_root(2): for a rootfs on a ramdisk; less well confined"),
    Option("no-new-keyring", "stay in the caller's session keyring"),
    Option(
        "preserve-fds",
        "hand on N file descriptors after the standard ones (and $LISTEN_FDS)",
        kind=NUMBER,
        metavar="N",
        default=0,
    ),
)


def target(invocation: "Invocation") -> "tuple[str, str, str]":
    """The root directory, the container's ID and the bundle's absolute path; raises UsageError."""
    root = state_root(invocation.globals, make=True)
    return root, invocation.positionals[0], absolute(invocation.options.text("bundle") or ".")


def create_options(invocation: "Invocation") -> "CreateOptions":
    """The options in the runtime's form, for create and for run; raises UsageError."""
    from ocirt.runtime.container import CreateOptions

    given = invocation.options
    if given.number("preserve-fds") < 0:
        raise UsageError(f"invalid --preserve-fds {given.number('preserve-fds')}: want 0 or more")
    pid_file = given.text("pid-file")
    return CreateOptions(
        console_socket=given.text("console-socket") or None,
        pidfd_socket=given.text("pidfd-socket") or None,
        pid_file=absolute(pid_file) if pid_file else None,
        no_pivot=given.flag("no-pivot"),
        no_new_keyring=given.flag("no-new-keyring"),
        preserve_fds=given.number("preserve-fds"),
        rootless=_rootless(invocation),
        systemd_cgroup=invocation.globals.flag("systemd-cgroup"),
        detach=given.get("detach", True) is True,  # create always leaves its container behind
        keep=given.get("keep") is True,
        no_subreaper=given.get("no-subreaper") is True,
    )


def _rootless(invocation: "Invocation") -> "bool | None":
    """None is `auto`; raises UsageError."""
    text = invocation.globals.text("rootless") or "auto"
    value = truth(text)
    if value is None and text.lower() != "auto":
        raise UsageError(f"invalid --rootless {quoted(text)}: want true, false or auto")
    return value
