"""`linux.resources.devices`: which device files may be opened and made (config-linux.md#allowed-device-list)."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.spec.types import Device, DeviceRule

CONTROLLER = "devices"

# Appended after the config's own rules: the default devices, pseudo terminals, and making (not using) any node.
ALWAYS_ALLOWED: "list[DeviceRule]" = [
    {"allow": True, "type": "c", "access": "m"},
    {"allow": True, "type": "b", "access": "m"},
    {"allow": True, "type": "c", "major": 1, "minor": 3, "access": "rwm"},  # null
    {"allow": True, "type": "c", "major": 1, "minor": 5, "access": "rwm"},  # zero
    {"allow": True, "type": "c", "major": 1, "minor": 7, "access": "rwm"},  # full
    {"allow": True, "type": "c", "major": 1, "minor": 8, "access": "rwm"},  # random
    {"allow": True, "type": "c", "major": 1, "minor": 9, "access": "rwm"},  # urandom
    {"allow": True, "type": "c", "major": 5, "minor": 0, "access": "rwm"},  # tty
    {"allow": True, "type": "c", "major": 5, "minor": 2, "access": "rwm"},  # ptmx
    {"allow": True, "type": "c", "major": 136, "access": "rwm"},  # pts
    {"allow": True, "type": "c", "major": 10, "minor": 200, "access": "rwm"},  # net/tun
]


def rules(listed: "list[DeviceRule]", devices: "list[Device]") -> "list[DeviceRule]":
    """Every rule in its order: the config's, then what is always allowed and the container's own devices.

    The list says what is allowed: it begins with everything denied.  Without a list nothing is restricted.
    """
    if not listed:
        return []
    own: list[DeviceRule] = [
        {"allow": True, "type": device["type"], "major": device["major"], "minor": device["minor"], "access": "rwm"}
        for device in devices
        if device["type"] in ("b", "c")
    ]
    return [{"allow": False, "type": "a", "access": "rwm"}, *listed, *ALWAYS_ALLOWED, *own]


def v1(every: "list[DeviceRule]") -> "list[tuple[str, str]]":
    """One write for each rule."""
    return [("devices.allow" if rule["allow"] else "devices.deny", _line(rule)) for rule in every]


def _line(rule: "DeviceRule") -> str:
    kind = rule.get("type", "a") or "a"
    if kind == "a":
        return "a"
    major, minor = (_number(rule.get("major")), _number(rule.get("minor")))
    return f"{kind} {major}:{minor} {rule.get('access') or 'rwm'}"


def _number(value: "int | None") -> str:
    return "*" if value is None or value < 0 else str(value)
