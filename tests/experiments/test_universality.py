"""Universality: steep steps are a staircase on the curve, more of them come closer, and training brings them closer."""

import numpy as np
import pytest

from lessons.experiments.console import silent
from lessons.experiments.universality import GRID, Staircase, curve, largest_error, places, train


@pytest.mark.parametrize("seed", range(3))
def test_steps_laid_by_hand_come_as_close_as_the_curve_rises_over_two_stairs(seed: int) -> None:
    errors = [largest_error(Staircase(places(n, seed), 40.0 * n)) for n in (20, 80, 320)]
    assert errors == sorted(errors, reverse=True)
    slope = np.abs(np.diff(curve(GRID))).max() / (GRID[1] - GRID[0])
    # A random place lies within its stair, so neighbours are at most two stairs apart.
    assert all(error < 2 * slope / n for error, n in zip(errors, (20, 80, 320), strict=True))


def test_a_short_training_comes_closer() -> None:
    net = Staircase(places(20, 0), 80.0)
    before = largest_error(net)
    assert train(net, silent, steps=200) < 1e-3
    assert largest_error(net) < before
