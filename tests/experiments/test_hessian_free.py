"""Four ways to long memories, in small: the full hundred steps run in `make experiments`."""

from itertools import islice

import numpy as np
import pytest

from lessons.experiments.console import silent
from lessons.experiments.hessian_free import (
    ADAM,
    DESCENT,
    FOUR,
    GOAL,
    LOUDNESS,
    SYMBOLS,
    Course,
    Task,
    Way,
    best,
    prepared,
    run,
    sequences,
)


def unsaid(*_: float) -> None:
    """Nobody listens."""


def test_progress_only_goes_on() -> None:
    told: list[tuple[int, int]] = []
    run(lambda done, total, words: told.append((done, total)), length=4, hidden=3, batch=8, budget=50)
    assert told == sorted(told) and len({total for _, total in told}) == 1
    assert told[-1][0] <= told[-1][1]


def test_a_symbol_is_remembered_through_noise_that_does_not_tell_it() -> None:
    data = sequences(10, 50, np.random.default_rng(0))
    np.testing.assert_array_equal(data.x[0].argmax(-1), data.first)
    assert not data.x[1:, :, :SYMBOLS].any()
    np.testing.assert_array_equal(data.x[1:].sum(-1), LOUDNESS)


def test_every_way_hears_the_same_sequences() -> None:
    task = Task(length=5, hidden=3, batch=4, seed=1)
    for once, again in islice(zip(task.batches(), task.batches(), strict=True), 3):
        np.testing.assert_array_equal(once.x, again.x)


def test_a_prepared_network_keeps_what_a_plain_one_forgets() -> None:
    weights = prepared(Task(length=5, hidden=30, batch=4, seed=0)).cell.parameters()
    assert np.abs(np.linalg.eigvals(weights["W"].data)).max() == pytest.approx(1.1)


@pytest.mark.parametrize("way", [ADAM, *FOUR], ids=lambda way: way.name)
def test_each_way_finds_the_first_symbol(way: Way) -> None:
    task = Task(length=20, hidden=20, batch=64, seed=0)
    course = best(way, task, 300, unsaid)
    assert course.done and list(course.evaluations) == sorted(set(course.evaluations))


def courses(*ends: tuple[int, float]) -> Way:
    """A way that spends so much and ends so high, at setting 0, 1, 2 …"""
    points = dict(enumerate(ends))
    return Way("a way", lambda task, setting: iter([points[int(setting)]]), "setting", tuple(map(float, points)))


@pytest.mark.parametrize(
    ("ends", "wanted"),
    [([(50, 0.6), (100, 0.8)], 1), ([(90, 0.5), (80, GOAL), (60, 1.0)], 2), ([(40, 1.0), (40, 1.0)], 0)],
)
def test_the_best_setting_is_done_first_or_else_ends_highest(ends: list[tuple[int, float]], wanted: int) -> None:
    task = Task(length=2, hidden=1, batch=1, seed=0)
    chosen: Course = best(courses(*ends), task, 100, unsaid)
    assert chosen.setting == wanted


def test_every_way_is_reported_and_drawn() -> None:
    outcome = run(silent, length=4, hidden=3, batch=8, budget=50)
    assert len(outcome.lines) == len((DESCENT, ADAM, *FOUR)) and all("best of" in line for line in outcome.lines)
    assert outcome.picture is not None and len(outcome.picture.panels) == 1
