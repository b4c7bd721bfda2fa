"""The number worlds over which the table is read: floats, arrays, complex numbers.

Each world is a mapping from the names that the table uses to functions. Where the textbook formula
overflows or loses digits, the world supplies the stable form under the same name.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_tiny import shapes
from autograd_tiny.errors import flags
from autograd_tiny.indexing import add_at


class World(dict[str, Any]):
    """What the table's words mean: functions by name. Each world is itself, whatever it holds."""

    __hash__ = object.__hash__  # type: ignore[assignment]


__warningregistry__ = flags.WATCHED  # what NumPy would only warn of in these functions, mostly overflow, is an error


def _float_sigmoid(x: float) -> float:
    # e^-|x| never overflows, and the branch keeps small results exact to the last digit.
    e = math.exp(-abs(x))
    return 1.0 / (1.0 + e) if x >= 0 else e / (1.0 + e)


def _float_softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _float_maximum(x: float, y: float) -> float:
    return x if x >= y or x != x else y


def _float_minimum(x: float, y: float) -> float:
    return x if x <= y or x != x else y


def _float_clip(x: float, low: float, high: float) -> float:
    return x if low <= x <= high else _float_minimum(_float_maximum(x, low), high)  # as NumPy: high, if low > high


def _float_sign(x: float) -> float:
    return x if x != x else float((x > 0) - (x < 0))


_ONE = np.array(1.0)  # of no axes: NumPy takes 0.2 µs less to begin with it than with Python's 1.0


def _array_sigmoid(x: Any) -> Any:
    try:
        e = np.exp(-x)
    except (FloatingPointError, TypeError):  # e^-x is too large for a float: the form that is slower, but safe
        e = np.exp(-np.abs(x))
        return np.where(x >= 0, 1.0, e) / (1.0 + e)
    one = _ONE if e.dtype is _ONE.dtype else 1.0  # an array of float64 would make float64 of float32
    e += one
    return one / e


def _array_softplus(x: Any) -> Any:
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


def _numbers_of(x: Any) -> Any:
    return x if isinstance(x, float | np.generic | np.ndarray) else x._data


def _winners(x: Any, z: Any, axis: shapes.Axis) -> Any:
    """Each maximum's share: 1 where it is alone, 1/n where n are equal, 0 elsewhere."""
    won = np.asarray(_numbers_of(x) == _numbers_of(z))
    return (won / won.sum(axis=axis, keepdims=True)).astype(x.dtype if won.shape else float)


def _sum(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    return np.add.reduce(np.asarray(x), axis=axis, keepdims=keepdims)  # np.sum itself takes twice as long to begin


def _logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    x = np.asarray(x)
    real = x if x.dtype.kind == "f" else x.real
    top = np.maximum.reduce(real, axis=axis, keepdims=True)  # nothing overflows in differences to the maximum
    z = np.log(np.add.reduce(np.exp(x - top), axis=axis, keepdims=True)) + top
    return z if keepdims else z.squeeze(axis)


def _mean(x: Any, axis: shapes.Axis = None, keepdims: bool = False) -> Any:
    total = _sum(x, axis, keepdims)
    if np.size(total) and not np.size(x):
        raise ValueError("the mean of no numbers does not exist")
    return total / shapes.count(x, total)


def _scatter(x: Any, index: Any, shape: shapes.Shape) -> Any:
    z = np.zeros(shape, getattr(x, "dtype", float))
    add_at(z, index, x)
    return z


def _broadcast(x: Any, shape: shapes.Shape) -> Any:
    z = np.empty(shape, getattr(x, "dtype", float))
    z[...] = x
    return z


def _reshape(x: Any, shape: shapes.Shape) -> Any:
    if x.__class__ is np.ndarray:
        return x.reshape(shape)
    return np.reshape(x, shape) if shape else x


def _transpose(x: Any, axes: tuple[int, ...]) -> Any:
    return x.transpose(axes) if x.__class__ is np.ndarray else np.transpose(x, axes)


def _stack(xs: Any, axis: int) -> Any:
    try:
        return np.array(xs) if axis == 0 and xs else np.stack(xs, axis)  # which takes four times as long
    except ValueError:
        return np.stack(xs, axis)  # whose message says more


def _take(x: Any, index: Any) -> Any:
    return (x if x.__class__ is np.ndarray else np.asarray(x))[index]


STRUCTURE = World(
    {
        name: getattr(shapes, name)
        for name in ("shape_of", "count", "kept", "unbroadcast", "inverse", "swap", "along", "portion")
    }
    | {"winners": _winners}
)

FLOATS = World(STRUCTURE | {name: getattr(math, name) for name in (
    "exp", "log", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "pow",
)} | {
    "sigmoid": _float_sigmoid, "softplus": _float_softplus, "maximum": _float_maximum,
    "minimum": _float_minimum, "clip": _float_clip, "sign": _float_sign,
})  # fmt: skip

ARRAYS = World(STRUCTURE | {name: getattr(np, name) for name in (
    "abs", "exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "maximum", "minimum", "clip",
    "sign", "where", "amax", "concatenate",
)} | {
    "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "pow": np.power, "round": np.round,
    "sigmoid": _array_sigmoid, "softplus": _array_softplus,
    "broadcast": _broadcast, "reshape": _reshape, "transpose": _transpose, "stack": _stack, "take": _take,
    "scatter": _scatter, "sum": _sum, "mean": _mean, "logsumexp": _logsumexp,
})  # fmt: skip


def _complex_sigmoid(x: Any) -> Any:
    e = np.exp(np.where(np.real(x) >= 0, -x, x))
    return np.where(np.real(x) >= 0, 1.0, e) / (1.0 + e)


def _complex_softplus(x: Any) -> Any:
    e = np.exp(np.where(np.real(x) >= 0, -x, x))
    return np.where(np.real(x) >= 0, x, 0.0) + np.log(1.0 + e)


COMPLEX = World(ARRAYS | {"sigmoid": _complex_sigmoid, "softplus": _complex_softplus})
