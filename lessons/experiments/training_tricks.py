"""Training strategies: each of the lecture's, switched on alone on one small task, with the best rate on each side.

A network of two hidden layers learns to read small noisy digits from 200 examples. Half of the strategies are for
getting down: they are compared by the training loss after as many passes over the data. The other half are for not
learning by heart: they are compared by the loss on examples never seen. Each has one other recipe to beat, the same but
for the strategy.

A strategy may look better only because the learning rate suits it. So every recipe is trained at six rates, from three
draws of examples and first weights, and each side is taken at the rate that suits it best; that of the second half is
chosen on examples that are not those it is judged by. So seen, Adagrad and scaled first weights gain nothing here, and
dropout hardly anything; they are shown with the others. The number is how many of the other nine beat their rivals.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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

Rule = Callable[..., Optimizer]
HIDDEN, EXAMPLES, BATCH, DRAWS = 40, 200, 20, 3
HALF_DECADES = (1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
TINY = partial(initialisation.normal, std=0.01)
GLOROT = initialisation.glorot_normal


def rates(least: float) -> tuple[float, ...]:
    """Six learning rates from `least` on, each about three times the one before."""
    first = HALF_DECADES.index(least)
    return HALF_DECADES[first : first + 6]


@dataclass(frozen=True)
class Recipe:
    """One way to train; the defaults are plain gradient descent on minibatches."""

    name: str
    beats: str = ""  # the recipe that is the same but for the strategy
    rule: Rule = SGD
    rates: tuple[float, ...] = rates(0.03)
    batch: int = BATCH
    first: Callable[..., np.ndarray] = GLOROT  # the first weights
    normalise: bool = False
    dropout: float = 0.0
    penalty: Callable[[list[Value]], Value] | None = None
    augment: bool = False
    patience: int = 0  # epochs; 0: train to the end
    unseen: bool = False  # judged by examples never seen


BY_ADAM = partial(Recipe, rule=Adam, rates=rates(3e-4))
UNSEEN = partial(BY_ADAM, unseen=True)
DOWN = (
    Recipe("whole batch", batch=EXAMPLES),
    Recipe("minibatches", "whole batch"),
    Recipe("momentum", "minibatches", partial(SGD, momentum=0.9), rates(0.003)),
    Recipe("Adagrad", "minibatches", Adagrad, rates(0.003)),
    Recipe("RMSprop", "minibatches", RMSprop, rates(3e-4)),
    BY_ADAM("Adam", "minibatches"),
    Recipe("weights of 0.01", first=TINY),
    Recipe("initialisation", "weights of 0.01"),
    Recipe("batch norm", "weights of 0.01", first=TINY, normalise=True),
)
BEYOND = (
    UNSEEN("nothing"),
    UNSEEN("L2", "nothing", penalty=partial(l2_penalty, strength=3e-3)),
    UNSEEN("L1", "nothing", penalty=partial(l1_penalty, strength=1e-3)),
    UNSEEN("dropout", "nothing", dropout=0.3),
    UNSEEN("augmentation", "nothing", augment=True),
    UNSEEN("early stopping", "nothing", patience=5),
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


@dataclass(frozen=True)
class History:
    """How a training went: losses after 0, 1, 2 … passes over the data, and of the weights that it ended with."""

    examples: tuple[float, ...]
    validation: tuple[float, ...]
    validated: float
    others: float


@dataclass(frozen=True)
class Task:
    """The examples to learn from, others to stop by, and others to be judged by."""

    seed: int
    examples: Digits
    validation: Digits
    others: Digits


def task(seed: int) -> Task:
    """Digits for all three purposes."""
    rng = np.random.default_rng(seed)
    return Task(seed, digits(EXAMPLES, rng), digits(200, rng), digits(1000, rng))


def train(recipe: Recipe, rate: float, given: Task, epochs: int) -> History:
    """Follow the recipe; an early stop goes back to its best weights."""
    rng, network = np.random.default_rng(given.seed), Classifier(recipe, given.seed)
    optimizer = recipe.rule(network.parameters(), lr=rate)
    stopper = EarlyStopping(network.parameters(), recipe.patience or epochs + 2)
    losses = []
    for epoch in range(epochs + 1):
        if epoch:
            one_pass(network, optimizer, recipe, given.examples, rng)
        losses.append((network.loss(given.examples), network.loss(given.validation)))
        if stopper(losses[-1][1]):
            stopper.restore()
            break
    examples, validation = zip(*losses, strict=True)
    return History(examples, validation, network.loss(given.validation), network.loss(given.others))


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


@dataclass(frozen=True)
class Sweep:
    """One recipe at each of its rates, from the same few draws: `histories[draw][rate]`."""

    recipe: Recipe
    histories: tuple[tuple[History, ...], ...]

    @property
    def losses(self) -> np.ndarray:
        """What a rate is chosen by, (draws, rates): the loss of the examples, or of the validation."""
        unseen = self.recipe.unseen
        return np.array([[h.validated if unseen else h.examples[-1] for h in row] for row in self.histories])

    @property
    def best(self) -> int:
        """Which of the rates is best in the mean of the draws."""
        return int(self.losses.mean(0).argmin())

    @property
    def ends(self) -> np.ndarray:
        """What the recipe is judged by, at its best rate, (draws,): the loss of the examples, or of others."""
        at_best = [row[self.best] for row in self.histories]
        return np.array([h.others if self.recipe.unseen else h.examples[-1] for h in at_best])

    @property
    def course(self) -> tuple[float, ...]:
        """The first draw's losses over the passes, at the best rate."""
        history = self.histories[0][self.best]
        return history.validation if self.recipe.unseen else history.examples


def sweep(recipe: Recipe, tasks: Sequence[Task], epochs: int, say: Callable[[str], None]) -> Sweep:
    """Train by a recipe from every draw, at every rate."""

    def one(rate: float, given: Task) -> History:
        history = train(recipe, rate, given, epochs)
        say(f"{recipe.name}, rate {rate:g}: loss {history.examples[-1]:.3f}")
        return history

    return Sweep(recipe, tuple(tuple(one(rate, given) for rate in recipe.rates) for given in tasks))


def run(report: Report, *, seed: int = 0, epochs: int = 60) -> Outcome:
    """Train by every recipe at six rates, and count the strategies that beat their rival, each at its own best one."""
    tasks, done = [task(draw) for draw in range(DRAWS * seed, DRAWS * (seed + 1))], 0
    trainings = sum(len(tasks) * len(recipe.rates) for recipe in (*DOWN, *BEYOND))

    def say(text: str) -> None:
        nonlocal done
        done += 1
        report(done, trainings, text)

    sweeps = {recipe.name: sweep(recipe, tasks, epochs, say) for recipe in (*DOWN, *BEYOND)}
    rivals = [(each, sweeps[each.recipe.beats]) for each in sweeps.values() if each.recipe.beats]
    won = {each.recipe.name for each, rival in rivals if each.ends.mean() < rival.ends.mean()}
    return Outcome(
        f"strategies, of {', '.join(CLAIMED)}, that beat the same training without them, each side at its best rate",
        len(won & set(CLAIMED)),
        at_least=len(CLAIMED),
        lines=(HEADING, *(row(each, rival) for each, rival in rivals)),
        picture=picture(sweeps),
    )


def row(each: Sweep, rival: Sweep) -> str:
    """A strategy beside its rival: the rates, the losses, how many times smaller, and in how many draws it is ahead."""
    cells = "".join(f"{s.recipe.name:<17}{s.recipe.rates[s.best]:<8g}{s.ends.mean():<9.4f}" for s in (each, rival))
    times, ahead = rival.ends.mean() / each.ends.mean(), int((each.ends < rival.ends).sum())
    return f"{cells}{times:5.1f} ×   {ahead} of {len(each.ends)}"


def picture(sweeps: Mapping[str, Sweep]) -> viz.Chart:
    """Losses over the rate, and over the passes at the best rate."""
    panels = []
    for title, names, loss in PANELS:
        over_rates = {name: (sweeps[name].recipe.rates, np.median(sweeps[name].losses, 0)) for name in names}
        panels.append(viz.chart(over_rates, x="learning rate", y=loss, log="xy", title=title))
        courses = {name: sweeps[name].course for name in names}
        panels.append(viz.chart(courses, x="passes, at the best rate", y=loss, log="y", title=title))
    return viz.chart(panels, across=2, title="Training strategies: loss over the learning rate, and at the best one")


# At best rates Adagrad and scaled first weights win no more, and dropout by a hair: nothing is claimed of the three.
CLAIMED = ("minibatches", "momentum", "RMSprop", "Adam", "batch norm", "L2", "L1", "augmentation", "early stopping")
HEADING = f"{'strategy':<17}{'rate':<8}{'loss':<9}{'beside':<17}{'rate':<8}{'loss':<9}smaller  draws"
PANELS = (
    ("Getting down", ("whole batch", "minibatches", "momentum", "Adagrad", "RMSprop", "Adam"), "training loss"),
    ("From which weights", ("weights of 0.01", "initialisation", "batch norm"), "training loss"),
    ("Not by heart", tuple(recipe.name for recipe in BEYOND), "validation loss"),
)


if __name__ == "__main__":
    sys.exit(console.main(run, __doc__))
