"""The same numbers elsewhere: turned, rolled, repeated, joined, cut, padded, put on a diagonal; and their differences.

Names, arguments and meaning are NumPy's. Everything here is written from operations of the table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_tiny import functions, shapes
from autograd_tiny.errors import ShapeError
from autograd_tiny.errors.arguments import annotated
from autograd_tiny.functions import concatenate, ravel, scatter, value, where
from autograd_tiny.numpy_functions import rearranged as asked
from autograd_tiny.numpy_functions import record_as
from autograd_tiny.shapes import Axis
from autograd_tiny.value import Operand, Value
from autograd_tiny.words import indexing


def rearranged(function: Callable[..., Any], x: Operand, *others: Any) -> Value:
    """The numbers of x where NumPy's function puts them."""
    moved: Value = asked(function, x, *others)
    return moved


# Turned, rolled and repeated: each place of the result is asked for where its number comes from ----------------------


@annotated
def flip(m: Operand, axis: Axis = None) -> Value:
    """The order reversed along `axis` (None: along all).

    >>> flip([1.0, 2.0, 3.0]).data
    array([3., 2., 1.])
    """
    return rearranged(np.flip, m, axis)


@annotated
def fliplr(m: Operand) -> Value:
    """The columns in reversed order.

    >>> fliplr([[1.0, 2.0]]).data
    array([[2., 1.]])
    """
    return rearranged(np.fliplr, m)


@annotated
def flipud(m: Operand) -> Value:
    """The rows in reversed order.

    >>> flipud([[1.0], [2.0]]).data.tolist()
    [[2.0], [1.0]]
    """
    return rearranged(np.flipud, m)


@annotated
def roll(a: Operand, shift: int | Sequence[int], axis: Axis = None) -> Value:
    """Everything moved on by `shift` places along `axis` (None: of the raveled array); the last come first.

    >>> roll([1.0, 2.0, 3.0], 1).data
    array([3., 1., 2.])
    """
    return rearranged(np.roll, a, shift, axis)


@annotated
def rot90(m: Operand, k: int = 1, axes: Sequence[int] = (0, 1)) -> Value:
    """Turned by k quarter turns in the plane of two axes.

    >>> rot90([[1.0, 2.0], [3.0, 4.0]]).data
    array([[2., 4.],
           [1., 3.]])
    """
    return rearranged(np.rot90, m, k, axes)


@annotated
def repeat(a: Operand, repeats: int | Sequence[int], axis: int | None = None) -> Value:
    """Each element `repeats` times, one beside the other, along `axis` (None: of the raveled array).

    >>> repeat([1.0, 2.0], 2).data
    array([1., 1., 2., 2.])
    """
    return rearranged(np.repeat, a, repeats, axis)


@annotated
def tile(A: Operand, reps: int | Sequence[int]) -> Value:
    """The whole array again and again, `reps` times along each axis.

    >>> tile([1.0, 2.0], 2).data
    array([1., 2., 1., 2.])
    """
    return rearranged(np.tile, A, reps)


@annotated
def moveaxis(a: Operand, source: int | Sequence[int], destination: int | Sequence[int]) -> Value:
    """Axes moved to other places; the others keep their order.

    >>> moveaxis(np.ones((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    axes = np.arange(value(a).ndim)
    try:
        order = np.moveaxis(np.empty(tuple(axes)), source, destination).shape
    except (TypeError, ValueError) as error:
        raise ShapeError(f"moveaxis: {error}") from None
    moved: Value = value(a).transpose(*map(int, order)) if len(axes) > 1 else value(a)
    return moved


@annotated
def delete(arr: Operand, obj: Any, axis: int | None = None) -> Value:
    """Without the parts that `obj` names along `axis` (None: of the raveled array).

    >>> delete([1.0, 2.0, 3.0], 1).data
    array([1., 3.])
    """
    return rearranged(np.delete, arr, obj, axis)


@annotated
def take_along_axis(arr: Operand, indices: Any, axis: int | None = -1) -> Value:
    """Along an axis, the elements that `indices` names for each place: what `argsort` gives sorts.

    >>> take_along_axis([[3.0, 1.0, 2.0]], np.array([[1, 2]]), 1).data
    array([[1., 2.]])
    """
    return rearranged(np.take_along_axis, arr, indices, axis)


# Joined and cut -------------------------------------------------------------------------------------------------------


@annotated
def append(arr: Operand, values: Operand, axis: int | None = None) -> Value:
    """`values` joined to the end of `arr` along `axis`; both raveled if it is None.

    >>> append([1.0, 2.0], [3.0]).data
    array([1., 2., 3.])
    """
    return concatenate([arr, values], axis)


@annotated
def column_stack(tup: Sequence[Operand]) -> Value:
    """Vectors as the columns of a matrix; matrices joined from left to right.

    >>> column_stack([[1.0, 2.0], [3.0, 4.0]]).data
    array([[1., 3.],
           [2., 4.]])
    """
    return concatenate([value(x).reshape(-1, 1) if value(x).ndim < 2 else value(x) for x in tup], 1)


@annotated
def dstack(tup: Sequence[Operand]) -> Value:
    """Matrices joined along a third axis; a vector of n counts as (1, n, 1).

    >>> dstack([[1.0, 2.0], [3.0, 4.0]]).shape
    (1, 2, 2)
    """
    return concatenate([_deep(value(x)) for x in tup], 2)


def _deep(x: Value) -> Value:
    return x.reshape(np.atleast_3d(np.empty(x.shape)).shape)


@annotated
def array_split(ary: Operand, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Value]:
    """A value cut along an axis as `split` does, into parts that need not be equal: the first are longer by one.

    >>> [part.shape for part in array_split(np.ones(5), 3)]
    [(2,), (2,), (1,)]
    """
    (along,) = shapes.axes_of(value(ary).ndim, int(axis)) or (0,)
    n = (value(ary).shape or (0,))[along]
    if not isinstance(indices_or_sections, int) or not value(ary).ndim:
        return functions.split(ary, indices_or_sections, axis)
    if indices_or_sections < 1:
        raise ShapeError(f"array_split: {indices_or_sections} parts; there must be one or more")
    ends = [part[-1] + 1 if len(part) else 0 for part in np.array_split(np.arange(n), indices_or_sections)]
    return functions.split(ary, [int(max(ends[: k + 1])) for k in range(len(ends) - 1)], axis)


@annotated
def hsplit(ary: Operand, indices_or_sections: int | Sequence[int]) -> list[Value]:
    """Cut from left to right: along the second axis, of a vector along its only one.

    >>> [part.shape for part in hsplit(np.ones((2, 4)), 2)]
    [(2, 2), (2, 2)]
    """
    return functions.split(_with_axes("hsplit", ary, 1), indices_or_sections, min(value(ary).ndim - 1, 1))


@annotated
def vsplit(ary: Operand, indices_or_sections: int | Sequence[int]) -> list[Value]:
    """Cut from top to bottom: along the first of two or more axes.

    >>> [part.shape for part in vsplit(np.ones((2, 4)), 2)]
    [(1, 4), (1, 4)]
    """
    return functions.split(_with_axes("vsplit", ary, 2), indices_or_sections, 0)


@annotated
def dsplit(ary: Operand, indices_or_sections: int | Sequence[int]) -> list[Value]:
    """Cut along the third of three or more axes.

    >>> [part.shape for part in dsplit(np.ones((2, 4, 6)), [2])]
    [(2, 4, 2), (2, 4, 4)]
    """
    return functions.split(_with_axes("dsplit", ary, 3), indices_or_sections, 2)


def _with_axes(who: str, x: Operand, least: int) -> Value:
    if value(x).ndim < least:
        raise ShapeError(f"{who}: {value(x).shape} has {value(x).ndim} axes; {least} or more are needed")
    return value(x)


# Padded ---------------------------------------------------------------------------------------------------------------


_FROM_WITHIN = ("edge", "reflect", "symmetric", "wrap")


@annotated
def pad(array: Operand, pad_width: Any, mode: str = "constant", *, constant_values: Any = 0.0) -> Value:
    """More numbers before and after each axis: `pad_width` of them, as n, (before, after) or one pair for each axis.

    `mode` "constant" gives `constant_values` (in the same forms); "edge", "reflect", "symmetric" and "wrap" repeat what
    is there, as in NumPy. ValueError for NumPy's other modes.

    >>> pad([1.0, 2.0], (1, 2), mode="edge").data
    array([1., 1., 2., 2., 2.])
    """
    x = value(array)
    if mode in _FROM_WITHIN:
        return rearranged(np.pad, x, pad_width, mode)
    if mode != "constant":
        known = ", ".join(("constant", *_FROM_WITHIN))
        raise ValueError(
            f"pad: mode {mode!r} does not record a gradient; it may be {known}, or join the parts yourself"
        )
    try:
        if np.asarray(constant_values).dtype.kind not in "biuf":
            raise TypeError(f"constant_values = {constant_values!r}; expected real numbers")
        around = np.pad(np.zeros(x.shape), pad_width, constant_values=constant_values)
        inside = np.pad(np.ones(x.shape, bool), pad_width)
    except (TypeError, ValueError) as error:
        raise ValueError(f"pad: {error}") from None
    if around.shape == x.shape:
        return x
    starts = [int(np.argmax(inside.any(tuple({*range(x.ndim)} - {k})))) for k in range(x.ndim)]
    place = tuple(slice(start, start + n) for start, n in zip(starts, x.shape, strict=True))
    padded = scatter(x, place, around.shape)
    return padded + around if around.any() else padded


# Triangles and diagonals ---------------------------------------------------------------------------------------------


@annotated
def tril(m: Operand, k: int = 0) -> Value:
    """The lower triangle of each matrix, 0 above its k-th diagonal.

    >>> tril([[1.0, 2.0], [3.0, 4.0]]).data
    array([[1., 0.],
           [3., 4.]])
    """
    return where(_triangle("tril", m, k), m, 0.0)


@annotated
def triu(m: Operand, k: int = 0) -> Value:
    """The upper triangle of each matrix, 0 below its k-th diagonal.

    >>> triu([[1.0, 2.0], [3.0, 4.0]]).data
    array([[1., 2.],
           [0., 4.]])
    """
    return where(_triangle("triu", m, k - 1), 0.0, m)


def _triangle(who: str, m: Operand, k: int) -> Any:
    rows, columns = _with_axes(who, m, 2).shape[-2:]
    return np.tri(rows, columns, k, bool)


@annotated
def diag(v: Operand, k: int = 0) -> Value:
    """A vector as the k-th diagonal of a matrix; of a matrix, its k-th diagonal.

    >>> diag([1.0, 2.0]).data
    array([[1., 0.],
           [0., 2.]])
    """
    x = value(v)
    if x.ndim == 2:
        return diagonal(x, k)
    if x.ndim != 1:
        raise ShapeError(f"diag: {x.shape}; expected a vector or a matrix (diagonal takes the last axes of stacks)")
    n, rows = x.size + abs(k), indexing.counting(x.size)
    return scatter(x, (rows + max(-k, 0), rows + max(k, 0)) if k else (rows, rows), (n, n))


@annotated
def diagflat(v: Operand, k: int = 0) -> Value:
    """All numbers of `v` as the k-th diagonal of a matrix.

    >>> diagflat([[1.0], [2.0]]).data
    array([[1., 0.],
           [0., 2.]])
    """
    return diag(ravel(v), k)


@annotated
def diagonal(a: Operand, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Value:
    """The elements whose indices along two axes are i and i + offset, along a last axis.

    >>> diagonal([[1.0, 2.0], [3.0, 4.0]]).data
    array([1., 4.])
    """
    return rearranged(np.diagonal, a, offset, axis1, axis2)


@annotated
def trace(a: Operand, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Value:
    """The sum of a diagonal."""
    total: Value = diagonal(a, offset, axis1, axis2).sum(-1)
    return total


# Differences ----------------------------------------------------------------------------------------------------------


@annotated
def diff(
    a: Operand, n: int = 1, axis: int = -1, prepend: Operand | None = None, append: Operand | None = None
) -> Value:
    """Each number minus the one before along `axis`, n times; first `prepend` and `append` are joined to the ends.

    >>> diff([1.0, 2.0, 4.0]).data
    array([1., 2.])
    """
    x = _with_axes("diff", a, 1)
    (axis,) = shapes.axes_of(x.ndim, int(axis))
    if n < 0:
        raise ValueError(f"diff: n = {n}; differences are taken 0 times or more")
    edge = (*x.shape[:axis], 1, *x.shape[axis + 1 :])
    ends = [e if e is None or value(e).ndim else functions.broadcast_to(e, edge) for e in (prepend, append)]
    parts = [part for part in (ends[0], x, ends[1]) if part is not None]
    x = concatenate(parts, axis) if len(parts) > 1 else x
    before = (slice(None),) * axis
    for _ in range(n):
        x = x[(*before, slice(1, None))] - x[(*before, slice(None, -1))]
    return x


@annotated
def ediff1d(ary: Operand) -> Value:
    """The differences of neighbours in the raveled array.

    >>> ediff1d([[1.0, 2.0], [4.0, 8.0]]).data
    array([1., 2., 4.])
    """
    return diff(ravel(ary))


@annotated
def gradient(f: Operand, *varargs: float, axis: Axis = None) -> Value | list[Value]:
    """Central differences inside, one-sided ones at the ends, divided by the distance of neighbours (1 by default).

    One value, or a list with one for each axis (of those in `axis`); distances are one for all or one for each axis.

    >>> gradient([1.0, 2.0, 4.0]).data
    array([1. , 1.5, 2. ])
    """
    x = _with_axes("gradient", f, 1)
    axes = shapes.axes_of(x.ndim, axis)
    steps = varargs if len(varargs) == len(axes) else varargs * len(axes) if len(varargs) == 1 else (1.0,) * len(axes)
    if len(varargs) not in (0, 1, len(axes)) or any(np.ndim(step) or np.size(step) != 1 for step in steps):
        raise ValueError(f"gradient: {len(varargs)} distances for {len(axes)} axes; give none, one, or one for each")
    slopes = [_slope(x, k, step) for k, step in zip(axes, steps, strict=True)]
    return slopes[0] if len(slopes) == 1 else slopes


def _slope(x: Value, axis: int, step: Operand) -> Value:
    n, before = x.shape[axis], (slice(None),) * axis
    if n < 2:
        raise ShapeError(f"gradient: axis {axis} of {x.shape} holds {n} numbers; two or more are needed")
    first, last = (diff(x[(*before, part)], axis=axis) for part in (slice(None, 2), slice(-2, None)))
    middle = (x[(*before, slice(2, None))] - x[(*before, slice(None, -2))]) / 2.0
    slope: Value = concatenate([first, middle, last], axis) / step
    return slope


record_as(
    flip, fliplr, flipud, roll, rot90, repeat, tile, moveaxis, delete, take_along_axis, append, column_stack, dstack,
    array_split, hsplit, vsplit, dsplit, pad, tril, triu, diag, diagflat, diagonal, trace, diff, ediff1d, gradient,
)  # fmt: skip
