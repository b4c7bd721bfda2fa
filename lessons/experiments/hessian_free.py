"""Four ways to long memories, on one task: remember the first symbol for a hundred steps.

One of two symbols is shown at t = 1; then come 99 steps of noise; the answer is the first symbol. A plain
tanh network as it is initialised shrinks a gradient by a third at each step: what reaches t = 1 is about
10⁻²⁰ of what left t = 100, and descent with momentum learns nothing. The lecture names four ways out:

    LSTM                cells that are made to keep: forget gates that begin open, trained by Adam
    Hessian-free        the plain network, and an optimiser that "can detect directions with a tiny gradient
                        but even smaller curvature"
    echo state          a reservoir that keeps by itself; only its readout is learned, by least squares
    echo-state start    the plain network with such weights at its start; then all of them by momentum

Beside them stands Adam on the plain network, which the lecture does not name. Every way is tried at several
settings on a pilot, with other sequences and other first weights, and the best one there is the one that counts
here: a setting that suits the very weights it is shown on proves nothing. All see fresh sequences, and may compute
equally many gradients; a curvature product, a loss, or a batch that a reservoir has heard counts as one.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

import viz
from autograd_tiny.nn import Linear, LSTMCell, RNNCell, cross_entropy, unroll
from autograd_tiny.nn.cell import Cell
from autograd_tiny.nn.initialisation import sparse, uniform
from autograd_tiny.optim import SGD, Adam, Evaluation, HessianFree, Optimizer, clip_by_norm
from autograd_tiny.value import Value
from lessons.experiments import console
from lessons.experiments.compiled import Learner
from lessons.experiments.console import Outcome, Report

SYMBOLS, NOISES, LOUDNESS = 2, 2, 0.2
GOAL = 0.99  # of held-out sequences right: then a method is done
OPEN = 4.0  # where the biases of forget gates begin: σ(4) = 0.982
RESERVOIR, LINKS = 200, 15  # units of the reservoir that is not trained; connections a unit
WHISPER, VOICE = 0.1, 0.3  # the size of U: where nothing corrects it, the noise must not wipe out the symbol
EVERY = 25  # gradients between two looks at the held-out sequences
PILOT = 100  # added to a seed: where settings are chosen


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


class Task:
    """What each way is given: the same fresh batches in the same order, and the same held-out sequences."""

    def __init__(self, length: int, hidden: int, batch: int, seed: int) -> None:
        self.length, self.hidden, self.batch, self.seed = length, hidden, batch, seed
        self.held_out = sequences(length, 500, np.random.default_rng(seed + 1000))

    def batches(self) -> Iterator[Sequences]:
        """Fresh sequences, without end."""
        rng = np.random.default_rng(self.seed)
        while True:
            yield sequences(self.length, self.batch, rng)


class Network:
    """A recurrent network that answers after the last step."""

    def __init__(self, cell: Cell, seed: int) -> None:
        self.cell, self.readout = cell, Linear(cell.hidden_size, SYMBOLS, seed=seed + 1)

    def parameters(self) -> dict[str, Value]:
        """Both layers' parameters."""
        parts = {"cell": self.cell, "readout": self.readout}
        return {f"{name}.{k}": v for name, part in parts.items() for k, v in part.parameters().items()}

    def scores(self, x: np.ndarray) -> Value:
        """One score per symbol, (B, 2)."""
        outputs, _ = unroll(self.cell, x)
        scores: Value = self.readout(outputs[-1])
        return scores

    def evaluate(self, data: Sequences) -> Evaluation:
        """The mean cross entropy, and the scores in which it is convex."""
        scores = self.scores(data.x)
        return Evaluation(cross_entropy(scores, data.first), [scores])

    def accuracy(self, data: Sequences) -> float:
        """The share of first symbols that it names."""
        return float((self.scores(data.x).data.argmax(-1) == data.first).mean())


def plain(task: Task) -> Network:
    """A tanh network as the library initialises it."""
    return Network(RNNCell(SYMBOLS + NOISES, task.hidden, seed=task.seed), task.seed)


def gated(task: Task) -> Network:
    """An LSTM whose forget gates begin open."""
    return Network(LSTMCell(SYMBOLS + NOISES, task.hidden, forget_bias=OPEN, seed=task.seed), task.seed)


def echoing(task: Task, units: int, radius: float, reach: float) -> Network:
    """A tanh network with a reservoir's weights: sparse, of this spectral radius, driven by inputs of this size."""
    rng = np.random.default_rng(task.seed)
    cell = RNNCell(SYMBOLS + NOISES, units, seed=task.seed)
    weights = cell.parameters()
    weights["W"].data = sparse(units, min(1.0, LINKS / units), radius, seed=rng)
    weights["U"].data = uniform((SYMBOLS + NOISES, units), reach, seed=rng)
    return Network(cell, task.seed)


def prepared(task: Task) -> Network:
    """A reservoir of as many units as the plain network has, to be trained as a whole."""
    return echoing(task, task.hidden, 1.1, VOICE)


# The ways: each yields, now and then, how much it has computed and the share of held-out sequences that is right ------

Point = tuple[int, float]


def by_gradients(
    build: Callable[[Task], Network], rule: Callable[..., Optimizer], task: Task, lr: float
) -> Iterator[Point]:
    """Train all weights by a rule, clipped."""
    network = build(task)
    optimizer = rule(network.parameters(), lr)
    learner = Learner(lambda x, first: cross_entropy(network.scores(x), first), optimizer)
    for k, data in enumerate(task.batches(), 1):
        learner(data.x, data.first)
        clip_by_norm(optimizer, 1.0)
        optimizer.step()
        if k % EVERY == 0:
            yield k, network.accuracy(task.held_out)


def by_curvature(task: Task, damping: float) -> Iterator[Point]:
    """Train the plain network by Hessian-free steps."""
    network = plain(task)
    optimizer = HessianFree(network.parameters(), damping)
    for data in task.batches():
        done = optimizer.step(partial(network.evaluate, data))
        yield done.evaluations, network.accuracy(task.held_out)


def by_readout(task: Task, radius: float) -> Iterator[Point]:
    """Learn a reservoir's readout by least squares, from more and more sequences."""
    network = echoing(task, RESERVOIR, radius, WHISPER)
    w, b = network.readout.parameters().values()
    products, targets = np.zeros((RESERVOIR + 1, RESERVOIR + 1)), np.zeros((RESERVOIR + 1, SYMBOLS))
    for k, data in enumerate(task.batches(), 1):
        h = unroll(network.cell, data.x)[0][-1].data
        states = np.column_stack([h, np.ones(len(h))])  # (B, N + 1)
        products += states.T @ states
        targets += states.T @ np.eye(SYMBOLS)[data.first]
        if k % 5 == 0:
            solution = np.linalg.solve(products + 1e-6 * np.eye(len(products)), targets)
            w.data, b.data = solution[:-1], solution[-1]
            yield k, network.accuracy(task.held_out)


def momentum(parameters: dict[str, Value], lr: float) -> SGD:
    """Gradient descent with momentum 0.9."""
    return SGD(parameters, lr, 0.9)


@dataclass(frozen=True)
class Way:
    """A way to learn, and the settings of which the best counts."""

    name: str
    train: Callable[[Task, float], Iterator[Point]]
    setting: str
    choices: tuple[float, ...]


DESCENT = Way("descent with momentum", partial(by_gradients, plain, momentum), "rate", (1.0, 0.1, 0.01))
ADAM = Way("Adam", partial(by_gradients, plain, Adam), "rate", (0.03, 0.01, 0.003))
FOUR = (
    Way("LSTM", partial(by_gradients, gated, Adam), "rate", (0.003, 0.01)),
    Way("Hessian-free", by_curvature, "damping", (0.01, 0.03)),
    Way("echo state", by_readout, "radius", (1.2, 1.1)),
    Way("echo-state start", partial(by_gradients, prepared, momentum), "rate", (0.01, 0.1)),
)


@dataclass(frozen=True)
class Course:
    """How a way went at one setting: held-out accuracy after so many evaluations."""

    way: Way
    setting: float
    evaluations: tuple[int, ...]
    accuracy: tuple[float, ...]

    @property
    def done(self) -> bool:
        """Whether it reached the goal."""
        return self.accuracy[-1] >= GOAL

    def __str__(self) -> str:
        """As a line of the report."""
        choices = ", ".join(f"{choice:g}" for choice in self.way.choices)
        tried = f"{self.way.setting} {self.setting:g}, the pilot's best of {choices}"
        return f"{self.way.name}: {self.accuracy[-1]:.1%} right after {self.evaluations[-1]} evaluations ({tried})"


def followed(way: Way, setting: float, task: Task, budget: int, tell: Callable[[int, float], None]) -> Course:
    """The course of a training, until it has reached the goal or spent its budget."""
    points = [(0, 1 / SYMBOLS)]
    for evaluations, accuracy in way.train(task, setting):
        points.append((evaluations, accuracy))
        tell(evaluations, accuracy)
        if accuracy >= GOAL or evaluations >= budget:
            break
    return Course(way, setting, *map(tuple, zip(*points, strict=True)))


def best(way: Way, task: Task, budget: int, tell: Callable[[int, int, float], None]) -> Course:
    """The course at the best setting: the one that is done first, or else ends highest."""
    courses: list[Course] = []
    for n, setting in enumerate(way.choices):
        courses.append(followed(way, setting, task, budget, partial(tell, n)))
        if courses[-1].done:
            budget = min(budget, courses[-1].evaluations[-1])  # whoever is to be better has to be quicker
    return min(courses, key=lambda c: (not c.done, c.evaluations[-1] if c.done else -c.accuracy[-1]))


def run(
    report: Report, *, seed: int = 0, length: int = 100, hidden: int = 30, batch: int = 128, budget: int = 300
) -> Outcome:
    """Train by descent, by Adam, and in the lecture's four ways, each at the setting that was best on a pilot."""
    pilot, task = (Task(length, hidden, batch, each) for each in (PILOT + seed, seed))
    ways, courses, done = (DESCENT, ADAM, *FOUR), [], 0
    total = budget * sum(len(way.choices) + 1 for way in ways)
    for way in ways:

        def tell(n: int, spent: int, accuracy: float, done: int = done, way: Way = way) -> None:
            where = f"pilot, {way.setting} {way.choices[n]:g}" if n < len(way.choices) else "at the pilot's best"
            words = f"{way.name}, {where}: {accuracy:.0%} right after {spent}"
            report(done + budget * n + min(budget, spent), total, words)

        setting = best(way, pilot, budget, tell).setting
        courses.append(followed(way, setting, task, budget, partial(tell, len(way.choices))))
        done += budget * (len(way.choices) + 1)
    return _outcome(courses, length)


def _outcome(courses: list[Course], length: int) -> Outcome:
    descent, _, *four = courses
    return Outcome(
        "held-out accuracy of the least of the lecture's four ways, less that of descent with momentum",
        min(course.accuracy[-1] for course in four) - descent.accuracy[-1],
        at_least=0.4,
        lines=tuple(map(str, courses)),
        picture=viz.chart(
            {course.way.name: (course.evaluations, course.accuracy) for course in courses},
            kind="line",
            x="gradients, products or batches",
            y="held-out accuracy",
            title=f"Which symbol came first, {length} steps ago?",
        ),
    )


if __name__ == "__main__":
    sys.exit(console.main(run, __doc__))
