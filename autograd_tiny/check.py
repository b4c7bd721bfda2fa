"""Derivatives held against numbers that know no calculus: central differences and the complex step.

central   (f(x + h) − f(x − h)) / 2h, error ~ h² and rounding/h; h = ε^(1/3)·max(1, |x|) balances the two
complex   Im f(x + ih) / h with h = 1e-20: no subtraction, so exact to rounding, where f is analytic
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite, nan
from typing import Any

import numpy as np

from autograd_tiny import functions
from autograd_tiny.backward import ancestors, gradients_or_zero
from autograd_tiny.errors import DomainError, GraphError
from autograd_tiny.numbers import COMPLEX
from autograd_tiny.readings import forward
from autograd_tiny.report import Comparison, GradientReport
from autograd_tiny.value import Operand, Value

STEP = float(np.finfo(float).eps) ** (1 / 3)
TINY = 1e-20
LARGE = 500  # numbers; beyond, one random direction instead of every number by itself

Function = Callable[..., Any]
Inputs = list[Any]  # one array per input


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
    """
    if method not in ("central", "complex"):
        raise ValueError(f"check_gradients: method {method!r}; it is 'central' or 'complex'")
    if order not in (1, 2):
        raise ValueError(f"check_gradients: order {order!r}; it is 1 or 2")
    points = [np.array(x.data if isinstance(x, Value) else x, np.float64) for x in inputs]
    names = [x.label if isinstance(x, Value) and x.label else f"input {k}" for k, x in enumerate(inputs)]
    random = np.random.default_rng(seed)
    if order == 2:
        f = _slope_along(f, [random.standard_normal(x.shape) for x in points])
    comparisons: list[Comparison] = []
    for part, scalar in _scalar_functions(f, points, random, full is True):
        check = _Check(scalar, points, [part + name for name in names], method, rtol, atol)
        comparisons += check.every_number() if _all(full, points) else [check.one_direction(random)]
    return GradientReport(tuple(comparisons), method)


def assert_gradients(f: Function, *inputs: Operand, **options: Any) -> None:
    """As `check_gradients`; AssertionError with the report's table if a derivative is wrong."""
    report = check_gradients(f, *inputs, **options)
    if not report.ok:
        raise AssertionError(f"gradients differ from {report.method} differences\n{report}")


def _all(full: bool | None, points: Inputs) -> bool:
    return sum(x.size for x in points) <= LARGE if full is None else full


def _evaluate(f: Function, points: Sequence[Any]) -> tuple[Value, list[Value]]:
    leaves = [Value(x) for x in points]
    return functions.value(f(*leaves)), leaves


def _slope_along(f: Function, directions: Inputs) -> Function:
    """The derivative of f along `directions`, as a function: its gradient is a second derivative of f."""

    def slope(*leaves: Value) -> Value:
        output = functions.value(f(*leaves))
        total = (output * np.cos(np.arange(output.size)).reshape(output.shape)).sum()
        gradients = gradients_or_zero(total, list(leaves), create_graph=True)
        parts = [(g * d).sum() for g, d in zip(gradients, directions, strict=True)]
        return functions.sum(functions.stack(parts))

    return slope


def _scalar_functions(
    f: Function, points: Inputs, random: np.random.Generator, each: bool
) -> Iterator[tuple[str, Function]]:
    """f if it is scalar; of an array output a random combination, or each number by itself, with its name."""
    shape = _evaluate(f, points)[0].shape
    if not shape:
        yield "", f
    elif each:
        for index in np.ndindex(*shape):
            yield f"z[{', '.join(map(str, index))}] by ", lambda *leaves, index=index: f(*leaves)[index]
    else:
        weights = random.standard_normal(shape)
        yield "", lambda *leaves: (f(*leaves) * weights).sum()


@dataclass(frozen=True)
class _Check:
    """A scalar function at a point, and how to compare its derivatives there."""

    f: Function
    points: Inputs
    names: list[str]
    method: str
    rtol: float
    atol: float

    def gradients(self) -> tuple[float, Inputs]:
        """f's value and our gradients."""
        output, leaves = _evaluate(self.f, self.points)
        return output.data, [np.asarray(g.data) for g in gradients_or_zero(output, leaves)]

    def every_number(self) -> list[Comparison]:
        """One comparison per number of the inputs."""
        value, gradients = self.gradients()
        slope = self._complex_step() if self.method == "complex" else self._central
        found = []
        for k, (point, gradient) in enumerate(zip(self.points, gradients, strict=True)):
            for index in np.ndindex(*point.shape):
                direction = [np.zeros(()) for _ in self.points]
                direction[k] = np.zeros(point.shape)
                direction[k][index] = 1.0
                ours = float(gradient[index])
                found.append(self.compare(self.names[k], index, ours, slope(direction, point[index], ours), value))
        return found

    def one_direction(self, random: np.random.Generator) -> Comparison:
        """The slope along one random direction, all inputs at once."""
        value, gradients = self.gradients()
        directions = [random.standard_normal(x.shape) for x in self.points]
        length = sum(float((d * d).sum()) for d in directions) ** 0.5 or 1.0
        directions = [d / length for d in directions]
        analytic = sum(float((g * d).sum()) for g, d in zip(gradients, directions, strict=True))
        slope = self._complex_step() if self.method == "complex" else self._central
        numerical = slope(directions, 1.0, analytic)
        return self.compare("a random direction", None, analytic, numerical, value)

    def compare(
        self, name: str, index: tuple[int, ...] | None, ours: float, numerical: float, value: float
    ) -> Comparison:
        """A comparison with the tolerance that belongs to it."""
        allowed = self.atol * max(1.0, abs(value)) + self.rtol * abs(numerical)
        return Comparison(name, index, ours, numerical, allowed)

    def _central(self, directions: Inputs, scale: float, ours: float) -> float:
        """The central difference; where it does not agree at once, of several steps the one at which it has settled.

        Near 0 and near the edge of a domain the usual step may be too long. Which step is taken does
        not depend on our gradient, so a wrong one stays wrong.
        """
        h = STEP * max(1.0, abs(float(scale)))
        first = self._difference(directions, h)
        if abs(first - ours) <= self.atol + self.rtol * abs(first):
            return first
        tried = [first, *(self._difference(directions, h / 10**k) for k in range(1, 6))]
        changes = [(abs(a - b), b) for a, b in pairwise(tried) if isfinite(a - b)]
        return min(changes)[1] if changes else tried[-1]

    def _difference(self, directions: Inputs, h: float) -> float:
        """(f(x + h·d) − f(x − h·d)) / 2h; NaN where f is not defined."""
        ahead, behind = ([x + sign * h * d for x, d in zip(self.points, directions, strict=True)] for sign in (1, -1))
        try:
            return float((_evaluate(self.f, ahead)[0].data - _evaluate(self.f, behind)[0].data) / (2 * h))
        except DomainError:
            return nan

    def _complex_step(self) -> Callable[[Inputs, float, float], float]:
        output, leaves = _evaluate(self.f, self.points)
        order = ancestors(output)
        for v in order:
            if v.operation is not None and not v.operation.analytic:
                raise GraphError(f"check_gradients: {v.op} is not analytic, so the complex step fails; use 'central'")

        def slope(directions: Inputs, scale: float, ours: float) -> float:
            moved = {leaf: leaf.data + 1j * TINY * d for leaf, d in zip(leaves, directions, strict=True)}
            return float(np.imag(_replayed(order, moved)) / TINY)

        return slope


def _replayed(order: list[Value], given: dict[Value, Any]) -> Any:
    """The graph computed again over complex numbers, from `given` leaves."""
    found: dict[Value, Any] = {}
    for v in order:
        if v.operation is None:
            found[v] = given.get(v, v.data)
        else:
            inputs = tuple(found[x] for x in v.inputs)
            letters = (inputs,) if v.operation.arity is None else inputs
            found[v] = forward(v.operation, COMPLEX)(*letters, **v.parameters)
    return found[order[-1]]
