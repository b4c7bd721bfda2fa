"""Parts of arrays: indices that can be kept, where an axis is cut, and how something is added to a part."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from autograd_tiny.errors import ShapeError, flags
from autograd_tiny.shapes import Shape, axes_of

__warningregistry__ = flags.WATCHED  # what overflows where numbers are added is an error, as in `numbers`


def plain_index(index: Any) -> Any:
    """An index that can be kept and used again: its lists and arrays as integer (or boolean) arrays of its own."""
    if index.__class__ is int or index.__class__ is slice:
        return index
    if isinstance(index, tuple):
        return tuple([plain_index(part) for part in index])
    if isinstance(index, list):
        return np.asarray(index, None if index else int)
    return index if not isinstance(index, np.ndarray) or locked(index) else index.copy()


def locked(array: Any) -> bool:
    """Whether nobody can write to an array: neither by itself nor by what it is a part of."""
    while isinstance(array, np.ndarray) and not array.flags.writeable:
        if array.base is None:
            return True
        array = array.base
    return False


@cache
def cuts(places: int | tuple[int, ...], shape: Shape, axis: int) -> tuple[Any, ...]:
    """The indices of the parts into which `numpy.split` cuts; ShapeError if equal parts do not come out even."""
    (axis,) = axes_of(len(shape), axis) or (0,)
    n = (shape or (1,))[axis]
    if isinstance(places, int):
        if not shape or places < 1 or n % places:
            raise ShapeError(f"split: {n} along axis {axis} of {shape} do not make {places} equal parts")
        places = tuple(range(0, n, n // places))[1:] if n else (0,) * (places - 1)
    before = () if axis == 0 else (...,) if axis == len(shape) - 1 else (slice(None),) * axis
    parts = [slice(a, b) for a, b in pairwise((0, *places, n))]
    return tuple((*before, part) if before else part for part in parts)


@cache
def counting(n: int) -> Any:
    """0, 1 … n − 1, the same array each time; `add_at` knows by it that no row is named twice."""
    rows = np.arange(n)
    rows.flags.writeable = False
    return rows


def add_at(z: Any, index: Any, x: Any) -> None:
    """Add `x` to the part of `z` at `index`, in place; an element that the index names twice receives both."""
    if not _may_repeat(index):
        z[index] += x
    elif _is_integers(index) and z.ndim > 1 and (index.ndim == 1 or z.size > 32 * len(z)):
        rows = x if index.ndim == 1 else np.broadcast_to(x, index.shape + z.shape[1:]).reshape(-1, *z.shape[1:])
        for row, k in zip(rows, index.ravel().tolist(), strict=True):  # faster than np.add.at
            part = z[k]
            np.add(part, row, part)  # as z[k] += row, which would write the row onto itself once more
    elif index.__class__ is tuple and len(index) == z.ndim and all(map(_is_integers, index)):
        flat = np.ravel_multi_index(index, z.shape, mode="wrap")
        z += np.bincount(flat.ravel(), np.broadcast_to(x, flat.shape).ravel(), z.size).reshape(z.shape)
    else:
        np.add.at(z, index, x)


def _is_integers(part: Any) -> bool:
    return isinstance(part, np.ndarray) and part.dtype.kind == "i"


def _is_row(part: Any) -> bool:
    return _is_integers(part) and part.ndim == 1


def _may_repeat(index: Any) -> bool:
    if index.__class__ is not tuple:
        return isinstance(index, np.ndarray)
    if len(index) == 2 and all(map(_is_row, index)) and index[0] is counting(len(index[0])):
        return False
    return any(isinstance(part, np.ndarray) for part in index)
