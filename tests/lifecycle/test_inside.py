"""What the process of a container finds: namespaces, identity, limits, mounts, devices, cgroup."""

import json
import os
from pathlib import Path

import pytest
from support.bundle import Bundle
from support.runtime import Container, Runtime

CGROUP = Path("/sys/fs/cgroup")


def fields(status: str) -> dict[str, str]:
    """The lines of /proc/PID/status."""
    return dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)


def test_namespaces_are_new(container: Container) -> None:
    """Each namespace of the list is another one than the host's, and those not listed are the host's."""
    container.created()
    for name in ("pid", "net", "ipc", "uts", "mnt"):
        assert os.readlink(f"/proc/{container.pid}/ns/{name}") != os.readlink(f"/proc/self/ns/{name}")
    for name in ("user", "time"):
        assert os.readlink(f"/proc/{container.pid}/ns/{name}") == os.readlink(f"/proc/self/ns/{name}")


def test_cgroup_namespace(runtime: Runtime, bundle: Bundle) -> None:
    """In a cgroup namespace of its own the container is at the root of every hierarchy that it is in."""
    bundle.namespaces("pid", "mount", "uts", "ipc", "cgroup")
    lines = runtime.output(bundle, "cat /proc/self/cgroup").splitlines()
    assert lines and all(line.split(":", 2)[2] == "/" for line in lines)


def test_joined_namespaces(runtime: Runtime, bundle: Bundle) -> None:
    """A second container in the namespaces of a first one, as in a pod."""
    first = runtime.container(bundle).running()
    kinds = {"network": "net", "ipc": "ipc", "uts": "uts", "pid": "pid"}
    shared = [{"type": kind, "path": f"/proc/{first.pid}/ns/{name}"} for kind, name in kinds.items()]
    bundle.linux["namespaces"] = [*shared, {"type": "mount"}]
    del bundle.config["hostname"]
    second = runtime.container(bundle).running()
    for name in kinds.values():
        assert os.readlink(f"/proc/{first.pid}/ns/{name}") == os.readlink(f"/proc/{second.pid}/ns/{name}")
    second.delete("--force").ok()
    assert first.status == "running"


def test_namespace_of_another_type(container: Container) -> None:
    """config-linux.md: a path to a namespace of another type is an error."""
    container.bundle.linux["namespaces"].append({"type": "cgroup", "path": "/proc/1/ns/uts"})
    container.create().explained("linux.namespaces")


def test_identity(runtime: Runtime, bundle: Bundle) -> None:
    """User, groups and umask are the config's; capabilities are exactly those listed, and inheritable is empty."""
    bundle.process["user"] = {"uid": 1000, "gid": 1001, "umask": 0o27, "additionalGids": [5, 6]}
    bundle.process["capabilities"] = {
        "bounding": ["CAP_KILL", "CAP_CHOWN"],
        "permitted": ["CAP_KILL"],
        "effective": ["CAP_KILL"],
    }
    status = fields(runtime.output(bundle, "cat /proc/self/status; umask"))
    assert status["Uid"].split() == ["1000"] * 4
    assert status["Gid"].split() == ["1001"] * 4
    assert status["Groups"].split() == ["5", "6"]
    assert status["CapBnd"] == f"{1 << 5 | 1:016x}"
    assert status["Umask"] == "0027"
    # The shell's execve of cat takes the others from a user who is not root (man 7 capabilities).
    assert status["CapPrm"] == status["CapEff"] == status["CapInh"] == status["CapAmb"] == "0" * 16
    bundle.process["user"] = {"uid": 0, "gid": 0}
    bundle.process["noNewPrivileges"] = True
    bundle.process["capabilities"]["bounding"] = ["CAP_KILL"]
    status = fields(runtime.output(bundle, "cat /proc/self/status"))
    assert status["CapPrm"] == status["CapEff"] == status["CapBnd"] == f"{1 << 5:016x}"


def test_ambient_capabilities(runtime: Runtime, bundle: Bundle) -> None:
    """An ambient capability stays with a user other than root over execve."""
    names = ["CAP_NET_BIND_SERVICE"]
    sets = ("bounding", "permitted", "effective", "inheritable", "ambient")
    bundle.process["capabilities"] = {kind: names for kind in sets}
    bundle.process["user"] = {"uid": 1000, "gid": 1000}
    status = fields(runtime.output(bundle, "cat /proc/self/status"))
    assert status["CapAmb"] == status["CapEff"] == f"{1 << 10:016x}"


def test_environment_and_home(runtime: Runtime, bundle: Bundle) -> None:
    """Only the config's variables, the last of duplicates; HOME comes from the image's passwd."""
    bundle.file("etc/passwd", "root:x:0:0::/root:/bin/sh\nsam:x:1000:1000::/home/sam:/bin/sh\n")
    bundle.process["env"] += ["A=1", "A=2"]
    bundle.process["user"] = {"uid": 1000, "gid": 1000}
    lines = runtime.output(bundle, "env").splitlines()
    assert "A=2" in lines and "A=1" not in lines
    assert "HOME=/home/sam" in lines
    assert not any(line.startswith("PYTHON") for line in lines)


def test_cwd_is_made(runtime: Runtime, bundle: Bundle) -> None:
    """A working directory that is missing is made inside the root."""
    bundle.writable().process["cwd"] = "/not/there/yet"
    assert runtime.output(bundle, "pwd") == "/not/there/yet\n"
    assert (bundle.rootfs / "not/there/yet").is_dir()


def test_limits(runtime: Runtime, bundle: Bundle) -> None:
    """rlimits hold in the process, also where its user is not the runtime's."""
    bundle.process["rlimits"] = [
        {"type": "RLIMIT_NOFILE", "soft": 17, "hard": 19},
        {"type": "RLIMIT_CORE", "soft": 0, "hard": 0},
    ]
    bundle.process["user"] = {"uid": 1000, "gid": 1000}
    assert runtime.output(bundle, "ulimit -n; ulimit -Hn; ulimit -c") == "17\n19\n0\n"


def test_devices_and_links(runtime: Runtime, bundle: Bundle) -> None:
    """The default devices can be used, and the links of /dev are there."""
    script = "for d in null zero full random urandom tty; do [ -c /dev/$d ] || echo no $d; done; echo x > /dev/null;"
    script += "head -c 4 /dev/zero | od -An -tx1; for l in fd stdin stdout stderr ptmx; do readlink /dev/$l; done"
    shown = runtime.output(bundle, script).split()
    assert shown[:4] == ["00"] * 4
    assert shown[4:] == ["/proc/self/fd", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2", "pts/ptmx"]


def test_listed_device(runtime: Runtime, bundle: Bundle) -> None:
    """A device of the list has its type, numbers, mode and owner."""
    bundle.linux["devices"] = [
        {"path": "/dev/sub/mine", "type": "c", "major": 1, "minor": 5, "fileMode": 0o640, "uid": 7, "gid": 8},
        {"path": "/dev/pipe", "type": "p", "fileMode": 0o600},
    ]
    out = runtime.output(bundle, "stat -c '%F %a %u %g %t %T' /dev/sub/mine /dev/pipe").splitlines()
    assert out == ["character special file 640 7 8 1 5", "fifo 600 0 0 0 0"]


def test_masked_and_readonly_paths(runtime: Runtime, bundle: Bundle) -> None:
    """Masked files are empty, masked directories empty too, read-only ones cannot be written; missing ones pass."""
    bundle.linux["maskedPaths"] = ["/etc/secret", "/etc/folder", "/proc/keys", "/missing"]
    bundle.linux["readonlyPaths"] = ["/proc/sys", "/missing"]
    bundle.file("etc/secret", "secret")
    bundle.file("etc/folder/file", "secret")
    script = "cat /etc/secret /proc/keys; ls /etc/folder; echo 1 > /proc/sys/kernel/domainname || echo refused"
    assert runtime.output(bundle.writable(), script) == "refused\n"


@pytest.mark.parametrize("read_only", [True, False])
def test_root_readonly(runtime: Runtime, bundle: Bundle, read_only: bool) -> None:
    """root.readonly decides whether the root can be written to."""
    bundle.config["root"]["readonly"] = read_only
    shown = runtime.output(bundle, "touch /new 2>/dev/null && echo written || echo refused")
    assert shown == ("refused\n" if read_only else "written\n")


def test_bind_mounts(runtime: Runtime, bundle: Bundle, tmp_path: Path) -> None:
    """A directory and a file are bound; `ro` holds; the mount points are made in the root."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "file").write_text("from the host\n")
    bundle.writable().mount("/data", str(source), "bind", "rbind", "ro")
    bundle.mount("/one/file", str(source / "file"), "bind", "bind")
    script = "cat /data/file /one/file; touch /data/new 2>/dev/null || echo refused"
    assert runtime.output(bundle, script) == "from the host\nfrom the host\nrefused\n"
    assert (bundle.rootfs / "one/file").is_file()


def test_hostname_sysctl_and_loopback(runtime: Runtime, bundle: Bundle) -> None:
    """Names and parameters of the container's own namespaces; lo is up."""
    bundle.config["hostname"], bundle.config["domainname"] = "here", "there"
    bundle.linux["sysctl"] = {"net.ipv4.ip_forward": "1", "kernel.msgmax": "4096"}
    script = "hostname; cat /proc/sys/kernel/domainname /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax;"
    script += "ip -o link show lo | grep -c LOOPBACK,UP"
    assert runtime.output(bundle, script).split() == ["here", "there", "1", "4096", "1"]


def test_no_pivot(runtime: Runtime, bundle: Bundle) -> None:
    """--no-pivot changes the root all the same."""
    container = runtime.container(bundle.script("ls /; mount | grep -c ' / '"))
    shown = container.run("--no-pivot").ok().stdout.split()
    assert "bin" in shown and "boot" not in shown


def test_user_namespace(runtime: Runtime, bundle: Bundle, tmp_path: Path) -> None:
    """Root inside is somebody else outside; devices are bound, since none can be made."""
    for folder in (tmp_path, *tmp_path.parents[:3]):
        os.chmod(folder, 0o755)
    bundle.linux["namespaces"].append({"type": "user"})
    for key in ("uidMappings", "gidMappings"):
        bundle.linux[key] = [{"containerID": 0, "hostID": 100000, "size": 65536}]
    os.chown(bundle.rootfs, 100000, 100000)
    container = runtime.container(bundle).running()
    assert Path(f"/proc/{container.pid}").stat().st_uid == 100000
    container.delete("--force").ok()
    assert runtime.output(bundle, "id -u; echo x > /dev/null && echo fine") == "0\nfine\n"


def test_cgroup_membership_and_limits(runtime: Runtime, bundle: Bundle, marker: str) -> None:
    """The process is in its cgroup, and the limits stand in its files."""
    if not (CGROUP / "memory").is_dir():
        pytest.skip("needs cgroup v1 with the memory controller")
    bundle.linux["cgroupsPath"] = f"/{marker}"
    bundle.resources.update(
        {"memory": {"limit": 16 << 20}, "pids": {"limit": 20}, "cpu": {"shares": 512, "quota": 50000, "period": 100000}}
    )
    container = runtime.container(bundle).running()
    lines = Path(f"/proc/{container.pid}/cgroup").read_text().splitlines()
    assert f"memory:/{marker}" in {line.split(":", 1)[1] for line in lines}
    values = {
        "memory/memory.limit_in_bytes": str(16 << 20),
        "pids/pids.max": "20",
        "cpu/cpu.shares": "512",
        "cpu/cpu.cfs_quota_us": "50000",
    }
    for name, value in values.items():
        controller, file = name.split("/")
        assert (CGROUP / controller / marker / file).read_text().strip() == value
    assert "b *:* m" in (CGROUP / "devices" / marker / "devices.list").read_text()


def test_device_rules_hold(runtime: Runtime, bundle: Bundle) -> None:
    """A device that the rules do not allow cannot be opened, although its node is there."""
    bundle.resources["devices"] = [{"allow": False, "access": "rwm"}]
    bundle.linux["devices"] = [{"path": "/dev/mine", "type": "c", "major": 1, "minor": 11}]
    assert runtime.output(bundle, "head -c 1 /dev/null && echo null; ls /dev/mine") == "null\n/dev/mine\n"
    bundle.linux["devices"] = []
    bundle.process["capabilities"]["bounding"].append("CAP_MKNOD")
    for kind in ("effective", "permitted"):
        bundle.process["capabilities"][kind].append("CAP_MKNOD")
    script = "mknod /dev/kmsg c 1 11; cat /dev/kmsg 2>/dev/null || echo refused"
    assert runtime.output(bundle, script) == "refused\n"


def test_small_memory_limit(runtime: Runtime, bundle: Bundle) -> None:
    """A program that needs next to nothing runs with 512 KiB: the stages before it are not counted."""
    bundle.resources["memory"] = {"limit": 512 << 10}
    container = runtime.container(bundle.args("true"))
    container.run().ok()


def test_same_pid_before_and_after_start(container: Container) -> None:
    """The story: what waited is what runs, under one PID, and it is 1 inside."""
    before = container.created().pid
    container.start().ok()
    assert container.pid == before
    assert fields(Path(f"/proc/{before}/status").read_text())["NSpid"].split() == [str(before), "1"]


def test_config_is_kept(container: Container) -> None:
    """runtime.md: changes of config.json after create have no effect."""
    container.bundle.script("echo as created; sleep 100")
    container.created()
    path = container.bundle.path / "config.json"
    path.write_text(json.dumps({"ociVersion": "1.0.2"}))
    container.start().ok()
    container.prints("as created")
