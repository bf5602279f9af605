"""The table for people and the JSON for programs."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmark.figures import Figure, Medians, Samples, Target
from benchmark.runtimes import PYTHON, SUBJECT, Runtime

Facts = dict[str, str | int | float]
FORMAT = 1


@dataclass
class Report:
    """All that a run found."""

    facts: Facts
    runtimes: Sequence[Runtime]
    figures: Sequence[Figure]
    rounds: int
    warm_up: int
    samples: Samples = field(default_factory=dict)
    # Lines about what was left out or went wrong.
    notes: list[str] = field(default_factory=list)
    load_at_end: float = 0.0

    def medians(self) -> Medians:
        """Figure -> runtime -> median."""
        return {
            figure: {name: statistics.median(values) for name, values in of.items() if values}
            for figure, of in self.samples.items()
        }


# ---- for programs ---------------------------------------------------------------------------------------------------


def as_json(report: Report) -> dict[str, object]:
    """Everything, values in the units of the figures."""
    return {
        "format": FORMAT,
        "machine": {**report.facts, "load_at_end": report.load_at_end},
        "runtimes": {
            runtime.name: {"path": runtime.path, "version": runtime.version, "concessions": runtime.concessions}
            for runtime in report.runtimes
        },
        "rounds": report.rounds,
        "warm_up": report.warm_up,
        "figures": {figure.name: _figure(report, figure) for figure in report.figures},
        "notes": report.notes,
    }


def _figure(report: Report, figure: Figure) -> dict[str, object]:
    medians = report.medians()
    names = [runtime.name for runtime in report.runtimes]
    return {
        "title": figure.title,
        "unit": figure.unit,
        "values": {
            name: _statistics([value / figure.scale for value in values])
            for name, values in report.samples.get(figure.name, {}).items()
            if values
        },
        "ratios": {
            name: round(ratio, 4)
            for name in [*names, PYTHON]
            if name != SUBJECT and (ratio := _ratio(figure, medians, name)) is not None
        },
        "targets": [
            {
                "text": target.text(figure.unit),
                "limit": None if limit is None else round(limit / figure.scale, 4),
                "met": _met(figure, target, medians),
            }
            for target in figure.targets
            for limit in [figure.limit(target, medians)]
        ],
    }


def _statistics(values: list[float]) -> dict[str, object]:
    return {
        "median": round(statistics.median(values), 4),
        "mean": round(statistics.fmean(values), 4),
        "deviation": round(statistics.stdev(values), 4) if len(values) > 1 else 0.0,
        "least": round(min(values), 4),
        "most": round(max(values), 4),
        "samples": [round(value, 4) for value in values],
    }


def _ratio(figure: Figure, medians: Medians, name: str) -> float | None:
    own, other = figure.value(medians, SUBJECT), figure.value(medians, name)
    return own / other if own is not None and other else None


def _met(figure: Figure, target: Target, medians: Medians) -> bool | None:
    own, limit = figure.value(medians, SUBJECT), figure.limit(target, medians)
    return None if own is None or limit is None else own <= limit


# ---- for people -----------------------------------------------------------------------------------------------------


def as_text(report: Report) -> str:
    """The facts, the table, the notes."""
    lines = [f"{key:<10} {_fact(value)}" for key, value in report.facts.items() if value not in ("", "0 kB")]
    for runtime in report.runtimes:
        concessions = "".join(f"; {concession}" for concession in runtime.concessions)
        lines.append(f"{runtime.name:<10} {runtime.version} ({runtime.path}){concessions}")
    lines += ["", *_table(report), ""]
    lines.append(f"medians of up to {report.rounds} rounds after {report.warm_up} to warm up, in random order")
    lines.append(f"load: {_fact(report.facts['load'])} when it began, {report.load_at_end:.2f} when it ended")
    return "\n".join(lines + report.notes)


def _fact(value: str | int | float) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _table(report: Report) -> list[str]:
    medians = report.medians()
    names = [runtime.name for runtime in report.runtimes]
    peers = [name for name in names if name != SUBJECT]
    rows = [["figure", *names, *(f"{SUBJECT}/{name}" for name in peers), f"{SUBJECT}/bare", "target"]]
    for figure in report.figures:
        if figure.name == "bare":
            bare = figure.value(medians, PYTHON)
            rows.append([figure.title, _show(figure, bare), *[""] * (len(rows[0]) - 2)])
            continue
        values = [_show(figure, figure.value(medians, name)) for name in names]
        ratios = [_show_ratio(_ratio(figure, medians, name)) for name in [*peers, PYTHON]]
        rows.append([figure.title, *values, *ratios, _targets(figure, medians)])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [_line(row, widths) for row in rows]
    return [lines[0], "-" * max(len(line) for line in lines), *lines[1:]]


def _line(row: list[str], widths: list[int]) -> str:
    last = len(row) - 1
    cells = [
        text.ljust(width) if index in (0, last) else text.rjust(width)
        for index, (text, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()


def _show(figure: Figure, value: float | None) -> str:
    return "-" if value is None else figure.show(value)


def _show_ratio(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.3g}" if ratio < 0.1 else f"{ratio:.2f}"


def _targets(figure: Figure, medians: Medians) -> str:
    words = {True: "met", False: "MISSED", None: "not known"}
    return ", ".join(f"{target.text(figure.unit)}: {words[_met(figure, target, medians)]}" for target in figure.targets)
