"""The scalar graphs that every engine records, each written once.

`leaves` are the engine's own values; `relu` is the engine's own; numbers are seeded, so that gradients can be compared.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from benchmarks.engines import Function


@dataclass(frozen=True)
class Graph:
    """A scalar function, where its leaves stand, and how many operations it records."""

    function: Function
    numbers: tuple[float, ...]
    operations: int


def _wide(products: int, leaves: Sequence[Any], relu: Any) -> Any:
    n = len(leaves)
    terms = [leaves[i % n] * leaves[(7 * i + 1) % n] for i in range(products)]
    while len(terms) > 1:
        odd = terms[-1:] if len(terms) % 2 else []
        terms = [a + b for a, b in zip(terms[::2], terms[1::2], strict=False)] + odd
    return terms[0]


def wide(operations: int) -> Graph:
    """A balanced sum of products of 100 leaves: as shallow as can be."""
    products = (operations + 1) // 2
    numbers = np.random.default_rng(0).uniform(-1, 1, 100)
    return Graph(partial(_wide, products), tuple(numbers.tolist()), 2 * products - 1)


def _deep(links: int, leaves: Sequence[Any], relu: Any) -> Any:
    x, w, b = leaves
    for _ in range(links):
        x = x * w + b
    return x


def deep(operations: int) -> Graph:
    """The chain x ← x·w + b: as deep as can be."""
    links = operations // 2
    return Graph(partial(_deep, links), (0.5, 0.999, 0.001), 2 * links)


def two_moons(samples: int) -> tuple[np.ndarray, np.ndarray]:
    """Two interleaved half circles with noise, and their labels −1 and +1."""
    rng = np.random.default_rng(1)
    angle = np.linspace(0, np.pi, samples // 2)
    outer = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    inner = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    points = np.concatenate([outer, inner]) + rng.normal(0, 0.1, (2 * len(angle), 2))  # (N, 2)
    return points, np.repeat([-1.0, 1.0], len(angle))


SIZES = (2, 16, 16, 1)


def _layer(weights: Sequence[Any], inputs: Sequence[Any], outputs: int, relu: Callable[[Any], Any] | None) -> list[Any]:
    width = len(inputs) + 1  # each neuron: its weights, then its bias
    out = []
    for k in range(outputs):
        *ws, b = weights[k * width : (k + 1) * width]
        total = sum((w * x for w, x in zip(ws, inputs, strict=True)), b)
        out.append(relu(total) if relu else total)
    return out


def _moons(points: list[list[float]], labels: list[float], leaves: Sequence[Any], relu: Callable[[Any], Any]) -> Any:
    losses = []
    for point, label in zip(points, labels, strict=True):
        values: Sequence[Any] = point
        start = 0
        for inputs, outputs in pairwise(SIZES):
            count = (inputs + 1) * outputs
            values = _layer(leaves[start : start + count], values, outputs, relu if outputs > 1 else None)
            start += count
        losses.append(relu(1 + -label * values[0]))
    margin = sum(losses) * (1.0 / len(losses))
    return margin + 1e-4 * sum(p * p for p in leaves)


def moons(samples: int) -> Graph:
    """One full-batch loss of a network 2-16-16-1 on two moons: hinge loss and a little weight decay, all in scalars."""
    points, labels = two_moons(samples)
    parameters = sum((a + 1) * b for a, b in pairwise(SIZES))
    numbers = np.random.default_rng(2).uniform(-1, 1, parameters)
    function = partial(_moons, points.tolist(), labels.tolist())
    units = sum(b * (2 * a + (b > 1)) for a, b in pairwise(SIZES))
    operations = len(labels) * (units + 4) + 1 + 2 * parameters + 2  # 4: −y·s, 1 + …, relu and its share of the sum
    return Graph(function, tuple(numbers.tolist()), operations)


def _rnn(xs: Sequence[float], leaves: Sequence[Any], relu: Callable[[Any], Any]) -> Any:
    U, W, V, s = leaves
    loss: Any = 0.0
    for x in xs:
        s = relu(U * x + W * s)
        loss = loss + relu(V * s)
    return loss


def rnn(steps: int) -> Graph:
    """The lecture's scalar RNN, s_t = φ(U x_t + W s_{t−1}), L = Σ φ(V s_t); φ is relu, which all engines have."""
    xs = np.random.default_rng(3).uniform(0, 1, steps)
    return Graph(partial(_rnn, xs.tolist()), (0.5, 0.9, 0.8, 0.1), 7 * steps)


GRAPHS = {"wide": wide, "deep": deep, "moons": moons, "rnn": rnn}
