"""What a gradient check found, number by number, and how it reads: a verdict, a table, a line for each input, why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import hypot, inf, isfinite, nan
from typing import Any, NamedTuple

import numpy as np

from autograd_tiny.check.slopes import BARS, Slope, Trial

Verdict = str  # "right", "wrong" or "unsure"
SHOWN = 20  # rows of a table


@dataclass(frozen=True)
class Comparison:
    """One derivative both ways: which input, at which index, the claimed one and the numerical one, number ± bar."""

    name: str
    index: tuple[int, ...] | None  # None: along a direction
    analytic: float
    numerical: float
    allowed: float
    bar: float = 0.0
    step: float = nan
    verdict: Verdict = "right"
    reason: str = ""  # why it is unsure
    along: str = ""  # of a direction: which
    point: int = 0

    @property
    def error(self) -> float:
        """|analytic − numerical|."""
        return abs(self.analytic - self.numerical)

    @property
    def relative(self) -> float:
        """The error beside the larger of the two; 0 where both are 0."""
        size = max(abs(self.analytic), abs(self.numerical))
        return self.error / size if size and isfinite(size) else 0.0 if self.error == 0 else inf

    @property
    def ok(self) -> bool:
        """Whether the two agree."""
        return self.verdict == "right"

    @property
    def place(self) -> str:
        """Which number this is, or which direction."""
        at = f" at point {self.point + 1}" if self.point else ""
        if self.index is None:
            return f"{self.name} {self.along}".strip() + at
        return (self.name if not self.index else f"{self.name}[{', '.join(map(str, self.index))}]") + at


@dataclass
class Block:
    """The comparisons of one input (or along directions) at one point: a number of each kind for every row."""

    name: str
    shape: tuple[int, ...]
    places: Sequence[tuple[int, ...] | str]  # an index, or which direction
    analytic: Any
    numerical: Any
    bars: Any
    steps: Any
    allowed: Any
    verdicts: list[Verdict]
    reasons: dict[int, str] = field(default_factory=dict)
    slopes: dict[int, Slope] = field(default_factory=dict)  # of the rows that were looked at closely
    point: int = 0
    sampled: bool = False  # some of its numbers only
    look: Callable[[int], tuple[Trial, ...]] | None = None  # what every step tells of a row

    @property
    def size(self) -> int:
        """How many rows."""
        return len(self.verdicts)

    def replace(self, k: int, found: Slope, verdict: Verdict, reason: str, rtol: float, atol: float) -> None:
        """Another slope in row k."""
        self.numerical[k], self.bars[k], self.steps[k] = found.number, found.bar, found.step
        self.allowed[k], self.verdicts[k], self.slopes[k] = found.allowed(rtol, atol), verdict, found
        if reason:
            self.reasons[k] = reason

    def rows(self) -> Iterator[Comparison]:
        """The rows one by one."""
        for k, place in enumerate(self.places):
            directed = isinstance(place, str)
            yield Comparison(
                self.name, None if directed else place, float(self.analytic[k]), float(self.numerical[k]),  # type: ignore[arg-type]
                float(self.allowed[k]), float(self.bars[k]), float(self.steps[k]), self.verdicts[k],
                self.reasons.get(k, ""), place if directed else "", self.point,  # type: ignore[arg-type]
            )  # fmt: skip


class Finding(NamedTuple):
    """What is to be said of the function or of a gradient as a whole, and the verdict that follows from it."""

    sentence: str
    verdict: Verdict = "right"
    input: str = ""


@dataclass(frozen=True)
class GradientReport:
    """What a gradient check found; `str(report)` is a table, worst first when something is wrong.

    `verdict` is "right", "wrong" (beyond five error bars) or "unsure" (the error bars are too wide to tell, or there is
    no derivative: `why` says which). `rows` are the comparisons, `by_input()` a line for each input.

    >>> from autograd_tiny import check_gradients
    >>> report = check_gradients(lambda x: x**2, 3.0)
    >>> report.verdict, [(row.analytic, f"{row.numerical:.6f}") for row in report.rows]
    ('right', [(6.0, '6.000000')])
    """

    blocks: tuple[Block, ...]
    method: str
    apart: tuple[str, ...] = ()  # inputs from which no path leads to the output: their gradient is 0, if f is right
    findings: tuple[Finding, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()  # input, what is the matter with it in a word or two
    chance: str = ""  # along directions: what may have been missed
    evaluations: int = 0  # of f

    @cached_property
    def rows(self) -> tuple[Comparison, ...]:
        """Every comparison."""
        return tuple(row for block in self.blocks for row in block.rows())

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """The rows."""
        return self.rows

    @property
    def verdict(self) -> Verdict:
        """The worst there is: "wrong" before "unsure" before "right"."""
        verdicts = {v for block in self.blocks for v in block.verdicts} | {f.verdict for f in self.findings}
        return next((v for v in ("wrong", "unsure") if v in verdicts), "right")

    @property
    def ok(self) -> bool:
        """Whether every derivative agrees with its numerical value."""
        return self.verdict == "right"

    @property
    def subgradients(self) -> bool:
        """Whether nothing is wrong and nothing unsure but at kinks, where the claimed derivatives are subgradients."""
        unsure = [reason for b in self.blocks for reason in b.reasons.values()]
        return all(f.verdict == "right" for f in self.findings) and all(r.startswith("kink") for r in unsure) and (
            self.verdict != "wrong"
        )  # fmt: skip

    @property
    def why(self) -> str:
        """What is wrong and why, or why one can't tell: a sentence a line; "" if there is nothing to say."""
        return "\n".join(finding.sentence for finding in self.findings)

    @property
    def largest_error(self) -> float:
        """The largest |analytic − numerical|; 0 when nothing was compared."""
        errors = [np.max(np.abs(b.analytic - b.numerical)) for b in self.blocks if b.size]
        return float(max(errors, default=0.0))

    def plot(self, row: int | None = None) -> Any:
        """The error over the step, for one row (the worst, if none is given), as a chart with `save` and `figure`.

        Both arms of the V: to the right the step is too long, to the left rounding drowns the difference. The step that
        was chosen is where the error bar is smallest. ValueError if the report has no such row, or one that no step
        was tried of; ImportError if viz, which draws, is not there.
        """
        row = self._worst() if row is None else row
        return charted(self.rows, self._trail_of(row), row)

    def _worst(self) -> int:
        numbers = [k for k, r in enumerate(self.rows) if r.index is not None] or list(range(len(self.rows)))
        ranks = {"wrong": 0, "unsure": 1, "right": 2}
        return min(numbers, key=lambda k: (ranks[self.rows[k].verdict], -self.rows[k].error), default=0)

    def _trail_of(self, row: int) -> tuple[Trial, ...]:
        if not 0 <= row < len(self.rows):
            raise ValueError(f"plot: row {row!r} of a report with {len(self.rows)} rows")
        for block in self.blocks:
            if row < block.size:
                trail = block.look(row) if block.look else block.slopes[row].trail if row in block.slopes else ()
                if trail:
                    return trail
                break
            row -= block.size
        raise ValueError("plot: no steps were tried of this row; a complex step is exact at any size")

    def by_input(self) -> dict[str, str]:
        """A line for each input: "Whh: 16 of 16 wrong, relative 0.4, transposed"."""
        names = dict.fromkeys(block.name for block in self.blocks if block.size)
        return {name: self._line(name) for name in names}

    def _line(self, name: str) -> str:
        rows = [row for row in self.rows if row.name == name]
        numbers = [row for row in rows if row.index is not None] or rows
        bad = [row for row in numbers if row.verdict != "right"]
        worst = next((v for v in ("wrong", "unsure") if any(row.verdict == v for row in bad)), "right")
        counted = [row for row in numbers if row.verdict == worst]
        kind = "" if numbers[0].index is not None else " directions"
        sampled = " sampled" if any(b.sampled for b in self.blocks if b.name == name) else ""
        line = f"{name}: {len(counted)} of {len(numbers)}{sampled}{kind} {worst}"
        if worst != "unsure":
            line += f", relative {_relative(counted):.1g}"
        reasons = dict.fromkeys(row.reason.split(":")[0] for row in counted if row.reason)
        tags = [tag for which, tag in self.tags if which == name]
        return ", ".join([line, *tags, *reasons])

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        bad = [row for row in self.rows if not row.ok]
        shown = sorted(bad, key=lambda row: (row.verdict != "wrong", -row.error)) if bad else list(self.rows)
        lines = (
            _aligned([("input", "analytic", self.method, "error", ""), *map(_cells, shown[:SHOWN])]) if shown else []
        )
        more = [f"… and {len(shown) - SHOWN} more"] if len(shown) > SHOWN else []
        inputs = [line for line in self.by_input().values() if " right, " not in line]
        apart = [f"no path leads to the output from {', '.join(self.apart)}"] if self.apart else []
        why = [self.why] if self.why else []
        chance = [self.chance] if self.chance else []
        return "\n".join([*lines, *more, *apart, *inputs, *why, *chance, self._summary()])

    def _summary(self) -> str:
        wrong, unsure = (sum(row.verdict == v for row in self.rows) for v in ("wrong", "unsure"))
        if wrong:
            return f"{wrong} of {len(self.rows)} derivatives wrong, largest error {self.largest_error:.1e}"
        if unsure:
            return f"{unsure} of {len(self.rows)} derivatives unsure"
        if not self.ok:
            return f"the derivative is {self.verdict}"
        return f"all derivatives agree, largest error {self.largest_error:.1e}"


def _relative(rows: Sequence[Comparison]) -> float:
    """The length of the error beside the length of the numerical gradient."""
    error = hypot(*(row.error for row in rows))
    size = hypot(*(row.numerical for row in rows)) or hypot(*(row.analytic for row in rows))
    return error / size if size else 0.0


def _cells(row: Comparison) -> tuple[str, ...]:
    """The cells of a comparison in the table."""
    bar = f" ± {row.bar:.0e}" if isfinite(row.bar) and row.bar > (1e-6 if row.ok else 1e-9) * abs(row.numerical) else ""
    verdict = {"right": "ok", "wrong": "WRONG"}.get(row.verdict, f"unsure: {row.reason}" if row.reason else "unsure")
    return row.place, f"{row.analytic:.10g}", f"{row.numerical:.10g}{bar}", f"{row.error:.1e}", verdict


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]


# The V of the error over the step ------------------------------------------------------------------------------------


def charted(rows: Sequence[Comparison], trail: Sequence[Trial], row: int) -> Any:
    """A row's error bars, and its distance from the claimed derivative, over the steps that were tried."""
    shown, told = rows[row], [t for t in trail if isfinite(t.bar)]
    steps = [t.step for t in told]
    best = min(told, key=lambda t: t.bar, default=None)
    lines = {
        "rounding": (steps, [t.rounding or None for t in told]),
        "error bar": (steps, [t.bar or None for t in told]),
        "from yours": (steps, [abs(t.number - shown.analytic) or None for t in told]),
    }
    chosen = f"chosen: step {best.step:.1e}, {best.number:.8g} ± {best.bar:.0e}; " if best else ""
    note = f"{chosen}yours is {shown.analytic:.8g}, {shown.verdict} ({BARS:g} error bars are allowed)"
    title = f"∂f/∂{shown.place}: error over step"
    return _chart()(lines, x="step h", y="error", log="xy", title=title, note=note)


def _chart() -> Callable[..., Any]:
    """What draws charts, if it is there: this package knows nothing of pictures."""
    from importlib.metadata import EntryPoint, entry_points  # which takes longer than the engine's own files

    for point in entry_points(group="autograd_tiny.charts"):
        return point.load()  # type: ignore[no-any-return]
    try:  # a checkout that has not been installed anew
        return EntryPoint("viz", "viz.chart:chart", "autograd_tiny.charts").load()  # type: ignore[no-any-return]
    except ImportError as error:
        raise ImportError("report.plot() needs viz, which draws charts; install autograd-tiny as a whole") from error
