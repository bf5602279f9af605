"""`hostname` and `domainname` (config.md#hostname, #domainname)."""

from ocirt.errors import Error, SpecError
from ocirt.kernel.credentials import setdomainname, sethostname
from ocirt.properties.namespaces import has

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.creation import Creation
    from ocirt.spec.types import Spec

_LONGEST = 64


def check(spec: "Spec") -> None:
    """Both want a UTS namespace that is not the host's."""
    for key in ("hostname", "domainname"):
        name = str(spec.get(key, ""))
        if name and not has(spec, "uts"):
            raise SpecError(key, "want a uts namespace in linux.namespaces, found none")
        if len(name.encode("utf-8", "surrogateescape")) > _LONGEST:
            raise SpecError(key, f"want at most {_LONGEST} bytes, got {len(name)}")


def populate(c: "Creation") -> None:
    """Set both names where the config has them."""
    for key, set_name in (("hostname", sethostname), ("domainname", setdomainname)):
        name = str(c.spec.get(key, ""))
        if name:
            try:
                set_name(name)
            except Error as error:
                raise error.within(key) from None
