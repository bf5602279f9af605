"""What the commands print, byte by byte where engines parse it: state, list, spec, features, --version, the log."""

import json
import os
import pwd
import re
import shutil
import stat
from pathlib import Path

import pytest
from support.bundle import CAPABILITIES, MASKED, PATH, READ_ONLY, Bundle
from support.runtime import NAME, Container, Runtime

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
LOG_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
STATE_KEYS = ["ociVersion", "id", "pid", "status", "bundle", "rootfs", "created", "annotations", "owner"]


def test_state(container: Container) -> None:
    """The keys of runc in runc's order, two spaces deep, no newline at the end; every value is right."""
    container.bundle.config["annotations"] = {"org.example.key": "value", "b": ""}
    container.running()
    text = container.query().ok().stdout
    state = json.loads(text)
    assert list(state) == STATE_KEYS
    assert text == json.dumps(state, indent=2)
    assert re.fullmatch(r"1\.\d+\.\d+(-\w+)?", state["ociVersion"])
    assert state["id"] == container.id
    assert state["status"] == "running"
    assert state["bundle"] == str(container.bundle.path)
    assert state["rootfs"] == str(container.bundle.rootfs)
    assert TIME.fullmatch(state["created"])
    assert state["annotations"] == {"org.example.key": "value", "b": ""}
    assert state["owner"] == ""
    assert Path(f"/proc/{state['pid']}/cmdline").read_bytes() == b"/bin/sleep\x001000\x00"


def test_state_without_annotations(container: Container) -> None:
    """Without annotations the key is left out."""
    assert list(container.created().state()) == [key for key in STATE_KEYS if key != "annotations"]


def test_list_of_nothing(runtime: Runtime) -> None:
    """An existing and empty root: the header alone, `null`, and with -q nothing."""
    runtime.root.mkdir(mode=0o700)
    assert runtime.call("list").ok().stdout.split() == "ID PID STATUS BUNDLE CREATED OWNER".split()
    assert runtime.call("list", "--format", "json").ok().stdout == "null\n"
    assert runtime.call("list", "-q").ok().stdout == ""


def test_list_without_the_root(runtime: Runtime) -> None:
    """A --root that was asked for and isn't there is an error."""
    result = runtime.call("list")
    result.explained("no such file or directory")


def test_list(runtime: Runtime, bundle: Bundle) -> None:
    """A table with runc's columns and widths, by name; JSON on one line; with -q the IDs."""
    first, second = (runtime.container(bundle) for _ in range(2))
    first.created()
    second.running()
    owner = pwd.getpwuid(os.geteuid()).pw_name
    rows = [["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"]]
    for state in (first.state(), second.state()):
        rows.append([str(state[key]) for key in ("id", "pid", "status", "bundle", "created")] + [owner])
    widths = [max(12, *(len(row[at]) + 3 for row in rows)) for at in range(5)]
    table = "".join(
        "".join(cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)) + "\n" for row in rows
    )
    assert runtime.call("list").ok().stdout == table
    text = runtime.call("list", "-f", "json").ok().stdout
    assert text.count("\n") == 1
    assert json.loads(text) == [{**state, "owner": owner} for state in (first.state(), second.state())]
    assert runtime.call("list", "-q").ok().stdout == f"{first.id}\n{second.id}\n"


def test_list_skips_what_is_broken(runtime: Runtime, bundle: Bundle) -> None:
    """A directory that is no container is named on stderr and left out; the others are listed."""
    good = runtime.container(bundle).created()
    broken = runtime.root / f"{runtime.marker}-broken"
    broken.mkdir()
    (broken / "state.json").write_text("{")
    result = runtime.call("list", "-q").ok()
    shutil.rmtree(broken)
    assert result.stdout == f"{good.id}\n"
    assert broken.name in result.stderr


def test_list_of_an_unknown_format(runtime: Runtime) -> None:
    """table and json are all there is."""
    runtime.root.mkdir(mode=0o700)
    runtime.call("list", "--format", "xml").refused("invalid format option")


def test_spec(runtime: Runtime, tmp_path: Path) -> None:
    """`spec` writes runc's default configuration, with tabs, readable by all that the umask lets; never twice."""
    result = runtime.call("spec", "--bundle", str(tmp_path)).ok()
    assert result.stdout + result.stderr == ""
    path = tmp_path / "config.json"
    text = path.read_text()
    assert text.startswith('{\n\t"ociVersion"')
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    config = json.loads(text)
    assert config["root"] == {"path": "rootfs", "readonly": True}
    process = config["process"]
    assert (process["terminal"], process["args"], process["cwd"]) == (True, ["sh"], "/")
    assert process["env"] == [PATH, "TERM=xterm"]
    assert process["noNewPrivileges"] is True
    assert process["capabilities"]["bounding"] == CAPABILITIES
    assert process["rlimits"] == [{"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}]
    assert config["hostname"] == NAME
    assert set(MASKED) <= {*config["linux"]["maskedPaths"], "/proc/latency_stats"}
    assert config["linux"]["readonlyPaths"] == READ_ONLY
    runtime.call("spec", cwd=tmp_path).refused("File config.json exists. Remove it first")
    assert path.read_text() == text


def test_no_capability_is_inheritable_by_default(runtime: Runtime, tmp_path: Path) -> None:
    """CVE-2022-29162: what `spec` writes fills neither the inheritable nor the ambient set."""
    runtime.call("spec", cwd=tmp_path).ok()
    sets = json.loads((tmp_path / "config.json").read_text())["process"]["capabilities"]
    assert not sets.get("inheritable")
    assert not sets.get("ambient")


def test_spec_runs(runtime: Runtime, bundle: Bundle) -> None:
    """What `spec` writes makes a container, once its terminal is switched off."""
    runtime.call("spec", "-b", str(bundle.path)).ok()
    config = json.loads((bundle.path / "config.json").read_text())
    config["process"].update(terminal=False, args=["echo", "hello"])
    config["process"]["env"].append(f"MARKER={runtime.marker}")
    bundle.config = config
    assert runtime.container(bundle).run().ok().stdout == "hello\n"


def test_spec_for_an_ordinary_user(runtime: Runtime, tmp_path: Path) -> None:
    """--rootless: a user namespace, the caller mapped to root in it, no network namespace, no resources."""
    runtime.call("spec", "--rootless", "-b", str(tmp_path)).ok()
    linux = json.loads((tmp_path / "config.json").read_text())["linux"]
    kinds = {namespace["type"] for namespace in linux["namespaces"]}
    assert "user" in kinds and "network" not in kinds
    assert linux["uidMappings"] == [{"containerID": 0, "hostID": os.geteuid(), "size": 1}]
    assert linux["gidMappings"] == [{"containerID": 0, "hostID": os.getegid(), "size": 1}]
    assert not linux.get("resources")


def test_features(runtime: Runtime) -> None:
    """features.md: versions, hooks in their order, namespaces, mount options, cgroups."""
    document = json.loads(runtime.call("features").ok().stdout)
    assert document["ociVersionMin"] == "1.0.0"
    assert document["ociVersionMax"] >= "1.0.2"
    kinds = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"]
    assert document["hooks"] == kinds
    assert {"bind", "rbind", "ro", "rw", "nosuid", "rprivate"} <= set(document["mountOptions"])
    assert document["mountOptions"] == sorted(document["mountOptions"])
    linux = document["linux"]
    assert {"cgroup", "ipc", "mount", "network", "pid", "user", "uts"} <= set(linux["namespaces"])
    assert "CAP_SYS_ADMIN" in linux["capabilities"]
    assert linux["cgroup"]["v1"] is True and linux["cgroup"]["v2"] is True


def test_version(runtime: Runtime) -> None:
    """The first three lines are those that engines look for."""
    lines = runtime.call("--version").ok().stdout.splitlines()
    assert re.fullmatch(rf"{NAME} version \S+", lines[0])
    assert any(line.startswith("commit: ") for line in lines)
    assert any(re.fullmatch(r"spec: 1\.\d+\.\d+(-\w+)?", line) for line in lines)


def test_error_on_stderr(runtime: Runtime) -> None:
    """One line in the format of runc's log."""
    text = runtime.call("state", runtime.new_id()).stderr
    found = re.fullmatch(r'time="([^"]*)" level=error msg="container does not exist"\n', text)
    assert found and LOG_TIME.fullmatch(found[1])


def test_json_log(runtime: Runtime) -> None:
    """--log and --log-format json: one line of JSON in the file, the bare message on stderr."""
    log = runtime.folder / "log.json"
    name = runtime.new_id()
    result = runtime.call("--log", str(log), "--log-format", "json", "state", name)
    assert result.code == 1
    assert result.stderr == "container does not exist\n"
    line = log.read_text()
    assert line.count("\n") == 1
    entry = json.loads(line)
    assert list(entry) == ["level", "msg", "time"]
    assert (entry["level"], entry["msg"]) == ("error", "container does not exist")
    assert LOG_TIME.fullmatch(entry["time"])


def test_log_is_appended_to(runtime: Runtime) -> None:
    """Engines give every command the same file."""
    log = runtime.folder / "log"
    for _ in range(2):
        runtime.call("--log", str(log), "state", runtime.new_id())
    assert log.read_text().count("level=error") == 2


def test_log_of_success(container: Container) -> None:
    """What succeeds without a warning writes nothing."""
    log = container.runtime.folder / "log.json"
    container.bundle.write()
    container.runtime.call(
        "--log", str(log), "--log-format=json", "create", "-b", str(container.bundle.path), container.id
    ).ok()
    assert not log.exists() or log.read_text() == ""


@pytest.mark.parametrize("verb", ["create", "run"])
def test_error_names_the_command(container: Container, verb: str) -> None:
    """`PROGRAM VERB failed: ` comes before the reason."""
    container.bundle.args("nope").write()
    result = container.runtime.call(verb, "-b", str(container.bundle.path), container.id)
    assert result.error.startswith(f"{NAME} {verb} failed: ")


def test_unknown_command(runtime: Runtime) -> None:
    """An unknown command has the exit code 3."""
    assert runtime.call("frobnicate").code == 3


@pytest.mark.parametrize("verb", ["create", "start", "state", "delete", "run"])
def test_missing_argument(runtime: Runtime, verb: str) -> None:
    """Without an ID: usage on stdout, runc's words."""
    result = runtime.call(verb)
    result.refused(f'{NAME}: "{verb}" requires exactly 1 argument(s)')
    assert verb in result.stdout
