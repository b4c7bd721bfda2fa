"""Somebody with a wrong hand-written network gets the name of the bug."""

import numpy as np
import pytest

from autograd_tiny import check_gradients
from tests.check import networks

SEEDS = (3,)


@pytest.mark.share(5)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("bug", networks.RNN_BUGS)
def test_a_bug_of_a_character_rnn_is_named(bug: str, seed: int) -> None:
    parameters, sentence = networks.RNN_BUGS[bug]
    report = check_gradients(networks.rnn(bug, seed), networks.rnn_params(seed=seed), returns="value, grads, _")
    assert report.verdict == "wrong" and sentence in report.why, report
    wrong = {name for name, line in report.by_input().items() if " wrong, " in line}
    assert wrong >= set(parameters.split())


@pytest.mark.share(12)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("bug", networks.LSTM_BUGS)
def test_a_bug_of_an_lstm_is_named(bug: str, seed: int) -> None:
    _, sentence = networks.LSTM_BUGS[bug]
    report = check_gradients(networks.lstm(bug, seed), networks.lstm_params(seed), returns="value, grads")
    assert report.verdict == "wrong" and sentence in report.why, report


@pytest.mark.parametrize("seed", range(4))
def test_right_networks_are_right(seed: int) -> None:
    for scale in (0.01, 0.5, 3.0):
        report = check_gradients(networks.rnn("", seed), networks.rnn_params(scale, seed), returns="value, grads, _")
        assert report.ok and not report.why, report
    assert check_gradients(networks.lstm("", seed), networks.lstm_params(seed), returns="value, grads").ok


def test_a_missing_local_derivative_shows_at_the_usual_small_start() -> None:
    report = check_gradients(networks.rnn("no tanh'"), networks.rnn_params(0.01), returns="value, grads, _")
    assert report.verdict == "wrong" and "the derivative of tanh is missing" in report.why


def test_several_points_are_named_in_the_rows() -> None:
    report = check_gradients(networks.rnn(), networks.rnn_params(0.01), returns="value, grads, _", points=3)
    assert report.ok and {row.point for row in report.rows} == {0, 1, 2}
    assert any(row.place == "Wxh[0, 0] at point 3" for row in report.rows)


def test_two_bugs_at_once_are_both_named() -> None:
    right, sign, late = networks.rnn(), networks.rnn("no transpose"), networks.rnn("= for +=")

    def both(p: networks.Params) -> tuple[float, networks.Params]:
        value, grads, _ = sign(p)
        return value, grads | {"by": late(p)[1]["by"]}

    assert check_gradients(right, networks.rnn_params(), returns="value, grads, _").ok
    why = check_gradients(both, networks.rnn_params(), returns="value, grads").why
    assert "its transpose belongs" in why and "only the first of its 5 uses" in why, why


def test_the_bug_is_told_of_code_that_values_can_not_run() -> None:
    def stored(w: np.ndarray) -> float:  # NumPy storage takes no Values, so nothing can be recorded
        h = np.zeros(3)
        h[:] = np.tanh(w)
        return float(h.sum())

    report = check_gradients(stored, np.array([0.1, 0.7, -0.4]), grad=lambda w: -(1 - np.tanh(w) ** 2))
    assert report.verdict == "wrong" and "w has the wrong sign" in report.why
