"""The session keyring: a new one, lest the container read its creator's keys (man 7 keyrings)."""

from errno import EDQUOT, ENOSYS, EPERM

from ocirt.errors import KernelError
from ocirt.kernel.credentials import join_session_keyring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.creation import Creation


def populate(c: "Creation") -> None:
    """Make and join `_ses.ID`.  A kernel or a seccomp profile without keyrings has nothing to protect."""
    if c.options.no_new_keyring:
        return
    try:
        join_session_keyring(f"_ses.{c.state.id}")
    except KernelError as error:
        if error.errno == EDQUOT:
            raise error.within("the user's quota of keys is used up (--no-new-keyring does without)") from None
        if error.errno not in (ENOSYS, EPERM):
            raise
