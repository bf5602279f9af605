from copy import deepcopy
from typing import Any

import pytest
from spec.documents import documents, oci_examples

from ocirt.errors import Error, SpecError
from ocirt.spec import schema
from ocirt.spec.jsontext import loads

MINIMAL = {"ociVersion": "1.0.0"}


def refusal(document: object, name: str = "config") -> str:
    with pytest.raises(SpecError) as caught:
        schema.check(document, name)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "document"), [(name, doc) for name in ("config", "state", "features") for doc in documents(name).values()]
)
def test_good_documents_pass(name: str, document: object) -> None:
    schema.check(document, name)


@pytest.mark.parametrize(("name", "path"), oci_examples("good"))
def test_the_specifications_good_examples_pass(name: str, path: Any) -> None:
    schema.check(loads(path.read_bytes(), str(path)), name)


@pytest.mark.parametrize(("name", "path"), oci_examples("bad"))
def test_the_specifications_bad_examples_do_not(name: str, path: Any) -> None:
    with pytest.raises(Error):
        schema.check(loads(path.read_bytes(), str(path)), name)


@pytest.mark.parametrize(
    ("addition", "problem"),
    [
        ({"linux": {"resources": {"pids": {"limit": "10"}}}}, 'linux.resources.pids.limit: want integer, got "10"'),
        ({"linux": {"resources": {"pids": {"limit": 1.0}}}}, "linux.resources.pids.limit: want integer, got 1.0"),
        ({"linux": {"resources": {"pids": {"limit": True}}}}, "linux.resources.pids.limit: want integer, got true"),
        ({"linux": {"resources": []}}, "linux.resources: want object, got an array"),
        ({"process": None}, "process: want object, got null"),
        ({"process": {}}, "process.cwd: required property is missing"),
        ({"process": {"cwd": "/", "args": ["a", {}]}}, "process.args[1]: want string, got an object"),
        (
            {"process": {"cwd": "/", "user": {"uid": -1}}},
            "process.user.uid: want integer from 0 to 4294967295, got -1",
        ),
        (
            {"process": {"cwd": "/", "rlimits": [{"type": "RLIMIT_AS", "soft": 2**64, "hard": 0}]}},
            "process.rlimits[0].soft: want integer from 0 to 18446744073709551615, got 18446744073709551616",
        ),
        (
            {"process": {"cwd": "/", "rlimits": [{"type": "NICE", "soft": 1, "hard": 0}]}},
            'process.rlimits[0].type: want one of 16 such as "RLIMIT_NICE", "RLIMIT_CORE", "RLIMIT_CPU", got "NICE"',
        ),
        ({"mounts": [{"destination": "/a"}, {"source": "b"}]}, "mounts[1].destination: required property is missing"),
        (
            {"linux": {"memoryPolicy": {"mode": "MPOL_LOCAL", "flags": ["x"]}}},
            (
                'linux.memoryPolicy.flags[0]: want one of "MPOL_F_NUMA_BALANCING", "MPOL_F_RELATIVE_NODES", '
                '"MPOL_F_STATIC_NODES", got "x"'
            ),
        ),
        (
            {"linux": {"seccomp": {"defaultAction": "SCMP_ACT_LOG", "syscalls": [{"names": [], "action": ""}]}}},
            "linux.seccomp.syscalls[0].names: want 1 or more items, got 0",
        ),
        (
            {"linux": {"resources": {"hugepageLimits": [{"pageSize": "64kB", "limit": 1}]}}},
            'linux.resources.hugepageLimits[0].pageSize: want string like ^[1-9][0-9]*[KMG]B$, got "64kB"',
        ),
        (
            {"hooks": {"poststop": [{"path": "/x", "timeout": 0}]}},
            "hooks.poststop[0].timeout: want integer of at least 1, got 0",
        ),
        ({"annotations": {"com.example": 1}}, 'annotations["com.example"]: want string, got 1'),
        ({"annotations": {"": 1}}, 'annotations[""]: want string, got 1'),
        ({"annotations": {"a\n\x9b\ud800": 1}}, 'annotations["a\\n\\x9b\\ud800"]: want string, got 1'),
        ({"linux": "\x9b" + "x" * 10**6}, 'linux: want object, got "\\x9b' + "x" * 52 + "..."),
        ({"linux": 10**60}, "linux: want object, got 1" + "0" * 56 + "..."),
    ],
)
def test_the_problem_is_named_with_its_path(addition: dict[str, Any], problem: str) -> None:
    assert refusal(MINIMAL | addition) == problem


@pytest.mark.parametrize("document", [None, [], "x", 1, True])
def test_a_document_must_be_an_object(document: object) -> None:
    assert refusal(document).startswith("want object, got ")


def test_the_first_problem_in_the_documents_order_is_told() -> None:
    bad = {"hostname": 1, "ociVersion": 2, "domainname": 3}
    assert refusal(bad).startswith("hostname: ")
    assert refusal(dict(reversed(bad.items()))).startswith("domainname: ")
    assert refusal({"hostname": 1}) == "ociVersion: required property is missing"


def test_unknown_keys_are_let_through_everywhere() -> None:
    document = deepcopy(documents()["full"])

    def extend(value: object) -> None:
        if isinstance(value, list):
            for item in value:
                extend(item)
        elif isinstance(value, dict) and "some.name" not in value:
            for member in value.values():
                extend(member)
            value["org.example.unknown"] = [None]

    extend(document)
    schema.check(document)
    assert "org.example.unknown" in document["linux"]["resources"]["memory"]


def test_other_platforms_objects_are_admitted() -> None:
    platforms: list[str] = ["windows", "solaris", "vm", "zos", "freebsd"]
    schema.check(MINIMAL | {platform: {"anything": [1.5]} for platform in platforms})
    for platform in platforms:
        assert refusal(MINIMAL | {platform: []}) == f"{platform}: want object, got an array"


def test_what_engines_write_beyond_the_specifications_schemas() -> None:
    """Docker and podman write rslave and the like, old containerd the file type in fileMode, newer ones empty pids."""
    linux = {"rootfsPropagation": "rslave", "resources": {"pids": {}}}
    device = {"type": "c", "path": "/dev/null", "fileMode": 0o20666}
    schema.check(MINIMAL | {"linux": linux | {"devices": [device]}})


def test_a_schema_that_is_not_installed() -> None:
    with pytest.raises(Error, match=r"^incomplete installation: nothing\.schema\.json is neither in .* nor in "):
        schema.load("nothing")


def test_the_installed_schema_is_preferred(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "ocirt"
    (package / "spec_schemas").mkdir(parents=True)
    (tmp_path / "spec-schemas").mkdir()
    monkeypatch.setattr(schema, "_PACKAGE", str(package))
    monkeypatch.setattr(schema, "_loaded", {})
    (tmp_path / "spec-schemas" / "state.schema.json").write_text('{"type": "string"}')
    assert schema.load("state") == {"type": "string"}
    (package / "spec_schemas" / "state.schema.json").write_text('{"type": "array"}')
    assert schema.load("state") == {"type": "string"}
    monkeypatch.setattr(schema, "_loaded", {})
    assert schema.load("state") == {"type": "array"}
