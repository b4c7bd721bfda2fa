"""What an operation is given: inputs that fit together, and parameters (axis, shape, index …) that fit the inputs."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np

from autograd_tiny.shapes import Shape
from autograd_tiny.table import Op

LARGEST_SIZE = 48  # numbers in an array


def drawn_array(choose: Choices, shape: Shape, dtype: Any = np.float64) -> Any:
    """An array of moderate numbers that may lie in memory in any way: by columns, transposed, repeated, backwards."""

    def filled(size: Shape) -> Any:
        return np.array([choose.number() for _ in range(math.prod(size))], dtype).reshape(size)

    if not shape:
        return choose.number()
    layout = choose.pick(("rows", "rows", "columns", "repeated", "backwards"))
    if layout == "columns":
        return filled(shape[::-1]).T
    if layout == "repeated":
        return np.broadcast_to(filled(tuple(choose.pick((1, n)) if n else 0 for n in shape)), shape)
    return filled(shape) if layout == "rows" else filled(shape)[..., ::-1]


def partner_shape(choose: Choices, op: Op, x: Shape, backwards: bool, arrays: bool) -> Shape:
    """A shape that goes with x in this operation, on the left of it if `backwards`."""
    if op.name == "matmul":
        more = tuple(choose.integer(1, 3) for _ in range(choose.integer(0, 1)))
        return (*more, *x[-2:][:1]) if backwards else (*x[-1:], *more)
    return broadcasting_shape(choose, x, arrays) if op.elementwise else x


def broadcasting_shape(choose: Choices, shape: Shape, arrays: bool) -> Shape:
    """A shape that broadcasts with `shape`: axes left out, of size 1, or one more; () unless `arrays` are wanted."""
    if not arrays or not choose.integer(0, 3):
        return ()
    sides = [choose.pick((n, n, 1) if n != 1 else (1, 2, 3)) for n in shape]
    if sides and not choose.integer(0, 3):
        return tuple(sides[1:])
    return (2, *sides) if not choose.integer(0, 5) else tuple(sides)


def fit(op: Op, x: Shape, y: Shape, backwards: bool) -> bool:
    """Whether x and y (y and x if `backwards`) go together in this operation."""
    if op.name == "stack":
        return x == y
    if op.name == "concatenate":
        return len(x) == len(y) > 0 and sum(a != b for a, b in zip(x, y, strict=True)) <= 1
    try:
        if op.name == "matmul":
            return np.matmul(*map(np.empty, (y, x) if backwards else (x, y))).size <= LARGEST_SIZE
        return math.prod(np.broadcast_shapes(x, y)) <= LARGEST_SIZE
    except ValueError:
        return False


def parameters(choose: Choices, op: Op, inputs: list[Any], arrays: bool) -> dict[str, Any]:
    """Every further parameter of the operation; KeyError names one that nobody has said how to draw."""
    shape = np.shape(inputs[0])
    if op.name == "scatter":
        return dict(zip(("index", "shape"), _scattered(choose, shape), strict=True))
    return {name: _PARAMETERS[name](choose, op, inputs, arrays) for name in op.parameters}


def _axis(choose: Choices, op: Op, inputs: list[Any], arrays: bool) -> Any:
    n = np.ndim(inputs[0])
    if op.arity is None:  # those that join
        n += op.name == "stack"
        return choose.integer(-n, n - 1) if n else 0
    if not n or not choose.integer(0, 2):
        return None
    if choose.integer(0, 1):
        return choose.integer(-n, n - 1)
    axes = [k for k in range(n) if choose.integer(0, 1)]
    return tuple(k - n * choose.integer(0, 1) for k in axes)


def _shape(choose: Choices, op: Op, inputs: list[Any], arrays: bool) -> Shape:
    shape = np.shape(inputs[0])
    if op.name == "broadcast":
        wider = tuple(n if n != 1 else choose.integer(1, 3) for n in shape)
        return tuple(choose.integer(1, 2) for _ in range(choose.integer(0, 2))) + wider
    size, sides = math.prod(shape), list[int]()
    while size > 1 and len(sides) < 3:
        side = choose.pick([n for n in range(1, size + 1) if size % n == 0])
        sides.append(side)
        size //= side
    return (*sides, size) if size != 1 or not sides else tuple(sides)


def _axes(choose: Choices, op: Op, inputs: list[Any], arrays: bool) -> tuple[int, ...]:
    left = list(range(np.ndim(inputs[0])))
    return tuple(left.pop(choose.integer(0, len(left) - 1)) for _ in range(len(left)))


def _condition(choose: Choices, op: Op, inputs: list[Any], arrays: bool) -> Any:
    shape = broadcasting_shape(choose, np.broadcast_shapes(*map(np.shape, inputs)), arrays)
    return np.asarray(drawn_array(choose, shape)) > 0 if shape else bool(choose.integer(0, 1))


def _bound(choose: Choices, op: Op, inputs: list[Any], arrays: bool) -> Any:
    return drawn_array(choose, np.shape(inputs[0])) if arrays and not choose.integer(0, 3) else choose.number()


_PARAMETERS: dict[str, Callable[[Choices, Op, list[Any], bool], Any]] = {
    "axis": _axis,
    "keepdims": lambda choose, op, inputs, arrays: bool(choose.integer(0, 1)),
    "shape": _shape,
    "axes": _axes,
    "index": lambda choose, op, inputs, arrays: drawn_index(choose, np.shape(inputs[0])),
    "condition": _condition,
    "low": _bound,
    "high": _bound,
    "negative_slope": lambda choose, op, inputs, arrays: choose.number(),
    "alpha": lambda choose, op, inputs, arrays: 0.5 + abs(choose.number()),
}


def drawn_index(choose: Choices, shape: Shape) -> Any:
    """An index of any kind that fits the shape: numbers from either end, slices, None, …, arrays, masks."""
    if shape and not choose.integer(0, 7):
        mask = shape[: choose.integer(1, len(shape))]
        return np.array([bool(choose.integer(0, 1)) for _ in range(math.prod(mask))], bool).reshape(mask)
    parts: list[Any] = []
    broadcast = choose.pick(((2,), (3,), (1,), (2, 1), (2, 2), (0,)))  # of the index arrays, together
    used = len(shape) if choose.integer(0, 2) else choose.integer(0, len(shape))
    for n in shape[:used]:
        parts.append(_part(choose, n, broadcast))
        if not choose.integer(0, 7):
            parts.insert(choose.integer(0, len(parts)), None)
    if not choose.integer(0, 3):
        parts.append(Ellipsis)
    return parts[0] if len(parts) == 1 and choose.integer(0, 1) else tuple(parts)


def _part(choose: Choices, n: int, broadcast: Shape) -> Any:
    """What stands in the place of an axis of n."""
    kind = choose.pick(("number", "slice", "slice", "array", "array", "mask")) if n else "slice"
    if kind == "number":
        return choose.integer(-n, n - 1)
    if kind == "slice":
        step = choose.pick((None, None, 1, 2, -1))
        return slice(choose.pick((None, 0, 1, -1, -2)), choose.pick((None, None, n, 2, -1)), step)
    if kind == "mask":
        count, mask = math.prod(broadcast), np.zeros(n, bool)
        mask[[choose.integer(0, n - 1) for _ in range(count)]] = True
        return mask
    shape = tuple(choose.pick((1, side)) for side in broadcast)[choose.integer(0, len(broadcast) - 1) :]
    index = np.array([choose.integer(-n, n - 1) for _ in range(math.prod(shape))], int).reshape(shape)
    return index if choose.integer(0, 3) else index.tolist()


def _scattered(choose: Choices, shape: Shape) -> tuple[Any, Shape]:
    """An index and a shape into which an array of `shape` can be scattered."""
    if not shape:
        n = choose.integer(1, 3)
        return choose.integer(-n, n - 1), (n,)
    first, rest = shape[0], shape[1:]
    if choose.integer(0, 1):
        start = choose.integer(0, 2)
        return slice(start, start + first), (start + first + choose.integer(0, 1), *rest)
    n = choose.integer(1, 4)
    return np.array([choose.integer(-n, n - 1) for _ in range(first)], int), (n, *rest)


# Where chance comes from: hypothesis, which shrinks what fails, or a seeded generator, which is quick -----------------


T = TypeVar("T")


class Choices(Protocol):
    """The three questions that a random function asks of chance."""

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""

    def integer(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""

    def number(self) -> float:
        """A moderate number."""


class Seeded:
    """Choices of a seed: numbers of two digits, halves and whole ones often, so that ties happen."""

    def __init__(self, seed: Any) -> None:
        self.random = random.Random(repr(seed))

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[int(self.random.random() * len(options))]

    def integer(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self.random.random() * (high - low + 1))

    def number(self) -> float:
        """Between −2.5 and 2.5."""
        x = self.random.random() * 5 - 2.5
        return round(2 * x) / 2 if self.random.random() < 0.3 else round(x, 2)
