"""Where the other runtimes differ from what the tests demand, and why: the one list of all expected differences.

The key is a test's name, with its parameters or without.  Such a test has to fail with that runtime; when it passes,
the entry is wrong and the run fails.
"""

DIFFERENCES: dict[str, dict[str, str]] = {"ocirt": {}, "runc": {}, "crun": {}}


def of(runtime: str, name: str) -> str | None:
    """The reason why the test `name` fails with `runtime`; None where it has to pass."""
    known = DIFFERENCES.get(runtime, {})
    return known.get(name) or known.get(name.partition("[")[0])
