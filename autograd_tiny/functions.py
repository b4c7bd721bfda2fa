"""The operations as functions, under NumPy's and PyTorch's names: each accepts values and plain numbers alike.

Primitive ones are lines of the table; the others are written from them (see `composites`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_tiny import numpy_functions, shapes
from autograd_tiny.arguments import annotated
from autograd_tiny.behaviour import sections
from autograd_tiny.choices import where as where
from autograd_tiny.composites import dot as dot
from autograd_tiny.composites import log_softmax as log_softmax
from autograd_tiny.composites import norm as norm
from autograd_tiny.composites import outer as outer
from autograd_tiny.composites import softmax as softmax
from autograd_tiny.composites import std as std
from autograd_tiny.composites import var as var
from autograd_tiny.data import owned
from autograd_tiny.errors import ShapeError
from autograd_tiny.shapes import Axis, Shape
from autograd_tiny.table import TABLE
from autograd_tiny.value import Operand, Value, apply, record, recorder
from autograd_tiny.value import value as value

add, sub, mul, div, pow = (recorder(name) for name in ("add", "sub", "mul", "div", "pow"))
neg, abs, exp, log, sqrt = (recorder(name) for name in ("neg", "abs", "exp", "log", "sqrt"))
sin, cos, tan, asin, acos, atan = (recorder(name) for name in ("sin", "cos", "tan", "asin", "acos", "atan"))
sinh, cosh, tanh = (recorder(name) for name in ("sinh", "cosh", "tanh"))
sigmoid, softplus, relu, hard_tanh = (recorder(name) for name in ("sigmoid", "softplus", "relu", "hard_tanh"))
maximum, minimum, matmul = (recorder(name) for name in ("maximum", "minimum", "matmul"))


@annotated
def leaky_relu(x: Operand, negative_slope: float = 0.01) -> Value:
    """X where x > 0, else negative_slope · x."""
    return record(TABLE["leaky_relu"], x, slope=float(negative_slope))


def clip(x: Operand, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Value:
    """X limited to [a_min, a_max], also called min and max; no gradient flows where it is limited, edges included.

    Where a_min > a_max it is a_max, as in NumPy. Bounds that are Values receive the gradient where they limit: then it
    is minimum(maximum(x, a_min), a_max).
    """
    low, high = _unboxed(a_min if min is None else min), _unboxed(a_max if max is None else max)
    if isinstance(low, Value) or isinstance(high, Value):
        raised = value(x) if low is None else maximum(x, low)
        return raised if high is None else minimum(raised, high)
    low, high = -np.inf if low is None else low, np.inf if high is None else high
    return record(TABLE["clip"], x, low=owned(low), high=owned(high))


def _unboxed(x: Any) -> Any:
    """The number of a constant; anything else as it is."""
    return x._data if isinstance(x, Value) and x.is_constant else x


@annotated
def split(ary: Operand, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Value]:
    """A value cut along an axis, as `numpy.split`: into so many equal parts, or at the places given.

    ShapeError if equal parts do not come out even.
    """
    places = indices_or_sections if isinstance(indices_or_sections, int) else tuple(indices_or_sections)
    return sections(value(ary), places, axis)


def sum(x: Operand, axis: Axis = None, keepdims: bool = False) -> Value:
    """The sum over `axis` (None: over everything)."""
    return value(x).sum(axis, keepdims)


def mean(x: Operand, axis: Axis = None, keepdims: bool = False) -> Value:
    """The mean over `axis` (None: over everything)."""
    return value(x).mean(axis, keepdims)


def max(x: Operand, axis: Axis = None, keepdims: bool = False) -> Value:
    """The maximum over `axis`; n equal winners receive 1/n of the gradient each."""
    return value(x).max(axis, keepdims)


def min(x: Operand, axis: Axis = None, keepdims: bool = False) -> Value:
    """The minimum over `axis`: −max(−x)."""
    return -max(-value(x), axis, keepdims)


@annotated
def reshape(x: Operand, shape: int | Shape) -> Value:
    """The same numbers in another shape; one size may be −1."""
    return value(x).reshape(shape)


@annotated
def transpose(x: Operand, axes: Sequence[int] | None = None) -> Value:
    """The axes permuted; reversed if none are given."""
    return value(x).transpose(*(axes or ()))


@annotated
def swapaxes(x: Operand, axis1: int, axis2: int) -> Value:
    """Two axes exchanged."""
    return value(x).swapaxes(axis1, axis2)


@annotated
def broadcast_to(x: Operand, shape: int | Shape) -> Value:
    """X repeated to `shape` by NumPy's rules of broadcasting."""
    target = (shape,) if isinstance(shape, int) else tuple(shape)
    return value(x) if value(x).shape == target else record(TABLE["broadcast"], x, shape=target)


@annotated
def expand_dims(x: Operand, axis: int) -> Value:
    """A new axis of size 1 at `axis`."""
    return value(x).reshape(np.expand_dims(value(x)._data, axis).shape)


@annotated
def squeeze(x: Operand, axis: Axis = None) -> Value:
    """Without the axes of size 1 (or without `axis`, which must be one of them)."""
    shape = value(x).shape
    axes = shapes.axes_of(len(shape), axis) if axis is not None else [k for k, n in enumerate(shape) if n == 1]
    if any(shape[k] != 1 for k in axes):
        raise ShapeError(f"squeeze: {shape}: axis {axis} has more than one number along it; it can only be summed away")
    return value(x).reshape([n for k, n in enumerate(shape) if k not in axes])


def ravel(x: Operand) -> Value:
    """All numbers in one row."""
    return value(x).reshape(-1)


@annotated
def take(x: Operand, indices: Any, axis: int | None = None) -> Value:
    """The parts of `x` that `indices` names along `axis` (None: in the raveled x); repeats add up their gradients."""
    if axis is None:
        return ravel(x)[indices]
    return value(x)[(slice(None),) * shapes.axes_of(value(x).ndim, axis)[0] + (np.asarray(indices),)]


@annotated
def scatter(x: Operand, index: Any, shape: Shape) -> Value:
    """Zeros of `shape` with `x` added at `index`: the reverse of indexing."""
    return record(TABLE["scatter"], x, index=shapes.plain_index(index), shape=tuple(shape))


@annotated
def stack(arrays: Sequence[Operand], axis: int = 0) -> Value:
    """Values of one shape joined along a new axis."""
    return apply("stack", *arrays, axis=axis)


@annotated
def concatenate(arrays: Sequence[Operand], axis: int | None = 0) -> Value:
    """Values joined along an axis they have; all numbers in one row if it is None."""
    if axis is None:
        return concatenate([ravel(x) for x in arrays])
    return apply("concatenate", *arrays, axis=axis)


@annotated
def vstack(arrays: Sequence[Operand]) -> Value:
    """Rows (or matrices) joined from top to bottom."""
    return concatenate([value(x).reshape(1, -1) if value(x).ndim < 2 else value(x) for x in arrays], 0)


@annotated
def hstack(arrays: Sequence[Operand]) -> Value:
    """Vectors (or matrices) joined from left to right."""
    parts = [value(x).reshape(1) if value(x).ndim == 0 else value(x) for x in arrays]
    return concatenate(parts, 1 if parts and parts[0].ndim > 1 else 0)


def logsumexp(x: Operand, axis: Axis = None, keepdims: bool = False) -> Value:
    """The logarithm of Σ exp(x), computed from differences to the maximum, so that nothing overflows."""
    return apply("logsumexp", x, axis, keepdims)


numpy_functions.RECORDED.update({name: f for name, f in globals().items() if callable(f) and not isinstance(f, type)})
