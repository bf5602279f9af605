import json
import os
import socket
from collections import OrderedDict
from enum import IntEnum
from pathlib import Path
from typing import Any

import pytest
from spec.documents import documents

from ocirt.errors import Error, KernelError, SpecError
from ocirt.spec import bundle

MINIMAL = {"ociVersion": "1.3.0"}


def write(folder: Path, document: object) -> str:
    (folder / "config.json").write_text(document if isinstance(document, str) else json.dumps(document))
    return str(folder)


def refusal(folder: Path, document: object) -> str:
    with pytest.raises(Error) as caught:
        bundle.load(write(folder, document))
    return str(caught.value)


@pytest.mark.parametrize("kind", ["docker", "example", "full", "minimal"])
def test_a_good_bundle(tmp_path: Path, kind: str) -> None:
    document = documents()[kind] | MINIMAL
    assert bundle.load(write(tmp_path, document)) == document
    assert bundle.checked(document) == document


def test_without_config_json(tmp_path: Path) -> None:
    with pytest.raises(Error, match=r"^JSON specification file config\.json not found$"):
        bundle.load(str(tmp_path))
    (tmp_path / "config.json").symlink_to("nowhere")
    with pytest.raises(Error, match=r"^JSON specification file config\.json not found$"):
        bundle.load(str(tmp_path))


def test_without_a_bundle(tmp_path: Path) -> None:
    with pytest.raises(KernelError, match=r"^open .*/nowhere/config\.json: no such file or directory$"):
        bundle.load(str(tmp_path / "nowhere"))
    (tmp_path / "file").touch()
    with pytest.raises(KernelError, match=r"^open .*/file/config\.json: not a directory$"):
        bundle.load(str(tmp_path / "file"))
    with pytest.raises(Error, match=r"a path cannot have a null byte$"):
        bundle.load("a\0b")


def test_what_is_not_a_file(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.mkdir()
    with pytest.raises(Error, match=r"config\.json: want a regular file, got a directory$"):
        bundle.load(str(tmp_path))
    path.rmdir()
    os.mkfifo(path)
    with pytest.raises(Error, match=r"config\.json: want a regular file, got a fifo$"):
        bundle.load(str(tmp_path))
    with pytest.raises(Error, match=r"^/dev/zero: want a regular file, got a device$"):
        bundle.read("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        with pytest.raises(KernelError, match=r"^open .*/socket: "):
            bundle.read(str(tmp_path / "socket"))


def test_a_file_of_unknown_size() -> None:
    assert bundle.read("/proc/self/loginuid") == int(Path("/proc/self/loginuid").read_text())


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    path = write(tmp_path, '"12345678"') + "/config.json"
    assert bundle.read(path, 10) == "12345678"
    with pytest.raises(Error, match=r"config\.json: more than 9 bytes$"):
        bundle.read(path, 9)


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    before = os.listdir("/proc/self/fd")
    os.mkfifo(tmp_path / "config.json")
    for folder in (str(tmp_path), str(tmp_path / "nowhere")):
        with pytest.raises(Error):
            bundle.load(folder)
    assert os.listdir("/proc/self/fd") == before


def test_what_is_not_json_is_refused_with_its_place(tmp_path: Path) -> None:
    assert refusal(tmp_path, "{]").startswith(f"{tmp_path}/config.json: line 1, column 2: expecting property name")


def test_the_schema_is_checked(tmp_path: Path) -> None:
    assert refusal(tmp_path, []) == "want object, got an array"
    assert refusal(tmp_path, {}) == "ociVersion: required property is missing"
    assert refusal(tmp_path, {"ociVersion": 1}) == "ociVersion: want string, got 1"
    assert refusal(tmp_path, MINIMAL | {"root": {}}) == "root.path: required property is missing"


def test_the_version_comes_first(tmp_path: Path) -> None:
    assert refusal(tmp_path, {"root": {}, "ociVersion": "2.0.0"}) == 'ociVersion: want 1.0.0 to 1.3.x, got "2.0.0"'


@pytest.mark.parametrize(
    ("addition", "problem"),
    [
        ({"hostname": "a\0b"}, "hostname: want text without null characters"),
        ({"process": {"cwd": "/", "args": ["a", "\0"]}}, "process.args[1]: want text without null characters"),
        ({"root": {"path": "\ud800"}}, "root.path: want text, got the lone surrogate \\ud800"),
        ({"mounts": [{"destination": "\udcff"}]}, "mounts[0].destination: want text, got the lone surrogate \\udcff"),
        ({"linux": {"netDevices": {"\0": {}}}}, 'linux.netDevices["\\u0000"]: want text without null characters'),
        ({"linux": {"sysctl": {"a": "\udfff"}}}, "linux.sysctl.a: want text, got the lone surrogate \\udfff"),
    ],
)
def test_strings_that_the_kernel_cannot_take(tmp_path: Path, addition: dict[str, Any], problem: str) -> None:
    assert refusal(tmp_path, MINIMAL | addition) == problem
    with pytest.raises(SpecError) as caught:
        bundle.checked(MINIMAL | addition)
    assert str(caught.value) == problem


def test_where_any_string_may_be(tmp_path: Path) -> None:
    seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "listenerMetadata": "\0\ud800"}
    document = MINIMAL | {"annotations": {"a": "\0", "\ud800": ""}, "unknown": "\0", "linux": {"seccomp": seccomp}}
    document |= {"hostname": "a\\u0000 and \U0001f600"}  # only looks like one
    assert bundle.load(write(tmp_path, document)) == document


def test_a_document_in_memory_is_copied() -> None:
    class Size(IntEnum):
        SMALL = 1

    args = ("sh", "-c")
    process = OrderedDict(cwd="/", args=args, user={"uid": Size.SMALL})
    document = MINIMAL | {"process": process}
    spec = bundle.checked(document)
    process["cwd"] = "/changed"
    assert spec == MINIMAL | {"process": {"cwd": "/", "args": ["sh", "-c"], "user": {"uid": 1}}}
    assert type(spec["process"]["user"]["uid"]) is int


def test_a_document_in_memory_that_is_not_json() -> None:
    itself: list[object] = []
    itself.append(itself)
    for value in ({1, 2}, float("nan"), itself, b"x", 10**5000, {(): 1}):
        with pytest.raises(SpecError, match=r"^not a json document: "):
            bundle.checked(MINIMAL | {"unknown": value})
    deep: object = []
    for _ in range(200):
        deep = [deep]
    with pytest.raises(Error, match=r"nested deeper than 128 levels$"):
        bundle.checked(MINIMAL | {"unknown": deep})
