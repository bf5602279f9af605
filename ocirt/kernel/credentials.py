"""Who a process is: capability sets, the session keyring, the host name and personality of its surroundings.

man 2 capset, keyctl, sethostname.  What python-prctl offers is called there directly.
"""

from ocirt.kernel.call import c_string, call

_CAPABILITY_VERSION_3 = 0x20080522
_KEYCTL_JOIN_SESSION_KEYRING = 1
_KEYCTL_DESCRIBE = 6
_KEYCTL_SETPERM = 5


def capset(effective: int, permitted: int, inheritable: int) -> None:
    """Set the calling thread's three capability sets; each is a bit mask of capability numbers."""
    header = _CAPABILITY_VERSION_3.to_bytes(4, "little") + bytes(4)
    low, high = (
        b"".join(((mask >> shift) & 0xFFFFFFFF).to_bytes(4, "little") for mask in (effective, permitted, inheritable))
        for shift in (0, 32)
    )
    call("capset", header, low + high)


def capget() -> "tuple[int, int, int]":
    """The calling thread's (effective, permitted, inheritable) masks."""
    header = _CAPABILITY_VERSION_3.to_bytes(4, "little") + bytes(4)
    data = bytearray(24)
    call("capget", header, data)
    words = [int.from_bytes(data[at : at + 4], "little") for at in range(0, 24, 4)]
    effective, permitted, inheritable = (words[at] | words[at + 3] << 32 for at in range(3))
    return effective, permitted, inheritable


def join_session_keyring(name: str) -> int:
    """Make a new session keyring called `name` and enter it; returns its serial number."""
    return call("keyctl", _KEYCTL_JOIN_SESSION_KEYRING, c_string(name), path=name)


def sethostname(name: str) -> None:
    """man 2 sethostname."""
    encoded = c_string(name)
    call("sethostname", encoded, len(encoded), path=name)


def setdomainname(name: str) -> None:
    """man 2 setdomainname."""
    encoded = c_string(name)
    call("setdomainname", encoded, len(encoded), path=name)
