"""Convolution and pooling: the same few weights, or the same choice, at every place of a signal or image.

    x   (B, C, H, W) or (C, H, W): samples, channels, rows, columns; in one dimension (B, C, L) or (C, L)
    W   (out, C, kH, kW), or (out, C, k)

As in all of deep learning this is cross-correlation: the kernel is not flipped.
"""

from __future__ import annotations

import math
from itertools import product

import numpy as np

from autograd_tiny import functions
from autograd_tiny.errors.arguments import annotated
from autograd_tiny.nn.initialisation import Seed, uniform
from autograd_tiny.nn.layer import Layer, positive, require
from autograd_tiny.scopes import scope
from autograd_tiny.value import Operand, Value

Sizes = int | tuple[int, ...]


@annotated
def conv(x: Operand, W: Operand, b: Operand | None = None, stride: Sizes = 1, padding: Sizes = 0) -> Value:
    """Cross-correlation of x with the kernels W, in as many dimensions as W has after its first two; b (out,).

    >>> conv([[1.0, 2.0, 4.0]], [[[1.0, -1.0]]]).data     # one channel in, one out: differences of neighbours
    array([[-1., -2.]])
    """
    kernels = functions.value(W)
    require(kernels.ndim > 2, "conv", "W", kernels.shape, "(out, in, size, …)")
    dimensions = kernels.ndim - 2
    out, channels = kernels.shape[:2]
    shape = np.shape(x)
    fits = len(shape) in (dimensions + 1, dimensions + 2) and shape[-dimensions - 1] == channels
    require(fits, "conv", "input", shape, f"(…, {channels}{', size' * dimensions})")
    padded = zero_padded(x, each("padding", padding, dimensions))
    seen = windows(
        "conv, after padding", padded, kernels.shape[2:], each("stride", stride, dimensions, 1)
    )  # (B, C, K, *places)
    batch, places = shape[: -dimensions - 1], seen.shape[-dimensions:]
    columns = seen.reshape(*batch, -1, math.prod(places))  # (B, C·K, P)
    y = (kernels.reshape(out, -1) @ columns).reshape(*batch, out, *places)
    return y if b is None else y + functions.reshape(b, (out,) + (1,) * dimensions)


def windows(who: str, x: Value, kernel: tuple[int, ...], stride: tuple[int, ...]) -> Value:
    """What a window sees at each place of the last axes: (…, K, *places), K the numbers in a window.

    One strided part of x per number in the window: gradients then add up in place, with no repeated index.
    """
    sizes = x.shape[-len(kernel) :]
    fits = all(k <= n for k, n in zip(kernel, sizes, strict=True))
    require(fits, who, "input", x.shape, f"at least the window's size {kernel} in its last axes")
    spans = [n - k + 1 for n, k in zip(sizes, kernel, strict=True)]
    parts = [
        x[(..., *(slice(o, o + span, s) for o, span, s in zip(offset, spans, stride, strict=True)))]
        for offset in product(*map(range, kernel))
    ]
    return functions.stack(parts, axis=-len(kernel) - 1)


def zero_padded(x: Operand, padding: tuple[int, ...]) -> Value:
    """X with so many zeros before and after each of its last axes."""
    if not any(padding):
        return functions.value(x)
    shape, lead = np.shape(x), np.ndim(x) - len(padding)
    larger = tuple(n + 2 * p for n, p in zip(shape[lead:], padding, strict=True))
    inside = (..., *(slice(p, p + n) for n, p in zip(shape[lead:], padding, strict=True)))
    return functions.scatter(x, inside, (*shape[:lead], *larger))


def each(name: str, sizes: Sizes, dimensions: int, at_least: int = 0) -> tuple[int, ...]:
    """One size per dimension; a single number holds for all. ValueError names the size."""
    given = sizes if isinstance(sizes, tuple | list) else (sizes,) * dimensions
    if len(given) != dimensions or not all(isinstance(n, int | np.integer) and n >= at_least for n in given):
        expected = f"{dimensions} whole numbers from {at_least} on, or one for all"
        raise ValueError(f"{name} = {sizes!r}: expected {expected}")
    return tuple(map(int, given))


class _Convolution(Layer):
    dimensions: int

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Sizes,
        stride: Sizes = 1, padding: Sizes = 0, bias: bool = True, *, seed: Seed = 0,
    ) -> None:  # fmt: skip
        positive(self, in_channels=in_channels, out_channels=out_channels)
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size = each("kernel_size", kernel_size, self.dimensions, 1)
        self.stride = each("stride", stride, self.dimensions, 1)
        self.padding = each("padding", padding, self.dimensions)
        rng, bound = np.random.default_rng(seed), 1 / math.sqrt(in_channels * math.prod(self.kernel_size))
        self.W = Value(uniform((out_channels, in_channels, *self.kernel_size), bound, seed=rng), "W")
        self.b = Value(uniform(out_channels, bound, seed=rng), "b") if bias else None

    def __call__(self, x: Operand) -> Value:
        shape, after = np.shape(x), self.dimensions
        fits = len(shape) in (after + 1, after + 2) and shape[-after - 1] == self.in_channels
        require(fits, self, "input", shape, f"(…, {self.in_channels}{', size' * after})")
        with scope(self.name):
            return conv(x, self.W, self.b, self.stride, self.padding)


class Conv1d(_Convolution):
    """Kernels W (out_channels, in_channels, k) over (B, C, L): L' = (L + 2·padding − k) // stride + 1 places.

    >>> nn.Conv1d(in_channels=2, out_channels=3, kernel_size=5, padding=2)(np.ones((1, 2, 10))).shape
    (1, 3, 10)
    """

    dimensions = 1


class Conv2d(_Convolution):
    """Kernels W (out_channels, in_channels, kH, kW) over (B, C, H, W); sizes are ints or (rows, columns).

    >>> nn.Conv2d(1, 4, kernel_size=3, stride=2)(np.ones((2, 1, 9, 9))).shape
    (2, 4, 4, 4)
    """

    dimensions = 2


# Pooling: one number for each window. The maximum routes its gradient to the winner, the mean shares it ---------------


def max_pool(x: Operand, kernel_size: Sizes, stride: Sizes | None = None) -> Value:
    """The maximum of each window; `stride` is the window's size by default. Equal winners share the gradient.

    A tuple (rows, columns) pools the last two axes, (k,) the last; a single number k both axes of (H, W) and
    (B, C, H, W), the one of (L,). Three axes may be (B, C, L) or (C, H, W), so there a tuple must say which.
    What does not fill a window at the end is left out.

    >>> nn.max_pool([[1.0, 2.0], [3.0, 4.0]], 2).data
    array([[4.]])
    """
    seen, axis = _under(x, kernel_size, stride)
    return seen.max(axis)


def avg_pool(x: Operand, kernel_size: Sizes, stride: Sizes | None = None) -> Value:
    """The mean of each window; sizes as in `max_pool`.

    >>> nn.avg_pool([1.0, 3.0, 5.0, 7.0], 2).data
    array([2., 6.])
    """
    seen, axis = _under(x, kernel_size, stride)
    return seen.mean(axis)


def _under(x: Operand, kernel_size: Sizes, stride: Sizes | None) -> tuple[Value, int]:
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
