"""The smallest language model: four letters, three hidden units, and "ello" predicted from "hell".

    h_t = tanh(W_xh x_t + W_hh h_{t−1} + b_h)        y_t = W_hy h_t + b_y        p_t = softmax(y_t)

x_t is one-hot: h = (1, 0, 0, 0), e, l, o. The loss is −Σ_t log p_t[next letter]. The two l's are the point: after the
first another l must follow, after the second an o, so the hidden state has to know which one it has seen. The picture
is the lecture's, with every number of the forward pass after training; printed are all values and gradients of the
first step, and `viz.film(lesson(Speller(seed=0)))` shows it being computed gate by gate.

Source: the character-level language model example of CS231n's lecture 10 (2016), as Deep Learning Lecture 6
(Oklahoma, 2017) and Neural Networks IV (Kulis and Saenko, 2017) print it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd_tiny import Value, softmax, stack
from autograd_tiny.nn import Layer, Linear, RNNCell, cross_entropy, one_hot, unroll
from autograd_tiny.optim import Adam
from autograd_tiny.value import ancestors
from lessons.experiments import console
from lessons.experiments.compiled import Learner
from lessons.experiments.console import Outcome, Report
from lessons.experiments.drawing.unrolled import Column, columns
from viz.words.figures import number

VOCABULARY = "helo"
GIVEN, WANTED = "hell", "ello"


class Speller(Layer):
    """A text of T letters to the hidden states, (T, H), and the logits of the next letters, (T, 4)."""

    def __init__(self, hidden: int = 3, *, seed: int) -> None:
        self.cell = RNNCell(len(VOCABULARY), hidden, seed=seed)
        self.output = Linear(hidden, len(VOCABULARY), seed=seed + 1)
        for v, name in zip(self.parameters().values(), ("W_xh", "W_hh", "b_h", "W_hy", "b_y"), strict=True):
            v.label = name

    def __call__(self, text: str) -> tuple[Value, Value]:
        outputs, _ = unroll(self.cell, [one_hot(letter, len(VOCABULARY)) for letter in letters(text)])
        h = stack(outputs)
        return h, self.output(h)


def letters(text: str) -> np.ndarray:
    """A text as places in the vocabulary."""
    return np.array([VOCABULARY.index(letter) for letter in text])


def lesson(net: Speller) -> Value:
    """The loss of "hell" → "ello": the sum over the four letters, in nats."""
    return cross_entropy(net(GIVEN)[1], letters(WANTED), reduction="sum")


def train(net: Speller, report: Report, *, steps: int) -> list[float]:
    """The losses, before each step."""
    optimizer, losses = Adam(net.parameters(), lr=0.05), []
    learner = Learner(lambda: lesson(net), optimizer)
    for step in range(1, steps + 1):
        losses.append(learner())
        optimizer.step()
        report(step, steps, f"loss {losses[-1]:.4f} nats")
    return losses


def probabilities(net: Speller, text: str = GIVEN) -> np.ndarray:
    """What the network thinks the next letter is, after each letter of the text, (T, 4)."""
    p: np.ndarray = softmax(net(text)[1]).data
    return p


def numbers(loss: Value) -> Iterator[str]:
    """Every value of a step beside its gradient, in the order of computation; run `loss.backward()` first."""
    for v in ancestors(loss):
        if not v.is_constant:
            names = [f"{' '.join(v.scope):<9}{v.label or v.op:<10}"]
            for value, gradient in zip(_rows(v.data), _rows(v.grad), strict=True):
                yield f"{names.pop() if names else '':<19} {value:<34} {gradient}"


def _rows(x: Any) -> list[str]:
    """The rows of a matrix as text; a vector or a number is one row."""
    rows = np.reshape(x, (-1, np.shape(x)[-1] if np.ndim(x) else 1))
    return ["[" + " ".join(f"{number(entry):>6}" for entry in row) + "]" for row in rows.tolist()]


def run(report: Report, *, seed: int = 0, steps: int = 300, hidden: int = 3) -> Outcome:
    """The number is the smallest of the four probabilities of the right letter."""
    net = Speller(hidden, seed=seed)
    before = lesson(net)
    before.backward()
    first = tuple(numbers(before))
    losses = train(net, report, steps=steps)
    p = probabilities(net)
    sure = p[np.arange(4), letters(WANTED)]
    words = "  ".join(f"{a}→{b} {q:.4f}" for a, b, q in zip(GIVEN, WANTED, sure, strict=True))
    return Outcome(
        "smallest probability of a right letter",
        float(sure.min()),
        at_least=0.99,
        lines=(f"The first step: every value{' ' * 27}and its gradient", *first, "",
               f"Loss from {losses[0]:.3f} to {losses[-1]:.4f} nats. {words}", f"Left alone after h: {spell(net)}"),
        picture=picture(net),
    )  # fmt: skip


def spell(net: Speller, first: str = "h", length: int = 5) -> str:
    """What the network writes when it reads its own letters."""
    text = first
    while len(text) < length:
        text += VOCABULARY[int(probabilities(net, text)[-1].argmax())]
    return text


def picture(net: Speller) -> str:
    """The lecture's picture, one column of numbers per letter."""
    h, y = net(GIVEN)
    x, p = np.asarray(one_hot(letters(GIVEN), 4)), probabilities(net)
    drawn = [
        Column(GIVEN[t], (x[t], h.data[t], y.data[t], p[t]), int(letters(WANTED)[t]), WANTED[t])
        for t in range(len(GIVEN))
    ]
    names, arrows = ("input x", "hidden h", "logits y", "softmax p"), ("W_xh", "W_hy", "", "W_hh")
    return columns("“hell” in, “ello” out", names, arrows, drawn, VOCABULARY)


if __name__ == "__main__":
    sys.exit(console.main(run, __doc__))
