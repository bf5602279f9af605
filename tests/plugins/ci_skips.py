"""A pytest plugin: where CI is set, a skipped test has failed, unless the reason is one that CI cannot help.

A test that silently stops running on the machine that guards the code is worse than one that fails.  So a test
skips with a reason that begins with a key of ALLOWED, or CI says what is wrong.  tests/conftest.py loads it:
`pytest_plugins = ["plugins.ci_skips"]`.
"""

import os
from collections.abc import Generator

import pytest

# How a skip's reason begins: why continuous integration cannot run such a test, and what does.
ALLOWED = {
    "needs cgroup v2": "the machine has the v1 hybrid layout; scripts/vm boots one with v2",
    "needs cgroup v1": "the guest of scripts/vm has v2 alone; the machine itself runs these",
    "needs systemd": "no systemd runs on the machine; scripts/vm boots one",
    "needs AppArmor": "the machine's kernel has none; the guest of scripts/vm has it",
    "needs SELinux": "no kernel at hand has a policy loaded",
    "needs Intel RDT": "no processor at hand shows it to a virtual machine",
    "needs CAP_SYS_RESOURCE": "the machine's bounding set lacks it; scripts/vm has it",
    "needs criu": "Debian 12's criu fails on the machine's kernel; scripts/vm has a working one",
    "needs Linux": "a later kernel than the machine's",
    "needs aarch64": "the machine is x86_64",
    "the OCI schemas are not here": "the agreement with them is checked wherever somebody has that folder",
    "needs an ordinary user": "tests run as root there; those that need a user make one where they can",
}


def complaint(reason: str) -> str | None:
    """What is wrong with skipping for `reason`, or None where it is allowed."""
    if not os.environ.get("CI") or any(reason.startswith(start) for start in ALLOWED):
        return None
    return f"skipped in CI: {reason}\n(not among the reasons in tests/plugins/ci_skips.py: make it run, or list it)"


def _reason(longrepr: object) -> str:
    text = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
    return str(text).removeprefix("Skipped: ")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the report of a skipped test into a failure; an expected failure (xfail) is not a skip."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and (problem := complaint(_reason(report.longrepr))):
        report.outcome = "failed"
        report.longrepr = problem
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole module that skips itself."""
    report = yield
    if report.skipped and (problem := complaint(_reason(report.longrepr))):
        report.outcome = "failed"
        report.longrepr = problem
    return report
