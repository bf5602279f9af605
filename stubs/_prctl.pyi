# python-prctl's C half, which has no types of its own; a failing call raises OSError (man 2 prctl).

PR_SET_CHILD_SUBREAPER: int
PR_SET_DUMPABLE: int
PR_SET_KEEPCAPS: int
PR_SET_NO_NEW_PRIVS: int

def prctl(option: int, argument: int, /) -> int: ...
