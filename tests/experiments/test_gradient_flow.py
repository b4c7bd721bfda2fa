"""Gradient flow: backpropagation is the product of Jacobians, is linear, and stays below its bound."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lessons.experiments.console import silent
from lessons.experiments.gradient_flow import bound, cells, flow, radius, run, through_cell

networks = given(st.integers(0, 10_000), st.sampled_from(["relu", "tanh"]), st.floats(0.1, 3.0))


def drawn(seed: int, target: float) -> np.ndarray:
    W = np.random.default_rng(seed).normal(size=(5, 5))
    return W * target / radius(W)


@networks
def test_backpropagation_is_the_product_of_jacobians(seed: int, phi: str, target: float) -> None:
    found = flow(drawn(seed, target), phi, 50, np.random.default_rng(seed))
    # Fifty products round by 1e-16 each, relative to a gradient that may have lost digits by cancellation.
    assert found.disagreement() < 1e-9


@networks
def test_no_gradient_is_above_its_bound(seed: int, phi: str, target: float) -> None:
    W = drawn(seed, target)
    sizes = flow(W, phi, 50, np.random.default_rng(seed)).sizes
    assert all(size <= most * (1 + 1e-9) for size, most in zip(sizes, bound(W, 50, sizes[-1]), strict=True))


@networks
def test_the_backward_pass_is_linear(seed: int, phi: str, target: float) -> None:
    once = flow(drawn(seed, target), phi, 50, np.random.default_rng(seed))
    twice = flow(drawn(seed, target), phi, 50, np.random.default_rng(seed), scale=2.0)
    for g, doubled in zip(once.gradients, twice.gradients, strict=True):
        np.testing.assert_array_equal(2 * g, doubled)  # doubling is exact in binary


@pytest.mark.parametrize("seed", range(3))
def test_only_an_open_gate_remembers(seed: int) -> None:
    kept = {}
    for name, cell in cells(5, seed).items():
        sizes = through_cell(cell, 50, np.random.default_rng(seed + 2))
        kept[name] = sizes[0] / sizes[-1]
    assert min(kept["LSTM, bias 4"], kept["GRU, bias 4"]) > 1e-2
    assert max(kept["LSTM, bias 0"], kept["GRU, bias 0"], kept["tanh network"]) < 1e-4
    assert kept["LSTM, bias 0"] < kept["LSTM, bias 1"] < kept["LSTM, bias 4"]


@pytest.mark.parametrize("seed", range(3))
def test_the_open_gate_is_ahead_by_its_bar(seed: int) -> None:
    outcome = run(silent, seed=seed)
    assert outcome.reached
    assert outcome.picture.svg.count("<path") > 8


def test_an_explosion_is_drawn_to_where_it_ends() -> None:
    found = flow(drawn(0, 3.0), "relu", 2000, np.random.default_rng(1))
    assert 100 < found.steps < 2000
    assert np.isfinite(found.sizes).all()
    # Hundreds of products round by 1e-16 each.
    assert found.disagreement() < 1e-9
