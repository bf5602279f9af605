"""`mounts[].options`: which of them the runtime itself understands, and what they mean to the kernel.

config.md#mounts ("Linux mount options"); the attributes are those of man 2 mount_setattr.
"""

from ocirt.errors import SpecError
from ocirt.kernel.mount import (
    MOUNT_ATTR__ATIME,
    MOUNT_ATTR_NOATIME,
    MOUNT_ATTR_NODEV,
    MOUNT_ATTR_NODIRATIME,
    MOUNT_ATTR_NOEXEC,
    MOUNT_ATTR_NOSUID,
    MOUNT_ATTR_NOSYMFOLLOW,
    MOUNT_ATTR_RDONLY,
    MOUNT_ATTR_STRICTATIME,
    MS_PRIVATE,
    MS_REC,
    MS_SHARED,
    MS_SLAVE,
    MS_UNBINDABLE,
)

# Attributes of one mount: option -> (set, clear).  Each exists with an `r` in front for the whole tree below.
ATTRIBUTES = {
    "ro": (MOUNT_ATTR_RDONLY, 0),
    "rw": (0, MOUNT_ATTR_RDONLY),
    "nosuid": (MOUNT_ATTR_NOSUID, 0),
    "suid": (0, MOUNT_ATTR_NOSUID),
    "nodev": (MOUNT_ATTR_NODEV, 0),
    "dev": (0, MOUNT_ATTR_NODEV),
    "noexec": (MOUNT_ATTR_NOEXEC, 0),
    "exec": (0, MOUNT_ATTR_NOEXEC),
    "nodiratime": (MOUNT_ATTR_NODIRATIME, 0),
    "diratime": (0, MOUNT_ATTR_NODIRATIME),
    "nosymfollow": (MOUNT_ATTR_NOSYMFOLLOW, 0),
    "symfollow": (0, MOUNT_ATTR_NOSYMFOLLOW),
    # The access time is a field of several bits: setting one value needs the others cleared, and 0 is relatime.
    "relatime": (0, MOUNT_ATTR__ATIME),
    "norelatime": (0, 0),
    "noatime": (MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME),
    "atime": (0, MOUNT_ATTR__ATIME),
    "strictatime": (MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME),
    "nostrictatime": (0, MOUNT_ATTR__ATIME),
}
RECURSIVE_ATTRIBUTES = {f"r{option}": change for option, change in ATTRIBUTES.items()}

PROPAGATION = {
    "shared": MS_SHARED,
    "rshared": MS_SHARED | MS_REC,
    "slave": MS_SLAVE,
    "rslave": MS_SLAVE | MS_REC,
    "private": MS_PRIVATE,
    "rprivate": MS_PRIVATE | MS_REC,
    "unbindable": MS_UNBINDABLE,
    "runbindable": MS_UNBINDABLE | MS_REC,
}

# Flags of the file system itself: option -> the parameter for fsconfig(2), None where a new mount has no use for it.
SUPERBLOCK = {
    "sync": "sync",
    "async": "async",
    "dirsync": "dirsync",
    "mand": "mand",
    "nomand": "nomand",
    "lazytime": "lazytime",
    "nolazytime": "nolazytime",
    "iversion": "iversion",
    "noiversion": None,
    "silent": None,
    "loud": None,
    "defaults": None,
}

OTHER = ("bind", "rbind", "remount", "idmap", "ridmap", "tmpcopyup")


class MountOptions:
    """One mount's options, sorted by what they act on.

    `set`/`clear` are MOUNT_ATTR_* of the mount, `recursive_set`/`recursive_clear` those of the tree;
    `propagation` is a list of MS_* values applied after the mount; `superblock` and `data` are parameters of the
    file system; `bind`, `recursive`, `remount` and `tmpcopyup` say what kind of mount it is, `idmap` is "", "idmap"
    or "ridmap".
    """

    __slots__ = (
        "bind",
        "clear",
        "data",
        "idmap",
        "propagation",
        "recursive",
        "recursive_clear",
        "recursive_set",
        "remount",
        "set",
        "superblock",
        "tmpcopyup",
    )

    def __init__(self) -> None:
        self.set = self.clear = self.recursive_set = self.recursive_clear = 0
        self.bind = self.recursive = self.remount = self.tmpcopyup = False
        self.idmap = ""
        self.propagation: list[int] = []
        self.superblock: list[str] = []
        self.data: list[str] = []

    @property
    def read_only(self) -> bool:
        """Whether the mount itself is to be read-only."""
        return bool(self.set & MOUNT_ATTR_RDONLY)


def parse(options: "list[str]", path: str) -> MountOptions:
    """Sort `options`; of contradicting ones the last wins.  `path` is the mount's dotted path for errors."""
    result = MountOptions()
    for option in options:
        if option in ATTRIBUTES:
            set_, clear = ATTRIBUTES[option]
            result.set = result.set & ~clear | set_
            result.clear = result.clear & ~set_ | clear
        elif option in PROPAGATION:
            result.propagation.append(PROPAGATION[option])
        elif option in RECURSIVE_ATTRIBUTES:
            set_, clear = RECURSIVE_ATTRIBUTES[option]
            result.recursive_set = result.recursive_set & ~clear | set_
            result.recursive_clear = result.recursive_clear & ~set_ | clear
        elif option in SUPERBLOCK:
            parameter = SUPERBLOCK[option]
            if parameter:
                result.superblock.append(parameter)
        elif option in ("bind", "rbind"):
            result.bind = True
            result.recursive = option == "rbind"
        elif option in ("idmap", "ridmap"):
            result.idmap = option
        elif option == "remount":
            result.remount = True
        elif option == "tmpcopyup":
            result.tmpcopyup = True
        else:
            result.data.append(option)
    if result.bind and result.data:
        raise SpecError(
            f"{path}.options", f"bind mounts cannot have any filesystem-specific options applied: {result.data}"
        )
    return result


def known() -> "list[str]":
    """Every option that `parse` understands, sorted, as `ocirt features` lists them."""
    names = [*ATTRIBUTES, *RECURSIVE_ATTRIBUTES, *PROPAGATION, *SUPERBLOCK, *OTHER]
    return sorted(name for name in names if name != "defaults")
