"""Hypothesis strategies: random numbers, arrays and whole expressions."""

from __future__ import annotations

from collections.abc import Sequence
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


def numbers(min_value: float = -3.0, max_value: float = 3.0) -> st.SearchStrategy[float]:
    """Finite floats without the tiny ones whose square is 0: |number| is 0 or at least 1e-6."""
    moderate = st.floats(min_value, max_value, allow_nan=False, allow_infinity=False)
    return moderate.map(lambda x: x if abs(x) >= 1e-6 else min(max(0.0, min_value), max_value))


def shapes(max_dims: int = 3, max_side: int = 3, min_dims: int = 0, min_side: int = 1) -> st.SearchStrategy[Shape]:
    """Shapes of small arrays, () among them; `min_side=0` brings empty ones."""
    return numpy_st.array_shapes(min_dims=min_dims, max_dims=max_dims, min_side=min_side, max_side=max_side)


def arrays(
    shape: Shape | st.SearchStrategy[Shape] | None = None,
    min_value: float = -3.0,
    max_value: float = 3.0,
    dtype: Any = np.float64,
) -> st.SearchStrategy[np.ndarray[Any, np.dtype[Any]]]:
    """NumPy arrays of moderate numbers; of any small shape with at least one axis if none is given."""
    elements = numbers(min_value, max_value)
    drawn = shapes(min_dims=1) if shape is None else shape

    def filled(size: Shape) -> st.SearchStrategy[Any]:
        count = int(np.prod(size))
        return st.lists(elements, min_size=count, max_size=count).map(lambda row: np.array(row, dtype).reshape(size))

    return (st.just(drawn) if isinstance(drawn, tuple) else drawn).flatmap(filled)


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
    names: Sequence[str] | None = None,
) -> Function:
    """Random functions of `inputs`: how many scalars to draw (1 to 3 if not given), or the numbers themselves.

    A function of scalars stays among scalars; where an input has an axis, numbers are broadcast, indexed, stacked,
    reduced and multiplied as matrices, too. `smooth` keeps every operation away from kinks and from the edges of its
    domain at `point`; without it only undefined results are avoided. `names` restricts the operations, by their names
    in the table.
    """
    count = draw(st.integers(1, 3)) if inputs is None else inputs
    point = tuple(draw(numbers()) for _ in range(count)) if isinstance(count, int) else tuple(count)
    chosen = names_of(structure=any(map(np.ndim, point))) if names is None else tuple(names)
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
