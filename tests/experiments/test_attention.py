"""Attention: training never meets the examination, the weights are shares, and a short training helps."""

import numpy as np
import pytest

from lessons.experiments.attention import (
    HELD_OUT,
    LENGTHS,
    TASKS,
    Transducer,
    is_held_out,
    on_diagonal,
    picture,
    strings,
    train,
)
from lessons.experiments.console import silent


@pytest.mark.parametrize("length", LENGTHS)
def test_held_out_strings_are_a_fifth_of_all_and_never_trained_on(length: int) -> None:
    rng = np.random.default_rng(length)
    kept, trained = (strings(rng, length, 300, held_out=which) for which in (True, False))
    assert kept.shape == trained.shape == (length, 300)
    assert (kept.sum(0) % HELD_OUT == 0).all() and (trained.sum(0) % HELD_OUT != 0).all()
    # 6,000 strings, a fifth of them: a standard deviation of 0.005; eight residues of letters make it uneven by 0.03.
    assert abs(is_held_out(rng.integers(0, 8, (length, 6000))).mean() - 0.2) < 0.05


def test_weights_are_shares_of_one_and_a_constant_look_is_not_diagonal() -> None:
    net = Transducer(16, seed=0)
    x = strings(np.random.default_rng(0), 8, 20, held_out=True)
    logits, looked = net(x)
    assert logits.shape == (8, 20, 8) and looked.shape == (8, 8, 20)  # (T, B, letters), (written, read, B)
    np.testing.assert_allclose(looked.sum(1), 1.0, rtol=1e-12)  # a softmax, up to rounding
    assert on_diagonal(net, "copy", x) < 0.3


def test_a_short_training_helps() -> None:
    # Chance is ln 8 = 2.08 nats per letter; seed 0 stands at 1.44 after 80 steps.
    assert train(Transducer(16, seed=0), "copy", silent, seed=0, steps=80, batch=16) < 1.8


def test_tasks_are_what_they_are_called() -> None:
    word = np.arange(5)[:, None]
    assert (TASKS["copy"](word) == word).all() and TASKS["reverse"](word)[:, 0].tolist() == [4, 3, 2, 1, 0]


def test_a_heat_map_tells_its_strongest_squares() -> None:
    drawn = picture(Transducer(16, seed=0), "untrained")
    (panel,) = drawn.panels
    assert panel.kind == "heat" and panel.series[0].ys.shape == (8, 8) and len(panel.names) == len(panel.columns) == 8
    assert "written over read" in drawn.description and "Largest in each row" in drawn.description
