"""What the verbs hand to the runtime, and what they print of its answers; the runtime itself is replaced."""

import json
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

from ocirt.argv import parse
from ocirt.commands import find, load
from ocirt.errors import Error, StateError

STATE = {
    "ociVersion": "1.3.0",
    "id": "c1",
    "pid": 5175,
    "status": "running",
    "bundle": "/tmp/rt/b",
    "rootfs": "/tmp/rt/b/rootfs",
    "created": "2026-11-23T23:48:07.098335745Z",
    "owner": "root",
}


def perform(*words: str) -> int:
    invocation = parse(words, find)
    assert invocation.command is not None
    return load(invocation.command.name).run(invocation)


class Recorder:
    """A function in place of one of the runtime's; an Error as answer is raised."""

    def __init__(self, answer: object) -> None:
        self.answer = answer
        self.calls: list[tuple[object, ...]] = []

    def __call__(self, *arguments: object) -> object:
        self.calls.append(arguments)
        if isinstance(self.answer, Error):
            raise self.answer
        return self.answer


class Runtime:
    """Replaces modules of the runtime for one test, so that neither they nor the kernel are needed."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.patch = patch

    def replace(self, module: str, **answers: object) -> dict[str, Recorder]:
        recorders = {name: Recorder(answer) for name, answer in answers.items()}
        fake = ModuleType(module)
        fake.__dict__.update(recorders)
        self.patch.setitem(sys.modules, module, fake)
        return recorders


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Runtime:
    return Runtime(monkeypatch)


def test_start(runtime: Runtime) -> None:
    start = runtime.replace("ocirt.runtime.start", start=None)["start"]
    assert perform("--root", "/r", "start", "c1") == 0
    assert start.calls == [("/r", "c1")]


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        (["c1"], ("/r", "c1", 15, False)),
        (["c1", ""], ("/r", "c1", 15, False)),
        (["c1", "KILL"], ("/r", "c1", 9, False)),
        (["c1", "-9"], ("/r", "c1", 9, False)),
        (["--all", "c1", "9"], ("/r", "c1", 9, True)),
        (["-a", "c1", "0"], ("/r", "c1", 0, True)),
    ],
)
def test_kill(words: list[str], arguments: tuple[object, ...], runtime: Runtime) -> None:
    kill = runtime.replace("ocirt.runtime.kill", kill=None)["kill"]
    assert perform("--root", "/r", "kill", *words) == 0
    assert kill.calls == [arguments]


@pytest.mark.parametrize(("words", "force"), [(["c1"], False), (["-f", "c1"], True), (["c1", "--force"], True)])
def test_delete(words: list[str], force: bool, runtime: Runtime) -> None:
    delete = runtime.replace("ocirt.runtime.delete", delete=None)["delete"]
    assert perform("--root", "/r", "delete", *words) == 0
    assert delete.calls == [("/r", "c1", force)]


def test_state(runtime: Runtime, capfd: pytest.CaptureFixture[str]) -> None:
    load_state = runtime.replace("ocirt.state", load="what was loaded")["load"]
    describe = runtime.replace("ocirt.runtime.status", describe={"id": "c1", "pid": 1, "annotations": {"a": "b"}})
    assert perform("--root", "/r", "state", "c1") == 0
    assert load_state.calls == [("/r", "c1")]
    assert describe["describe"].calls == [("what was loaded",)]
    # runc's form: two spaces, no newline at the end.
    assert capfd.readouterr().out == '{\n  "id": "c1",\n  "pid": 1,\n  "annotations": {\n    "a": "b"\n  }\n}'


def test_list_table(runtime: Runtime, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    other = {**STATE, "id": "a-much-longer-name", "pid": 0, "status": "stopped", "owner": "#1000"}
    broken = StateError("load container x: container does not exist")
    runtime.replace("ocirt.runtime.status", listing=[STATE, broken, other])
    assert perform("--root", str(tmp_path), "list") == 0
    captured = capfd.readouterr()
    # The lines of runc 1.1.5 for the same containers.
    assert captured.out.splitlines() == [
        "ID                   PID         STATUS      BUNDLE      CREATED                          OWNER",
        "c1                   5175        running     /tmp/rt/b   2026-11-23T23:48:07.098335745Z   root",
        "a-much-longer-name   0           stopped     /tmp/rt/b   2026-11-23T23:48:07.098335745Z   #1000",
    ]
    assert captured.err == "load container x: container does not exist\n"


def test_empty_list_table(runtime: Runtime, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    runtime.replace("ocirt.runtime.status", listing=[])
    perform("--root", str(tmp_path), "list")
    assert capfd.readouterr().out == "ID          PID         STATUS      BUNDLE      CREATED     OWNER\n"


@pytest.mark.parametrize("words", [["-f", "json"], ["--format=json"]])
def test_list_json(words: list[str], runtime: Runtime, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    runtime.replace("ocirt.runtime.status", listing=[STATE])
    perform("--root", str(tmp_path), "list", *words)
    line = capfd.readouterr().out
    assert line == json.dumps([STATE], separators=(",", ":")) + "\n"
    runtime.replace("ocirt.runtime.status", listing=[])
    perform("--root", str(tmp_path), "list", *words)
    assert capfd.readouterr().out == "null\n"


def test_list_quiet(runtime: Runtime, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    runtime.replace("ocirt.runtime.status", listing=[STATE, {**STATE, "id": "c2"}])
    perform("--root", str(tmp_path), "list", "-q")
    assert capfd.readouterr().out == "c1\nc2\n"


def test_list_refusals(tmp_path: Path) -> None:
    with pytest.raises(Error, match=r"^invalid format option$"):
        perform("list", "-f", "xml")
    with pytest.raises(Error, match=r"^open .*/none: no such file or directory$"):
        perform("--root", str(tmp_path / "none"), "list")


def test_list_without_the_default_root(
    runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    runtime.replace("ocirt.runtime.status", listing=Error("must not be asked"))
    monkeypatch.setattr("ocirt.commands._root._default", lambda _make: str(tmp_path / "none"))
    assert perform("list", "-f", "json") == 0
    assert capfd.readouterr().out == "null\n"


def test_features(runtime: Runtime, capfd: pytest.CaptureFixture[str]) -> None:
    runtime.replace("ocirt.runtime.features", features={"hooks": ["prestart"]})
    assert perform("features") == 0
    assert capfd.readouterr().out == '{\n    "hooks": [\n        "prestart"\n    ]\n}\n'


def test_spec(tmp_path: Path) -> None:
    previous = os.umask(0o027)
    try:
        assert perform("spec", "-b", str(tmp_path)) == 0
    finally:
        os.umask(previous)
    path = tmp_path / "config.json"
    text = path.read_text()
    assert text.startswith('{\n\t"ociVersion": ')
    assert json.loads(text)["process"]["args"] == ["sh"]
    assert path.stat().st_mode & 0o777 == 0o640
    with pytest.raises(Error, match=r"^File config\.json exists\. Remove it first$"):
        perform("spec", "-b", str(tmp_path))
    assert path.read_text() == text


def test_spec_for_an_ordinary_user(tmp_path: Path) -> None:
    perform("spec", "--rootless", "-b", str(tmp_path))
    document = json.loads((tmp_path / "config.json").read_text())
    assert document["linux"]["uidMappings"] == [{"containerID": 0, "hostID": os.geteuid(), "size": 1}]


def test_spec_without_a_directory(tmp_path: Path) -> None:
    with pytest.raises(Error, match=r"^open .*/none/config\.json: no such file or directory$"):
        perform("spec", "-b", str(tmp_path / "none"))


# ---- create and run -----------------------------------------------------------------------------------------------


class Given:
    """Stands for CreateOptions: keeps what it was made of."""

    def __init__(self, **settings: object) -> None:
        self.settings = settings


def replace_container(runtime: Runtime, answer: object = None) -> Recorder:
    create = Recorder(answer)
    runtime.replace("ocirt.runtime.container")
    fake = sys.modules["ocirt.runtime.container"]
    fake.__dict__.update(CreateOptions=Given, Container=type("Container", (), {"create": create}))
    return create


def test_create(runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create = replace_container(runtime)
    monkeypatch.chdir(tmp_path)
    words = "--pid-file p --console-socket s --no-pivot --preserve-fds 2 c1 -b sub/.."
    assert perform("--root", "/r", "--systemd-cgroup", "create", *words.split()) == 0
    ((root, container_id, bundle, given),) = create.calls
    assert (root, container_id, bundle) == ("/r", "c1", os.getcwd())
    assert isinstance(given, Given)
    assert given.settings == {
        "console_socket": "s",
        "pidfd_socket": None,
        "pid_file": f"{os.getcwd()}/p",
        "no_pivot": True,
        "no_new_keyring": False,
        "preserve_fds": 2,
        "rootless": None,
        "systemd_cgroup": True,
        "detach": True,
        "keep": False,
        "no_subreaper": False,
    }


def test_run(runtime: Runtime) -> None:
    replace_container(runtime)
    run = runtime.replace("ocirt.runtime.run", run=42)["run"]
    assert perform("--root", "/r", "run", "-d", "--keep", "-no-subreaper", "-b", "/b", "c1") == 42
    ((root, container_id, bundle, given),) = run.calls
    assert (root, container_id, bundle) == ("/r", "c1", "/b")
    assert isinstance(given, Given)
    assert {name for name, value in given.settings.items() if value} == {"detach", "keep", "no_subreaper"}


def test_run_in_the_foreground(runtime: Runtime) -> None:
    replace_container(runtime)
    run = runtime.replace("ocirt.runtime.run", run=0)["run"]
    assert perform("--root", "/r", "run", "c1") == 0
    given = run.calls[0][3]
    assert isinstance(given, Given)
    assert not any(given.settings.values())


@pytest.mark.parametrize("verb", ["create", "run"])
@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "no such thing"),
        (["--preserve-fds", "-1"], "invalid --preserve-fds -1: want 0 or more"),
    ],
)
def test_failures_say_which_verb(verb: str, words: list[str], message: str, runtime: Runtime) -> None:
    replace_container(runtime, Error("no such thing"))
    runtime.replace("ocirt.runtime.run", run=Error("no such thing"))
    with pytest.raises(Error) as caught:
        perform("--root", "/r", verb, *words, "c1")
    assert caught.value.message == f"ocirt {verb} failed: {message}"


@pytest.mark.parametrize(("text", "good"), [("true", True), ("false", True), ("auto", True), ("", True), ("x", False)])
def test_rootless(text: str, good: bool, runtime: Runtime) -> None:
    replace_container(runtime)
    if good:
        assert perform("--root", "/r", "--rootless", text, "create", "c1") == 0
    else:
        with pytest.raises(Error, match=r'invalid --rootless "x": want true, false or auto$'):
            perform("--root", "/r", "--rootless", text, "create", "c1")
