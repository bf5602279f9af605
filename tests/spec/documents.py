"""What the tests of the specification share: documents to check, and the OCI's own schemas and examples."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ocirt.spec import schema
from ocirt.spec.example import example

HERE = Path(__file__).resolve().parent
OCI = Path(os.environ.get("OCIRT_OCI_SCHEMA") or HERE.parents[2] / "shared" / "oci-schema")

STRINGS = {"^[0-9, -]*$": "0-3,7", "^[1-9][0-9]*[KMG]B$": "2MB", "^MB:[^\\n]*$": "MB:0=70", "^CAP_[A-Z_]+$": "CAP_KILL"}


def sample(rule: dict[str, Any], definitions: dict[str, Any]) -> Any:
    """A valid value with every key that `rule` knows."""
    rule = schema.resolve(rule, definitions)
    match rule["type"]:
        case "object":
            members = {key: sample(member, definitions) for key, member in rule.get("properties", {}).items()}
            if "additionalProperties" in rule:
                members["some.name"] = sample(rule["additionalProperties"], definitions)
            return members
        case "array":
            return [sample(rule["items"], definitions)] * 2
        case "integer":
            return max(rule["minimum"], 1)
        case "boolean":
            return True
    return rule.get("enum", [STRINGS.get(rule.get("pattern", ""), "text")])[0]


def documents(name: str = "config") -> dict[str, Any]:
    """Good documents to start from, by what they are."""
    rules = schema.load(name)
    found = {"full": sample(rules, rules.get("$defs", {}))}
    if name == "config":
        found["docker"] = json.loads((HERE / "data" / "docker.json").read_bytes())
        found["example"] = example()
        found["minimal"] = {"ociVersion": "1.0.0"}
    return found


def oci_examples(verdict: str) -> list[Any]:
    """The specification's good or bad documents as (schema name, path); one that is skipped if they are not here."""
    found = [(path.parts[-3], path) for path in sorted(OCI.glob(f"test/*/{verdict}/*.json"))]
    if not found:
        return [pytest.param("", OCI, marks=pytest.mark.skip(reason="the OCI schemas are not here"))]
    return [pytest.param(name, path, id=f"{name}-{path.stem}") for name, path in found]
