"""First weights have the variance, the geometry and the radius that they promise, and seeds decide them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_tiny.nn import initialisation as init

VARIANCES: dict[str, Any] = {
    "glorot_uniform": lambda ins, outs: 2 / (ins + outs),
    "glorot_normal": lambda ins, outs: 2 / (ins + outs),
    "he_uniform": lambda ins, outs: 2 / ins,
    "he_normal": lambda ins, outs: 2 / ins,
}


@pytest.mark.parametrize("name", VARIANCES)
@pytest.mark.parametrize(("shape", "fans"), [((300, 200), (300, 200)), ((40, 20, 8, 8), (20 * 64, 40 * 64))])
def test_variances(name: str, shape: tuple[int, ...], fans: tuple[int, int]) -> None:
    W = getattr(init, name)(shape, seed=1)
    assert W.shape == shape
    # Of n ≥ 51 200 Gaussian numbers the variance is known to √(2/n) = 0.6 %: three times that, rounded up.
    assert W.var() == pytest.approx(VARIANCES[name](*fans), rel=0.02)


@given(st.integers(1, 12), st.integers(1, 12), st.floats(0.1, 3.0))
def test_orthogonal_matrices_keep_lengths(rows: int, columns: int, gain: float) -> None:
    singular = np.linalg.svd(init.orthogonal((rows, columns), gain), compute_uv=False)
    np.testing.assert_allclose(singular, gain, rtol=1e-12)


@pytest.mark.parametrize(("density", "radius"), [(0.05, 0.9), (0.3, 1.5), (1.0, 0.1)])
def test_a_reservoir_has_its_density_and_spectral_radius(density: float, radius: float) -> None:
    W = init.sparse(100, density, radius, seed=2)
    assert np.abs(np.linalg.eigvals(W)).max() == pytest.approx(radius, rel=1e-9)
    # A share of 10 000 weights has a standard deviation of at most √(0.25 / 10 000) = 0.005.
    assert np.mean(W != 0) == pytest.approx(density, abs=0.015)


def test_a_reservoir_without_loops_and_a_vector_without_fans_are_refused() -> None:
    with pytest.raises(ValueError, match="have no loops; raise the density"):
        init.sparse(3, 1e-9)
    with pytest.raises(ValueError, match=r"density = 1\.5"):
        init.sparse(3, 1.5)
    with pytest.raises(ValueError, match="size = 0"):
        init.sparse(0)
    with pytest.raises(ValueError, match="spectral_radius = -1"):
        init.sparse(3, 1.0, -1)
    with pytest.raises(ValueError, match=r"orthogonal: shape \(2, 3, 4\)"):
        init.orthogonal((2, 3, 4))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="has no inputs and outputs"):
        init.glorot_uniform((3,))


def test_seeds_decide_and_a_generator_goes_on() -> None:
    assert np.array_equal(init.he_normal((3, 3), seed=1), init.he_normal((3, 3), seed=1))
    rng = np.random.default_rng(1)
    assert not np.array_equal(init.he_normal((3, 3), seed=rng), init.he_normal((3, 3), seed=rng))
