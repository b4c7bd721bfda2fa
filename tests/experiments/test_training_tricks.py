"""Training strategies in small; the full comparison runs in `make experiments`."""

from dataclasses import replace

import numpy as np
import pytest

from lessons.experiments.data.digits import HIGH, WIDE, digits, drawn
from lessons.experiments.training_tricks import BEYOND, CLAIMED, DOWN, DRAWS, History, Sweep, run, sweep, task, train

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
    assert set(CLAIMED) <= {recipe.name for recipe in RECIPES.values() if recipe.beats}
    for recipe in RECIPES.values():
        if recipe.beats:
            rival = RECIPES[recipe.beats]
            different = [f for f in vars(recipe) if getattr(recipe, f) != getattr(rival, f)]
            # A rule has rates of its own size.
            assert len(set(different) - {"name", "beats", "rates"}) == 1, recipe.name


def test_early_stopping_goes_back_to_its_best() -> None:
    recipe = replace(RECIPES["early stopping"], patience=2)
    history = train(recipe, 0.003, task(0), 60)
    assert len(history.validation) < 61
    assert history.validated == pytest.approx(min(history.validation))
    # The best validation lies two passes before the stop.
    assert history.validation[-3] == min(history.validation)


def test_a_rate_is_chosen_by_what_a_recipe_is_not_judged_by() -> None:
    def history(examples: float, validated: float, others: float) -> History:
        return History((9.0, examples), (9.0, validated), validated, others)

    one = (history(0.1, 3.0, 5.0), history(0.2, 1.0, 6.0))
    another = (history(0.3, 2.0, 7.0), history(0.4, 2.5, 8.0))
    beyond, down = (Sweep(replace(recipe, rates=(1.0, 2.0)), (one, another)) for recipe in (BEYOND[0], DOWN[0]))
    assert beyond.best == 1
    assert beyond.ends.tolist() == [6.0, 8.0]
    assert down.best == 0
    assert down.ends.tolist() == [0.1, 0.3]


def test_progress_shows_the_loss() -> None:
    said: list[str] = []
    sweep(replace(RECIPES["whole batch"], rates=(0.3, 1.0)), [task(0)], 2, said.append)
    assert [text.partition(":")[0] for text in said] == ["whole batch, rate 0.3", "whole batch, rate 1"]
    assert all("loss" in text for text in said)


@pytest.mark.slow
def test_every_strategy_stands_beside_its_rival_at_the_best_rate_of_each() -> None:
    steps: list[tuple[int, int]] = []
    outcome = run(lambda step, steps_, text: steps.append((step, steps_)), epochs=1)
    trainings = DRAWS * sum(len(recipe.rates) for recipe in RECIPES.values())
    assert steps[-1] == (trainings, trainings)
    assert len(outcome.lines) == 1 + sum(1 for recipe in RECIPES.values() if recipe.beats)
    assert 0 <= outcome.number <= len(CLAIMED) == 9
    assert len(outcome.picture.panels) == 6
