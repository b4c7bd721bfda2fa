"""Numerical derivatives of a recorded graph, by numbers that know no calculus: all differences at once, complex steps.

central   (f(x + h) − f(x − h)) / 2h, error ~ h² and rounding/h; h ~ ε^(1/3)·|x| balances the two
complex   Im f(x + ih) / h with h = 1e-20: no subtraction, so exact to rounding, where f is analytic
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_tiny import functions
from autograd_tiny.compiling import forward
from autograd_tiny.errors import GraphError
from autograd_tiny.errors.flags import quiet
from autograd_tiny.graphs.replay import replay
from autograd_tiny.numbers import COMPLEX
from autograd_tiny.value import Constant, Value, ancestors

EPS = float(np.finfo(float).eps)
STEP = EPS ** (1 / 3)
TINY = 1e-20
SAME = 256 * EPS  # relative: the same sums in another order
ROOM = 2_000_000  # numbers that computing a graph for many inputs at once may take

Function = Callable[..., Any]
Index = tuple[int, ...]
Inputs = list[Any]  # one array per input
Differences = tuple[Any, Any, Any, Any]


def plainly(f: Function, points: Inputs, output: Value) -> tuple[Callable[[Inputs], Any], Any]:
    """A function that gives f's numbers and records nothing: f over constants; and what it gave at the points.

    Where f needs values (it may take a gradient itself) or constants make another function of it, f over values.
    """

    def over(kind: Callable[[Any], Value]) -> Callable[[Inputs], Any]:
        return lambda given: functions.value(f(*map(kind, given)))._data

    try:
        again = over(Constant)(points)
    except Exception:  # whatever f does with values that constants do not allow
        again = None
    if again is not None and np.array_equal(again, output._data, equal_nan=True):
        return over(Constant), again
    return over(Value), over(Value)(points)  # a function of values, or none


class Recording:
    """A recorded graph, computed again with other numbers at its leaves: for all of them at once."""

    def __init__(self, output: Value, leaves: list[Value]) -> None:
        self.order, self.leaves = ancestors(output), leaves
        with quiet():
            self.largest = max(float(np.max(np.abs(v._data), initial=0.0)) for v in self.order)  # of all its numbers

    def is_what(self, f: Callable[[Inputs], Any]) -> bool:
        """Whether f and the graph give the same to both sides, in a random direction, but for rounding.

        Every number moves a hundred steps at least: a slope that f has and the graph lacks (because f looked at
        `.data`) shows, however small.
        """
        points = [np.asarray(leaf._data) for leaf in self.leaves]
        random = np.random.default_rng(0)
        directions = [random.uniform(1.0, 2.0, x.shape) * random.choice((-1.0, 1.0), x.shape) for x in points]
        steps = [100 * step_of(x) * d for x, d in zip(points, directions, strict=True)]
        rounding = 8 * EPS * self.largest
        for sign in (1.0, -1.0):
            moved = [x + sign * step for x, step in zip(points, steps, strict=True)]
            by_f = f(moved)
            z = replay(self.order, {leaf: x[..., None] for leaf, x in zip(self.leaves, moved, strict=True)})
            if np.shape(by_f) != z.shape[:-1]:
                return False
            with quiet():
                same = np.abs(by_f - z[..., 0]) <= SAME * np.abs(by_f) + rounding  # NaN is not the same
            if not np.all(same):
                return False
        return True

    def differences(self, k: int, u: Any, middle: float) -> Differences:
        """Central differences of Σ u·output along every number of leaf k."""
        leaf = self.leaves[k]
        x = np.asarray(leaf._data)
        h = step_of(x).ravel()
        above, below = np.zeros(x.size), np.zeros(x.size)
        some = max(1, ROOM // (2 * sum(v.size for v in self.order)))
        for start in range(0, x.size, some):
            rows = np.arange(start, min(start + some, x.size))
            moved, columns = np.repeat(x.reshape(-1, 1), 2 * len(rows), 1), np.arange(len(rows))
            moved[rows, columns] += h[rows]
            moved[rows, columns + len(rows)] -= h[rows]
            z = replay(self.order, {leaf: moved.reshape(*x.shape, -1)})
            with quiet():  # ∞ − ∞ is NaN, which agrees with nothing
                total = z if z.ndim == 1 else np.tensordot(u, z, np.ndim(u))
                above[rows], below[rows] = np.split(np.broadcast_to(total, moved.shape[1]), 2)
        slopes, h, sizes, bends = differences_of(above, below, middle, h)
        return slopes, h, np.maximum(sizes, self.largest), bends


def differences_of(above: Any, below: Any, middle: float, h: Any) -> Differences:
    """The central slopes, their steps, how large F gets, and by how much the slopes to either side differ."""
    with quiet():
        return (
            (above - below) / (2 * h),
            h,
            np.maximum(np.abs(above), np.abs(below)),
            np.abs(above + below - 2 * middle) / h,
        )


def step_of(x: Any) -> Any:
    """The usual step of central differences, ε^(1/3) of each number; of small ones, of the array's own scale."""
    size = np.abs(x)
    scale = float(size.max()) if size.size else 0.0
    return STEP * np.maximum(size, min(scale, 1.0) or 1.0)


class ComplexStep:
    """The complex step through a recorded graph; GraphError for operations that are not analytic."""

    def __init__(self, output: Value, leaves: list[Value]) -> None:
        self.order, self.leaves = ancestors(output), leaves
        for v in self.order:
            if v.operation is not None and not v.operation.analytic:
                raise GraphError(f"check_gradients: {v.op} is not analytic, so the complex step fails; use 'central'")

    def at(self, k: int, index: Index, u: Any) -> float:
        """The slope of Σ u·output along number `index` of input k."""
        moved = np.array(self.leaves[k]._data, complex)
        moved[index] += 1j * TINY
        return self._slope({self.leaves[k]: moved}, u)

    def along(self, directions: Inputs, u: Any) -> float:
        """The slope along a direction."""
        return self._slope({x: x._data + 1j * TINY * d for x, d in zip(self.leaves, directions, strict=True)}, u)

    def _slope(self, given: dict[Value, Any], u: Any) -> float:
        """Im Σ u·f / h from the graph computed again over complex numbers, with the `given` leaves."""
        found: dict[Value, Any] = {}
        for v in self.order:
            if v.operation is None:
                found[v] = given.get(v, v._data)
            else:
                inputs = tuple([found[x] for x in v.inputs])
                letters = (inputs,) if v.operation.arity is None else inputs
                found[v] = forward(v.operation, COMPLEX)(*letters, **v.parameters)
        slope = np.imag(found[self.order[-1]]) / TINY
        return float(np.sum(u * slope) if np.ndim(slope) else u * slope)
