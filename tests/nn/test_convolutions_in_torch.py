"""Grouped, dilated and transposed convolutions are PyTorch's: values, gradients, second order; programs; errors."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd_tiny import Value, grad, nn, trace
from autograd_tiny.errors import ShapeError
from tests.engine.dialects import run

torch: Any = pytest.importorskip("torch")
RANDOM = np.random.default_rng(5)


def normal(*shape: int) -> Any:
    return RANDOM.normal(size=shape)


ONE, TWO = normal(2, 4, 9), normal(2, 4, 7, 6)
# name, x, W, b, options
CASES: dict[str, tuple[str, Any, Any, Any, dict[str, Any]]] = {
    "plain": ("conv1d", ONE, normal(6, 4, 3), normal(6), {}),
    "grouped": ("conv1d", ONE, normal(6, 2, 3), normal(6), {"groups": 2, "stride": 2, "padding": 1}),
    "depthwise": ("conv2d", TWO, normal(8, 1, 3, 2), None, {"groups": 4, "padding": (1, 0)}),
    "dilated": ("conv2d", TWO, normal(2, 4, 2, 3), normal(2), {"dilation": (3, 2), "stride": (1, 2), "padding": 1}),
    "grouped, dilated, no batch": ("conv1d", ONE[0], normal(4, 2, 3), normal(4), {"groups": 2, "dilation": 3}),
    "transposed": ("conv_transpose1d", ONE, normal(4, 3, 3), normal(3), {}),
    "transposed with steps": (
        "conv_transpose1d", ONE, normal(4, 3, 4), None, {"stride": 3, "padding": 2, "output_padding": 1},
    ),
    "transposed in groups": (
        "conv_transpose2d", TWO, normal(4, 3, 3, 2), normal(6), {"stride": 2, "padding": 1, "groups": 2},
    ),
    "transposed, dilated": (
        "conv_transpose2d", TWO[0], normal(4, 2, 2, 3), normal(2), {"dilation": (2, 3), "output_padding": (1, 2)},
    ),
    "transposed, much cut off": ("conv_transpose1d", ONE, normal(4, 3, 2), None, {"padding": 3, "stride": 2}),
}  # fmt: skip
by_name = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def ours(name: str) -> Callable[..., Value]:
    return nn.conv_transpose if "transpose" in name else nn.conv


@by_name
def test_values_gradients_and_second_order(case: Any) -> None:
    name, x, W, b, options = case
    numbers = [each for each in (x, W, b) if each is not None]
    leaves, tensors = [Value(n) for n in numbers], [torch.tensor(n, requires_grad=True) for n in numbers]
    z, t = ours(name)(*leaves, **options), getattr(torch.nn.functional, name)(*tensors, **options)
    np.testing.assert_allclose(z.data, t.detach(), rtol=1e-11, atol=1e-12)
    slopes = grad((z**2).sum(), leaves, create_graph=True)
    expected = torch.autograd.grad((t**2).sum(), tensors, create_graph=True)
    for slope, wanted in zip(slopes, expected, strict=True):
        np.testing.assert_allclose(slope.data, wanted.detach(), rtol=1e-9, atol=1e-9)
    second = grad(sum((slope**2).sum() for slope in slopes), leaves)  # type: ignore[arg-type]
    wanted_too = torch.autograd.grad(sum((slope**2).sum() for slope in expected), tensors)
    for found, wanted in zip(second, wanted_too, strict=True):
        np.testing.assert_allclose(found.data, wanted, rtol=1e-8, atol=1e-7)


@by_name
@pytest.mark.parametrize("dialect", ["numpy", "torch"])
def test_programs_convolve(case: Any, dialect: str) -> None:
    name, x, W, b, options = case
    program = trace(lambda x, W: (ours(name)(x, W, b, **options) ** 2).sum(), x, W)
    leaves = [Value(x), Value(W)]
    expected = grad((ours(name)(*leaves, b, **options) ** 2).sum(), leaves)
    for slope, wanted in zip(run(program, dialect, x, W)[1], expected, strict=True):
        np.testing.assert_allclose(slope, wanted.data, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("layer", "x"),
    [
        (nn.Conv1d(4, 6, 3, groups=2, dilation=2), ONE),
        (nn.Conv2d(4, 4, 2, groups=4), TWO),
        (nn.ConvTranspose1d(4, 6, 3, 2, 1, 1, 2), ONE),
        (nn.ConvTranspose2d(4, 3, (2, 3), bias=False), TWO),
    ],
    ids=lambda x: type(x).__name__,
)
def test_layers_are_the_functions(layer: Any, x: Any) -> None:
    theirs = getattr(torch.nn, type(layer).__name__)(
        layer.in_channels, layer.out_channels, layer.kernel_size, layer.stride, layer.padding, groups=layer.groups,
        dilation=layer.dilation, bias=layer.b is not None,
        **({"output_padding": layer.output_padding} if hasattr(layer, "output_padding") else {}),
    ).double()  # fmt: skip
    assert tuple(theirs.weight.shape) == layer.W.shape
    with torch.no_grad():
        theirs.weight[...] = torch.tensor(layer.W.data)
        if layer.b is not None:
            theirs.bias[...] = torch.tensor(layer.b.data)
    np.testing.assert_allclose(layer(x).data, theirs(torch.tensor(x)).detach(), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: nn.conv(ONE, normal(5, 2, 3), groups=2), ValueError, "conv: groups = 2 do not divide 5 channels"),
        (
            lambda: nn.conv(ONE, normal(4, 4, 3), groups=2),
            ShapeError,
            "conv: input has shape (2, 4, 9), expected (…, 8",
        ),
        (lambda: nn.conv(ONE, normal(4, 4, 3), dilation=5), ShapeError, "at least the window's size (11,)"),
        (lambda: nn.Conv1d(4, 5, 3, groups=2), ValueError, "Conv1d: groups = 2 do not divide 5 channels"),
        (lambda: nn.conv_transpose(ONE, normal(3, 4, 3)), ShapeError, "conv_transpose: input has shape (2, 4, 9)"),
        (lambda: nn.conv_transpose(ONE, normal(4, 4, 3), output_padding=1), ValueError, "less than stride or dilation"),
        (lambda: nn.ConvTranspose2d(4, 4, 3)(ONE), ShapeError, "ConvTranspose2d: input has shape (2, 4, 9)"),
    ],
)
def test_errors_name_things(call: Any, error: Any, said: str) -> None:
    with pytest.raises(error, match=re.escape(said)):
        call()
