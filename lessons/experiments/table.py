"""The experiments' numbers as a table: a line per experiment, a column per seed, the bar beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lessons.experiments.console import Outcome


def table(outcomes: Mapping[str, Mapping[int, Outcome]], seconds: Mapping[str, float]) -> str:
    """The numbers of each experiment by seed; one that misses its bar is marked "×"; seconds are for all seeds."""
    seeds = sorted({seed for results in outcomes.values() for seed in results})
    rows = [["experiment", *(f"seed {seed}" for seed in seeds), "bar", "seconds"]]
    for name, results in outcomes.items():
        shown = [_cell(results[seed]) if seed in results else "" for seed in seeds]
        rows.append([name, *shown, _bar(next(iter(results.values()))), f"{seconds[name]:.0f}"])
    return "\n".join(_aligned(rows))


def _cell(outcome: Outcome) -> str:
    return f"{outcome.number:.4g}" + ("" if outcome.reached else " ×")


def _bar(outcome: Outcome) -> str:
    return f"≤ {outcome.at_most:g}" if outcome.at_most is not None else f"≥ {outcome.at_least:g}"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Names to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join([row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    ]
