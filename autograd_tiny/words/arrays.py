"""What the words that take whole arrays do, where NumPy's own function is slower, or less exact, than it could be."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tiny import shapes
from autograd_tiny.errors import flags
from autograd_tiny.words.indexing import add_at

__warningregistry__ = flags.WATCHED  # what NumPy would only warn of in these functions, mostly overflow, is an error


def _numbers_of(x: Any) -> Any:
    return x if isinstance(x, float | np.generic | np.ndarray) else x._data


def winners(x: Any, z: Any, axis: shapes.Axis) -> Any:
    """Each maximum's share: 1 where it is alone, 1/n where n are equal, 0 elsewhere."""
    won = np.asarray(_numbers_of(x) == _numbers_of(z))
    return (won / won.sum(axis=axis, keepdims=True)).astype(x.dtype if won.shape else float)


def total(x: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """The sum."""
    return np.add.reduce(np.asarray(x), axis=axis, keepdims=keepdims)  # np.sum itself takes twice as long to begin


def running(x: Any, axis: int) -> Any:
    """The sum of each number and all before it."""
    return np.add.accumulate(x, axis)  # np.cumsum itself would warn of what overflows, and nobody would hear


def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The logarithm of Σ exp(x)."""
    x = np.asarray(x)
    real = x if x.dtype.kind == "f" else x.real
    top = np.maximum.reduce(real, axis=axis, keepdims=True)  # nothing overflows in differences to the maximum
    z = np.log(np.add.reduce(np.exp(x - top), axis=axis, keepdims=True)) + top
    return z if keepdims else z.squeeze(axis)


def mean(x: Any, axis: shapes.Axis = None, keepdims: bool = False) -> Any:
    """The mean; ValueError for that of nothing."""
    z = total(x, axis, keepdims)
    if np.size(z) and not np.size(x):
        raise ValueError("the mean of no numbers does not exist")
    return z / shapes.count(x, z)


def scattered(x: Any, index: Any, shape: shapes.Shape) -> Any:
    """Zeros with x added at the index."""
    z = np.zeros(shape, getattr(x, "dtype", float))
    add_at(z, index, x)
    return z


def broadcast(x: Any, shape: shapes.Shape) -> Any:
    """The array x repeated to a shape, as numbers of its own."""
    z = np.empty(shape, getattr(x, "dtype", float))
    z[...] = x
    return z


def reshaped(x: Any, shape: shapes.Shape) -> Any:
    """The same numbers in another shape."""
    if x.__class__ is np.ndarray:
        return x.reshape(shape)
    return np.reshape(x, shape) if shape else x


def transposed(x: Any, axes: tuple[int, ...]) -> Any:
    """The axes permuted."""
    return x.transpose(axes) if x.__class__ is np.ndarray else np.transpose(x, axes)


def stacked(xs: Any, axis: int) -> Any:
    """Arrays along a new axis."""
    try:
        return np.array(xs) if axis == 0 and xs else np.stack(xs, axis)  # which takes four times as long
    except ValueError:
        return np.stack(xs, axis)  # whose message says more


def taken(x: Any, index: Any) -> Any:
    """The part that an index names."""
    return (x if x.__class__ is np.ndarray else np.asarray(x))[index]
