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
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from autograd_tiny import Value, softmax, stack
from autograd_tiny.nn import Layer, Linear, RNNCell, cross_entropy, one_hot, unroll
from autograd_tiny.optim import Adam
from autograd_tiny.value import ancestors
from lessons.experiments import console
from lessons.experiments.compiled import Learner
from lessons.experiments.console import Outcome, Report
from viz import Drawing
from viz.layout.geometry import Path
from viz.look import theme_named
from viz.output import plate
from viz.page.page import Curve, Mark, Shape, Text
from viz.page.strokes import between, fitted, short, straight
from viz.words.figures import number
from viz.words.lettering import SIZE, SMALL, line
from viz.words.lettering import name as lettered

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


# The lecture's picture: a column of numbers per letter, layers from the bottom up -------------------------------------

THEME = theme_named("lecture")
CELL, BOX, PITCH, GAP, TIP = 20.0, 62.0, 140.0, 44.0, 6.5  # points
RIGHT_ANSWER, GIVEN_INPUT = "#CCE8D8", "#E8EEF4"
LAYERS, ARROWS = ("input x", "hidden h", "logits y", "softmax p"), ("W_xh", "W_hy", "")


def picture(net: Speller) -> Drawing:
    """The network unrolled over the letters, with every number of the forward pass."""
    h, y = net(GIVEN)
    layers = (one_hot(letters(GIVEN), 4), h.data, y.data, probabilities(net))  # (T, 4), (T, H), (T, 4), (T, 4)
    heights = [CELL * np.shape(layer)[1] for layer in layers]
    bottoms = [-sum(heights[:k]) - GAP * k for k in range(len(layers))]
    marks = [*_names(heights, bottoms)]
    for t in range(len(GIVEN)):
        marks += _column(t, [np.asarray(layer)[t] for layer in layers], heights, bottoms)
        if t:
            middle, x = bottoms[1] - heights[1] / 2, t * PITCH
            marks += [_arrow(f"state{t}", (x - PITCH + BOX, middle), (x, middle))]
            marks += [_text(f"state{t}.name", x - (PITCH - BOX) / 2, middle - 10, "W_hh", SMALL)]
    told = ". ".join(f"After {GIVEN[t]} comes {WANTED[t]}, probability {p[k]:.4f}"
                     for t, (p, k) in enumerate(zip(layers[-1], letters(WANTED), strict=True)))  # fmt: skip
    page = fitted(marks, THEME, "“hell” in, “ello” out", f"{told}.")
    return Drawing(page, partial(plate.document, page), lambda: f"{page.title}\n{page.description}\n")


def _text(key: str, x: float, y: float, words: str, size: float = SIZE, anchor: str = "middle") -> Text:
    """Words, or the name of a weight, which has an index."""
    return Text(key, x, y, lettered(words) if words.startswith("W_") else line(words), size, anchor)


def _arrow(key: str, start: tuple[float, float], end: tuple[float, float]) -> Curve:
    return Curve(key, Path(straight([start, short(end, start, TIP)]), end), THEME.wire)


def _names(heights: Sequence[float], bottoms: Sequence[float]) -> Iterator[Mark]:
    yield _text("wanted", -150, bottoms[-1] - heights[-1] - 28, "wanted", anchor="start")
    yield _text("read", -150, 30, "read", anchor="start")
    for layer, (title, high, bottom) in enumerate(zip(LAYERS, heights, bottoms, strict=True)):
        yield _text(f"layer{layer}", -150, bottom - high / 2, title, anchor="start")
        for k in range(0 if layer == 1 else len(VOCABULARY)):
            yield _text(f"layer{layer}.{k}", -14, bottom - high + (k + 0.5) * CELL, VOCABULARY[k], SMALL)


def _column(t: int, vectors: Sequence[Any], heights: Sequence[float], bottoms: Sequence[float]) -> Iterator[Mark]:
    """One letter: what is read, the layers with their weights between, what is wanted."""
    left, middle, top, right = t * PITCH, t * PITCH + BOX / 2, bottoms[-1] - heights[-1], VOCABULARY.index(WANTED[t])
    yield _text(f"read{t}", middle, 30, GIVEN[t], 16)
    yield _arrow(f"in{t}", (middle, 20), (middle, 0))
    yield _text(f"wanted{t}", middle, top - 30, WANTED[t], 16)
    yield _arrow(f"out{t}", (middle, top), (middle, top - 18))
    for layer, (vector, high, bottom) in enumerate(zip(vectors, heights, bottoms, strict=True)):
        for k, entry in enumerate(vector.tolist()):
            place = between(left, left + BOX, bottom - high + k * CELL, bottom - high + (k + 1) * CELL)
            fill = RIGHT_ANSWER if layer > 1 and k == right else GIVEN_INPUT if layer == 0 and entry else THEME.paper
            yield Shape(f"cell{t}-{layer}-{k}", place, fill, THEME.ink, boxed=True, tooltip=repr(entry), corner=0.0)
            yield _text(f"number{t}-{layer}-{k}", middle, place.y, number(entry, 2 if layer < 3 else 4), SMALL)
        if layer:
            below = bottoms[layer - 1] - heights[layer - 1]
            yield _arrow(f"up{t}-{layer}", (middle, below), (middle, bottom))
            yield _text(f"up{t}-{layer}.name", middle + 8, (below + bottom) / 2, ARROWS[layer - 1], SMALL, "start")


if __name__ == "__main__":
    sys.exit(console.main(run, __doc__))
