"""What all tests share: the plugin that watches skips, and the fixtures of the black-box tests."""

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import differences
from support import runtime as under_test
from support.bundle import Bundle, busybox
from support.runtime import Container, Runtime
from support.traces import Traces

pytest_plugins = ["plugins.ci_skips"]


def pytest_report_header() -> str:
    """Say which runtime the black-box tests drive."""
    return f"runtime: {under_test.NAME}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Expected differences of another runtime have to be what they are said to be."""
    for item in items:
        difference = differences.of(under_test.NAME, item.name, item.path.stem)
        if difference and "runtime" in getattr(item, "fixturenames", ()):
            reason = f"{under_test.NAME}: {difference.reason}"
            item.add_marker(pytest.mark.xfail(reason=reason, strict=difference.always, run=difference.harmless))


@pytest.fixture(scope="session")
def busybox_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of busybox, of which the roots of all bundles have links."""
    try:
        return Path(shutil.copy2(busybox(), tmp_path_factory.mktemp("program") / "busybox"))
    except LookupError as problem:
        pytest.skip(str(problem))


@pytest.fixture
def marker() -> str:
    """A word that is on everything that belongs to the test, and on nothing else."""
    return f"ot{uuid.uuid4().hex[:8]}"


@pytest.fixture
def bundle(tmp_path: Path, busybox_program: Path, marker: str) -> Bundle:
    """A bundle whose container waits."""
    return Bundle(tmp_path / "bundle", busybox_program, marker)


@pytest.fixture
def traces(tmp_path: Path, marker: str) -> Traces:
    """What the test's containers leave on the host."""
    return Traces(marker, tmp_path, tmp_path / "root")


@pytest.fixture
def runtime(request: pytest.FixtureRequest, tmp_path: Path, marker: str, traces: Traces) -> Iterator[Runtime]:
    """The runtime under test; afterwards all its containers are deleted, and nothing of them may be left."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    try:
        runtime = Runtime(tmp_path, marker)
    except LookupError as problem:
        pytest.skip(str(problem))
    yield runtime
    try:
        results = [runtime.call("delete", "--force", name) for name in runtime.ids()]
        if not request.node.get_closest_marker("xfail"):
            for result in results:
                result.ok()
            traces.expect_none()
    finally:
        traces.wipe()


@pytest.fixture
def container(runtime: Runtime, bundle: Bundle) -> Container:
    """A container of the bundle, not yet created."""
    return runtime.container(bundle)
