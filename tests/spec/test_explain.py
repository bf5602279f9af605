from spec.documents import documents

from ocirt.spec.explain import Problem, explain


def test_a_good_document_has_no_problems() -> None:
    for document in documents().values():
        assert explain(document) == []


def test_every_problem_is_told_in_the_documents_order() -> None:
    document = {
        "hostname": 1,
        "mounts": [{"destination": "/"}, {"type": True}],
        "annotations": {"a/b~c.d": None},
        "linux": {"resources": {"memory": {"limit": -1.5, "swappiness": -1}, "unknown": 1}},
        "root": {},
    }
    missing = "required property is missing"
    assert explain(document) == [
        Problem("/ociVersion", "ociVersion", missing, "config.md#specification-version"),
        Problem("/hostname", "hostname", "want string, got 1", "config.md#hostname"),
        Problem("/mounts/1/destination", "mounts[1].destination", missing, "config.md#mounts"),
        Problem("/mounts/1/type", "mounts[1].type", "want string, got true", "config.md#posix-platform-mounts"),
        Problem("/annotations/a~1b~0c.d", 'annotations["a/b~c.d"]', "want string, got null", "config.md#annotations"),
        Problem(
            "/linux/resources/memory/limit",
            "linux.resources.memory.limit",
            "want integer, got -1.5",
            "config-linux.md#memory",
        ),
        Problem(
            "/linux/resources/memory/swappiness",
            "linux.resources.memory.swappiness",
            "want integer from 0 to 18446744073709551615, got -1",
            "config-linux.md#memory",
        ),
        Problem("/root/path", "root.path", missing, "config.md#root"),
    ]


def test_the_section_is_that_of_the_key_and_not_of_its_definition() -> None:
    [problem] = explain({"ociVersion": "1.0.0", "hooks": {"createContainer": {}}})
    assert (problem.path, problem.section) == ("hooks.createContainer", "config.md#createcontainer-hooks")


def test_the_whole_document_can_be_the_problem() -> None:
    assert explain([]) == [Problem("", "", "want object, got an array", "config.md#extensibility")]


def test_other_schemas() -> None:
    [problem] = explain({"ociVersion": "1.0.0", "id": "a", "status": "dead", "bundle": "/"}, "state")
    assert problem.path == "status"
    assert problem.section == "runtime.md#state"
