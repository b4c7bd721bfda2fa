"""What a gradient check found, number by number, and how it reads as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf


@dataclass(frozen=True)
class Comparison:
    """One derivative both ways: which input, at which index, ours and the numerical one."""

    name: str
    index: tuple[int, ...] | None  # None: along a random direction
    analytic: float
    numerical: float
    allowed: float

    @property
    def error(self) -> float:
        """|analytic − numerical|."""
        return abs(self.analytic - self.numerical)

    @property
    def ok(self) -> bool:
        """Whether the two agree; NaN and ∞ agree with nothing, and nothing is allowed without limit."""
        return self.error <= self.allowed < inf

    def row(self) -> tuple[str, ...]:
        """The cells of this comparison in the report's table."""
        place = self.name if not self.index else f"{self.name}[{', '.join(map(str, self.index))}]"
        verdict = "ok" if self.ok else "WRONG"
        return place, f"{self.analytic:.10g}", f"{self.numerical:.10g}", f"{self.error:.1e}", verdict


@dataclass(frozen=True)
class GradientReport:
    """What a gradient check found; `str(report)` is a table, worst first when something is wrong."""

    comparisons: tuple[Comparison, ...]
    method: str
    apart: tuple[str, ...] = ()  # inputs from which no path leads to the output: their gradient is 0, if f is right

    @property
    def ok(self) -> bool:
        """Whether every derivative agrees with its numerical value."""
        return all(comparison.ok for comparison in self.comparisons)

    @property
    def largest_error(self) -> float:
        """The largest |analytic − numerical|; 0 when nothing was compared."""
        return max((comparison.error for comparison in self.comparisons), default=0.0)

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        wrong = [c for c in self.comparisons if not c.ok]
        shown = sorted(wrong, key=lambda c: -c.error) if wrong else list(self.comparisons)
        lines = _aligned([("input", "analytic", self.method, "error", ""), *(c.row() for c in shown[:20])])
        more = [f"… and {len(shown) - 20} more"] if len(shown) > 20 else []
        summary = f"{len(wrong)} of {len(self.comparisons)} derivatives wrong" if wrong else "all derivatives agree"
        apart = [f"no path leads to the output from {', '.join(self.apart)}"] if self.apart else []
        return "\n".join([*lines, *more, *apart, f"{summary}, largest error {self.largest_error:.1e}"])


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]
