"""What reading a good config.json may import: next to nothing, because every command pays for it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from spec.documents import HERE

import ocirt

SCRIPT = """if True:
    import sys
    sys.path.insert(0, sys.argv[1])
    import os, _json
    before = set(sys.modules)
    from ocirt.spec import bundle
    bundle.load(sys.argv[2])
    bundle.checked({"ociVersion": "1.3.0"})
    from ocirt.spec.jsontext import dumps
    print(dumps(sorted(set(sys.modules) - before), 2))
"""


def test_a_good_bundle_imports_nothing_else(tmp_path: Path) -> None:
    shutil.copy(HERE / "data" / "docker.json", tmp_path / "config.json")
    command = [sys.executable, "-I", "-S", "-c", SCRIPT, str(Path(ocirt.__file__).parents[1]), str(tmp_path)]
    assert json.loads(subprocess.run(command, check=True, capture_output=True).stdout) == [
        "ocirt",
        "ocirt.errors",
        "ocirt.spec",
        "ocirt.spec.bundle",
        "ocirt.spec.jsontext",
        "ocirt.spec.schema",
        "ocirt.spec.version",
    ]
