"""Derivatives by numbers that know no calculus: central differences and the complex step.

central   (f(x + h) − f(x − h)) / 2h, error ~ h² and rounding/h; h = ε^(1/3)·max(1, |x|) balances the two
complex   Im f(x + ih) / h with h = 1e-20: no subtraction, so exact to rounding, where f is analytic

Both offer `at(k, index, ours)`, the slope along one number of input k, and `along(directions, ours)`, the slope
along a direction in all inputs. `ours` is the derivative it will be held against.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import inf, isfinite, nan
from typing import Any

import numpy as np

from autograd_tiny import functions
from autograd_tiny.compiling import forward
from autograd_tiny.errors import DomainError, GraphError
from autograd_tiny.errors.flags import quiet
from autograd_tiny.graphs.replay import replay
from autograd_tiny.numbers import COMPLEX
from autograd_tiny.value import Constant, Value, ancestors

STEP = float(np.finfo(float).eps) ** (1 / 3)
TINY = 1e-20
ROOM = 2_000_000  # numbers that computing a graph for many inputs at once may take

Function = Callable[..., Any]
Index = tuple[int, ...]
Inputs = list[Any]  # one array per input


def plainly(f: Function, points: Inputs, output: Value) -> Callable[[Inputs], Any]:
    """A function that gives f's numbers and records nothing: f over constants.

    Where f needs values (it may take a gradient itself) or does not say the same twice, f over values.
    """

    def over(kind: Callable[[Any], Value]) -> Callable[[Inputs], Any]:
        return lambda given: functions.value(f(*map(kind, given)))._data

    try:
        same = np.array_equal(over(Constant)(points), output._data, equal_nan=True)
    except Exception:  # whatever f does with values that constants do not allow
        same = False
    return over(Constant if same else Value)


@dataclass(frozen=True)
class Central:
    """Central differences of a scalar function: by the usual step, or where that disagrees, by a step that has settled.

    Near 0 and near the edge of a domain the usual step may be too long. Neither number is made from our
    gradient, so a wrong one stays wrong unless it happens to be one of the two.
    """

    f: Callable[[Inputs], float]
    points: Inputs
    rtol: float
    atol: float

    def all_at_once(self, scalar: Value, leaves: list[Value]) -> Callable[[int, Index, float], float]:
        """As `at`, but the first difference along every number comes from the recorded graph, for all of them at once.

        Only f itself says that a gradient is wrong; and where f gives other numbers than its graph (it may look at
        `.data`), it is asked alone.
        """
        order = ancestors(scalar)
        if not self._is_recorded_by(order, leaves):
            return self.at
        firsts = [_differences(order, x) for x in leaves]

        def at(k: int, index: Index, ours: float) -> float:
            first = float(firsts[k][index])
            return first if self._agree(first, ours) else self.at(k, index, ours)

        return at

    def _is_recorded_by(self, order: list[Value], leaves: list[Value]) -> bool:
        """Whether f and the graph agree to both sides, in a random direction, up to a tenth of the slope allowed.

        Every number moves by one step at least: a slope that f has and the graph lacks (because f looked at `.data`)
        shows before it counts as an error.
        """
        random = np.random.default_rng(0)
        directions = [random.uniform(1.0, 2.0, x.shape) * random.choice((-1.0, 1.0), x.shape) for x in self.points]
        steps = [STEP * np.maximum(1.0, abs(x)) * d for x, d in zip(self.points, directions, strict=True)]
        for sign in (1.0, -1.0):
            moved = [x + sign * step for x, step in zip(self.points, steps, strict=True)]
            try:
                by_f = self.f(moved)
            except DomainError:
                return False
            (z,) = replay(
                order, {leaf: np.asarray(x)[..., None] for leaf, x in zip(leaves, moved, strict=True)}
            ).tolist()
            if not abs(by_f - z) <= 0.1 * STEP * self.atol * max(1.0, abs(by_f)) < inf:
                return False
        return True

    def _agree(self, numerical: float, ours: float) -> bool:
        """Whether a difference needs no better one."""
        return abs(numerical - ours) <= self.atol + self.rtol * abs(numerical) < inf

    def at(self, k: int, index: Index, ours: float) -> float:
        """The slope along number `index` of input k."""
        moved, x = list(self.points), self.points[k]

        def f(h: float) -> float:
            moved[k] = x.copy()
            moved[k][index] += h
            return self.f(moved)

        return self._settled(f, max(1.0, abs(float(x[index]))), ours)

    def along(self, directions: Inputs, ours: float) -> float:
        """The slope along a direction."""
        return self._settled(
            lambda h: self.f([x + h * d for x, d in zip(self.points, directions, strict=True)]), 1.0, ours
        )

    def _settled(self, f: Callable[[float], float], scale: float, ours: float) -> float:
        h = STEP * scale
        first = _difference(f, h)
        if self._agree(first, ours):
            return first
        tried = [first, *(_difference(f, h / 10**k) for k in range(1, 6))]
        changes = [(abs(a - b), b) for a, b in pairwise(tried) if isfinite(a - b)]
        return min(changes)[1] if changes else tried[-1]


def _difference(f: Callable[[float], float], h: float) -> float:
    """(f(h) − f(−h)) / 2h; NaN where f is not defined."""
    try:
        return float((f(h) - f(-h)) / (2 * h))
    except DomainError:
        return nan


def _differences(order: list[Value], leaf: Value) -> Any:
    """The central differences along every number of a leaf, some at a time."""
    x = np.asarray(leaf._data)
    h = STEP * np.maximum(1.0, abs(x)).ravel()
    found, some = np.zeros(x.size), max(1, ROOM // (2 * sum(v.size for v in order)))
    for start in range(0, x.size, some):
        rows = np.arange(start, min(start + some, x.size))
        moved, columns = np.repeat(x.reshape(-1, 1), 2 * len(rows), 1), np.arange(len(rows))
        moved[rows, columns] += h[rows]
        moved[rows, columns + len(rows)] -= h[rows]
        above, below = np.split(np.broadcast_to(replay(order, {leaf: moved.reshape(*x.shape, -1)}), moved.shape[1]), 2)
        with quiet():  # ∞ − ∞ is NaN, which agrees with nothing
            found[rows] = (above - below) / (2 * h[rows])
    return found.reshape(x.shape)


class ComplexStep:
    """The complex step through a recorded graph; GraphError for operations that are not analytic."""

    def __init__(self, output: Value, leaves: list[Value]) -> None:
        self.order, self.leaves = ancestors(output), leaves
        for v in self.order:
            if v.operation is not None and not v.operation.analytic:
                raise GraphError(f"check_gradients: {v.op} is not analytic, so the complex step fails; use 'central'")

    def at(self, k: int, index: Index, ours: float) -> float:
        """The slope along number `index` of input k."""
        moved = np.array(self.leaves[k]._data, complex)
        moved[index] += 1j * TINY
        return self._slope({self.leaves[k]: moved})

    def along(self, directions: Inputs, ours: float) -> float:
        """The slope along a direction."""
        return self._slope({x: x._data + 1j * TINY * d for x, d in zip(self.leaves, directions, strict=True)})

    def _slope(self, given: dict[Value, Any]) -> float:
        """Im f / h from the graph computed again over complex numbers, with the `given` leaves."""
        found: dict[Value, Any] = {}
        for v in self.order:
            if v.operation is None:
                found[v] = given.get(v, v._data)
            else:
                inputs = tuple([found[x] for x in v.inputs])
                letters = (inputs,) if v.operation.arity is None else inputs
                found[v] = forward(v.operation, COMPLEX)(*letters, **v.parameters)
        return float(np.imag(found[self.order[-1]]) / TINY)
