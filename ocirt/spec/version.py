"""Which versions of the runtime specification ocirt follows (config.md#specification-version)."""

from ocirt.errors import SpecError

OLDEST = "1.0.0"
NEWEST = "1.3.0"

_ALNUM = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-")
_MINORS = ("0", "1", "2", "3")


def check(version: str) -> None:
    """Refuse an `ociVersion` that is no semantic version, older than 1.0.0, or of a later minor version than 1.3.

    A later minor version may ask for what this runtime does not know, a later patch of 1.3 may not.  Pre-releases
    count as SemVer orders them: 1.0.0-rc1 comes before 1.0.0 and is refused, 1.0.2-dev and 1.3.0-rc.1 are taken;
    1.4.0-dev belongs to 1.4.  What follows a plus sign says nothing.  Raises SpecError.
    """
    rest, plus, build = version.partition("+")
    core, dash, pre = rest.partition("-")
    numbers = core.split(".")
    if (
        len(numbers) != 3
        or not all(map(_is_number, numbers))
        or (dash and not _is_dotted(pre, numbers_too=True))
        or (plus and not _is_dotted(build, numbers_too=False))
    ):
        raise _refused(version, "want a semantic version such as 1.3.0")
    major, minor, patch = numbers
    if major != "1" or minor not in _MINORS or (dash and minor == patch == "0"):
        raise _refused(version, f"want {OLDEST} to 1.{_MINORS[-1]}.x")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and (text == "0" or text[0] != "0")


def _is_dotted(text: str, *, numbers_too: bool) -> bool:
    """Whether `text` is identifiers with dots between; a pre-release's numbers must be without leading zeros."""
    return all(
        part and _ALNUM.issuperset(part) and (not numbers_too or not part.isdigit() or _is_number(part))
        for part in text.split(".")
    )


def _refused(version: str, want: str) -> SpecError:
    from ocirt.spec.wording import shown

    return SpecError("ociVersion", f"{want}, got {shown(version)}")
