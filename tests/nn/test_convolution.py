"""Convolution and pooling by their definitions."""

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_tiny import Value, nn
from autograd_tiny.errors import ShapeError
from tests.nn.layers import normal

SAME = {"rtol": 1e-12, "atol": 1e-12}  # one sum in two orders


def by_definition(x: np.ndarray, W: np.ndarray, stride: int, padding: int) -> np.ndarray:
    """Cross-correlation (C, H, W) ⋆ (out, C, k, k), number by number."""
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding)))
    k = W.shape[-1]
    rows, columns = ((n - k) // stride + 1 for n in x.shape[1:])
    y = np.zeros((len(W), rows, columns))
    for o, r, c in np.ndindex(y.shape):
        y[o, r, c] = (x[:, r * stride : r * stride + k, c * stride : c * stride + k] * W[o]).sum()
    return y


@given(
    size=st.integers(3, 7), k=st.integers(1, 3), stride=st.integers(1, 3), padding=st.integers(0, 2),
    channels=st.integers(1, 3), out=st.integers(1, 3),
)  # fmt: skip
def test_convolution_by_definition(size: int, k: int, stride: int, padding: int, channels: int, out: int) -> None:
    x, W = normal(channels, size, size + 1), normal(out, channels, k, k, seed=1)
    np.testing.assert_allclose(nn.conv(x, W, None, stride, padding).data, by_definition(x, W, stride, padding), **SAME)


def test_in_one_dimension_three_shared_weights_make_eighteen_edges() -> None:
    x, W = Value(normal(1, 8)), Value(np.array([[[0.5, 1.0, -1.0]]]))
    y = nn.conv(x, W)
    np.testing.assert_allclose(y.data[0], np.correlate(x.data[0], W.data[0, 0]), **SAME)
    assert y.size * W.size == 18  # six outputs of three edges each, where a full layer has 6 · 8 = 48
    y.backward(seed=np.ones(y.shape))
    np.testing.assert_allclose(W.grad[0, 0], [x.data[0, k : k + 6].sum() for k in range(3)], **SAME)  # fan-out: a sum


def test_numpy_convolves_with_the_kernel_flipped() -> None:
    x, kernel = normal(9), normal(3, seed=1)
    ours = nn.conv(x[None], kernel[None, None, ::-1], padding=2).data[0]
    np.testing.assert_allclose(ours, np.convolve(x, kernel), **SAME)


def test_a_shifted_image_gives_a_shifted_map() -> None:
    layer, image = nn.Conv2d(1, 2, 3, bias=False), np.zeros((1, 9, 9))
    image[0, 2:5, 2:5] = normal(3, 3)
    shifted = np.roll(image, (2, 1), axis=(1, 2))
    np.testing.assert_allclose(layer(shifted).data, np.roll(layer(image).data, (2, 1), axis=(1, 2)), **SAME)


def test_padding_by_half_the_kernel_keeps_the_size() -> None:
    assert nn.Conv2d(1, 4, (3, 5), padding=(1, 2))(normal(2, 1, 6, 7)).shape == (2, 4, 6, 7)


@pytest.mark.parametrize("pool", [nn.max_pool, nn.avg_pool])
@pytest.mark.parametrize(("kernel", "stride"), [((1, 2), None), ((2, 1), None), ((2, 2), None), ((3, 2), (1, 3))])
def test_pooling_by_definition(pool: Any, kernel: tuple[int, int], stride: Any) -> None:
    x = normal(6, 7)
    (a, b), (p, q) = kernel, stride or kernel
    summary = np.max if pool is nn.max_pool else np.mean
    rows, columns = range(0, 6 - a + 1, p), range(0, 7 - b + 1, q)
    expected = [[summary(x[r : r + a, c : c + b]) for c in columns] for r in rows]
    np.testing.assert_allclose(pool(x, kernel, stride).data, expected, **SAME)


def test_the_maximum_routes_its_gradient_and_the_mean_shares_it() -> None:
    for pool, expected in ((nn.max_pool, [0, 1, 0.5, 0.5]), (nn.avg_pool, [0.5, 0.5, 0.5, 0.5])):
        x = Value([1.0, 2.0, 3.0, 3.0])  # two winners of equal size share
        pool(x, 2).sum().backward()
        np.testing.assert_array_equal(x.grad, expected)


def test_pooling_two_by_two_forgets_three_numbers_of_four() -> None:
    x = normal(4, 4)
    x[1, 1] = x[:2, :2].max() + 1
    y = nn.max_pool(x, 2).data
    x[0, 0] -= 1.0
    np.testing.assert_array_equal(nn.max_pool(x, 2).data, y)


def test_sizes_that_do_not_fit_are_refused_by_name() -> None:
    with pytest.raises(ShapeError, match=re.escape("Conv2d: input has shape (2, 4, 4), expected (…, 3, size, size)")):
        nn.Conv2d(3, 1, 3)(normal(2, 4, 4))
    with pytest.raises(ShapeError, match=re.escape("at least the window's size (5, 5)")):
        nn.Conv2d(2, 1, 5)(normal(2, 4, 4))
    with pytest.raises(ValueError, match=re.escape("kernel_size = (1, 2, 3): expected 2 whole numbers from 1 on")):
        nn.Conv2d(2, 1, (1, 2, 3))
    with pytest.raises(ValueError, match=r"kernel_size = \(1, 2\.5\): expected 2 whole numbers"):
        nn.Conv2d(2, 1, (1, 2.5))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="stride = 0"):
        nn.Conv2d(2, 1, 3, stride=0)
    with pytest.raises(ValueError, match=re.escape("(2, 4, 4) may be (B, C, L) or (C, H, W); say (2,) or (2, 2)")):
        nn.max_pool(normal(2, 4, 4), 2)
    with pytest.raises(ShapeError, match=r"pool: input has shape \(\), expected 1 axes or more"):
        nn.avg_pool(1.0, 2)
    with pytest.raises(ShapeError, match=r"pool: .* at least the window's size"):
        nn.avg_pool(normal(3), 4)
