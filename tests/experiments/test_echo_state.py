"""Echo states: the waves turn as fast as asked, the reservoir forgets its start, both ways of learning help."""

import numpy as np
import pytest

from lessons.experiments.console import silent
from lessons.experiments.echo_state import FASTEST, LARGE, SLOWEST, Reservoir, Sweep, run, usual, waves


def test_waves_turn_as_fast_as_the_input_says() -> None:
    data = waves(60, 4, np.random.default_rng(0))  # shorter than a frequency is held
    turn = SLOWEST + (FASTEST - SLOWEST) * data.frequency[0]
    # A sine of constant frequency ω obeys s(t+1) + s(t−1) = 2 cos ω · s(t), up to rounding.
    np.testing.assert_allclose(data.sine[2:] + data.sine[:-2], 2 * np.cos(turn) * data.sine[1:-1], atol=1e-12)


def test_states_echo_and_die_away() -> None:
    reservoir = Reservoir(50, seed=0)
    W = reservoir.cell.parameters()["W"].data
    assert np.abs(np.linalg.eigvals(W)).max() == pytest.approx(0.8)
    assert (W == 0).mean() > 0.8
    data = waves(200, 2, np.random.default_rng(0))
    same_end = np.stack([data.sine[:, 0], data.sine[:, 0]], axis=1)
    same_end[:50, 1] = 0.0  # two pasts, then the same input
    frequency = np.stack([data.frequency[:, 0]] * 2, axis=1)
    states = reservoir.states(type(data)(frequency, same_end), 0.0, np.random.default_rng(0))
    distance = np.linalg.norm(states[:, 0] - states[:, 1], axis=1)
    assert distance[199] < 1e-3 * distance[49]


def test_hearing_itself_begins_with_the_true_wave() -> None:
    rng = np.random.default_rng(0)
    reservoir, data = Reservoir(60, seed=0), waves(300, 5, rng)
    reservoir.fit(data, LARGE, rng)
    first = reservoir.alone(data).data[0]
    states = reservoir.states(data, 0.0, rng)[60]
    w, c = (p.data for p in reservoir.readout.parameters().values())
    np.testing.assert_allclose(first, (states @ w + c)[:, 0], atol=1e-9)  # the same equation, recorded and not


def test_the_usual_start_is_dense_and_its_readout_is_drawn() -> None:
    plain = usual(40, seed=0)
    echo = Reservoir(40, seed=0)
    assert (plain.cell.parameters()["W"].data != 0).all() and (echo.cell.parameters()["W"].data == 0).mean() > 0.8
    assert np.abs(plain.readout.parameters()["W"].data).max() <= 40**-0.5
    assert {name: p.shape for name, p in plain.parameters().items()} == {
        name: p.shape for name, p in echo.parameters().items()
    }


def test_a_sweep_counts_its_better_end() -> None:
    assert Sweep.gain({0.1: 0.6, 0.8: 0.1, 2.0: 0.3}, 0.8) == pytest.approx(3)


@pytest.mark.slow
def test_both_ways_of_learning_help() -> None:
    outcome = run(silent, seed=2, steps=60)
    assert outcome.reached, str(outcome)
    assert len(outcome.also) == 4 and not outcome.also[2].number > 1  # errors of waves: at most about 0.7
