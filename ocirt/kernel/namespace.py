"""Namespaces: clone3, unshare, setns (man 7 namespaces)."""

from ocirt.errors import KernelError
from ocirt.kernel import _linux
from ocirt.kernel.call import call

CLONE_NEWTIME = 0x80
CLONE_PARENT = 0x8000
CLONE_NEWNS = 0x20000
CLONE_NEWCGROUP = 0x2000000
CLONE_NEWUTS = 0x4000000
CLONE_NEWIPC = 0x8000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000


def clone3(flags: int, cgroup: int = -1) -> "tuple[int, int]":
    """Fork with `flags`: (pid, pidfd) in the parent, (0, -1) in the child.

    The child begins in the cgroup v2 directory that the descriptor `cgroup` is open on, if it is not -1.
    """
    pid, pidfd = _linux.clone3(flags, cgroup)
    if pid < 0:
        raise KernelError("clone3", -pid)
    return pid, pidfd


def unshare(flags: int) -> None:
    """man 2 unshare."""
    call("unshare", flags)


def setns(fd: int, nstype: int, path: str = "") -> None:
    """man 2 setns; a namespace of another kind than `nstype` is refused by the kernel (EINVAL)."""
    call("setns", fd, nstype, path=path)
