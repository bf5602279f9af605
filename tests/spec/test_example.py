"""`ocirt spec` writes what `runc spec` does but for a few known and wanted differences."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ocirt.spec.bundle import checked
from ocirt.spec.example import example
from ocirt.spec.jsontext import dumps


def runc_spec(folder: Path, *flags: str) -> dict[str, Any]:
    runc = shutil.which("runc")
    if not runc:
        pytest.skip("runc is not here")
    subprocess.run([runc, "spec", *flags], cwd=folder, check=True)
    found: dict[str, Any] = json.loads((folder / "config.json").read_bytes())
    return found


@pytest.mark.parametrize("rootless", [False, True])
def test_it_is_runcs(tmp_path: Path, rootless: bool) -> None:
    theirs = runc_spec(tmp_path, *["--rootless"] * rootless)
    cgroup_v2 = {"type": "cgroup"} in theirs["linux"]["namespaces"]
    ours = example(rootless=rootless, uid=os.geteuid(), gid=os.getegid(), cgroup_v2=cgroup_v2)
    theirs |= {"ociVersion": "1.3.0", "hostname": "ocirt"}
    theirs["process"]["capabilities"].pop("ambient", None)  # runc 1.1.5 had them still
    assert dumps(ours, "\t") == dumps(theirs, "\t")  # as text, because the order of keys counts too


@pytest.mark.parametrize("rootless", [False, True])
@pytest.mark.parametrize("cgroup_v2", [False, True])
def test_it_is_valid_and_new_each_time(rootless: bool, cgroup_v2: bool) -> None:
    document = example(rootless=rootless, uid=1000, gid=100, cgroup_v2=cgroup_v2)
    assert checked(document) == document
    document["process"]["capabilities"]["bounding"].clear()
    assert example()["process"]["capabilities"]["bounding"]


def test_no_capability_can_be_inherited() -> None:
    assert list(example()["process"]["capabilities"]) == ["bounding", "effective", "permitted"]


def test_namespaces() -> None:
    def kinds(**options: bool) -> list[str]:
        return [namespace["type"] for namespace in example(**options)["linux"]["namespaces"]]

    assert kinds(cgroup_v2=False) == ["pid", "network", "ipc", "uts", "mount"]
    assert kinds(cgroup_v2=True) == ["pid", "network", "ipc", "uts", "mount", "cgroup"]
    assert kinds(cgroup_v2=True, rootless=True) == ["pid", "ipc", "uts", "mount", "cgroup", "user"]


def test_rootless_the_user_is_root_inside() -> None:
    linux = example(rootless=True, uid=1000, gid=100)["linux"]
    assert linux["uidMappings"] == [{"containerID": 0, "hostID": 1000, "size": 1}]
    assert linux["gidMappings"] == [{"containerID": 0, "hostID": 100, "size": 1}]
    assert "resources" not in linux
