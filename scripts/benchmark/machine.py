"""The facts about the machine that figures depend on."""

import ctypes
import os
import platform
import subprocess
import sys

_CLONE_NEWNS = 0x00020000
_MS_REC, _MS_PRIVATE = 0x4000, 0x40000
UNIFIED = "/sys/fs/cgroup/unified"


def real_python(command: str = sys.executable) -> str:
    """The interpreter itself behind a command, which may be a version manager's slow shim or in an environment."""
    program = "import sys; print(getattr(sys, '_base_executable', '') or sys.executable)"
    found = subprocess.run([command, "-I", "-c", program], capture_output=True, text=True, check=False)
    return found.stdout.strip() or command


def python_version(python: str) -> str:
    """Such as `CPython 3.11.7`."""
    program = "import platform as p; print(p.python_implementation(), p.python_version())"
    found = subprocess.run([python, "-I", "-c", program], capture_output=True, text=True, check=False)
    return found.stdout.strip()


def _mounts(path: str) -> list[tuple[str, str]]:
    with open("/proc/self/mounts", encoding="utf-8", errors="surrogateescape") as file:
        lines = [line.split() for line in file]
    return [(where, kind) for _, where, kind, *_ in lines if where == path or where.startswith(f"{path}/")]


def cgroup_layout() -> str:
    """`v2`, `v1`, `hybrid` (v1 with v2 mounted beside it) or `none`."""
    kinds = dict(_mounts("/sys/fs/cgroup"))
    if kinds.get("/sys/fs/cgroup") == "cgroup2":
        return "v2"
    if "cgroup2" in kinds.values():
        return "hybrid"
    return "v1" if "cgroup" in kinds.values() else "none"


def namespace_without_unified() -> int:
    """A descriptor of a new mount namespace, in which the v2 mount of the hybrid layout is hidden; we stay outside."""
    libc = ctypes.CDLL(None, use_errno=True)

    def call(name: str, *arguments: object) -> None:
        if getattr(libc, name)(*arguments):
            number = ctypes.get_errno()
            raise OSError(number, f"{name}: {os.strerror(number)}")

    home = os.open("/proc/self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
    directory = os.getcwd()
    call("unshare", _CLONE_NEWNS)
    try:
        call("mount", None, b"/", None, ctypes.c_ulong(_MS_REC | _MS_PRIVATE), None)
        call("umount2", UNIFIED.encode(), 0)
        return os.open("/proc/self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        call("setns", home, 0)
        os.chdir(directory)
        os.close(home)


def _field(file: str, key: str) -> str:
    try:
        with open(file, encoding="utf-8", errors="replace") as lines:
            return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), "")
    except OSError:
        return ""


def load() -> float:
    """Processes that ran or wanted to, averaged over the last minute."""
    return os.getloadavg()[0]


def facts(python: str) -> dict[str, str | int | float]:
    """What to know when comparing figures with those of another day or another machine."""
    system = os.uname()
    return {
        "kernel": f"{system.sysname} {system.release} {system.machine}",
        "system": _pretty_name(),
        "processor": _field("/proc/cpuinfo", "model name") or platform.processor() or "unknown",
        "cores": len(os.sched_getaffinity(0)),
        "memory": _field("/proc/meminfo", "MemTotal"),
        "swap": _field("/proc/meminfo", "SwapTotal"),
        "cgroups": cgroup_layout(),
        "python": f"{python_version(python)} ({python})",
        "load": load(),
    }


def _pretty_name() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        return ""
