"""Hessian-free against gradient descent, in small: the full hundred steps run in `make experiments`."""

from itertools import pairwise

import numpy as np

from lessons.experiments.console import silent
from lessons.experiments.hessian_free import GOAL, LOUDNESS, SYMBOLS, Network, by_hessian_free, run, sequences


def test_a_symbol_is_remembered_through_noise_that_does_not_tell_it() -> None:
    data = sequences(10, 50, np.random.default_rng(0))
    np.testing.assert_array_equal(data.x[0].argmax(-1), data.first)
    assert not data.x[1:, :, :SYMBOLS].any()
    np.testing.assert_array_equal(data.x[1:].sum(-1), LOUDNESS)


def test_curvature_finds_the_first_symbol() -> None:
    rng = np.random.default_rng(0)
    held_out, way = sequences(40, 200, rng), []
    for point in by_hessian_free(Network(12, seed=0), lambda: sequences(40, 48, rng), held_out, steps=40):
        way.append(point)
        if point[1] >= GOAL:
            break
    assert way[-1][1] >= GOAL
    assert all(earlier[0] < later[0] for earlier, later in pairwise(way))


def test_every_method_has_the_same_budget() -> None:
    outcome = run(silent, length=4, hidden=3, batch=8, steps=2)
    spent = {line.split("after ")[1] for line in outcome.lines}
    assert len(outcome.lines) == 7 and len(spent) <= 2  # one that is done early has spent less
