"""Losses: what they are at known points, that they stay finite, and what they refuse."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_tiny import Value, nn, softmax
from autograd_tiny.errors import ShapeError
from tests.nn.layers import normal


@given(st.integers(1, 200), st.integers(1, 30))
def test_knowing_nothing_costs_the_logarithm_of_the_vocabulary(size: int, steps: int) -> None:
    loss = nn.cross_entropy(np.zeros((steps, size)), np.arange(steps) % size, reduction="sum")
    assert loss.data == pytest.approx(steps * math.log(size), rel=1e-12, abs=1e-12)  # rounding of a sum


def test_the_gradient_of_cross_entropy_is_softmax_minus_one_hot() -> None:
    x, classes = Value(normal(5, 4)), np.array([0, 3, 1, 1, 2])
    nn.cross_entropy(x, classes, reduction="sum").backward()
    np.testing.assert_allclose(x.grad, softmax(x.data).data - np.eye(4)[classes], atol=1e-14)


@pytest.mark.parametrize("scale", [1e3, 1e6, 1e300])
def test_huge_scores_stay_finite(scale: float) -> None:
    scores = Value([[scale, -scale], [scale, -scale]])
    right, wrong = nn.cross_entropy(scores, [0, 1], reduction="none").data
    assert (right, wrong) == (0.0, 2 * scale)
    right, wrong = nn.binary_cross_entropy_with_logits(Value([scale, scale]), [1, 0], reduction="none").data
    assert (right, wrong) == (0.0, scale)


def test_probabilities_and_classes_agree() -> None:
    scores, classes = normal(5, 4), np.array([0, 3, 1, 1, 2])
    hard, soft = nn.cross_entropy(scores, classes), nn.cross_entropy(scores, np.eye(4)[classes])
    assert hard.data == pytest.approx(soft.data, rel=1e-14)


def test_hinge_is_silent_beyond_the_margin() -> None:
    assert nn.hinge([2.0, -1.0, 0.5], [1, -1, 1], reduction="none").data.tolist() == [0.0, 0.0, 0.5]
    assert nn.hinge([[3.0, 1.0, 2.5]], [0]).data == 0.5
    assert nn.hinge([3.0, 1.0, 2.5], 0).data == 0.5


def test_what_does_not_fit_is_refused_by_name() -> None:
    with pytest.raises(ShapeError, match=re.escape("mse: target has shape (3,), expected (3, 1)")):
        nn.mse(normal(3, 1), normal(3))
    with pytest.raises(ShapeError, match=re.escape("cross_entropy: classes has shape (3,), expected (2,)")):
        nn.cross_entropy(normal(2, 4), [0, 1, 2])
    with pytest.raises(IndexError, match=re.escape("cross_entropy: id[1] = 4, expected 0 … 3")):
        nn.cross_entropy(normal(2, 4), [0, 4])
    with pytest.raises(TypeError, match="ids must be whole numbers, got float64"):
        nn.cross_entropy(normal(2, 4), [0.0, 1.0])
    with pytest.raises(ShapeError, match=re.escape("cross_entropy: logits has shape ()")):
        nn.cross_entropy(1.0, 0)
    with pytest.raises(ValueError, match=r"must be \+1 or −1"):
        nn.hinge(normal(2), [0, 1])
    with pytest.raises(ShapeError, match=re.escape("hinge: targets has shape (4,), expected (2, 3) with ±1, or (2,)")):
        nn.hinge(normal(2, 3), [0, 1, 1, 0])
    with pytest.raises(ValueError, match="reduction 'average' is unknown; choose mean, sum or none"):
        nn.mse(normal(2), normal(2), reduction="average")
