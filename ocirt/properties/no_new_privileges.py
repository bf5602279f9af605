"""`process.noNewPrivileges` (config.md#linux-process, man 2 PR_SET_NO_NEW_PRIVS)."""

from ocirt.kernel import prctl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.creation import Creation


def confine(c: "Creation") -> None:
    """No execve of this process or its children grants more than it has: no set-user-ID, no file capabilities."""
    if c.spec.get("process", {}).get("noNewPrivileges"):
        prctl.set_no_new_privs()
