"""Arithmetic of shapes: which axes a reduction keeps, how broadcasting is undone, where a part lies.

Every function here works alike on numbers, on arrays and on `Value`s, because all three offer
`reshape`, `sum`, indexing and `swapaxes`; so forward, backward and recorded gradients share them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from autograd_tiny.errors import BoundsError, ShapeError

Shape = tuple[int, ...]
Axis = int | tuple[int, ...] | None


def shape_of(x: Any) -> Shape:
    """The shape of a float (the empty tuple), an array, a Value, or of what NumPy makes of lists."""
    found = getattr(x, "shape", None)
    return found if found is not None else () if x.__class__ is float else np.shape(x)


def size(x: Any) -> int:
    """How many numbers `x` holds."""
    return math.prod(shape_of(x))


def count(x: Any, z: Any) -> int:
    """How many numbers of `x` a reduction takes together to each number of `z`; 1 where there is none."""
    return size(x) // max(size(z), 1) or 1


def axes_of(ndim: int, axis: Axis) -> tuple[int, ...]:
    """`axis` as a tuple of non-negative axes; None means all. As in NumPy, a scalar may be asked for axis 0 or −1."""
    if axis is None:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, tuple) else (axis,)
    for k in axes:
        if not -max(ndim, 1) <= k < max(ndim, 1):
            raise BoundsError(f"axis {k} is out of bounds for an array of {ndim} axes")
    return tuple(k % ndim for k in axes if ndim)


@cache
def kept(shape: Shape, axis: Axis) -> Shape:
    """The shape after reducing over `axis` with the reduced axes kept as ones; () for a full reduction."""
    if axis is None:
        return ()
    reduced = axes_of(len(shape), axis)
    return tuple(1 if k in reduced else n for k, n in enumerate(shape))


def unbroadcast(g: Any, shape: Shape) -> Any:
    """Undo broadcasting: sum `g` over every axis along which an input of `shape` was repeated."""
    axes = repeated(shape_of(g), shape)
    summed = g if not axes else np.add.reduce(g, axes) if g.__class__ is np.ndarray else g.sum(axes)
    if shape_of(summed) != shape:
        return summed.reshape(shape)
    return float(summed) if not shape and isinstance(summed, np.generic | np.ndarray) else summed


@cache
def repeated(shape: Shape, within: Shape) -> tuple[int, ...]:
    """The axes of `shape` along which an array of shape `within` was repeated."""
    extra = len(shape) - len(within)
    return (*range(extra), *(extra + k for k, n in enumerate(within) if n == 1 and shape[extra + k] != 1))


@cache
def inverse(axes: tuple[int, ...]) -> tuple[int, ...]:
    """The permutation that undoes `axes`."""
    return tuple(sorted(range(len(axes)), key=axes.__getitem__))


def swap(x: Any) -> Any:
    """Every matrix in `x`, shape (…, m, n), transposed: (…, n, m)."""
    return x.swapaxes(-1, -2)


def along(axis: int, k: int) -> tuple[Any, ...]:
    """The index of slice `k` along `axis`."""
    return (slice(None),) * axis + (k,) if axis >= 0 else (..., k, *(slice(None),) * (-axis - 1))


def portion(xs: Any, axis: int, k: int) -> tuple[Any, ...]:
    """The index of part `k` in the concatenation of `xs` along `axis`."""
    before = sum(shape_of(x)[axis] for x in xs[:k])
    part = slice(before, before + shape_of(xs[k])[axis])
    return (slice(None),) * (axis % len(shape_of(xs[k]))) + (part,)


def as_matrices(g: Any, x: Any, y: Any, reshape: Any) -> tuple[Any, Any, Any]:
    """A matrix product's gradient and inputs with each vector as a matrix of one row (x) or one column (y)."""
    rows, columns = shape_of(x)[-2:-1] or (1,), shape_of(y)[1:][-1:] or (1,)
    batch = shape_of(g)[: len(shape_of(g)) - (len(shape_of(x)) > 1) - (len(shape_of(y)) > 1)]
    g = reshape(g, (*batch, *rows, *columns))
    x = reshape(x, (1, *shape_of(x))) if len(shape_of(x)) == 1 else x
    y = reshape(y, (*shape_of(y), 1)) if len(shape_of(y)) == 1 else y
    return g, x, y


def resolved(shape: int | Sequence[int], x: Any) -> Shape:
    """The shape that `reshape` is asked for, with −1 replaced; ShapeError if the sizes do not agree."""
    target = (shape,) if isinstance(shape, int | np.integer) else tuple(shape)
    if target == (-1,):
        return (size(x),)
    known = math.prod(n for n in target if n != -1)
    if target.count(-1) == 1 and known and size(x) % known == 0:
        return tuple(size(x) // known if n == -1 else n for n in target)
    if -1 in target or known != size(x):
        raise ShapeError(f"reshape: {shape_of(x)} holds {size(x)} numbers, which do not fill {target}")
    return target
