"""The fast walker, jsonschema on our schemas, and the specification's own schemas judge alike."""

import json
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator, Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4
from spec.documents import OCI, documents

from ocirt.errors import SpecError
from ocirt.spec import schema
from ocirt.spec.explain import explain

NAMES = ("config", "state", "features")
DOCUMENTS = [(name, document) for name in NAMES for document in documents(name).values()]
ODDITIES: list[Any] = [
    *(None, True, False, 0, 1, -1, 1.0, 1.5, -0.5, "", "x", "10", "64kB", "2MB\x00", "MB:", "pid", "CAP_X", "rshared"),
    *(511, 512, 2**15, 2**16 - 1, 2**16, 2**31 - 1, 2**31, -(2**31) - 1, 2**32 - 1, 2**32),
    *(2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64 - 1, 2**64, 10**30),
    *([], {}, [[]], ["x"], [1], [{}], {"a": 1}, {"a": "b"}, {"a": {}}, {"type": "time"}, {"limit": 1}),
]


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The paths of everything inside `value`; of the many syscalls of a profile only the first few."""
    members = value.items() if isinstance(value, dict) else enumerate(value[:3]) if isinstance(value, list) else ()
    return [path, *(place for key, member in members for place in places(member, (*path, key)))]


PLACES = {id(document): places(document)[1:] for _, document in DOCUMENTS}


@st.composite
def mutants(draw: st.DrawFn) -> tuple[str, Any, list[tuple[str | int, ...]]]:
    """A schema's name, a document with up to three places changed, and these places."""
    name, original = draw(st.sampled_from(DOCUMENTS))
    document = deepcopy(original)
    changed = draw(st.lists(st.sampled_from(PLACES[id(original)]), min_size=1, max_size=3, unique=True))
    for *parents, key in changed:
        target = document
        try:
            for parent in parents:
                target = target[parent]
            match draw(st.sampled_from(["replace", "delete", "add"])):
                case "replace":
                    target[key] = deepcopy(draw(st.sampled_from(ODDITIES)))
                case "delete":
                    del target[key]
                case "add":
                    target["unknown"] = None
        except (LookupError, TypeError):
            pass  # an earlier change has taken this place away
    return name, document, changed


def first_problem(document: object, name: str) -> tuple[str, str] | None:
    try:
        schema.check(document, name)
    except SpecError as error:
        return error.path, error.problem
    return None


def without_whole_floats(value: Any) -> Any:
    """JSON Schema takes 1.0 for an integer, we do not: put a number there that neither takes for one."""
    if isinstance(value, float) and value.is_integer():
        return value + 0.5
    if isinstance(value, dict):
        return {key: without_whole_floats(member) for key, member in value.items()}
    return [without_whole_floats(item) for item in value] if isinstance(value, list) else value


@cache
def ours(name: str) -> Any:
    return Draft202012Validator(schema.load(name))


@settings(deadline=None, max_examples=250)
@given(mutants())
def test_the_walker_and_jsonschema_agree(mutant: tuple[str, Any, object]) -> None:
    name, document, _ = mutant
    assert (first_problem(document, name) is None) == ours(name).is_valid(without_whole_floats(document))


@settings(deadline=None, max_examples=150)
@given(mutants())
def test_the_explanation_begins_with_what_the_walker_says(mutant: tuple[str, Any, object]) -> None:
    name, document, _ = mutant
    problems = [(problem.path, problem.message) for problem in explain(document, name)]
    assert problems[:1] == [problem for problem in [first_problem(document, name)] if problem]


@pytest.mark.parametrize("value", [1.0, -0.0, True, 1e3, 2**64])
def test_neither_takes_for_an_integer(value: object) -> None:
    document = {"ociVersion": "1.0.0", "linux": {"resources": {"pids": {"limit": value}}}}
    problem = first_problem(document, "config")
    assert problem
    assert [(found.path, found.message) for found in explain(document)] == [problem]


@pytest.mark.parametrize("size", ["2MB\n", "MB", "02MB", "2MB"])
def test_patterns_end_at_the_end(size: str) -> None:
    limits = [{"pageSize": size, "limit": 1}]
    document = {"ociVersion": "1.0.0", "linux": {"resources": {"hugepageLimits": limits}}}
    assert (first_problem(document, "config") is None) == (explain(document) == []) == (size == "2MB")


# Where our schemas follow the specification's prose, or engines' habits, instead of its schemas.
DIFFERENT = {
    ("linux", "devices", "fileMode"),  # uint32 in the prose; old containerd adds the bits of the file type
    ("linux", "resources", "pids", "limit"),  # optional since 1.3
    ("linux", "rootfsPropagation"),  # Docker and podman write the recursive forms
    ("process", "rlimits", "type"),  # what Linux does not have is an error anyway
    ("process", "oomScoreAdj"),  # so is what is out of range
    ("status",),  # paused
}
NOT_LOOKED_INTO = {"windows", "solaris", "vm", "zos", "freebsd"}
NEWER = {"memoryPolicy", "intelRdt"}  # the features of these are in the prose, not yet in the specification's schema


@cache
def theirs(name: str) -> Any:
    contents = {path.name: json.loads(path.read_bytes()) for path in OCI.glob("*.json")}
    resources: list[Any] = [(key, DRAFT4.create_resource(content)) for key, content in contents.items()]
    # No id is in the files, and their references are relative to each other's names.
    return Draft4Validator({"$ref": f"{name}-schema.json"}, registry=Registry().with_resources(resources))


def is_comparable(name: str, path: tuple[str | int, ...]) -> bool:
    keys = tuple(key for key in path if isinstance(key, str))
    if name == "features" and len(keys) > 1 and keys[1] in NEWER:
        return False
    # A change above a key can change the key too.
    return keys[0] not in NOT_LOOKED_INTO and not any(
        short == long[: len(short)] for known in DIFFERENT for short, long in [sorted((keys, known), key=len)]
    )


@pytest.mark.skipif(not OCI.is_dir(), reason="the OCI schemas are not here")
@settings(deadline=None, max_examples=250)
@given(mutants())
def test_the_specifications_schemas_agree(mutant: tuple[str, Any, list[tuple[str | int, ...]]]) -> None:
    name, document, changed = mutant
    if all(is_comparable(name, path) for path in changed):
        for key in NOT_LOOKED_INTO:
            document.pop(key, None)
        assert (first_problem(document, name) is None) == theirs(name).is_valid(without_whole_floats(document))
