"""Where the other runtimes differ from what the tests demand, and why: the one list of all expected differences.

The key is a test's name with its parameters, or without, or the name of a module.  A difference of one single test has
to show: when the test passes, the entry is wrong and the run fails.  Of a group, some may pass.
"""

from typing import NamedTuple

Table = dict[str, str]

# Promises that ocirt makes and nobody else does.
_OWN: Table = {
    "test_waiting_init_is_not_the_runtime": "what waits is the runtime's own program, protected by other means",
    "test_waiting_init_is_small": "what waits is the whole runtime",
    "test_start_reports_a_failed_execve": "start returns before execve, and cannot know",
}


_RUNC: Table = {}
_CRUN: Table = {}
DIFFERENCES: dict[str, Table] = {"runc": {**_OWN, **_RUNC}, "crun": {**_OWN, **_CRUN}}
# Not even tried.
HARMFUL = {
    ("crun", "test_invalid_ids"): "1.8.1 takes `..` and `/` for IDs, and deletes what they lead to: the host's files",
}


class Difference(NamedTuple):
    """Why a test fails, whether it has to, and whether trying does no harm."""

    reason: str
    always: bool
    harmless: bool


def of(runtime: str, name: str, module: str) -> Difference | None:
    """The difference that makes the test `name` of `module` fail with `runtime`; None where it has to pass."""
    function = name.partition("[")[0]
    if (runtime, function) in HARMFUL:
        return Difference(HARMFUL[runtime, function], always=False, harmless=False)
    known = DIFFERENCES.get(runtime, {})
    if name in known:
        return Difference(known[name], always=True, harmless=True)
    reason = known.get(function) or known.get(module)
    return Difference(reason, always=False, harmless=True) if reason else None
