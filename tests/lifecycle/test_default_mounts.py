"""What the default configuration's mounts, devices and paths look like from inside."""

import pytest
from support.bundle import MASKED, READ_ONLY, Bundle
from support.runtime import Container, Runtime

Table = dict[str, tuple[str, set[str], set[str]]]

# Mount point -> type, options of the mount that must be there, options of the file system that must be there.
EXPECTED: Table = {
    "/": ("", {"ro"}, set()),
    "/proc": ("proc", {"rw"}, set()),
    "/dev": ("tmpfs", {"rw", "nosuid"}, {"mode=755", "size=65536k"}),
    "/dev/pts": ("devpts", {"nosuid", "noexec"}, {"gid=5", "mode=620", "ptmxmode=666"}),
    "/dev/shm": ("tmpfs", {"nosuid", "nodev", "noexec"}, {"size=65536k"}),
    "/dev/mqueue": ("mqueue", {"nosuid", "nodev", "noexec"}, set()),
    "/sys": ("sysfs", {"ro", "nosuid", "nodev", "noexec"}, set()),
    "/sys/fs/cgroup": ("", {"ro", "nosuid", "nodev", "noexec"}, set()),
}


def mounted(mountinfo: str) -> Table:
    """The last mount on each mount point (man 5 proc_pid_mountinfo)."""
    table: Table = {}
    for line in mountinfo.splitlines():
        fields, _, tail = line.partition(" - ")
        kind, _, options = tail.split(" ", 2)
        table[fields.split()[4]] = (kind, set(fields.split()[5].split(",")), set(options.split(",")))
    return table


def test_mounts(runtime: Runtime, bundle: Bundle) -> None:
    """Every mount of the list has its type and its options."""
    table = mounted(runtime.output(bundle, "cat /proc/self/mountinfo"))
    for place, (kind, attributes, options) in EXPECTED.items():
        found = table[place]
        assert not kind or found[0] == kind, place
        assert attributes <= found[1], place
        assert options <= found[2], place


def test_nothing_of_the_host_is_mounted(runtime: Runtime, bundle: Bundle) -> None:
    """No mount point outside of what the configuration lists: the host's mounts are gone with its root."""
    places = mounted(runtime.output(bundle, "cat /proc/self/mountinfo"))
    below = ("/sys/fs/cgroup/", "/proc/", "/sys/firmware")
    assert {place for place in places if not place.startswith(below)} == set(EXPECTED)


def test_no_propagation_to_the_host(runtime: Runtime, bundle: Bundle) -> None:
    """No mount is shared with the host's: what is mounted inside later is not seen outside."""
    lines = runtime.output(bundle, "cat /proc/self/mountinfo").splitlines()
    assert lines and not [line for line in lines if " shared:" in line]


@pytest.mark.parametrize("path", READ_ONLY)
def test_readonly_paths(runtime: Runtime, bundle: Bundle, path: str) -> None:
    """Mounted read-only where the kernel has it."""
    script = f"if [ -e {path} ]; then grep ' {path} ro,' /proc/self/mountinfo; else echo missing; fi"
    assert runtime.output(bundle, script)


def test_masked_paths(runtime: Runtime, bundle: Bundle) -> None:
    """Whatever is there of the masked paths can neither be read nor listed."""
    script = "; ".join(f"if [ -d {path} ]; then ls {path}; else cat {path} 2>/dev/null; fi" for path in MASKED)
    assert runtime.output(bundle, f"{script}; true") == ""


DEVICES = {"null": "1 3", "zero": "1 5", "full": "1 7", "random": "1 8", "urandom": "1 9", "tty": "5 0"}


def test_default_devices(runtime: Runtime, bundle: Bundle) -> None:
    """config-linux.md#default-devices: these six, for everybody to read and write."""
    names = " ".join(f"/dev/{name}" for name in DEVICES)
    lines = runtime.output(bundle, f"stat -c '%n %F %a %u %g %t %T' {names}").splitlines()
    wanted = [f"/dev/{name} character special file 666 0 0 {numbers}" for name, numbers in DEVICES.items()]
    assert lines == wanted


def test_devices_work(runtime: Runtime, bundle: Bundle) -> None:
    """What they are for: they can be opened despite the device rules that deny everything."""
    script = (
        "echo x > /dev/null && head -c 3 /dev/zero | wc -c; head -c 3 /dev/urandom | wc -c; echo x 2>&1 > /dev/full"
    )
    shown = runtime.output(bundle, f"{script}; true").splitlines()
    assert shown[:2] == ["3", "3"]
    assert "No space left" in shown[2]


def test_nothing_else_in_dev(runtime: Runtime, bundle: Bundle) -> None:
    """The devices, the links, the mount points: no device of the host slips in."""
    names = set(runtime.output(bundle, "ls /dev").split())
    assert names - {"core"} == {*DEVICES, "fd", "stdin", "stdout", "stderr", "ptmx", "pts", "shm", "mqueue"}


def test_new_pseudo_terminals(runtime: Runtime, bundle: Bundle) -> None:
    """devpts is an instance of its own: the host's terminals are not in it."""
    assert runtime.output(bundle, "ls /dev/pts") == "ptmx\n"


def test_process_is_alone(runtime: Runtime, bundle: Bundle) -> None:
    """In its PID namespace the program is 1, leads a session, and sees nobody else."""
    shown = runtime.output(bundle, "echo $$; cut -d' ' -f4-6 /proc/1/stat; ls /proc | grep -c '^[0-9]'").split()
    assert shown[:4] == ["1", "0", "1", "1"]
    assert int(shown[4]) <= 3  # the shell, ls and grep


def test_oom_score_adj(runtime: Runtime, bundle: Bundle) -> None:
    """process.oomScoreAdj is written; without it the caller's value stays."""
    bundle.process["oomScoreAdj"] = 321
    assert runtime.output(bundle, "cat /proc/self/oom_score_adj") == "321\n"
    del bundle.process["oomScoreAdj"]
    with open("/proc/self/oom_score_adj", encoding="utf-8") as own:
        assert runtime.output(bundle, "cat /proc/self/oom_score_adj") == own.read()


def test_no_new_privileges(runtime: Runtime, bundle: Bundle) -> None:
    """Set and not set."""
    for value in (True, False):
        bundle.process["noNewPrivileges"] = value
        assert runtime.output(bundle, "grep NoNewPrivs /proc/self/status").split()[1] == str(int(value))


def test_signals_are_as_new(container: Container) -> None:
    """Nothing that the caller ignores or blocks is ignored or blocked in the container."""
    container.bundle.args("grep", "^Sig[BI]", "/proc/self/status")
    command = container.runtime.command
    container.runtime.command = ["sh", "-c", "trap '' USR1 HUP PIPE QUIT; exec \"$@\"", "sh", *command]
    shown = container.run().ok().stdout.split()
    assert shown[1] == shown[3] == "0" * 16


def test_working_directory_of_a_user_alone(runtime: Runtime, bundle: Bundle) -> None:
    """A directory that only the process's user may enter, and one that only root may: root enters first."""
    private = bundle.rootfs / "private"
    private.mkdir(mode=0o700)
    bundle.process["cwd"] = "/private"
    bundle.process["user"] = {"uid": 1000, "gid": 1000}
    assert runtime.output(bundle, "pwd") == "/private\n"
