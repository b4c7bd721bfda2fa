"""Hypothesis strategies: random numbers, arrays and whole expressions, to search for what breaks a law.

    @given(expressions())
    def test_backward_is_grad(z):
        leaves = [x for x in ancestors(z) if not x.inputs]
        ...

    values       scalar or array Values            arrays      NumPy arrays
    expressions  Values with a random graph        functions   the same as functions of their leaves

Needs hypothesis, which is in the extra `test`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from autograd_tiny import functions as operations
from autograd_tiny.errors import AutogradError
from autograd_tiny.table import TABLE
from autograd_tiny.value import Value

try:
    from hypothesis import strategies as st
    from hypothesis.extra import numpy as numpy_st
except ImportError as error:
    raise ImportError("autograd_tiny.testing needs hypothesis: pip install 'autograd-tiny[test]'") from error

__all__ = ["Function", "arrays", "expressions", "functions", "numbers", "shapes", "values"]

Shape = tuple[int, ...]
Step = tuple[str, tuple[int, ...]]  # an operation, and the places of its inputs among all that was found before it
NAMES = ("x", "y", "w", "u", "v")


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


@dataclass(frozen=True)
class Function:
    """A random function: operations applied in order to the inputs and to earlier results.

    `point` is where its operations were chosen, so that is where it is defined (and, if asked for, smooth).
    Call it with Values, numbers or arrays of the shapes of `point`; it returns a Value.
    """

    point: tuple[Any, ...]
    steps: tuple[Step, ...]

    def __call__(self, *inputs: Any) -> Value:
        found = [operations.value(x) for x in inputs]
        for name, positions in self.steps:
            found.append(OPERATIONS[name](*(found[k] for k in positions)))
        return found[-1]


OPERATIONS: dict[str, Callable[..., Value]] = {
    name: getattr(operations, name)
    for name, op in TABLE.items()
    if op.elementwise and hasattr(operations, name) and name not in ("where", "clip")
} | {
    "square": lambda x: x**2,
    "half": lambda x: 0.5 * x,
    "sum": operations.sum,
    "mean": operations.mean,
    "columns": partial(operations.sum, axis=-1, keepdims=True),
    "transpose": operations.transpose,
}  # fmt: skip

# How far the numbers are from an edge of the domain or from a kink, where the operation has one.
_DISTANCES: dict[str, Callable[..., Any]] = {
    "div": lambda x, y: np.abs(y),
    "pow": lambda x, y: np.minimum(x, 3 - np.abs(y)),
    "log": lambda x: x,
    "sqrt": lambda x: x,
    "tan": lambda x: np.abs(np.cos(x)),
    "asin": lambda x: 1 - np.abs(x),
    "acos": lambda x: 1 - np.abs(x),
    "abs": np.abs,
    "relu": np.abs,
    "leaky_relu": np.abs,
    "hard_tanh": lambda x: np.abs(np.abs(x) - 1),
    "maximum": lambda x, y: np.abs(x - y),
    "minimum": lambda x, y: np.abs(x - y),
}
MARGIN = 0.1
LARGEST = 30.0


def _apply(name: str, inputs: Sequence[Value], smooth: bool) -> Value | None:
    """The operation's result, or None where it has none, a large one, or (if `smooth`) lies near an edge or kink."""
    data = [v._data for v in inputs]
    try:
        if smooth and name in _DISTANCES and not np.all(_DISTANCES[name](*data) > MARGIN):
            return None
        z = OPERATIONS[name](*inputs)
    except (AutogradError, ValueError):
        return None
    recorded = all(z is not v for v in inputs)  # the transpose of a scalar is the scalar
    return z if recorded and bool(np.all(np.abs(z._data) <= LARGEST)) else None


@st.composite
def functions(
    draw: st.DrawFn,
    inputs: int | Sequence[Any] | None = None,
    max_operations: int = 8,
    smooth: bool = True,
    names: Sequence[str] | None = None,
) -> Function:
    """Random functions of `inputs`: how many scalars to draw (1 to 3 if not given), or the numbers themselves.

    `smooth` keeps every operation at least 0.1 away from kinks and from the edges of its domain at `point`;
    without it only undefined results are avoided. `names` restricts the operations; see `OPERATIONS`.
    """
    count = draw(st.integers(1, 3)) if inputs is None else inputs
    point = tuple(draw(numbers()) for _ in range(count)) if isinstance(count, int) else tuple(count)
    found = [operations.value(x) for x in point]
    steps: list[Step] = []
    for _ in range(draw(st.integers(1, max_operations))):
        step, z = _drawn_step(draw, found, smooth, sorted(OPERATIONS) if names is None else list(names))
        steps.append(step)
        found.append(z)
    return Function(point, tuple(steps))


def _drawn_step(draw: st.DrawFn, found: list[Value], smooth: bool, names: list[str]) -> tuple[Step, Value]:
    """One more operation, on values found already, and its result."""
    name = draw(st.sampled_from(names))
    op = TABLE.get(name)
    arity = op.arity if op and op.arity else 1
    positions = tuple(draw(st.integers(0, len(found) - 1)) for _ in range(arity))
    z = _apply(name, [found[k] for k in positions], smooth)
    if z is not None:
        return (name, positions), z
    only = positions[0]
    return ("tanh", (only,)), operations.tanh(found[only])  # which is defined, smooth and small everywhere


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
