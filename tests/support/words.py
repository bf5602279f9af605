"""How each runtime words its refusals.

Engines match on runc's texts, so a test names those, and ocirt and runc must say exactly them.  crun has words of its
own: where they are known they are expected here, for the rest only the exit code counts.
"""

import re

# runc's words, without what differs from call to call -> a pattern of crun's.
_CRUN = {
    "container does not exist": r"(does not exist|No such file or directory)",
    "container with given ID already exists": r"already exists",
    "cannot start an already running container": (
        r"is not in `created` or `stopped` state|cannot open .*exec\.fifo|No such file"
    ),
    "container not running": r"(not running|No such process|is not running)",
}


def said_by(runtime: str, words: str) -> "re.Pattern[str]":
    """What the last line of an error has to match, when runc's would end with `words`."""
    if runtime == "crun":
        return re.compile(_CRUN.get(words, ""))
    return re.compile(re.escape(words) + "$")
