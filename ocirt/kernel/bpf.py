"""eBPF: instructions, and how a program gets onto a cgroup (man 2 bpf; Linux, include/uapi/linux/bpf.h)."""

from ocirt.kernel import _linux
from ocirt.kernel.call import call

PROG_TYPE_CGROUP_DEVICE = 15
ATTACH_CGROUP_DEVICE = 6
ATTACH_ALLOW_MULTI = 2

_BPF_PROG_LOAD = 5
_BPF_PROG_ATTACH = 8

# Opcodes: class | size or operation | source.
LOAD_WORD = 0x61  # dst = *(u32 *)(src + offset)
MOVE = 0xB7  # dst = immediate
MOVE_REGISTER = 0xBF  # dst = src
AND = 0x57  # dst &= immediate
SHIFT_RIGHT = 0x77  # dst >>= immediate
JUMP = 0x05  # by offset
JUMP_IF_EQUAL = 0x15  # if dst == immediate
JUMP_IF_NOT_EQUAL = 0x55  # if dst != immediate
EXIT = 0x95  # with the result in register 0


def instruction(opcode: int, dst: int = 0, src: int = 0, offset: int = 0, immediate: int = 0) -> bytes:
    """One instruction of 8 bytes; a jump's `offset` counts instructions from the next one."""
    registers = (src << 4 | dst).to_bytes(1, "little")
    return (
        opcode.to_bytes(1, "little")
        + registers
        + offset.to_bytes(2, "little", signed=True)
        + (immediate & 0xFFFFFFFF).to_bytes(4, "little")
    )


def load(program: bytes, program_type: int, name: str) -> int:
    """Load `program`; returns its descriptor.  RLIMIT_MEMLOCK is left alone: Linux 5.11 and later do not ask for it."""
    licence = b"Apache-2.0\0"
    attributes = b"".join(
        (
            program_type.to_bytes(4, "little"),
            (len(program) // 8).to_bytes(4, "little"),
            _linux.address(program).to_bytes(8, "little"),
            _linux.address(licence).to_bytes(8, "little"),
            bytes(16),  # no log: level, size, buffer
            bytes(8),  # kern_version, flags
            name.encode()[:15].ljust(16, b"\0"),
        )
    )
    return call("bpf", _BPF_PROG_LOAD, attributes, len(attributes), path=name)


def attach(program: int, cgroup: int, attach_type: int, path: str) -> None:
    """Put the loaded `program` on the cgroup directory `cgroup`, beside those that are there."""
    values = (cgroup, program, attach_type, ATTACH_ALLOW_MULTI)
    attributes = b"".join(value.to_bytes(4, "little") for value in values)
    call("bpf", _BPF_PROG_ATTACH, attributes, len(attributes), path=path)
