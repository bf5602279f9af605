"""scripts/bench works, is honest about what it left out, and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from style.source import CHECKOUT

OCIRT = Path(sys.executable).with_name("ocirt")
pytestmark = pytest.mark.skipif(os.geteuid() != 0 or not OCIRT.exists(), reason="needs root, and ocirt installed")


def bench(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(CHECKOUT / "scripts/bench"), "--quick", "--runtime", f"ocirt={OCIRT}", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def left_by(pid: int) -> list[str]:
    """Directories and cgroups with the name that the process gave them."""
    places = [tempfile.gettempdir(), "/run", "/sys/fs/cgroup"]
    return [
        os.path.join(path, name)
        for place in places
        for path, directories, _ in os.walk(place)
        for name in directories
        if f"ocirt-bench-{pid}-" in name
    ]


def test_figures_and_a_peer_that_is_left_out() -> None:
    process = bench("--rounds", "1", "--only", "cycle", "--runtime", "runc=/bin/false", "--json", "-")
    stdout, stderr = process.communicate(timeout=120)
    assert process.returncode == 0, stderr
    found = json.loads(stdout)
    assert found["figures"]["cycle"]["values"]["ocirt"]["median"] > 0
    assert found["figures"]["cycle"]["ratios"]["python"] > 1
    assert "runc" not in found["runtimes"]
    assert any(note.startswith("runc is left out: ") for note in found["notes"])
    assert "create+start+delete" in stderr
    assert left_by(process.pid) == []


def test_interrupted() -> None:
    process = bench("--rounds", "1000", "--runtime", "runc=", "--runtime", "crun=")
    deadline = time.monotonic() + 60
    while not left_by(process.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (130, "bench: SIGINT: cleaned up\n")
    assert left_by(process.pid) == []
