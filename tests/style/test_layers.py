"""Who may import whom: the architecture, kept by reading the imports."""

import sys

import pytest
from style.source import imports, modules, place

# Each layer (a module or a folder of ocirt/), from left to right, and the layers that it may import besides itself.
# "ocirt" is the package itself, ocirt/__init__.py: the library's front door.
LAYERS = {
    "__main__": "help commands argv log modules errors",
    "help": "commands argv errors",  # click's view of the same option tables
    "commands": "runtime state spec signals argv log errors",  # thin: no kernel call, no property
    "ocirt": "runtime spec errors",
    "runtime": "properties creation cgroup seccomp network init state spec kernel log errors",
    "properties": "creation cgroup seccomp network init spec kernel log errors",
    "creation": "cgroup seccomp network init spec kernel log errors",
    "cgroup": "kernel log errors",
    "seccomp": "log errors",  # profile in, program out: never touches the kernel
    "network": "kernel log errors",
    "init": "kernel log errors",
    "state": "kernel spec errors",
    "kernel": "log errors",  # mechanism: knows no container
    "spec": "errors",  # never touches the kernel
    "signals": "errors",
    "modules": "",  # loads the others: before it, nothing of ocirt is there
    "argv": "errors",
    "log": "errors",
    "errors": "",
}

# Packages from outside the standard library, and slow ones from inside: the modules that may import them.
OWNERS = {
    "click": {"help"},
    "jsonschema": {"spec.explain"},
    "pyroute2": {"network"},
    "_prctl": {"kernel.prctl"},  # the C half of python-prctl; `import prctl` costs four times as much
    "ctypes": {"seccomp", "commands._version"},
    "setuptools": {"init.build"},
    "distutils": {"init.build"},
}


def layer(module: str) -> str:
    """The layer of a module named below `ocirt`."""
    return module.split(".")[0] or "ocirt"


def imported_layer(name: str) -> str | None:
    """The layer that an import of `name` reaches; None for one from elsewhere and for `ocirt.__version__`."""
    first, *rest = name.split(".")
    if first != "ocirt" or rest in ([], ["__version__"]):
        return None
    return rest[0] if rest[0] in LAYERS else "ocirt"


def test_every_module_has_a_layer() -> None:
    assert {layer(module) for module in modules()} <= set(LAYERS)


def test_layers_are_in_order() -> None:
    order = list(LAYERS)
    for number, allowed in enumerate(LAYERS.values()):
        assert set(allowed.split()) <= set(order[number + 1 :]), f"{order[number]} looks left"


@pytest.mark.parametrize("name", LAYERS)
def test_imports_go_right(name: str) -> None:
    allowed = {None, name, *LAYERS[name].split()}
    found = [
        f"{place(path, line)}: {name} must not import {target}"
        for module, path in modules().items()
        if layer(module) == name
        for line, target in imports(path)
        if imported_layer(target) not in allowed
    ]
    assert not found, "\n".join(found)


def test_outside_packages_have_owners() -> None:
    found = []
    for module, path in modules().items():
        for line, target in imports(path):
            package = target.split(".")[0]
            if package in OWNERS:
                # An owner is a module or a folder of them.
                if not any(f"{module}.".startswith(f"{owner}.") for owner in OWNERS[package]):
                    found.append(f"{place(path, line)}: {package} belongs to {', '.join(sorted(OWNERS[package]))}")
            elif package != "ocirt" and package not in sys.stdlib_module_names:
                found.append(f"{place(path, line)}: {package} has no owner in {__name__}")
    assert not found, "\n".join(found)
