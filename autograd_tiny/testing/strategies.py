"""Hypothesis strategies: random numbers, arrays and whole expressions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from autograd_tiny.testing.drawing import function, names_of
from autograd_tiny.testing.function import NAMES, Function
from autograd_tiny.value import Value

try:
    from hypothesis import strategies as st
    from hypothesis.extra import numpy as numpy_st
except ImportError as error:
    raise ImportError("autograd_tiny.testing needs hypothesis: pip install 'autograd-tiny[test]'") from error

Shape = tuple[int, ...]
DRAWN = 48  # numbers; those of larger arrays are made of a seed
MARGIN = 0.01  # of the scale: how far numbers stay from what they avoid


def numbers(min_value: float = -3.0, max_value: float = 3.0) -> st.SearchStrategy[float]:
    """Finite floats without the tiny ones whose square is 0: |number| is 0 or at least 1e-6."""
    moderate = st.floats(min_value, max_value, allow_nan=False, allow_infinity=False)
    return moderate.map(lambda x: x if abs(x) >= 1e-6 else min(max(0.0, min_value), max_value))


def shapes(max_dims: int = 3, max_side: int = 3, min_dims: int = 0, min_side: int = 1) -> st.SearchStrategy[Shape]:
    """Shapes of small arrays, () among them; `min_side=0` brings empty ones."""
    return numpy_st.array_shapes(min_dims=min_dims, max_dims=max_dims, min_side=min_side, max_side=max_side)


def scales(low: float = 1e-3, high: float = 1e3) -> st.SearchStrategy[float]:
    """Positive numbers from low to high, every magnitude as likely; the simplest is the one next to 1."""
    if not 0 < low <= high:
        raise ValueError(f"scales: from {low} to {high}; give positive numbers, the smaller first")
    start = min(max(1.0, low), high)
    return st.floats(math.log10(low / start), math.log10(high / start)).map(
        lambda power: min(max(start * 10.0**power, low), high)
    )


def arrays(
    shape: Shape | st.SearchStrategy[Shape] | None = None,
    min_value: float = -3.0,
    max_value: float = 3.0,
    dtype: Any = np.float64,
    *,
    magnitudes: st.SearchStrategy[float] | None = None,
    avoid: float | Sequence[float] = (),
    unique: bool = False,
) -> st.SearchStrategy[np.ndarray[Any, np.dtype[Any]]]:
    """NumPy arrays of moderate numbers; of any small shape with at least one axis if none is given.

    `magnitudes` (such as `scales()`) multiplies each array by one; `avoid` keeps its numbers away from kinks and edges,
    by a hundredth of the scale; `unique` keeps them apart from each other as far. Numbers of large arrays are made of
    one seed, so no size is too large to draw.
    """
    kinks = (float(avoid),) if isinstance(avoid, int | float) else tuple(map(float, avoid))
    drawn = shapes(min_dims=1) if shape is None else shape
    sides = st.just(drawn) if isinstance(drawn, tuple) else drawn

    @st.composite
    def array(draw: st.DrawFn) -> Any:
        size = draw(sides)
        scale = 1.0 if magnitudes is None else draw(magnitudes)
        count = math.prod(size)
        if count <= DRAWN:
            elements = numbers(min_value, max_value)
            x = scale * np.array(draw(st.lists(elements, min_size=count, max_size=count)), float)
        else:
            x = scale * np.random.default_rng(draw(st.integers(0, 2**32 - 1))).uniform(min_value, max_value, count)
        x = _spaced(x, MARGIN * scale, kinks, unique)
        return x.astype(dtype).reshape(size)

    return array()


def _spaced(x: Any, margin: float, kinks: Sequence[float], unique: bool) -> Any:
    """The numbers in the same order, moved up where they are nearer than a margin to a kink, or to the one below."""
    x, below = x.copy(), -math.inf
    for k in np.argsort(x, kind="stable") if unique or kinks else ():
        least = max(float(x[k]), below + margin) if unique else float(x[k])
        for kink in sorted(kinks):
            least = kink + margin if abs(least - kink) < margin else least
        x[k] = below = least
    return x


def labels(count: int | st.SearchStrategy[int], classes: int) -> st.SearchStrategy[Any]:
    """Arrays of so many whole numbers from 0 to classes − 1."""
    return _sized(count, lambda n: numpy_st.arrays(np.int64, n, elements=st.integers(0, classes - 1)))


def masks(shape: Shape | st.SearchStrategy[Shape]) -> st.SearchStrategy[Any]:
    """Arrays of True and False."""
    return _sized(shape, lambda size: numpy_st.arrays(np.bool_, size))


def probabilities(shape: Shape | st.SearchStrategy[Shape], axis: int = -1) -> st.SearchStrategy[Any]:
    """Arrays of positive numbers that sum to 1 along an axis, none below a hundredth of their mean."""

    def normalised(x: Any) -> Any:
        positive = 0.02 + np.abs(x)
        return positive / positive.sum(axis, keepdims=True)

    return arrays(shape).map(normalised)


def positive_definite(n: int | st.SearchStrategy[int]) -> st.SearchStrategy[Any]:
    """Symmetric matrices n × n whose eigenvalues are ½ at least."""
    return _sized(n, lambda side: arrays((side, side)).map(lambda A: A @ A.T / side + 0.5 * np.eye(side)))


def _sized(size: Any, made: Callable[[Any], st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    return size.flatmap(made) if isinstance(size, st.SearchStrategy) else made(size)


@st.composite
def networks(
    draw: st.DrawFn, max_layers: int = 3, max_side: int = 4, sizes: Sequence[int] | None = None
) -> tuple[Any, dict[str, Any]]:
    """Data of shape (B, d₀) and parameters W1 (d₀, d₁), b1 (d₁,), W2 … that fit it and each other."""
    sides = st.integers(1, max_side)
    if sizes is None:
        sizes = draw(st.lists(sides, min_size=2, max_size=max_layers + 1))
    parameters = {}
    for k, (before, after) in enumerate(pairwise(sizes), 1):
        parameters[f"W{k}"] = draw(arrays((before, after), -1.5, 1.5))
        parameters[f"b{k}"] = draw(arrays((after,), -1.5, 1.5))
    return draw(arrays((draw(sides), sizes[0]))), parameters


def values(
    shape: Shape | st.SearchStrategy[Shape] = (), min_value: float = -3.0, max_value: float = 3.0, label: str = ""
) -> st.SearchStrategy[Value]:
    """Leaves: scalar Values, or array Values of `shape`, which may be a strategy such as `shapes()`."""
    return arrays(shape, min_value, max_value).map(lambda data: Value(data, label))


class _Drawn:
    """Choices made by hypothesis."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def pick(self, options: Sequence[Any]) -> Any:
        return self.draw(st.sampled_from(options))

    def integer(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    def number(self) -> float:
        return self.draw(numbers())


@st.composite
def functions(
    draw: st.DrawFn,
    inputs: int | Sequence[Any] | None = None,
    max_operations: int = 8,
    smooth: bool = True,
    names: Sequence[str | Callable[..., Any]] | None = None,
) -> Function:
    """Random functions of `inputs`: how many scalars to draw (1 to 3 if not given), or the numbers themselves.

    A function of scalars stays among scalars; where an input has an axis, numbers are broadcast, indexed, stacked,
    reduced and multiplied as matrices, too. `smooth` keeps every operation away from kinks and from the edges of its
    domain at `point`; without it only undefined results are avoided. `names` restricts the operations, by their names
    in the table; operations of one's own take part if they are among them, by name or themselves.
    """
    count = draw(st.integers(1, 3)) if inputs is None else inputs
    point = tuple(draw(numbers()) for _ in range(count)) if isinstance(count, int) else tuple(count)
    every = names_of(structure=any(map(np.ndim, point)))
    chosen = every if names is None else tuple(name if isinstance(name, str) else name.__name__ for name in names)
    return function(_Drawn(draw), point, draw(st.integers(1, max_operations)), chosen, smooth)


def expressions(
    leaves: Sequence[Value] | None = None,
    max_operations: int = 8,
    smooth: bool = True,
    names: Sequence[str] | None = None,
) -> st.SearchStrategy[Value]:
    """Values with a random graph over `leaves` (fresh scalars x, y, w if not given); see `functions`."""
    if leaves is None:
        return functions(None, max_operations, smooth, names).map(
            lambda f: f(*(Value(x, name) for x, name in zip(f.point, NAMES, strict=False)))
        )
    numbers_of = [x._data for x in leaves]
    return functions(numbers_of, max_operations, smooth, names).map(lambda f: f(*leaves))
