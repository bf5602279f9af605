"""features: what this runtime implements, whatever the host can do (features.md)."""

from ocirt import __version__
from ocirt.properties import capabilities, hooks, mounts, namespaces
from ocirt.spec.version import NEWEST, OLDEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def features() -> "dict[str, Any]":
    """The features document: each property's file says its part."""
    result: dict[str, Any] = {"ociVersionMin": OLDEST, "ociVersionMax": NEWEST}
    for part in (hooks, mounts, namespaces, capabilities):
        _merge(result, part.features())
    _merge(
        result,
        {
            "linux": {
                "cgroup": {"v1": True, "v2": True, "systemd": False, "systemdUser": False, "rdma": False},
                "seccomp": {"enabled": False},
                "apparmor": {"enabled": False},
                "selinux": {"enabled": False},
                "intelRdt": {"enabled": False},
                "mountExtensions": {"idmap": {"enabled": False}},
                "netDevices": {"enabled": False},
            },
            "annotations": {"org.ocirt.version": __version__},
        },
    )
    return result


def _merge(result: "dict[str, Any]", part: "dict[str, Any]") -> None:
    for key, value in part.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict):
            _merge(result[key], value)
        else:
            result[key] = value
