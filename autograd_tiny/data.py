"""Numbers as the engine keeps them: a float for shape (), an array of floats for every other shape."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_tiny.errors import messages
from autograd_tiny.shapes import Shape, unbroadcast
from autograd_tiny.words.indexing import locked

_KEPT = (np.dtype(np.float64), np.dtype(np.float32))


def as_data(given: Any) -> Any:
    """A float, or an array of float64 (float32 stays float32); TypeError for what is not real numbers."""
    if given.__class__ is float:
        return given
    if given.__class__ is np.ndarray and given.dtype in _KEPT and given.ndim:
        return given
    if given.__class__ is int:
        return as_float(given)
    try:
        array = np.asarray(given)
    except ValueError:
        raise messages.not_numbers(given) from None
    if array.dtype.kind not in "fiub":
        raise messages.not_numbers(given)
    if array.ndim == 0:
        return float(array)
    return array if array.dtype in _KEPT else array.astype(np.float64)


def owned(given: Any) -> Any:
    """The same in memory that nobody else can write to: copied, unless `given` is locked for good."""
    if given.__class__ is np.ndarray and given.dtype is _KEPT[0] and given.ndim and given.flags.writeable:
        return given.copy("K")  # most are such
    number = as_data(given)
    if number.__class__ is float or (number is not given and number.flags.owndata) or locked(number):
        return number
    return number.copy("K")


def copied(number: Any) -> Any:
    """The same number in memory of its own."""
    return number if number.__class__ is float else number.copy()


def as_float(given: Any) -> float:
    """The float nearest to an int; DomainError beyond the largest float."""
    try:
        return float(given)
    except OverflowError:
        raise messages.too_large(given) from None


def zeros_like(data: Any) -> Any:
    """Zero in the shape and type of `data`."""
    return np.zeros_like(data) if np.ndim(data) else 0.0


def lined_up(shape: Shape, dtype: Any) -> Any:
    """Zeros that begin where a line of the processor's cache does: what is read often is read a twentieth quicker."""
    size, line = math.prod(shape) * np.dtype(dtype).itemsize, 64
    memory = np.zeros(size + line, np.uint8)
    start = -memory.__array_interface__["data"][0] % line
    return memory[start : start + size].view(dtype).reshape(shape)


def as_gradient(given: Any, v: Any) -> Any:
    """What is assigned to a value's gradient, in the shape and type of its data: `p.grad = 0` fills an array with 0."""
    number = owned(given._data if hasattr(given, "_rule") else given)
    if np.ndim(number) == 0:
        return number if not v.shape else np.full(v.shape, number, v.dtype)
    if number.shape != v.shape:
        raise messages.wrong_gradient(number, v)
    return number.astype(v.dtype, copy=False)


def as_seed(seed: Any, output: Any, who: str = "backward") -> Any:
    """∂L/∂output as a number of the output's shape: 1 if not given; an array output must be given one."""
    if seed is None:
        if output._data.__class__ is not float:
            raise messages.missing_seed(output, who)
        return 1.0
    number = as_data(getattr(seed, "_data", seed))
    if np.shape(number) != output.shape:
        if np.ndim(number) == 0:
            return np.full(output.shape, number, output._data.dtype)
        raise messages.wrong_seed(number, output)
    return number if number.__class__ is float else number.astype(output._data.dtype)


def fitted(c: Any, x: Any) -> Any:
    """A contribution to the gradient of `x`, in its shape and precision."""
    c = unbroadcast(c, x.shape)
    return c.astype(x.dtype, copy=False) if x.shape else c


def room(array: Any) -> Any:
    """What is left in the place of a gradient that an optimizer forgets: nothing."""
    return None
