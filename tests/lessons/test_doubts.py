"""A claim that is true whatever the lesson computes is none."""

import random
from typing import Any

import numpy as np
import pytest

from autograd_tiny import Value, nn
from lessons.check.proving import can_fail
from lessons.judging.right import evaluate
from lessons.session.training import Training

w = Value(5.0, "w")
NAMES: dict[str, Any] = {
    "w": w,
    "x": w**2,
    "s": np.array([0.5, 0.25, 0.125]),
    "names": {"a": 1, "b": 2},
    "order": ["z", "y"],
    "grown": True,
    "twice": lambda x: 2 * x,
    "learn": Training(lambda seed: iter(()), {0: {"loss": np.array([4.0, 2.0])}}),
    "np": np,
    "nn": nn,
    "random": random,
}
CLAIMS = [
    "x.data == 25.0",
    "w.label == 'w'",
    "x.inputs[0] is w",
    "grad(x, [w])[0].data == 10",
    "s.shape == (3,)",
    "abs(s[1:] / s[:-1] - 0.5).max() < 1e-9",
    "list(names)[0] == 'a'",
    "order == ['z', 'y']",
    "grown",
    "twice(4) == 8",
    "learn.runs[0]['loss'][-1] < 3",
    "min(w.data, x.data) < 6",
    "np.allclose(softmax(s + 5).data, softmax(s).data)",
    "nn.LSTMCell(3, 5).U.shape == (3, 20)",
]
EMPTY = [
    "True",
    "abs(100 / 101 - 0.99) < 0.01",
    "x.data == x.data",
    "abs(w.data) >= 0",
    "s[0] - s[0] == 0",
    "np.sqrt(16) == 4",
    "all(max(t, -t) == abs(t) for t in (-2.0, 3.0))",
    "len('hell') == len('ello')",
    "isinstance(names, dict) or w",
]


@pytest.mark.parametrize("claim", CLAIMS)
def test_what_reads_the_lesson_or_the_engine_can_fail(claim: str) -> None:
    assert evaluate(claim, NAMES)
    assert can_fail(claim, NAMES)


@pytest.mark.parametrize("claim", EMPTY)
def test_what_is_always_true_cannot(claim: str) -> None:
    assert evaluate(claim, NAMES)
    assert not can_fail(claim, NAMES)


def test_nothing_is_changed_by_being_doubted() -> None:
    before = w.data, NAMES["s"].tolist(), dict(NAMES["names"]), NAMES["learn"].runs[0]["loss"].tolist()
    for claim in CLAIMS:
        can_fail(claim, NAMES)
    assert (w.data, NAMES["s"].tolist(), NAMES["names"], NAMES["learn"].runs[0]["loss"].tolist()) == before
