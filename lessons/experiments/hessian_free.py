"""Hessian-free optimisation: remember the first symbol for a hundred steps, where gradient descent learns nothing.

One of two symbols is shown at t = 1; then come 99 steps of noise; the answer is the first symbol. A plain
tanh network as it is initialised shrinks a gradient by a third at each step: what reaches t = 1 is about
10⁻²⁰ of what left t = 100. The lecture's way out is an optimiser that "can detect directions with a tiny
gradient but even smaller curvature".

Both see fresh sequences at every step, and both may compute equally many gradients (a curvature product
or a loss counts as one). Gradient descent is tried at six settings, all with clipping; the best one counts.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np

import viz
from autograd_tiny.nn import Linear, RNNCell, cross_entropy, unroll
from autograd_tiny.optim import SGD, Evaluation, HessianFree, clip_by_norm
from autograd_tiny.value import Value
from lessons.experiments import console
from lessons.experiments.console import Outcome, Report

SYMBOLS, NOISES, LOUDNESS = 2, 2, 0.2
GOAL = 0.99  # of held-out sequences right: then a method is done
SETTINGS = tuple(product((1.0, 0.1, 0.01), (0.0, 0.9)))  # learning rate, momentum


@dataclass(frozen=True)
class Sequences:
    """Inputs x (T, B, 4), the first symbols (B,)."""

    x: np.ndarray
    first: np.ndarray


def sequences(length: int, batch: int, rng: np.random.Generator) -> Sequences:
    """A symbol, then noise: at each step one of two further inputs is 0.2."""
    first, noise = rng.integers(0, SYMBOLS, batch), rng.integers(0, NOISES, (length, batch))
    x = np.zeros((length, batch, SYMBOLS + NOISES))
    x[np.arange(length)[:, None], np.arange(batch), SYMBOLS + noise] = LOUDNESS
    x[0] = np.eye(SYMBOLS + NOISES)[first]
    return Sequences(x, first)


class Network:
    """A tanh network that answers after the last step, as the library initialises it."""

    def __init__(self, hidden: int, seed: int) -> None:
        self.cell = RNNCell(SYMBOLS + NOISES, hidden, seed=seed)
        self.readout = Linear(hidden, SYMBOLS, seed=seed + 1)

    def parameters(self) -> dict[str, Value]:
        """Both layers' parameters."""
        parts = {"cell": self.cell, "readout": self.readout}
        return {f"{name}.{k}": v for name, part in parts.items() for k, v in part.parameters().items()}

    def evaluate(self, data: Sequences) -> Evaluation:
        """The mean cross entropy, and the scores in which it is convex."""
        scores = self.scores(data)
        return Evaluation(cross_entropy(scores, data.first), [scores])

    def scores(self, data: Sequences) -> Value:
        """One score per symbol, (B, 2)."""
        _, h = unroll(self.cell, data.x)
        scores: Value = self.readout(h)
        return scores

    def accuracy(self, data: Sequences) -> float:
        """The share of first symbols that it names."""
        return float((self.scores(data).data.argmax(-1) == data.first).mean())


@dataclass(frozen=True)
class Course:
    """How a training went: held-out accuracy after so many evaluations."""

    name: str
    evaluations: tuple[int, ...]
    accuracy: tuple[float, ...]


Draw = Callable[[], Sequences]


def by_hessian_free(network: Network, draw: Draw, held_out: Sequences, steps: int) -> Iterator[tuple[int, float]]:
    """Train; after each step, the evaluations so far and the held-out accuracy."""
    optimizer = HessianFree(network.parameters(), damping=1e-2)
    for _ in range(steps):
        done = optimizer.step(partial(network.evaluate, draw()))
        yield done.evaluations, network.accuracy(held_out)


def by_descent(
    network: Network, draw: Draw, held_out: Sequences, budget: int, lr: float, momentum: float
) -> Iterator[tuple[int, float]]:
    """Train by gradient descent, clipped; every 25 gradients, their number and the held-out accuracy."""
    optimizer = SGD(network.parameters(), lr, momentum)
    for k in range(1, budget + 1):
        optimizer.zero_grad()
        network.evaluate(draw()).loss.backward()
        clip_by_norm(optimizer, 1.0)
        optimizer.step()
        if k % 25 == 0 or k == budget:
            yield k, network.accuracy(held_out)


def followed(name: str, way: Iterator[tuple[int, float]], report: Callable[[int, float], None]) -> Course:
    """The course of a training, until it has reached the goal."""
    points = [(0, 1 / SYMBOLS)]
    for evaluations, accuracy in way:
        points.append((evaluations, accuracy))
        report(evaluations, accuracy)
        if accuracy >= GOAL:
            break
    return Course(name, *map(tuple, zip(*points, strict=True)))


def run(
    report: Report, *, seed: int = 0, length: int = 100, hidden: int = 30, batch: int = 128, steps: int = 60
) -> Outcome:
    """Train by Hessian-free optimisation until the goal, then by gradient descent with as many evaluations."""
    held_out = sequences(length, 500, np.random.default_rng(seed + 1000))
    total = steps * (1 + len(SETTINGS))
    courses: list[Course] = []

    def train(name: str, way: Callable[[Network, Draw], Iterator[tuple[int, float]]], most: int) -> None:
        rng, done = np.random.default_rng(seed), steps * len(courses)

        def told(n: int, right: float) -> None:
            report(done + min(steps, steps * n // most), total, f"{name}: {right:.0%} right")

        course = way(Network(hidden, seed), lambda: sequences(length, batch, rng))
        courses.append(followed(name, course, told))

    train("Hessian-free", partial(by_hessian_free, held_out=held_out, steps=steps), 40 * steps)
    budget = courses[0].evaluations[-1]
    for lr, momentum in SETTINGS:
        name = f"SGD, lr {lr:g}" + (f", momentum {momentum:g}" if momentum else "")
        train(name, partial(by_descent, held_out=held_out, budget=budget, lr=lr, momentum=momentum), budget)
    return _outcome(courses, length)


def _outcome(courses: list[Course], length: int) -> Outcome:
    reached = courses[0].accuracy[-1]
    descent = max(course.accuracy[-1] for course in courses[1:])
    curves = {course.name: (course.evaluations, course.accuracy) for course in courses}
    return Outcome(
        "held-out accuracy of Hessian-free optimisation, less that of the best gradient descent",
        reached - descent,
        at_least=0.4,
        lines=tuple(f"{c.name}: {c.accuracy[-1]:.1%} right after {c.evaluations[-1]} evaluations" for c in courses),
        picture=viz.chart(
            curves,
            x="gradient evaluations",
            y="held-out accuracy",
            title=f"Which symbol came first, {length} steps ago?",
        ),
    )


if __name__ == "__main__":
    sys.exit(console.main(run, __doc__))
