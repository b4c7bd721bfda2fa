"""Pooling: one number for each window. The maximum routes its gradient to the winner, the mean shares it."""

from __future__ import annotations

import numpy as np

from autograd_tiny import functions
from autograd_tiny.nn.convolution import Sizes, each, windows
from autograd_tiny.nn.layer import require
from autograd_tiny.value import Operand, Value


def max_pool(x: Operand, kernel_size: Sizes, stride: Sizes | None = None) -> Value:
    """The maximum of each window; `stride` is the window's size by default. Equal winners share the gradient.

    A tuple (rows, columns) pools the last two axes, (k,) the last; a single number k both axes of (H, W) and
    (B, C, H, W), the one of (L,). Three axes may be (B, C, L) or (C, H, W), so there a tuple must say which.
    What does not fill a window at the end is left out.
    """
    seen, axis = _seen(x, kernel_size, stride)
    return seen.max(axis)


def avg_pool(x: Operand, kernel_size: Sizes, stride: Sizes | None = None) -> Value:
    """The mean of each window; sizes as in `max_pool`."""
    seen, axis = _seen(x, kernel_size, stride)
    return seen.mean(axis)


def _seen(x: Operand, kernel_size: Sizes, stride: Sizes | None) -> tuple[Value, int]:
    """What the windows see, and the axis that runs over a window."""
    axes = np.ndim(x)
    if isinstance(kernel_size, int | np.integer) and axes == 3:
        k = kernel_size
        raise ValueError(f"pool: {np.shape(x)} may be (B, C, L) or (C, H, W); say ({k},) or ({k}, {k}) instead of {k}")
    dimensions = max(len(kernel_size), 1) if isinstance(kernel_size, tuple | list) else min(axes, 2)
    require(axes >= max(dimensions, 1), "pool", "input", np.shape(x), f"{max(dimensions, 1)} axes or more")
    kernel = each("kernel_size", kernel_size, dimensions, 1)
    step = kernel if stride is None else each("stride", stride, dimensions, 1)
    return windows("pool", functions.value(x), kernel, step), -dimensions - 1
