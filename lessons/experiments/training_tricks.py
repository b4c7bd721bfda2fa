"""Training strategies: each of the lecture's, switched on alone on one small task, as a curve.

A network of two hidden layers learns to read small noisy digits from 200 examples. Half of the strategies
are for getting down: they are compared by the training loss after as many passes over the data. The other
half are for not learning by heart: they are compared by the loss on examples never seen. Each has one
other recipe to beat, the same but for the strategy; the number is how many of them do.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

import viz
from autograd_tiny import Value
from autograd_tiny.nn import BatchNorm, Dropout, Layer, Linear, cross_entropy, initialisation, l1_penalty, l2_penalty
from autograd_tiny.optim import SGD, Adagrad, Adam, EarlyStopping, Optimizer, RMSprop
from lessons.experiments import console
from lessons.experiments.console import Outcome, Report
from lessons.experiments.data.digits import DOTS, PIXELS, Digits, digits

Rule = Callable[[dict[str, Value]], Optimizer]
HIDDEN, EXAMPLES, BATCH = 40, 200, 20
PLAIN, ADAM = partial(SGD, lr=0.05), partial(Adam, lr=0.003)
TINY = partial(initialisation.normal, std=0.01)
GLOROT = initialisation.glorot_normal


@dataclass(frozen=True)
class Recipe:
    """One way to train; the defaults are plain gradient descent on minibatches."""

    name: str
    beats: str = ""  # the recipe that is the same but for the strategy
    rule: Rule = PLAIN
    batch: int = BATCH
    first: Callable[..., np.ndarray] = GLOROT  # the first weights
    normalise: bool = False
    dropout: float = 0.0
    penalty: Callable[[list[Value]], Value] | None = None
    augment: bool = False
    patience: int = 0  # epochs; 0: train to the end


DOWN = (
    Recipe("whole batch", batch=EXAMPLES),
    Recipe("minibatches", "whole batch"),
    Recipe("momentum", "minibatches", partial(SGD, lr=0.05, momentum=0.9)),
    Recipe("Adagrad", "minibatches", partial(Adagrad, lr=0.05)),
    Recipe("RMSprop", "minibatches", partial(RMSprop, lr=0.003)),
    Recipe("Adam", "minibatches", ADAM),
    Recipe("weights of 0.01", first=TINY),
    Recipe("initialisation", "weights of 0.01"),
    Recipe("batch norm", "weights of 0.01", first=TINY, normalise=True),
)
BEYOND = (
    Recipe("nothing", rule=ADAM),
    Recipe("L2", "nothing", ADAM, penalty=partial(l2_penalty, strength=3e-3)),
    Recipe("L1", "nothing", ADAM, penalty=partial(l1_penalty, strength=1e-3)),
    Recipe("dropout", "nothing", ADAM, dropout=0.3),
    Recipe("augmentation", "nothing", ADAM, augment=True),
    Recipe("early stopping", "nothing", ADAM, patience=5),
)


class Classifier(Layer):
    """140 pixels → 40 → 40 → 10 scores, with what the recipe puts between."""

    def __init__(self, recipe: Recipe, seed: int) -> None:
        rng = np.random.default_rng(seed)
        sizes = (PIXELS, HIDDEN, HIDDEN, len(DOTS))
        self.linear = [Linear(a, b, seed=rng) for a, b in pairwise(sizes)]
        for layer in self.linear:
            W, b = layer.parameters().values()
            W.data, b.data = recipe.first(W.shape, seed=rng), np.zeros(b.shape)
        self.norms = [BatchNorm(HIDDEN) for _ in self.linear[:-1]] if recipe.normalise else []
        self.dropout = Dropout(recipe.dropout, seed=seed)

    def __call__(self, x: Any) -> Value:
        for k, layer in enumerate(self.linear[:-1]):
            x = layer(self.dropout(x))
            x = (self.norms[k](x) if self.norms else x).tanh()
        scores: Value = self.linear[-1](self.dropout(x))
        return scores

    def loss(self, data: Digits) -> float:
        """The mean cross entropy in nats, as it is after training: nothing dropped, running means."""
        self.eval()
        loss = float(cross_entropy(self(data.images), data.classes).data)
        self.train()
        return loss


@dataclass
class History:
    """Losses after 0, 1, 2 … passes over the data, on the examples and on others."""

    examples: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Task:
    """The examples to learn from, others to stop by, and others to be judged by."""

    examples: Digits
    validation: Digits
    others: Digits


def task(seed: int) -> Task:
    """Digits for all three purposes."""
    rng = np.random.default_rng(seed)
    return Task(digits(EXAMPLES, rng), digits(200, rng), digits(1000, rng))


def train(recipe: Recipe, given: Task, epochs: int, seed: int) -> History:
    """Follow the recipe; an early stop goes back to its best weights."""
    rng, network, history = np.random.default_rng(seed), Classifier(recipe, seed), History()
    optimizer = recipe.rule(network.parameters())
    stopper = EarlyStopping(network.parameters(), recipe.patience or epochs + 2)
    for epoch in range(epochs + 1):
        if epoch:
            one_pass(network, optimizer, recipe, given.examples, rng)
        stop = stopper(network.loss(given.validation))
        if stop:
            stopper.restore()
        history.examples.append(network.loss(given.examples))
        history.others.append(network.loss(given.others))
        if stop:
            break
    return history


def one_pass(
    network: Classifier, optimizer: Optimizer, recipe: Recipe, examples: Digits, rng: np.random.Generator
) -> None:
    """Every example once, in random order, a batch at a time."""
    order = rng.permutation(len(examples))
    for rows in np.split(order, range(recipe.batch, len(order), recipe.batch)):
        batch = examples.part(rows)
        batch = batch.shifted(rng) if recipe.augment else batch
        optimizer.zero_grad()
        loss = cross_entropy(network(batch.images), batch.classes)
        if recipe.penalty:
            loss = loss + recipe.penalty([layer.W for layer in network.linear])
        loss.backward()
        optimizer.step()


def run(report: Report, *, seed: int = 0, epochs: int = 60) -> Outcome:
    """Train by every recipe and count the strategies that beat their rival."""
    given, recipes = task(seed), (*DOWN, *BEYOND)
    histories: dict[str, History] = {}
    for k, recipe in enumerate(recipes):
        report(k, len(recipes), recipe.name)
        histories[recipe.name] = train(recipe, given, epochs, seed)
    report(len(recipes), len(recipes), "")
    down = {r.name: histories[r.name].examples for r in DOWN}
    beyond = {r.name: histories[r.name].others for r in BEYOND}
    ends = {name: losses[-1] for name, losses in (down | beyond).items()}
    rivals = [r for r in recipes if r.beats]
    won = [r for r in rivals if ends[r.name] < ends[r.beats]]
    return Outcome(
        f"strategies, of {len(rivals)}, that beat the same training without them",
        len(won),
        at_least=len(rivals),
        lines=tuple(f"{r.name:<16}{ends[r.name]:8.3f}   {r.beats:<16}{ends[r.beats]:8.3f}" for r in rivals),
        picture=viz.chart(
            [
                viz.chart(down, x=PASSES, y="training loss", log="y", title="Getting down"),
                viz.chart(beyond, x=PASSES, y="held-out loss", title="Not by heart"),
            ],
            across=1,
            title="Training strategies, each switched on alone",
        ),
    )


PASSES = "passes over the examples"


if __name__ == "__main__":
    sys.exit(console.main(run, __doc__))
