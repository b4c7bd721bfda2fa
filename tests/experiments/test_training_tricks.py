"""Training strategies in small; the full comparison runs in `make experiments`."""

from dataclasses import replace

import numpy as np
import pytest

from lessons.experiments.console import silent
from lessons.experiments.data.digits import HIGH, WIDE, digits, drawn
from lessons.experiments.training_tricks import BEYOND, DOWN, run, task, train

RECIPES = {recipe.name: recipe for recipe in (*DOWN, *BEYOND)}


def test_digits_lie_inside_and_shifting_keeps_every_pixel() -> None:
    rng = np.random.default_rng(0)
    data = digits(30, rng)
    moved = data.shifted(rng)
    np.testing.assert_allclose(np.sort(moved.images), np.sort(data.images))
    for image, digit in zip(data.images.reshape(-1, HIGH, WIDE), data.classes, strict=True):
        shape = drawn(int(digit))
        fits = [
            (image[r : r + shape.shape[0], c : c + shape.shape[1]] * (shape - shape.mean())).sum()
            for r in range(HIGH - shape.shape[0] + 1)
            for c in range(WIDE - shape.shape[1] + 1)
        ]
        # Where the digit lies, its correlation with its own shape is 10 to 15; that of noise alone is 0 ± 1.2.
        assert max(fits) > 6


def test_rivals_differ_in_one_thing() -> None:
    for recipe in RECIPES.values():
        if recipe.beats:
            rival = RECIPES[recipe.beats]
            different = [f for f in vars(recipe) if getattr(recipe, f) is not getattr(rival, f)]
            assert len(set(different) - {"name", "beats"}) == 1, recipe.name


def test_early_stopping_goes_back_to_its_best() -> None:
    recipe = replace(RECIPES["early stopping"], patience=2)
    history = train(recipe, task(0), 60, seed=0)
    assert len(history.others) < 61
    # The last point repeats the weights of the best validation: two passes before the stop.
    assert history.others[-1] == pytest.approx(history.others[-3])


def test_strategies_help_even_in_a_few_passes() -> None:
    outcome = run(silent, epochs=12)
    assert outcome.number >= 8  # the regularisers need time until there is something to prevent
    assert len(outcome.lines) == 12
    assert [panel.title for panel in outcome.picture.panels] == ["Getting down", "Not by heart"]
