"""The names of the signals (man 7 signal), without the 5 ms that importing `signal` takes."""

from ocirt.errors import UsageError

# In the order of their numbers, from 1; the same on x86-64 and aarch64.
# fmt: off
_NAMES = (
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
    "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO",
    "PWR", "SYS",
)
# fmt: on
_ALIASES = {"IOT": 6, "CLD": 17, "POLL": 29, "UNUSED": 31}
_REAL_TIME = {"RTMIN": 34, "RTMAX": 64}  # the C library keeps 32 and 33 for itself
_HIGHEST = 64


def number(text: str) -> int:
    """The number of a signal: `15`, `TERM`, `sigterm`, `RTMIN+3`, `-9` as in kill(1); 0 only tests the process.

    Raises UsageError in the words of runc.
    """
    name = text.removeprefix("-").upper().removeprefix("SIG")
    if name.isascii() and name.isdigit():
        value = int(name) if len(name) < 4 else -1
    elif name in _NAMES:
        value = _NAMES.index(name) + 1
    elif name[:5] in _REAL_TIME:
        value = _real_time(name)
    else:
        value = _ALIASES.get(name, -1)
    if not 0 <= value <= _HIGHEST:
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        raise UsageError(f'unknown signal "{escaped}"')
    return value


def _real_time(name: str) -> int:
    base, offset = name[:5], name[5:]
    sign, digits = offset[:1], offset[1:]
    if not offset:
        return _REAL_TIME[base]
    # Counting goes away from the end that is named: RTMIN+n, RTMAX-n.
    if sign != ("+" if base == "RTMIN" else "-") or not (digits.isascii() and digits.isdigit()) or len(digits) > 2:
        return -1
    value = _REAL_TIME[base] + int(offset)
    return value if _REAL_TIME["RTMIN"] <= value else -1
