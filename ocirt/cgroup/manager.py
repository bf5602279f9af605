"""The cgroup of one container: made, joined, limited, frozen, emptied, removed.

What the state directory keeps is the record
  {"version": 1 or 2, "paths": {controller: directory}, "kept": [directory, ...]}
where v2 has the one key UNIFIED (as has v1 for the v2 hierarchy of a hybrid host), and `kept` are directories that were
there before the container and will be there after it.
"""

import posix
from errno import EACCES, ENOENT, EPERM, EROFS

from ocirt.cgroup import files
from ocirt.cgroup.hierarchy import UNIFIED, hierarchies
from ocirt.errors import Error, KernelError, SpecError
from ocirt.kernel.call import failure
from ocirt.kernel.path import exists, is_directory, parent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ocirt.spec.types import DeviceRule, Spec

SIGKILL = 9


class Cgroup:
    """The cgroup of a container that is being made; `record` goes into the state before anything is touched."""

    __slots__ = ("entered_unified", "optional", "record", "rootless", "spec")

    def __init__(self, spec: "Spec", record: "dict[str, Any]", rootless: bool) -> None:
        self.spec = spec
        self.record = record
        self.rootless = rootless
        # Whether init was forked into the v2 directory, or there is none: then nothing is left for `add` to do there.
        self.entered_unified = UNIFIED not in record["paths"]
        # An ordinary user has no rights on cgroups unless somebody delegated some; without limits none are needed.
        self.optional = rootless and not writes(spec, record["version"])

    def create_unified(self) -> int:
        """Make the cgroup v2 directory and open it, for clone3 to fork init into it; -1 where there is none."""
        directory = self.record["paths"].get(UNIFIED)
        if directory is None or not self._make([directory]):
            return -1
        return posix.open(directory, posix.O_RDONLY | posix.O_DIRECTORY | posix.O_CLOEXEC)

    def create(self) -> None:
        """Make the other directories; refuse a cgroup that others are in, or that is frozen."""
        self._make(self._directories())
        _refuse_used(self.record)

    def _make(self, directories: "list[str]") -> bool:
        try:
            for directory in directories:
                _make(directory, self.record["version"])
        except KernelError as error:
            if not self.optional or error.errno not in (EACCES, EPERM, EROFS, ENOENT):
                raise error.within("linux.cgroupsPath") from None
            remove(self.record)
            self.record["paths"] = {}
        return bool(self.record["paths"])

    def _directories(self) -> "list[str]":
        """Each directory once, without that of cgroup v2."""
        paths = self.record["paths"]
        return [directory for directory in dict.fromkeys(paths.values()) if directory != paths.get(UNIFIED)]

    def add(self, pid: int) -> None:
        """Put the process into every hierarchy that it is not in yet."""
        directories = self._directories()
        if not self.entered_unified and UNIFIED in self.record["paths"]:
            directories.append(self.record["paths"][UNIFIED])
        for directory in directories:
            try:
                files.write(directory, "cgroup.procs", str(pid))
            except KernelError as error:
                if not self.optional:
                    raise error.within("linux.cgroupsPath") from None

    def join(self) -> None:
        """In init: enter the v1 hierarchies oneself.

        A thread that moves itself does not have to stop every fork on the host, as cgroup.procs does: 0.3 ms for ten
        hierarchies, instead of the ten milliseconds that the kernel waits for a grace period of RCU.
        """
        for directory in self._directories():
            try:
                files.write(directory, "tasks", "0")
            except KernelError as error:
                if not self.optional:
                    raise error.within("linux.cgroupsPath") from None

    def apply(self, late: bool) -> None:
        """Write the limits of linux.resources; the memory limits are the `late` ones.

        They come when only ocirt-init is left in the cgroup: the stages before it need more than a container may.
        """
        for controller, name, value in writes(self.spec, self.record["version"]):
            if (controller == "memory") is not late:
                continue
            directory = self.record["paths"].get(UNIFIED if self.record["version"] == 2 else controller)
            if directory is None:
                raise Error(f"linux.resources: the {controller} cgroup controller is not available on this host")
            try:
                files.write(directory, name, value)
            except Error as error:
                raise error.within(f"linux.resources.{controller}") from None
        if not late and self.record["version"] == 2:
            self._filter_devices()

    def _filter_devices(self) -> None:
        from ocirt.cgroup import device_filter

        rules = _device_rules(self.spec)
        directory = self.record["paths"].get(UNIFIED)
        if not rules or directory is None:
            return
        try:
            device_filter.attach(directory, rules)
        except KernelError as error:
            # Without the right to load programs there is a user namespace, in which no new device can be made.
            if not (self.rootless and error.errno == EPERM):
                raise error.within("linux.resources.devices") from None


def _device_rules(spec: "Spec") -> "list[DeviceRule]":
    from ocirt.cgroup import devices

    linux = spec.get("linux", {})
    return devices.rules(linux.get("resources", {}).get("devices", []), linux.get("devices", []))


def check(spec: "Spec") -> None:
    """cgroupsPath stays below the mount; the resources are ones that ocirt can apply."""
    from ocirt.cgroup import cpu, memory

    linux = spec.get("linux", {})
    path = linux.get("cgroupsPath", "")
    if ".." in path.split("/"):
        raise SpecError("linux.cgroupsPath", f'want a path without "..", got "{path}"')
    resources = linux.get("resources", {})
    for key in ("blockIO", "hugepageLimits", "network", "rdma", "unified"):
        if resources.get(key):
            raise SpecError(f"linux.resources.{key}", "not supported yet")
    memory.check(resources.get("memory", {}))
    cpu.check(resources.get("cpu", {}))


def prepare(spec: "Spec", container_id: str, rootless: bool) -> Cgroup:
    """Decide where the container will live; touches nothing."""
    found = hierarchies()
    version = 2 if set(found) == {UNIFIED} else 1
    path = spec.get("linux", {}).get("cgroupsPath") or container_id
    paths = {}
    for key, hierarchy in found.items():
        # v2 has no processes in inner cgroups, so a relative path goes beside this process's cgroup, not below it.
        own = parent(hierarchy.own) if key == UNIFIED else None
        paths[key] = hierarchy.directory(path, own)
    kept = [directory for directory in dict.fromkeys(paths.values()) if is_directory(directory)]
    return Cgroup(spec, {"version": version, "paths": paths, "kept": kept}, rootless)


def writes(spec: "Spec", version: int) -> "list[tuple[str, str, str]]":
    """(controller, file, value) for all of linux.resources, in the order of writing."""
    from ocirt.cgroup import cpu, devices, memory, pids

    resources = spec.get("linux", {}).get("resources", {})
    first = version == 1
    every = [
        (cpu.CPUSET_CONTROLLER, cpu.cpuset(resources.get("cpu", {}))),
        (cpu.CONTROLLER, (cpu.v1 if first else cpu.v2)(resources.get("cpu", {}))),
        (pids.CONTROLLER, pids.v1(resources.get("pids", {}))),
        (devices.CONTROLLER, devices.v1(_device_rules(spec)) if first else []),
        (memory.CONTROLLER, (memory.v1 if first else memory.v2)(resources.get("memory", {}))),
    ]
    return [(controller, name, value) for controller, lines in every for name, value in lines]


def _make(directory: str, version: int) -> None:
    try:
        posix.mkdir(directory, 0o755)
    except FileExistsError:
        pass
    except FileNotFoundError:
        _make(parent(directory), version)
        _make(directory, version)
        return
    except OSError as error:
        raise failure("mkdir", error, directory) from None
    if version == 2:
        _enable_controllers(parent(directory))
    elif exists(f"{directory}/cpuset.cpus"):
        _inherit_cpuset(directory)


def _inherit_cpuset(directory: str) -> None:
    """A new v1 cpuset is empty, and takes no process before it has CPUs and memory nodes."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        if not files.read(directory, name):
            files.write(directory, name, files.read(parent(directory), name))


def _enable_controllers(directory: str) -> None:
    """Have the children of `directory` get every controller that it has itself."""
    enabled = files.read(directory, "cgroup.subtree_control").split()
    for controller in files.read(directory, "cgroup.controllers").split():
        if controller not in enabled:
            try:
                files.write(directory, "cgroup.subtree_control", f"+{controller}")
            except KernelError:
                # Not to be had here (a threaded domain, or processes in the way): a limit that needs it will say so.
                continue


def _refuse_used(record: "dict[str, Any]") -> None:
    for directory in record["kept"]:
        count = len(files.pids(directory))
        if count:
            raise Error(f"container's cgroup is not empty: {count} process(es) found")
    if frozen(record):
        raise Error("container's cgroup unexpectedly frozen")


def _freezer(record: "dict[str, Any]") -> "tuple[str, str, str, str]":
    """(directory, file, value that freezes, value that thaws)."""
    paths = record.get("paths", {})
    if record.get("version") == 1:
        return paths.get("freezer", ""), "freezer.state", "FROZEN", "THAWED"
    return paths.get(UNIFIED, ""), "cgroup.freeze", "1", "0"


def frozen(record: "dict[str, Any]") -> bool:
    """Whether the container is paused (or about to be)."""
    directory, name, _, thaw = _freezer(record)
    return bool(directory) and files.read(directory, name) not in (thaw, "")


def thaw(record: "dict[str, Any]") -> None:
    """Let frozen processes go on; a killed one can only die then."""
    directory, name, _, value = _freezer(record)
    if directory:
        files.write(directory, name, value)


def pids(record: "dict[str, Any]") -> "list[int]":
    """Every process of the container; its PIDs as the runtime sees them."""
    paths = record.get("paths", {})
    for key in (UNIFIED, "pids", "freezer", *paths):
        if key in paths:
            return files.pids(paths[key])
    return []


def kill(record: "dict[str, Any]", signal: int = SIGKILL) -> None:
    """Signal every process of the container; none escapes a SIGKILL by cgroup.kill, where the kernel has that."""
    unified = record.get("paths", {}).get(UNIFIED)
    if signal == SIGKILL and unified and exists(f"{unified}/cgroup.kill"):
        files.write(unified, "cgroup.kill", "1")
        return
    directory, name, freeze, thaw_value = _freezer(record)
    if directory:
        files.write(directory, name, freeze)
    try:
        for pid in pids(record):
            try:
                posix.kill(pid, signal)
            except ProcessLookupError:
                continue
    finally:
        if directory:
            files.write(directory, name, thaw_value)


def remove(record: "dict[str, Any]") -> None:
    """Remove what was made, with the cgroups that the container made below it."""
    kept = record.get("kept", [])
    for directory in dict.fromkeys(record.get("paths", {}).values()):
        if directory not in kept:
            files.remove(directory)
