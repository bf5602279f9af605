"""Images that lay traps: whatever stands in the root, nothing of the host is touched."""

import os
from pathlib import Path

import pytest
from support.runtime import Container
from support.traces import Traces


@pytest.mark.parametrize("place", ["proc", "sys"])
def test_symlinked_kernel_file_systems(container: Container, traces: Traces, place: str) -> None:
    """CVE-2019-19921: proc and sysfs go on ordinary directories only."""
    (container.bundle.rootfs / place).rmdir()
    (container.bundle.rootfs / place).symlink_to("tmp")
    container.create().explained("must be mounted on ordinary directory")
    traces.expect_none()


@pytest.mark.parametrize("absolute", [True, False])
def test_symlinked_dev(container: Container, tmp_path: Path, absolute: bool) -> None:
    """CVE-2026-41579: /dev of the image leads to a directory of the host, and no mount covers it."""
    decoy = tmp_path / "decoy"
    decoy.mkdir()
    (decoy / "ptmx").write_text("host")
    rootfs = container.bundle.rootfs
    (rootfs / "dev").rmdir()
    (rootfs / "dev").symlink_to(decoy if absolute else os.path.relpath(decoy, rootfs))
    container.bundle.without_mount("/dev").writable()
    container.create()
    assert [entry.name for entry in decoy.iterdir()] == ["ptmx"]
    assert (decoy / "ptmx").read_text() == "host"


def test_symlinked_null(container: Container, tmp_path: Path) -> None:
    """CVE-2026-88265: /dev/null of the image is a link to a file of the host: neither opened nor replaced."""
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    container.bundle.without_mount("/dev").writable()
    (container.bundle.rootfs / "dev/null").symlink_to(victim)
    container.create().explained("default device /dev/null")
    assert victim.read_text() == "untouched"


def test_bind_onto_a_symlink(container: Container, tmp_path: Path) -> None:
    """CVE-2019-18837: a mount's destination that is a link out of the root stays inside."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (container.bundle.rootfs / "link").symlink_to(outside)
    container.bundle.writable().mount("/link/below", str(container.bundle.path), "bind", "bind")
    container.created()
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("destination", ["/proc", "/proc/self/attr", "/proc/sys/kernel"])
def test_mounts_over_proc(container: Container, traces: Traces, tmp_path: Path, destination: str) -> None:
    """CVE-2019-16884: nothing may cover what the runtime writes through."""
    container.bundle.mount(destination, str(tmp_path), "bind", "bind")
    container.create().explained("cannot be mounted because it is")
    traces.expect_none()


@pytest.mark.parametrize("number", range(3, 12))
def test_cwd_of_a_leaked_descriptor(container: Container, number: int) -> None:
    """CVE-2024-21626: no descriptor of the runtime is a way out of the container."""
    container.bundle.process["cwd"] = f"/proc/self/fd/{number}"
    container.run(pass_fds=()).explained("process.cwd")
