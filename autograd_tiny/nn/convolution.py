"""Convolution and pooling: the same few weights, or the same choice, at every place of a signal or image.

    x   (B, C, H, W) or (C, H, W): samples, channels, rows, columns; in one dimension (B, C, L) or (C, L)
    W   (out, C, kH, kW), or (out, C, k); of transposed ones (C, out, …)

As in all of deep learning this is cross-correlation: the kernel is not flipped.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product

import numpy as np

from autograd_tiny import functions
from autograd_tiny.arrays.rearranging import flip
from autograd_tiny.errors.arguments import annotated
from autograd_tiny.nn.initialisation import Seed, uniform
from autograd_tiny.nn.layer import Layer, positive, require
from autograd_tiny.scopes import scope
from autograd_tiny.value import Operand, Value

Sizes = int | tuple[int, ...]


@annotated
def conv(
    x: Operand, W: Operand, b: Operand | None = None, stride: Sizes = 1, padding: Sizes = 0,
    dilation: Sizes = 1, groups: int = 1,
) -> Value:  # fmt: skip
    """Cross-correlation of x with the kernels W, in as many dimensions as W has after its first two; b (out,).

    The numbers of a window lie `dilation` apart. With `groups` the channels are cut into so many parts, each with
    kernels of its own: W (out, C / groups, …). As PyTorch's conv1d and conv2d.

    >>> conv([[1.0, 2.0, 4.0]], [[[1.0, -1.0]]]).data     # one channel in, one out: differences of neighbours
    array([[-1., -2.]])
    """
    kernels = functions.value(W)
    require(kernels.ndim > 2, "conv", "W", kernels.shape, "(out, in, size, …)")
    dimensions = kernels.ndim - 2
    out, channels = kernels.shape[0], kernels.shape[1] * in_groups("conv", groups, kernels.shape[0])
    shape = np.shape(x)
    fits = len(shape) in (dimensions + 1, dimensions + 2) and shape[-dimensions - 1] == channels
    require(fits, "conv", "input", shape, f"(…, {channels}{', size' * dimensions})")
    padded = zero_padded(x, each("padding", padding, dimensions))
    steps = each("stride", stride, dimensions, 1), each("dilation", dilation, dimensions, 1)
    seen = windows("conv, after padding", padded, kernels.shape[2:], *steps)  # (B, C, K, *places)
    batch, places = shape[: -dimensions - 1], seen.shape[-dimensions:]
    parts = () if groups == 1 else (groups,)
    columns = seen.reshape(*batch, *parts, -1, math.prod(places))  # (B, groups, C / groups · K, P)
    rows = kernels.reshape(*parts, out // groups, -1)
    y = (rows @ columns).reshape(*batch, out, *places)
    return y if b is None else y + functions.reshape(b, (out,) + (1,) * dimensions)


@annotated
def conv_transpose(
    x: Operand, W: Operand, b: Operand | None = None, stride: Sizes = 1, padding: Sizes = 0,
    output_padding: Sizes = 0, groups: int = 1, dilation: Sizes = 1,
) -> Value:  # fmt: skip
    """The transposed map of `conv`: each number of x lays a kernel of W (in, out / groups, …); what overlaps adds up.

    Of n places (n − 1) · stride − 2 · padding + dilation · (k − 1) + output_padding + 1 are made. As PyTorch's
    conv_transpose1d and conv_transpose2d. It is the convolution, with kernels turned round, of x with zeros between.

    >>> conv_transpose([[1.0, 2.0]], [[[1.0, 10.0]]], stride=2).data     # each number lays the kernel
    array([[ 1., 10.,  2., 20.]])
    """
    kernels = functions.value(W)
    require(kernels.ndim > 2, "conv_transpose", "W", kernels.shape, "(in, out, size, …)")
    dimensions, channels = kernels.ndim - 2, kernels.shape[0]
    shape = np.shape(x)
    fits = len(shape) in (dimensions + 1, dimensions + 2) and shape[-dimensions - 1] == channels
    require(fits, "conv_transpose", "input", shape, f"(…, {channels}{', size' * dimensions})")
    steps, far = each("stride", stride, dimensions, 1), each("dilation", dilation, dimensions, 1)
    more = each("output_padding", output_padding, dimensions)
    if any(m >= max(pair) for m, *pair in zip(more, steps, far, strict=True)):
        raise ValueError(f"output_padding = {output_padding!r}: expected less than stride or dilation")
    around = zip(each("padding", padding, dimensions), far, kernels.shape[2:], strict=True)
    before = [d * (k - 1) - p for p, d, k in around]
    spread = _spread(x, steps, before, [m + n for m, n in zip(more, before, strict=True)])
    parts = in_groups("conv_transpose", groups, channels)
    turned = flip(kernels, tuple(range(2, kernels.ndim))).reshape(parts, channels // parts, *kernels.shape[1:])
    rows = turned.swapaxes(1, 2).reshape(-1, channels // parts, *kernels.shape[2:])
    return conv(spread, rows, b, 1, 0, far, groups)


def _spread(x: Operand, steps: Sequence[int], before: Sequence[int], after: Sequence[int]) -> Value:
    """The numbers of x `steps` apart along its last axes, zeros between, before and after; less than none cuts off."""
    lead = np.shape(x)[: np.ndim(x) - len(steps)]
    spans = [(n - 1) * s + 1 for n, s in zip(np.shape(x)[len(lead) :], steps, strict=True)]
    sizes = [max(a, 0) + n + max(z, 0) for a, n, z in zip(before, spans, after, strict=True)]
    require(all(n > 0 for n in spans), "conv_transpose", "input", np.shape(x), "at least one place in its last axes")
    places = [slice(max(a, 0), max(a, 0) + n, s) for a, n, s in zip(before, spans, steps, strict=True)]
    apart = functions.scatter(x, (..., *places), (*lead, *sizes))
    cut = [slice(max(-a, 0), n - max(-z, 0)) for a, n, z in zip(before, sizes, after, strict=True)]
    return apart if all(n >= 0 for n in (*before, *after)) else apart[(..., *cut)]


def in_groups(who: str, groups: int, channels: int) -> int:
    """The number of groups; ValueError unless it divides the channels."""
    if isinstance(groups, bool) or groups < 1 or channels % groups:
        raise ValueError(f"{who}: groups = {groups!r} do not divide {channels} channels")
    return groups


def windows(
    who: str, x: Value, kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...] = ()
) -> Value:
    """What a window sees at each place of the last axes: (…, K, *places), K the numbers in a window.

    One strided part of x per number in the window: gradients then add up in place, with no repeated index.
    """
    apart = dilation or (1,) * len(kernel)
    kernel_spans = tuple(d * (k - 1) + 1 for d, k in zip(apart, kernel, strict=True))
    sizes = x.shape[-len(kernel) :]
    fits = all(k <= n for k, n in zip(kernel_spans, sizes, strict=True))
    require(fits, who, "input", x.shape, f"at least the window's size {kernel_spans} in its last axes")
    spans = [n - k + 1 for n, k in zip(sizes, kernel_spans, strict=True)]
    offsets = [range(0, k, d) for k, d in zip(kernel_spans, apart, strict=True)]
    parts = [
        x[(..., *(slice(o, o + span, s) for o, span, s in zip(offset, spans, stride, strict=True)))]
        for offset in product(*offsets)
    ]
    return functions.stack(parts, axis=-len(kernel) - 1)


def zero_padded(x: Operand, padding: tuple[int, ...]) -> Value:
    """The numbers of x with so many zeros before and after each of its last axes."""
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
        stride: Sizes = 1, padding: Sizes = 0, bias: bool = True, *,
        dilation: Sizes = 1, groups: int = 1, seed: Seed = 0,
    ) -> None:  # fmt: skip
        self._sizes(in_channels, out_channels, kernel_size, stride, padding, dilation, groups)
        self._weights((out_channels, in_channels // groups, *self.kernel_size), bias, seed)

    def _sizes(
        self, inputs: int, outputs: int, kernel_size: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int
    ) -> None:
        positive(self, in_channels=inputs, out_channels=outputs, groups=groups)
        for channels in (inputs, outputs):
            in_groups(type(self).__name__, groups, channels)
        self.in_channels, self.out_channels, self.groups = inputs, outputs, groups
        self.kernel_size = each("kernel_size", kernel_size, self.dimensions, 1)
        self.stride = each("stride", stride, self.dimensions, 1)
        self.padding = each("padding", padding, self.dimensions)
        self.dilation = each("dilation", dilation, self.dimensions, 1)

    def _weights(self, shape: tuple[int, ...], bias: bool, seed: Seed) -> None:
        rng, bound = np.random.default_rng(seed), 1 / math.sqrt(math.prod(shape[1:]))
        self.W = Value(uniform(shape, bound, seed=rng), "W")
        self.b = Value(uniform(self.out_channels, bound, seed=rng), "b") if bias else None

    def __call__(self, x: Operand) -> Value:
        shape, after = np.shape(x), self.dimensions
        fits = len(shape) in (after + 1, after + 2) and shape[-after - 1] == self.in_channels
        require(fits, self, "input", shape, f"(…, {self.in_channels}{', size' * after})")
        with scope(self.name):
            return self._applied(x)

    def _applied(self, x: Operand) -> Value:
        return conv(x, self.W, self.b, self.stride, self.padding, self.dilation, self.groups)


class Conv1d(_Convolution):
    """Kernels W (out_channels, in_channels / groups, k) over (B, C, L), as `conv`.

    L' = (L + 2·padding − dilation·(k − 1) − 1) // stride + 1 places.

    >>> nn.Conv1d(in_channels=2, out_channels=3, kernel_size=5, padding=2)(np.ones((1, 2, 10))).shape
    (1, 3, 10)
    """

    dimensions = 1


class Conv2d(_Convolution):
    """Kernels W (out_channels, in_channels / groups, kH, kW) over (B, C, H, W); sizes are ints or (rows, columns).

    >>> nn.Conv2d(1, 4, kernel_size=3, stride=2)(np.ones((2, 1, 9, 9))).shape
    (2, 4, 4, 4)
    """

    dimensions = 2


class _Transposed(_Convolution):
    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Sizes, stride: Sizes = 1, padding: Sizes = 0,
        output_padding: Sizes = 0, groups: int = 1, bias: bool = True, dilation: Sizes = 1, *, seed: Seed = 0,
    ) -> None:  # fmt: skip
        self._sizes(in_channels, out_channels, kernel_size, stride, padding, dilation, groups)
        self.output_padding = each("output_padding", output_padding, self.dimensions)
        self._weights((in_channels, out_channels // groups, *self.kernel_size), bias, seed)

    def _applied(self, x: Operand) -> Value:
        sizes = self.stride, self.padding, self.output_padding
        return conv_transpose(x, self.W, self.b, *sizes, self.groups, self.dilation)


class ConvTranspose1d(_Transposed):
    """Kernels W (in_channels, out_channels / groups, k) laid side by side from (B, C, L), as `conv_transpose`.

    >>> nn.ConvTranspose1d(2, 3, kernel_size=4, stride=2, padding=1)(np.ones((1, 2, 5))).shape
    (1, 3, 10)
    """

    dimensions = 1


class ConvTranspose2d(_Transposed):
    """Kernels W (in_channels, out_channels / groups, kH, kW) laid from (B, C, H, W); sizes as in `Conv2d`.

    >>> nn.ConvTranspose2d(4, 1, kernel_size=2, stride=2)(np.ones((1, 4, 3, 3))).shape
    (1, 1, 6, 6)
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
