"""The figures: what they are called, their units, and the targets of design and project."""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmark.runtimes import PYTHON, SUBJECT

# figure -> name of the runtime -> its values, in seconds, kB, KiB or plain numbers
Samples = dict[str, dict[str, list[float]]]
Medians = Mapping[str, Mapping[str, float]]

# unit -> (what it is in the samples' unit, decimals)
UNITS = {"ms": (1e-3, 1), "s": (1.0, 2), "kB": (1.0, 0), "KiB": (1.0, 0), "calls": (1.0, 0)}


@dataclass(frozen=True, slots=True)
class Target:
    """ocirt's figure is to be at most `factor` times that of `against`, plus `plus` (in the figure's unit)."""

    against: str | None = None
    factor: float = 1.0
    plus: float = 0.0

    def text(self, unit: str) -> str:
        """For people."""
        if self.against is None:
            return f"≤ {self.plus:g} {unit}"
        name = "bare" if self.against == PYTHON else self.against
        words = name if self.factor == 1 else f"{self.factor:g} \N{MULTIPLICATION SIGN} {name}"
        return f"≤ {words} + {self.plus:g} {unit}" if self.plus else f"≤ {words}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    name: str
    title: str
    unit: str
    # The workloads that yield it.
    workloads: tuple[str, ...]
    targets: tuple[Target, ...] = ()
    # The figure that peers and bare Python are compared by, where it is another one.
    peers_by: str = ""
    bare_by: str = "bare"

    @property
    def scale(self) -> float:
        """One of its units in the samples' unit."""
        return UNITS[self.unit][0]

    def show(self, value: float) -> str:
        """A value, for people."""
        scale, decimals = UNITS[self.unit]
        return f"{value / scale:,.{decimals}f} {self.unit}"

    def value(self, medians: Medians, name: str) -> float | None:
        """The median of a runtime, or of bare Python, to put beside ocirt's."""
        by = self.name
        if name == PYTHON:
            by = self.bare_by
        elif name != SUBJECT and self.peers_by:
            by = self.peers_by
        return medians.get(by, {}).get(name)

    def limit(self, target: Target, medians: Medians) -> float | None:
        """The most that meets the target; None when what it depends on was not measured."""
        other = 0.0 if target.against is None else self.value(medians, target.against)
        return None if other is None else other * target.factor + target.plus * self.scale


def _verb(name: str, *targets: Target) -> Figure:
    return Figure(name, name, "ms", ("verbs", "bare"), targets)


VERBS = ("create", "start", "state", "kill", "delete", "list")


def figures(row: int) -> dict[str, Figure]:
    """All of them by name, in the table's order; `row` runs are in a row."""
    found = [
        Figure("bare", "bare python -I -S -c pass", "ms", ("bare",)),
        _verb("create"),
        _verb("start"),
        _verb("state", Target(PYTHON, plus=5)),
        _verb("kill"),
        _verb("delete"),
        _verb("list"),
        Figure(
            "cycle",
            "create+start+delete",
            "ms",
            ("cycle", "bare"),
            (Target("runc", 0.8), Target("crun", 2)),
        ),
        Figure("run", "run", "ms", ("run", "bare"), (Target("runc", 0.7),)),
        Figure("row", f"{row} runs in a row", "s", ("row",), bare_by=""),
        Figure("library", "library cycle (peers: run)", "ms", ("library", "run"), (Target("crun"),), "run", ""),
        Figure("init-memory", "waiting init, resident", "kB", ("memory",), (Target(plus=64),), bare_by=""),
        Figure("create-memory", "create, peak memory", "kB", ("memory", "bare-memory"), bare_by="create-memory"),
        Figure(
            "least-memory", "least memory limit for true", "KiB", ("least-memory",), (Target(plus=384),), bare_by=""
        ),
        Figure("syscalls", "system calls of run", "calls", ("syscalls",), bare_by=""),
    ]
    return {figure.name: figure for figure in found}
