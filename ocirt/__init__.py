"""ocirt: an OCI-compatible low-level container runtime.

from ocirt import Container

container = Container.create("/run/ocirt", "c1", "/path/to/bundle")
container.start()
container.wait()
container.delete()
"""

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ocirt.runtime.container import Container, CreateOptions

__all__ = ["Container", "CreateOptions", "__version__"]


def __getattr__(name: str) -> object:
    """The library's classes, loaded when they are first asked for: most commands do without them."""
    if name in ("Container", "CreateOptions"):
        from ocirt.runtime import container

        return getattr(container, name)
    raise AttributeError(f"module 'ocirt' has no attribute {name!r}")
