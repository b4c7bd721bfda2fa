"""Many numbers taken together: products, running totals, averages, order; and the places of the largest.

Names, arguments and meaning are NumPy's (running maxima are PyTorch's). Everything is written from operations of the
table; places and order have no derivative and are answered in whole numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod as prod_of
from typing import Any

import numpy as np

from autograd_tiny import shapes
from autograd_tiny.arrays import lines as lines
from autograd_tiny.arrays.rearranging import moveaxis, take_along_axis
from autograd_tiny.errors import GraphError, ShapeError
from autograd_tiny.errors.arguments import annotated
from autograd_tiny.functions import broadcast_to, concatenate, logsumexp, mean, ravel, stack, value, where
from autograd_tiny.functions import max as greatest
from autograd_tiny.functions import min as least
from autograd_tiny.numpy_functions import record_as
from autograd_tiny.scopes import questions, scope
from autograd_tiny.shapes import Axis
from autograd_tiny.value import Operand, Value, recorder

# Products and running totals: halves and doubled distances, so that n numbers take log n steps ---------------------


@annotated
def prod(a: Operand, axis: Axis = None, keepdims: bool = False) -> Value:
    """The product over `axis` (None: over everything); of no numbers 1. Its slopes are right at zeros, too.

    >>> prod([2.0, 3.0, 4.0]).data
    24.0
    """
    x = value(a)
    axes = shapes.axes_of(x.ndim, axis)
    others = [k for k in range(x.ndim) if k not in axes]
    rows = x.transpose(*others, *axes).reshape([*(x.shape[k] for k in others), -1 if x.size else 0])
    with scope("prod"):
        while rows.shape[-1] > 1:
            half = rows.shape[-1] // 2
            pairs = rows[..., :half] * rows[..., half : 2 * half]
            rows = concatenate([pairs, rows[..., 2 * half :]], -1) if rows.shape[-1] % 2 else pairs
    kept = shapes.kept(x.shape, axes) if keepdims else tuple(x.shape[k] for k in others)
    return rows.reshape(kept) if rows.shape[-1] else value(np.ones(kept))


def _running(name: str, together: Callable[[Value, Value], Value], a: Operand, axis: int | None) -> Value:
    """What is taken together of each number and all before it: of 2 numbers, then of 4, 8 …"""
    x = ravel(a) if axis is None or not value(a).ndim else value(a)
    (along,) = shapes.axes_of(x.ndim, -1 if axis is None else axis)
    before, distance = (slice(None),) * along, 1
    with scope(name):
        while distance < x.shape[along]:
            first, earlier, later = (
                x[(*before, part)] for part in (slice(distance), slice(-distance), slice(distance, None))
            )
            x = concatenate([first, together(earlier, later)], along)
            distance *= 2
    return x


@annotated
def cumsum(a: Operand, axis: int | None = None) -> Value:
    """The sum of each number and all before it along `axis` (None: of the raveled array).

    >>> cumsum([1.0, 2.0, 3.0]).data
    array([1., 3., 6.])
    """
    x = ravel(a) if axis is None or not value(a).ndim else value(a)
    (along,) = shapes.axes_of(x.ndim, -1 if axis is None else axis)
    return recorder("cumsum")(x, axis=along)


@annotated
def cumprod(a: Operand, axis: int | None = None) -> Value:
    """The product of each number and all before it along `axis` (None: of the raveled array).

    >>> cumprod([1.0, 2.0, 3.0]).data
    array([1., 2., 6.])
    """
    return _running("cumprod", lambda earlier, later: earlier * later, a, axis)


@annotated
def cummax(a: Operand, axis: int | None = None) -> Value:
    """The largest of each number and all before it; of equal ones the last receives the gradient, as in PyTorch.

    >>> cummax([1.0, 3.0, 2.0]).data
    array([1., 3., 3.])
    """
    return _running("cummax", lambda earlier, later: where(later >= earlier, later, earlier), a, axis)


@annotated
def cummin(a: Operand, axis: int | None = None) -> Value:
    """The smallest of each number and all before it; of equal ones the last receives the gradient, as in PyTorch.

    >>> cummin([3.0, 1.0, 2.0]).data
    array([3., 1., 1.])
    """
    return _running("cummin", lambda earlier, later: where(later <= earlier, later, earlier), a, axis)


@annotated
def logcumsumexp(a: Operand, axis: int | None = None) -> Value:
    """The logarithm of the running sum of exp(a), without overflow.

    >>> logcumsumexp([0.0, 0.0]).exp().data
    array([1., 2.])
    """
    return _running("logcumsumexp", lambda earlier, later: logsumexp(stack([earlier, later]), 0), a, axis)


# Averages -------------------------------------------------------------------------------------------------------------


@annotated
def average(a: Operand, axis: Axis = None, weights: Operand | None = None, keepdims: bool = False) -> Value:
    """The mean over `axis`, each number counted by its weight: weights of a's shape, or one for each along one axis.

    >>> average([1.0, 4.0], weights=[2.0, 1.0]).data
    2.0
    """
    if weights is None:
        return mean(a, axis, keepdims)
    x, w = value(a), value(weights)
    if w.shape != x.shape:
        (along,) = shapes.axes_of(x.ndim, axis) if axis is not None else (-1,)
        if w.shape != x.shape[along : along + 1]:
            raise ShapeError(f"average: weights {w.shape} for {x.shape} over axis {axis}; expected that shape or axis")
        w = w.reshape([-1 if k == along else 1 for k in range(x.ndim)])
    shared: Value = (x * w).sum(axis, keepdims) / broadcast_to(w, x.shape).sum(axis, keepdims)
    return shared


@annotated
def ptp(a: Operand, axis: Axis = None, keepdims: bool = False) -> Value:
    """The largest number minus the smallest over `axis`; equal ones share the gradient.

    >>> ptp([1.0, 4.0, 2.0]).data
    3.0
    """
    spread: Value = greatest(a, axis, keepdims) - least(a, axis, keepdims)
    return spread


# Order: the numbers that stand at certain places when all are sorted --------------------------------------------------


@annotated
def argsort(a: Operand, axis: int | None = -1) -> Any:
    """The places of the numbers in ascending order along `axis`, as whole numbers; equal ones keep their order.

    >>> argsort([3.0, 1.0, 2.0])
    array([1, 2, 0])
    """
    return np.argsort(value(a).leaving(), axis, stable=True)


@annotated
def argmax(a: Operand, axis: int | None = None, keepdims: bool = False) -> Any:
    """The place of the largest number along `axis` (None: in the raveled array), as whole numbers.

    >>> int(argmax([1.0, 3.0, 2.0]))
    1
    """
    return _place(np.argmax, a, axis, keepdims)


@annotated
def argmin(a: Operand, axis: int | None = None, keepdims: bool = False) -> Any:
    """The place of the smallest number along `axis` (None: in the raveled array), as whole numbers.

    >>> int(argmin([3.0, 1.0, 2.0]))
    1
    """
    return _place(np.argmin, a, axis, keepdims)


def _place(function: Any, a: Operand, axis: int | None, keepdims: bool) -> Any:
    try:
        return function(value(a).leaving(), axis, keepdims=keepdims)
    except ValueError as error:
        raise ShapeError(f"{function.__name__}: {error}") from None


@annotated
def sort(a: Operand, axis: int | None = -1) -> Value:
    """The numbers in ascending order along `axis` (None: of the raveled array); each gradient goes where it came from.

    GraphError while a function is traced: a program does not sort.

    >>> sort([3.0, 1.0, 2.0]).data
    array([1., 2., 3.])
    """
    x = ravel(a) if axis is None else value(a)
    if questions() is not None and not x.is_constant:
        raise GraphError(
            "sort: a program does not sort; trace what comes before, or use max, min or where (median, quantile and "
            "percentile sort, too)"
        )
    (along,) = shapes.axes_of(x.ndim, -1 if axis is None else axis) or (0,)
    if not x.ndim:
        raise ShapeError("sort: a single number has no axis along which it could be sorted")
    return take_along_axis(x, np.argsort(x._data, along, stable=True), along)


@annotated
def partition(a: Operand, kth: Any, axis: int | None = -1) -> Value:
    """The kth smallest number at its place, smaller ones before it, larger ones after it: here all are sorted.

    >>> partition([3.0, 1.0, 2.0], 1).data
    array([1., 2., 3.])
    """
    return sort(a, axis)


@annotated
def median(a: Operand, axis: Axis = None, keepdims: bool = False) -> Value:
    """The number in the middle of the sorted ones over `axis`; of an even count the mean of the two in the middle.

    >>> median([3.0, 1.0, 2.0, 8.0]).data
    2.5
    """
    return quantile(a, 0.5, axis, keepdims=keepdims)


@annotated
def percentile(a: Operand, q: Any, axis: Axis = None, *, method: str = "linear", keepdims: bool = False) -> Value:
    """As `quantile`, with q from 0 to 100.

    >>> percentile([1.0, 2.0, 3.0], 25).data
    1.5
    """
    return quantile(a, _real(q) / 100, axis, method=method, keepdims=keepdims)


@annotated
def quantile(a: Operand, q: Any, axis: Axis = None, *, method: str = "linear", keepdims: bool = False) -> Value:
    """The number below which the part q (0 to 1, or an array of such) of all lies, linear between two neighbours.

    `method` may be "linear", "lower", "higher", "nearest" or "midpoint". The shape is that of q, then what is left of
    a. DomainError for no numbers.

    >>> quantile([1.0, 2.0, 3.0], [0.25, 1.0]).data
    array([1.5, 3. ])
    """
    x, part = value(a), _real(q)
    if method not in _BETWEEN or not np.all((part >= 0) & (part <= 1)) or part.size == 0:
        raise ValueError(
            f"quantile: q = {q!r}, method {method!r}; q lies from 0 to 1, methods are {', '.join(_BETWEEN)}"
        )
    axes = shapes.axes_of(x.ndim, axis)
    others = [k for k in range(x.ndim) if k not in axes]
    rows = sort(x.transpose(*others, *axes).reshape([*(x.shape[k] for k in others), prod_of(x.shape[k] for k in axes)]))
    if not x.size and not prod_of(rows.shape[:-1]):
        rows = value(np.zeros((*rows.shape[:-1], 1)))  # of nothing, nothing is asked for
    if not rows.shape[-1]:
        raise ShapeError(f"quantile: {x.shape} has no numbers along axis {axis}")
    place = part * (rows.shape[-1] - 1)
    low = np.floor(place).astype(int)
    share = _BETWEEN[method](place, low)
    high = np.minimum(low + 1, rows.shape[-1] - 1)
    lower, upper = rows[..., low], rows[..., high]
    found = moveaxis(lower + (upper - lower) * share, range(len(others), len(others) + part.ndim), range(part.ndim))
    return found.reshape((*part.shape, *shapes.kept(x.shape, axes))) if keepdims else found


def _real(q: Any) -> Any:
    numbers = np.asarray(q.leaving() if isinstance(q, Value) else q)
    if numbers.dtype.kind not in "biuf":
        raise TypeError(f"quantile: q = {q!r}; expected a number, or an array of them")
    return numbers.astype(float)


_BETWEEN: dict[str, Callable[[Any, Any], Any]] = {
    "linear": lambda place, low: place - low,
    "lower": lambda place, low: np.zeros_like(place),
    "higher": lambda place, low: np.ceil(place - low),
    "nearest": lambda place, low: np.rint(place) - low,
    "midpoint": lambda place, low: np.where(place > low, 0.5, 0.0),
}


record_as(
    prod, cumsum, cumprod, cummax, cummin, logcumsumexp, average, ptp, argsort, argmax, argmin, sort, partition, median,
    percentile, quantile,
)  # fmt: skip
