"""man 2 prctl, by python-prctl's C half.

Its Python half wraps every option there is in a function of its own when it is imported, which takes 1.5 ms; four are
needed here.
"""

from _prctl import PR_SET_CHILD_SUBREAPER, PR_SET_DUMPABLE, PR_SET_KEEPCAPS, PR_SET_NO_NEW_PRIVS
from _prctl import prctl as _prctl


def set_dumpable(value: int) -> None:
    """With 0, nobody without CAP_SYS_PTRACE may look into this process."""
    _prctl(PR_SET_DUMPABLE, value)


def set_keepcaps(value: int) -> None:
    """With 1, the permitted capabilities outlive a change of the user ID away from 0."""
    _prctl(PR_SET_KEEPCAPS, value)


def set_no_new_privs() -> None:
    """No execve from here on grants a privilege; there is no way back."""
    _prctl(PR_SET_NO_NEW_PRIVS, 1)


def set_child_subreaper() -> None:
    """Orphans among the descendants become children of this process."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
