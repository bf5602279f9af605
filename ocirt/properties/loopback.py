"""The loopback device of a new network namespace is down; like every runtime, bring it up (man 7 netdevice).

One ioctl on the hot path: not worth a netlink library, nor Python's socket module.
"""

import posix

from ocirt.kernel.call import call

_AF_INET, _SOCK_DGRAM, _SOCK_CLOEXEC = 2, 2, 0o2000000
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 0x1
_IFF_RUNNING = 0x40
_IFREQ_SIZE = 40


def populate() -> None:
    """Bring `lo` up in the namespace of the caller."""
    request = bytearray(_IFREQ_SIZE)
    request[:2] = b"lo"
    request[16:18] = (_IFF_UP | _IFF_RUNNING).to_bytes(2, "little")
    control = call("socket", _AF_INET, _SOCK_DGRAM | _SOCK_CLOEXEC, 0)
    try:
        call("ioctl", control, _SIOCSIFFLAGS, request, path="lo")
    finally:
        posix.close(control)
