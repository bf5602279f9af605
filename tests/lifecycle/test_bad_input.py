"""What is wrong is said in one line that names the property or file, and nothing is left behind."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from support.runtime import Container
from support.traces import Traces

Change = tuple[str, Any]

PROPERTIES: list[tuple[Change, str]] = [
    (("process.args", []), "process.args"),
    (("process.args", "sh"), "process.args"),
    (("process.cwd", "tmp"), "Cwd must be an absolute path"),
    (("process.env", ["NOEQUALS"]), "process.env[0]"),
    (("process.user.uid", "root"), "process.user.uid"),
    (("process.rlimits", [{"type": "RLIMIT_NOFILE", "soft": 2, "hard": 1}]), "process.rlimits[0].soft"),
    (("process.rlimits", [{"type": "RLIMIT_CORE", "soft": 0, "hard": 0}] * 2), "process.rlimits[1]"),
    (("root.path", "nothing-here"), "no such file or directory"),
    (("root.path", "config.json"), "is not a directory"),
    (("linux.resources.pids", {"limit": "10"}), 'linux.resources.pids.limit: want integer, got "10"'),
    (("linux.namespaces", [{"type": "mount"}, {"type": "mount"}]), "linux.namespaces[1]"),
    (("linux.namespaces", [{"type": "mount"}]), "hostname"),
    (("linux.namespaces", [{"type": "uts", "path": "/nope"}, {"type": "mount"}]), "linux.namespaces[0].path"),
    (("linux.namespaces", [{"type": "mount", "path": "/proc/self/ns/mnt"}]), "linux.namespaces[0].path: joining"),
    (("linux.uidMappings", [{"containerID": 0, "hostID": 0, "size": 1}]), "linux.uidMappings"),
    (("linux.sysctl", {"kernel.panic": "1"}), "linux.sysctl[kernel.panic]"),
    (("linux.cgroupsPath", "/a/../../b"), "linux.cgroupsPath"),
    (("linux.maskedPaths", ["relative"]), "linux.maskedPaths[0]"),
    (("linux.rootfsPropagation", "sideways"), "linux.rootfsPropagation"),
    (("linux.devices", [{"path": "/dev/x", "type": "c"}]), "linux.devices[0].major"),
    (("linux.seccomp", {"defaultAction": "SCMP_ACT_ALLOW"}), "linux.seccomp: not supported yet"),
    (("mounts", [{"destination": "/x", "type": "bind", "source": "/nope", "options": ["bind"]}]), "mounts[0] on /x"),
    (("mounts", [{"destination": "/x", "type": "nofs", "source": "x"}]), "mounts[0] on /x"),
    (("mounts", [{"destination": "/x", "source": "/tmp", "options": ["bind", "size=1"]}]), "mounts[0].options"),
    (("ociVersion", "9.9"), "ociVersion"),
    (("ociVersion", 1), "ociVersion"),
]


def _change(config: dict[str, Any], change: Change) -> None:
    path, value = change
    *way, last = path.split(".")
    for key in way:
        config = config.setdefault(key, {})
    config[last] = value


@pytest.mark.parametrize(("change", "words"), PROPERTIES, ids=[change[0] + "-" + words for change, words in PROPERTIES])
def test_wrong_property(container: Container, traces: Traces, change: Change, words: str) -> None:
    """A property that is wrong, alone or with others."""
    _change(container.bundle.config, change)
    container.create().explained(words)
    traces.expect_none()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "config.json"),
        ('{"ociVersion": "1.0.2",\n  "root" {}}', "line 2"),
        ("[]", "want object"),
        ('{"ociVersion": "1.0.2"} x', "line 1"),
        ("[" * 100000, "config.json"),
    ],
)
def test_wrong_json(container: Container, traces: Traces, text: str, words: str) -> None:
    """A config.json that is no JSON, or another value."""
    container.bundle.write_text(text)
    container.runtime.call("create", "-b", str(container.bundle.path), container.id).explained(words)
    traces.expect_none()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (("process", "cwd"), "process.cwd"),
        (("root",), "root"),
        (("root", "path"), "root.path"),
        (("ociVersion",), "ociVersion"),
        (("mounts", 0, "destination"), "mounts[0].destination"),
        (("linux", "namespaces", 0, "type"), "linux.namespaces[0].type"),
    ],
)
def test_missing_property(container: Container, traces: Traces, path: tuple[Any, ...], words: str) -> None:
    """What the specification requires and the configuration lacks."""
    *way, last = path
    place: Any = container.bundle.config
    for key in way:
        place = place[key]
    del place[last]
    result = container.create()
    result.explained(words)
    result.explained("missing")
    traces.expect_none()


@pytest.mark.parametrize("verb", ["create", "run"])
def test_bundle_that_is_missing(container: Container, traces: Traces, verb: str) -> None:
    """No such directory: the error names it."""
    missing = container.runtime.folder / "missing"
    container.runtime.call(verb, "--bundle", str(missing), container.id).explained(str(missing))
    traces.expect_none()


def test_bundle_that_is_a_file(container: Container, traces: Traces) -> None:
    """Not a directory."""
    container.bundle.write()
    path = container.bundle.path / "config.json"
    container.runtime.call("create", "--bundle", str(path), container.id).explained("not a directory")
    traces.expect_none()


def test_bundle_without_a_config(container: Container, traces: Traces) -> None:
    """No config.json, in runc's words."""
    result = container.runtime.call("create", "--bundle", str(container.bundle.path), container.id)
    result.refused("JSON specification file config.json not found")
    traces.expect_none()


def test_root_that_is_gone(container: Container, traces: Traces) -> None:
    """No root file system beside the config.json."""
    container.bundle.remove_rootfs()
    container.create().explained("invalid rootfs")
    traces.expect_none()


def test_root_of_the_host(container: Container, traces: Traces) -> None:
    """The host's own root is never a container's."""
    container.bundle.config["root"]["path"] = "/"
    container.create().explained("invalid rootfs")
    traces.expect_none()


def test_unknown_properties_are_ignored(container: Container) -> None:
    """config.md#extensibility: what is not known is no error."""
    container.bundle.config["later"] = {"x": 1}
    container.bundle.linux["later"] = None
    container.bundle.config["windows"] = {}
    container.created()


@pytest.mark.parametrize(
    "room", ["size=4k,nr_inodes=3", "nr_inodes=2", "nr_inodes=4", "nr_inodes=5", "size=4k", "size=8k"]
)
def test_full_state_directory(container: Container, traces: Traces, tmp_path: Path, room: str) -> None:
    """No room for the state, found out at one moment or another: one line, and nothing left."""
    container.bundle.config["annotations"] = {"long": "x" * 9000}
    container.bundle.write()
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"mode=700,{room}", "small", str(small)], check=True)
    try:
        result = container.runtime.call("create", "-b", str(container.bundle.path), container.id, root=small)
        result.explained("no space left on device")
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", str(small)], check=True)
    traces.expect_none()


def test_readonly_state_directory(container: Container, traces: Traces, tmp_path: Path) -> None:
    """A state directory that cannot be written to."""
    container.bundle.write()
    folder = tmp_path / "readonly"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "readonly", str(folder)], check=True)
    try:
        result = container.runtime.call("create", "-b", str(container.bundle.path), container.id, root=folder)
        result.explained("read-only file system")
    finally:
        subprocess.run(["umount", str(folder)], check=True)
    traces.expect_none()
