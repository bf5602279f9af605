"""`ocirt --version`, in the lines that engines parse: the program and its version first, then `commit:` and `spec:`."""

import sys

import ocirt
from ocirt.spec.version import NEWEST


def version() -> str:
    """The text, with the version of libseccomp when the library is there."""
    python = ".".join(map(str, sys.version_info[:3]))
    lines = [
        f"ocirt version {ocirt.__version__}",
        f"commit: {getattr(ocirt, '__commit__', 'unknown')}",  # a build from a checkout may know it
        f"spec: {NEWEST}",
        f"python: {python}",
    ]
    libseccomp = _libseccomp()
    if libseccomp:
        lines.append(f"libseccomp: {libseccomp}")
    return "\n".join(lines) + "\n"


def _libseccomp() -> str:
    from ctypes import CDLL, POINTER, Structure, c_uint

    class Version(Structure):
        _fields_ = (("major", c_uint), ("minor", c_uint), ("micro", c_uint))

    try:
        function = CDLL("libseccomp.so.2").seccomp_version
    except (OSError, AttributeError):
        return ""
    function.restype = POINTER(Version)
    found = function()
    return f"{found[0].major}.{found[0].minor}.{found[0].micro}" if found else ""
