"""Wires: each input of an operation as a linear map and its transpose, at the point where it was recorded.

t   a tangent, pushed forward        u   a cotangent, pulled back
D   the local derivative, computed once
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_tiny import shapes
from autograd_tiny.compiling import forward, pullback
from autograd_tiny.value import Value

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
