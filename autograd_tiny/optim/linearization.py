"""A recorded graph as the linear map that it is near its point: J t forward, Jᵀ u backward, no matrix formed.

    t   a tangent: the direction in which a value moves        u   a cotangent: a gradient that flows back

`jvp` records its function anew at every call. Here the graph is walked once; each wire becomes a linear
map and its transpose, and both directions then cost about one evaluation of the graph, as often as wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_tiny import gradients, shapes
from autograd_tiny.compiling import forward, pullback
from autograd_tiny.errors import GraphError
from autograd_tiny.shapes import Shape
from autograd_tiny.value import Value, ancestors
from autograd_tiny.words.indexing import add_at


class Linearization:
    """The derivative of `outputs` by `inputs` at the point where they were recorded.

    A value among `inputs` may be an inner one: the graph is cut there. GraphError if no output depends
    on an input.
    """

    def __init__(self, outputs: Sequence[Value], inputs: Sequence[Value]) -> None:
        order = _dependent(ancestors(*outputs), inputs)
        place = {v: k for k, v in enumerate(order)}
        if not any(v in place for v in outputs):
            raise GraphError("linearization: no output depends on an input")
        self.shapes = [v.shape for v in order]
        self.outputs, self.inputs = [place.get(v) for v in outputs], [place[v] for v in inputs]
        self.output_shapes = [v.shape for v in outputs]
        cut = set(inputs)
        self.wires = [wire for v in order if v not in cut for wire in wires(v, place)]

    def push(self, tangents: Sequence[Array]) -> list[Array]:
        """J t: how the outputs move when the inputs move along `tangents`."""
        moved = _Sums(self.shapes)
        for k, t in zip(self.inputs, tangents, strict=True):
            moved.add(k, t)
        for w in self.wires:
            t = moved.totals[w.source]
            if t is not None:
                moved.add(w.target, w.push(t), w.put)
        return [moved.at(k, shape) for k, shape in zip(self.outputs, self.output_shapes, strict=True)]

    def pull(self, cotangents: Sequence[Array]) -> list[Array]:
        """Jᵀ u: the gradient of ⟨outputs, u⟩ by each input."""
        arrived = _Sums(self.shapes)
        for k, u in zip(self.outputs, cotangents, strict=True):
            if k is not None:
                arrived.add(k, u)
        for w in reversed(self.wires):
            u = arrived.totals[w.target]
            if u is not None:
                arrived.add(w.source, w.pull(u), w.taken)
        return [arrived.at(k, self.shapes[k]) for k in self.inputs]


class _Sums:
    """What arrives at each place of the tape, added up; None where nothing has."""

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self.shapes = shapes
        self.totals: list[Any] = [None] * len(shapes)
        self.owned: set[int] = set()  # the places whose array nobody else holds, so that parts may be added in place

    def add(self, k: int, c: Array, part: Any = None) -> None:
        """Add a contribution to place `k`, or to a part of it."""
        before = self.totals[k]
        if part is None:
            self.totals[k] = c if before is None else before + c
            return
        if k not in self.owned:
            self.totals[k] = np.zeros(self.shapes[k]) if before is None else before.copy()
            self.owned.add(k)
        add_at(self.totals[k], part, c)

    def at(self, k: int | None, shape: Shape) -> Array:
        """The sum at a place; zeros if nothing arrived there, or if there is no such place."""
        total = None if k is None else self.totals[k]
        return np.zeros(shape) if total is None else total


def _dependent(order: Sequence[Value], inputs: Sequence[Value]) -> list[Value]:
    """The inputs, and in order of birth every value that depends on one of them."""
    given = set(inputs)
    return [*inputs, *(v for v in gradients.way_to(list(inputs), list(order)) if v not in given)]


# Wires: each input of an operation as a linear map and its transpose, at the point where it was recorded --------------
# t   a tangent, pushed forward        u   a cotangent, pulled back
# D   the local derivative, computed once


Array = Any  # ndarray, or a float for shape ()
Map = Callable[[Array], Array]


@dataclass(frozen=True, slots=True)
class Wire:
    """One input of one operation, linearised: places in the tape, the map, its transpose.

    Where a map only puts its argument into a part of a larger array, or takes a part out, `part` is the
    index of that part: adding in place spares a large array of zeros for each time step.
    """

    source: int
    target: int
    push: Map
    pull: Map
    taken: Any = None  # the part of the source that the target is
    put: Any = None  # the part of the target that the source is


def wires(v: Value, place: Mapping[Value, int]) -> list[Wire]:
    """One wire per input of `v` that has a place in the tape."""
    made = []
    for k, x in enumerate(v.inputs):
        if x in place and not x.is_constant:
            push, pull, *parts = _maps(v, k)
            made.append(Wire(place[x], place[v], push, pull, *parts))
    return made


def _maps(v: Value, k: int) -> tuple[Any, ...]:
    """Input `k` of an operation: the linear map, its transpose, and the parts in which they add."""
    op, x = v.operation, v.inputs[k]
    assert op is not None
    if op.elementwise:
        return _elementwise(v, k)
    if op.name in _SPECIAL:
        return _SPECIAL[op.name](v, k)
    if op.parameters == ("axis", "keepdims"):
        return _reduction(v)
    if op.name not in _LINEAR:
        return _whole(v, k)
    given = v.parameters
    apply, transpose = forward(op, v._rule.world), pullback(op, 0, v._rule.world)
    return lambda t: apply(t, **given), lambda u: shapes.unbroadcast(transpose(u, x._data, None, **given), x.shape)


def _elementwise(v: Value, k: int) -> tuple[Map, Map]:
    """Multiplication by the local derivative, which is computed once."""
    op, shape, wide = v.operation, v.inputs[k].shape, v.shape
    assert op is not None
    if op.locals[k] in ("1", "-1"):
        sign = float(op.locals[k])
        same = shape == wide

        def push(t: Array) -> Array:
            return _signed(t if same else np.broadcast_to(t, wide), sign)

        return push, lambda u: _signed(shapes.unbroadcast(u, shape), sign)
    one = np.ones(wide) if wide else 1.0
    D = pullback(op, k, v._rule.world)(one, *(x._data for x in v.inputs), v._data, **v.parameters)
    return lambda t: t * D, lambda u: shapes.unbroadcast(u * D, shape)


def _signed(t: Array, sign: float) -> Array:
    return t if sign > 0 else -t


def _matmul(v: Value, k: int) -> tuple[Map, Map]:
    """x @ y is linear in each factor."""
    x, y = (each._data for each in v.inputs)
    op, z = v.operation, v._data
    assert op is not None
    back, shape = pullback(op, k, v._rule.world), v.inputs[k].shape
    push: Map = (lambda t: t @ y) if k == 0 else (lambda t: x @ t)
    return push, lambda u: shapes.unbroadcast(back(u, x, y, z), shape)


def _whole(v: Value, k: int) -> tuple[Map, Map]:
    """Any other operation, such as an inverse: its Jacobian as a matrix, one pullback for each number of z."""
    op, shape = v.operation, v.inputs[k].shape
    assert op is not None
    back = pullback(op, k, v._rule.world)
    units = np.eye(v.size).reshape(v.size, *v.shape)
    slopes = [back(unit, *(x._data for x in v.inputs), v._data, **v.parameters) for unit in units]
    D = np.array([shapes.unbroadcast(slope, shape) for slope in slopes]).reshape(v.size, -1)
    return lambda t: (D @ np.ravel(t)).reshape(v.shape), lambda u: (np.ravel(u) @ D).reshape(shape)


def _reduction(v: Value) -> tuple[Map, Map]:
    """Each number of x feeds one number of z, so the derivative is an array of x's shape; then it is summed."""
    op, x, axis, keepdims = v.operation, v.inputs[0]._data, v.parameters["axis"], v.parameters["keepdims"]
    assert op is not None
    kept = shapes.kept(np.shape(x), axis)
    one = np.ones(v.shape) if v.shape else 1.0
    D = pullback(op, 0, v._rule.world)(one, x, v._data, **v.parameters)
    return lambda t: np.sum(t * D, axis, keepdims=keepdims), lambda u: np.reshape(u, kept) * D


def _same(t: Array) -> Array:
    return t


def _take(v: Value, k: int) -> tuple[Any, ...]:
    index = v.parameters["index"]
    return lambda t: t[index], _same, index


def _stacked(v: Value, k: int) -> tuple[Any, ...]:
    index = shapes.along(v.parameters["axis"], k)
    return _same, lambda u: u[index], None, index


def _joined(v: Value, k: int) -> tuple[Any, ...]:
    index = shapes.portion(v.inputs, v.parameters["axis"], k)
    return _same, lambda u: u[index], None, index


_LINEAR = {"reshape", "transpose", "broadcast", "scatter"}
_SPECIAL: dict[str, Callable[[Value, int], tuple[Any, ...]]] = {
    "matmul": _matmul, "take": _take, "stack": _stacked, "concatenate": _joined,
}  # fmt: skip
