"""The device rules of cgroup v2: an eBPF program that is asked at every open and mknod (kernel doc cgroup-v2.rst).

v2 has no files for devices.  The program answers for each wanted access (mknod, read, write) by the last rule that
speaks of it; what no rule speaks of is denied.  The kernel hands it a `struct bpf_cgroup_dev_ctx`: access and type in
one word, major, minor.
"""

import posix

from ocirt.kernel import bpf
from ocirt.kernel.bpf import instruction as op

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.spec.types import DeviceRule

_ACCESS_BITS = {"m": 1, "r": 2, "w": 4}
_TYPES = {"b": 1, "c": 2, "u": 2}

_RESULT, _CONTEXT, _ACCESS, _TYPE, _MAJOR, _MINOR = range(6)
_DENY = [op(bpf.MOVE, _RESULT, immediate=0), op(bpf.EXIT)]


def program(rules: "list[DeviceRule]") -> bytes:
    """The program for `rules` in their order: for each access one chain of tests, the last rule first."""
    code = [
        op(bpf.LOAD_WORD, _ACCESS, _CONTEXT, 0),
        op(bpf.MOVE_REGISTER, _TYPE, _ACCESS),
        op(bpf.AND, _TYPE, immediate=0xFFFF),
        op(bpf.SHIFT_RIGHT, _ACCESS, immediate=16),
        op(bpf.LOAD_WORD, _MAJOR, _CONTEXT, 4),
        op(bpf.LOAD_WORD, _MINOR, _CONTEXT, 8),
    ]
    for access, bit in _ACCESS_BITS.items():
        chain = _chain([rule for rule in rules if access in (rule.get("access") or "rwm")])
        code += [
            op(bpf.MOVE_REGISTER, _RESULT, _ACCESS),
            op(bpf.AND, _RESULT, immediate=bit),
            op(bpf.JUMP_IF_EQUAL, _RESULT, offset=len(chain), immediate=0),
            *chain,
        ]
    return b"".join([*code, op(bpf.MOVE, _RESULT, immediate=1), op(bpf.EXIT)])


def _chain(rules: "list[DeviceRule]") -> "list[bytes]":
    """Tests for one access: falls out at its end when it is allowed, exits with 0 when it is not."""
    code = _DENY
    for rule in rules:  # built from the end: the last rule stands first
        tests = _tests(rule)
        # An allowed access leaves over the rest of the chain, a denied one leaves the program.
        verdict = [op(bpf.JUMP, offset=len(code))] if rule["allow"] else _DENY
        skips = [
            op(bpf.JUMP_IF_NOT_EQUAL, register, offset=len(tests) - at - 1 + len(verdict), immediate=value)
            for at, (register, value) in enumerate(tests)
        ]
        # Behind a rule that fits everything nothing can be reached, and the verifier refuses dead code.
        code = [*skips, *verdict, *code] if tests else ([] if rule["allow"] else _DENY)
    return code


def _tests(rule: "DeviceRule") -> "list[tuple[int, int]]":
    """(register, value) pairs that all have to be equal."""
    tests: list[tuple[int, int]] = []
    kind = rule.get("type") or "a"
    if kind == "a":
        return tests
    tests.append((_TYPE, _TYPES[kind]))
    for register, number in ((_MAJOR, rule.get("major")), (_MINOR, rule.get("minor"))):
        if number is not None and number >= 0:
            tests.append((register, number))
    return tests


def attach(directory: str, rules: "list[DeviceRule]") -> None:
    """Load the program for `rules` and put it on the cgroup `directory`."""
    loaded = bpf.load(program(rules), bpf.PROG_TYPE_CGROUP_DEVICE, "ocirt_devices")
    try:
        cgroup = posix.open(directory, posix.O_RDONLY | posix.O_DIRECTORY | posix.O_CLOEXEC)
        try:
            bpf.attach(loaded, cgroup, bpf.ATTACH_CGROUP_DEVICE, directory)
        finally:
            posix.close(cgroup)
    finally:
        posix.close(loaded)
