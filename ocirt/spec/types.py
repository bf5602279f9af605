"""config.json as type checkers see it: the document itself is the model, a dict that json made.

Each key, its unit and its section in the specification are described in spec-schemas/config.schema.json; a test
holds the two against each other.  The words that some keys choose from are in names.py.  The runtime never imports
this module when it runs, callers of the library may.
"""

from typing import Required, TypedDict

from ocirt.spec import names


class ConsoleSize(TypedDict, total=False):
    """Size of the terminal in characters."""

    height: Required[int]
    width: Required[int]


class User(TypedDict, total=False):
    """The numbers the process runs as."""

    uid: int
    gid: int
    umask: int
    additionalGids: list[int]
    username: str


class Capabilities(TypedDict, total=False):
    """Capability sets by their names in capabilities(7); what cannot be granted is warned of."""

    bounding: list[str]
    effective: list[str]
    inheritable: list[str]
    permitted: list[str]
    ambient: list[str]


class Rlimit(TypedDict, total=False):
    """One resource limit."""

    type: Required[names.RlimitType]
    soft: Required[int]
    hard: Required[int]


class Scheduler(TypedDict, total=False):
    """Scheduling policy and its values for sched_setattr(2)."""

    policy: Required[names.SchedulerPolicy]
    nice: int
    priority: int
    flags: list[names.SchedulerFlag]
    runtime: int
    deadline: int
    period: int


IOPriority = TypedDict(
    "IOPriority",
    {"class": Required[names.IOPriorityClass], "priority": int},
    total=False,
)
"""I/O priority of the process group."""


class ExecCPUAffinity(TypedDict, total=False):
    """CPUs of the processes that exec adds; not of the first process."""

    initial: str
    final: str


class Process(TypedDict, total=False):
    """The container's first process; needed at the latest for start."""

    terminal: bool
    consoleSize: ConsoleSize
    user: User
    args: list[str]
    commandLine: str
    env: list[str]
    cwd: Required[str]
    capabilities: Capabilities
    rlimits: list[Rlimit]
    noNewPrivileges: bool
    apparmorProfile: str
    selinuxLabel: str
    oomScoreAdj: int
    scheduler: Scheduler
    ioPriority: IOPriority
    execCPUAffinity: ExecCPUAffinity


class Root(TypedDict, total=False):
    """Root filesystem."""

    path: Required[str]
    readonly: bool


class IDMapping(TypedDict, total=False):
    """One range of user or group ids and what it is on the host."""

    containerID: Required[int]
    hostID: Required[int]
    size: Required[int]


class Mount(TypedDict, total=False):
    """One mount."""

    destination: Required[str]
    type: str
    source: str
    options: list[str]
    uidMappings: list[IDMapping]
    gidMappings: list[IDMapping]


class Hook(TypedDict, total=False):
    """One program of the engine's; it finds the container's state as JSON on its standard input."""

    path: Required[str]
    args: list[str]
    env: list[str]
    timeout: int


class Hooks(TypedDict, total=False):
    """Programs of the engine's to run along the container's life."""

    prestart: list[Hook]
    createRuntime: list[Hook]
    createContainer: list[Hook]
    startContainer: list[Hook]
    poststart: list[Hook]
    poststop: list[Hook]


class Namespace(TypedDict, total=False):
    """One namespace, to be made or joined."""

    type: Required[names.NamespaceType]
    path: str


class ClockOffset(TypedDict, total=False):
    """How far a clock of the time namespace is ahead of the host's."""

    secs: int
    nanosecs: int


class TimeOffsets(TypedDict, total=False):
    """Clocks of the time namespace."""

    boottime: ClockOffset
    monotonic: ClockOffset


class Device(TypedDict, total=False):
    """One device node."""

    path: Required[str]
    type: Required[names.DeviceType]
    major: int
    minor: int
    fileMode: int
    uid: int
    gid: int


class NetDevice(TypedDict, total=False):
    """One network device to move into the container."""

    name: str


class DeviceRule(TypedDict, total=False):
    """One rule on device access."""

    allow: Required[bool]
    type: str
    major: int
    minor: int
    access: str


class Memory(TypedDict, total=False):
    """Memory limits."""

    limit: int
    reservation: int
    swap: int
    kernel: int
    kernelTCP: int
    swappiness: int
    disableOOMKiller: bool
    useHierarchy: bool
    checkBeforeUpdate: bool


class CPU(TypedDict, total=False):
    """CPU time, and the CPUs and memory nodes to use."""

    shares: int
    quota: int
    burst: int
    period: int
    realtimeRuntime: int
    realtimePeriod: int
    cpus: str
    mems: str
    idle: int


class Pids(TypedDict, total=False):
    """Limit of tasks."""

    limit: int


class DeviceWeight(TypedDict, total=False):
    """The block I/O weights of one device."""

    major: Required[int]
    minor: Required[int]
    weight: int
    leafWeight: int


class DeviceRate(TypedDict, total=False):
    """The block I/O rate limit of one device."""

    major: Required[int]
    minor: Required[int]
    rate: int


class BlockIO(TypedDict, total=False):
    """Block I/O weights and rates."""

    weight: int
    leafWeight: int
    weightDevice: list[DeviceWeight]
    throttleReadBpsDevice: list[DeviceRate]
    throttleWriteBpsDevice: list[DeviceRate]
    throttleReadIOPSDevice: list[DeviceRate]
    throttleWriteIOPSDevice: list[DeviceRate]


class HugepageLimit(TypedDict, total=False):
    """The limit of one size of huge pages."""

    pageSize: Required[str]
    limit: Required[int]


class InterfacePriority(TypedDict, total=False):
    """The traffic priority of one network interface."""

    name: Required[str]
    priority: Required[int]


class Network(TypedDict, total=False):
    """Marks on network traffic; cgroup v1 only."""

    classID: int
    priorities: list[InterfacePriority]


class Rdma(TypedDict, total=False):
    """The limits of one RDMA device, at least one of them."""

    hcaHandles: int
    hcaObjects: int


class Resources(TypedDict, total=False):
    """Limits and permissions set through the container's cgroup."""

    devices: list[DeviceRule]
    memory: Memory
    cpu: CPU
    pids: Pids
    blockIO: BlockIO
    hugepageLimits: list[HugepageLimit]
    network: Network
    rdma: dict[str, Rdma]
    unified: dict[str, str]


class SeccompCondition(TypedDict, total=False):
    """One condition on a system call's argument."""

    index: Required[int]
    value: Required[int]
    valueTwo: int
    op: Required[names.SeccompOperator]


class SeccompRule(TypedDict, total=False):
    """One rule of the filter."""

    names: Required[list[str]]
    action: Required[names.SeccompAction]
    errnoRet: int
    args: list[SeccompCondition]


class Seccomp(TypedDict, total=False):
    """Filter of system calls."""

    defaultAction: Required[names.SeccompAction]
    defaultErrnoRet: int
    architectures: list[names.SeccompArch]
    flags: list[names.SeccompFlag]
    listenerPath: str
    listenerMetadata: str
    syscalls: list[SeccompRule]


class IntelRdt(TypedDict, total=False):
    """Cache and memory bandwidth through resctrl."""

    closID: str
    l3CacheSchema: str
    memBwSchema: str
    schemata: list[str]
    enableMonitoring: bool


class MemoryPolicy(TypedDict, total=False):
    """NUMA memory policy of the first process."""

    mode: names.MemoryPolicyMode
    nodes: str
    flags: list[names.MemoryPolicyFlag]


class Personality(TypedDict, total=False):
    """Execution domain of personality(2)."""

    domain: names.PersonalityDomain
    flags: list[str]


class Linux(TypedDict, total=False):
    """What only Linux has."""

    namespaces: list[Namespace]
    uidMappings: list[IDMapping]
    gidMappings: list[IDMapping]
    timeOffsets: TimeOffsets
    devices: list[Device]
    netDevices: dict[str, NetDevice]
    cgroupsPath: str
    resources: Resources
    rootfsPropagation: names.Propagation
    seccomp: Seccomp
    sysctl: dict[str, str]
    maskedPaths: list[str]
    readonlyPaths: list[str]
    mountLabel: str
    intelRdt: IntelRdt
    memoryPolicy: MemoryPolicy
    personality: Personality


class Spec(TypedDict, total=False):
    """A whole config.json."""

    ociVersion: Required[str]
    process: Process
    root: Root
    hostname: str
    domainname: str
    mounts: list[Mount]
    hooks: Hooks
    annotations: dict[str, str]
    linux: Linux
    solaris: dict[str, object]
    windows: dict[str, object]
    vm: dict[str, object]
    zos: dict[str, object]
    freebsd: dict[str, object]
