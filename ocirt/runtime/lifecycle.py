"""The recipe: which property is dealt with when.  Questions of order are answered here, and only here.

Each function is one stage of a container's making (properties/__init__.py says what a stage may do), a straight line
of calls into the properties' own files.
"""

from ocirt.cgroup import manager
from ocirt.errors import SpecError
from ocirt.properties import (
    capabilities,
    console,
    devices,
    hooks,
    hostname,
    id_mappings,
    keyring,
    mounts,
    namespaces,
    no_new_privileges,
    oom_score_adj,
    paths,
    process,
    rlimits,
    root,
    sysctl,
    user,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.creation import CreateOptions, Creation
    from ocirt.spec.types import Spec

# Properties of the specification that a later version brings: refused, never passed over in silence.
_NOT_YET = {
    "process": ("apparmorProfile", "selinuxLabel", "scheduler", "ioPriority", "execCPUAffinity"),
    "linux": ("seccomp", "timeOffsets", "netDevices", "intelRdt", "memoryPolicy", "personality", "mountLabel"),
}


def check(spec: "Spec", options: "CreateOptions") -> None:
    """Everything that can be found wrong before anything exists.  Raises SpecError."""
    for name, keys in _NOT_YET.items():
        for key in keys:
            if spec.get(name, {}).get(key):  # type: ignore[attr-defined]
                raise SpecError(f"{name}.{key}", "not supported yet")
    root.check(spec)
    namespaces.check(spec)
    id_mappings.check(spec)
    mounts.check(spec)
    paths.check(spec)
    devices.check(spec)
    hostname.check(spec)
    sysctl.check(spec)
    manager.check(spec)
    process.check(spec)
    user.check(spec)
    rlimits.check(spec)
    console.check(spec, options)
    hooks.check(spec)


def prepare(c: "Creation") -> None:
    """In the runtime, with the host's paths at hand: open what init will need."""
    root.prepare(c)
    namespaces.prepare(c)
    capabilities.prepare(c)
    rlimits.prepare(c)
    console.prepare(c)
    mounts.prepare(c)


def attach(c: "Creation") -> None:
    """In the runtime, while init does its mounts: put it where only its parent can."""
    oom_score_adj.attach(c)
    c.cgroup.create()
    c.cgroup.apply(late=False)
    if not namespaces.joins_cgroup_itself(c):
        c.cgroup.add(c.pid)


def populate(c: "Creation") -> None:
    """In init, in its new namespaces, with the host's root still visible."""
    keyring.populate(c)
    if namespaces.is_new(c.spec, "network"):
        from ocirt.properties import loopback

        loopback.populate()
    hostname.populate(c)
    root.populate(c)
    mounts.populate(c)
    devices.populate(c)
    console.populate(c)
    paths.populate(c)
    # At the latest here, before anybody else looks: hooks expect init in its cgroup.
    namespaces.enter_cgroup(c)


def confine(c: "Creation") -> None:
    """In init, from the change of root to the last privilege; no import, no path of the host any more."""
    root.change_root(c)
    process.make_cwd(c)
    mounts.finish(c)
    root.confine(c)
    sysctl.confine(c)
    paths.confine(c)
    console.confine(c)
    no_new_privileges.confine(c)
    entered = process.enter_cwd(c, retry=True)
    capabilities.drop_bounding(c)
    user.confine(c)
    if not entered:
        process.enter_cwd(c)
    process.verify_cwd()
    capabilities.confine(c)
    process.launch(c)


def limit(c: "Creation") -> None:
    """In the runtime, when only ocirt-init is left in the container: what would have starved the stage before it."""
    rlimits.limit(c)
    c.cgroup.apply(late=True)
