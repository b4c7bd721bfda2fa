"""Derivatives held against numbers that know no calculus: central differences or the complex step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import inf
from operator import itemgetter
from typing import Any

import numpy as np

from autograd_tiny import functions
from autograd_tiny.check.differences import Central, ComplexStep, Function, Index, Inputs, plainly
from autograd_tiny.data import as_data
from autograd_tiny.errors import GraphError
from autograd_tiny.errors.arguments import annotated
from autograd_tiny.gradients import gradients_or_zero
from autograd_tiny.graphs.namesakes import labels
from autograd_tiny.nesting import being_differentiated, evaluated
from autograd_tiny.value import Operand, Value, ancestors

MANY = 8  # numbers; from there on the recorded graph is computed for all of them at once
LARGE = 500  # numbers; beyond, one random direction instead of every number by itself


@annotated
def check_gradients(
    f: Function,
    *inputs: Operand,
    method: str = "central",
    rtol: float = 1e-5,
    atol: float = 1e-7,
    order: int = 1,
    full: bool | None = None,
    seed: int = 0,
) -> GradientReport:
    """Hold f's gradients at `inputs` against numerical ones, number by number.

    f takes Values and returns one. Of an array output a random combination is checked; of inputs with
    more than 500 numbers one random direction, unless `full` is given; with full=True every output
    number is checked too (the whole Jacobian). `order=2` checks the gradient of the gradient.
    `method` is "central" or "complex"; the latter raises ValueError for operations that are not analytic.
    Agreement: error ≤ atol·max(1, |f|) + rtol·|numerical|.

    An input without a path to the output has gradient 0; the report says so. GraphError if that is true of all.

    >>> check_gradients(lambda x, y: x * y.tanh(), 3.0, 0.5).ok
    True
    """
    _require_known(method, order)
    points = [np.array(x._data if isinstance(x, Value) else as_data(x), np.float64) for x in inputs]
    told = labels(x for x in inputs if isinstance(x, Value))
    names = [told.get(x, x.label) if isinstance(x, Value) and x.label else f"input {k}" for k, x in enumerate(inputs)]
    random = np.random.default_rng(seed)
    output, leaves = evaluated(f, points)
    apart = _apart(output, leaves, names)
    if order == 2:
        f = _slope_along(f, [random.standard_normal(x.shape) for x in points])
        output, leaves = evaluated(f, points)
    comparisons: list[Comparison] = []
    every = sum(x.size for x in points) <= LARGE if full is None else full
    for part, chosen in _scalars(output.shape, random, full is True):
        check = _Check(f, chosen, output, leaves, points, [part + name for name in names], method, rtol, atol)
        comparisons += check.every_number() if every else [check.one_direction(random)]
    return GradientReport(tuple(comparisons), method, apart)


@annotated
def assert_gradients(f: Function, *inputs: Operand, **options: Any) -> None:
    """As `check_gradients`; AssertionError with the report's table if a derivative is wrong.

    >>> assert_gradients(lambda x: x**2, 3.0)
    """
    report = check_gradients(f, *inputs, **options)
    if not report.ok:
        raise AssertionError(f"gradients differ from {report.method} differences\n{report}")


def _require_known(method: str, order: int) -> None:
    if method not in ("central", "complex"):
        raise ValueError(f"check_gradients: method {method!r}; it is 'central' or 'complex'")
    if order not in (1, 2):
        raise ValueError(f"check_gradients: order {order!r}; it is 1 or 2")


def _apart(output: Value, leaves: list[Value], names: list[str]) -> tuple[str, ...]:
    """The inputs from which no path leads to the output."""
    reached = set(ancestors(output))
    apart = tuple(name for name, leaf in zip(names, leaves, strict=True) if leaf not in reached)
    if apart and len(apart) == len(leaves):
        raise GraphError(
            f"check_gradients: no path leads from {' or '.join(apart)} to the output, so nothing would be checked; "
            "compute the output from the Values that f is given, not from others or from their .data"
        )
    return apart


def _slope_along(f: Function, directions: Inputs) -> Function:
    """The derivative of f along `directions`, as a function: its gradient is a second derivative of f."""

    def slope(*leaves: Value) -> Value:
        with being_differentiated(leaves):
            output = functions.value(f(*leaves))
        total = (output * np.cos(np.arange(output.size)).reshape(output.shape)).sum()
        gradients = gradients_or_zero(total, list(leaves), create_graph=True)
        parts = [(g * d).sum() for g, d in zip(gradients, directions, strict=True)]
        return functions.sum(functions.stack(parts))

    return slope


Chosen = Callable[[Any], Any]


def _scalars(shape: tuple[int, ...], random: np.random.Generator, each: bool) -> Iterator[tuple[str, Chosen]]:
    """The output itself if it is a scalar; of an array a random combination, or each number, with its name."""
    if not shape:
        yield "", lambda output: output
    elif each:
        for index in np.ndindex(*shape):
            yield f"z[{', '.join(map(str, index))}] by ", itemgetter(index)
    else:
        weights = random.standard_normal(shape)
        yield "", lambda output: (output * weights).sum()


@dataclass(frozen=True)
class _Check:
    """A scalar `chosen` from the output of f at a point, and how to compare its derivatives there."""

    f: Function
    chosen: Chosen
    output: Value
    leaves: list[Value]
    points: Inputs
    names: list[str]
    method: str
    rtol: float
    atol: float

    def analytic(self) -> tuple[Value, Inputs, Central | ComplexStep]:
        """The scalar, our gradients, and what finds numerical ones."""
        scalar = functions.value(self.chosen(self.output))
        gradients = [np.asarray(g._data) for g in gradients_or_zero(scalar, self.leaves)]
        if self.method == "complex":
            return scalar, gradients, ComplexStep(scalar, self.leaves)
        f = plainly(lambda *given: self.chosen(functions.value(self.f(*given))), self.points, scalar)
        return scalar, gradients, Central(f, self.points, self.rtol, self.atol)

    def every_number(self) -> list[Comparison]:
        """One comparison per number of the inputs."""
        scalar, gradients, numerical = self.analytic()
        slope: Callable[[int, Index, float], float] = numerical.at
        if isinstance(numerical, Central) and sum(x.size for x in self.points) >= MANY:
            slope = numerical.all_at_once(scalar, self.leaves)
        found = []
        for k, gradient in enumerate(gradients):
            for index in np.ndindex(*gradient.shape):
                ours = float(gradient[index])
                found.append(self.compare(self.names[k], index, ours, slope(k, index, ours), scalar._data))
        return found

    def one_direction(self, random: np.random.Generator) -> Comparison:
        """The slope along one random direction, all inputs at once."""
        scalar, gradients, numerical = self.analytic()
        directions = [random.standard_normal(x.shape) for x in self.points]
        length = sum(float((d * d).sum()) for d in directions) ** 0.5 or 1.0
        directions = [d / length for d in directions]
        ours = sum(float((g * d).sum()) for g, d in zip(gradients, directions, strict=True))
        return self.compare("a random direction", None, ours, numerical.along(directions, ours), scalar._data)

    def compare(self, name: str, index: Index | None, ours: float, numerical: float, value: float) -> Comparison:
        """A comparison with the tolerance that belongs to it."""
        allowed = self.atol * max(1.0, abs(value)) + self.rtol * abs(numerical)
        return Comparison(name, index, ours, numerical, allowed)


# What a gradient check found, number by number, and how it reads as a table -------------------------------------------


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
    """What a gradient check found; `str(report)` is a table, worst first when something is wrong.

    >>> report = check_gradients(lambda x: x**2, 3.0)
    >>> report.ok, report.method
    (True, 'central')
    """

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
