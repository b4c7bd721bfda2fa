"""One iteration of training: a stretch of text forward, the loss backward, the weights a step downhill.

    step = make_step(text, cell="lstm")
    losses = [step() for _ in range(1000)]          # nats, summed over the stretch, as min-char-rnn prints them
    step.parameters["Why"].data

With cell "rnn" every number is that of the lecture's min-char-rnn (CS231n, lecture 10) from the same weights: the
stretches follow each other, the hidden state is carried over and forgotten where the text begins anew, gradients are
cut to ±clip, and Adagrad divides by √(Σg² + 1e-8).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograd_tiny import Value, nn, optim
from autograd_tiny.backward import ancestors
from autograd_tiny.errors import AutogradError
from lessons.experiments.char_rnn.networks import Network, detached
from lessons.experiments.char_rnn.text import alphabet_of, encoded, require_length

OPTIMIZERS: dict[str, Callable[[Mapping[str, Value], float], optim.Optimizer]] = {
    "adagrad": lambda parameters, lr: optim.Adagrad(parameters, lr, eps=0.0, initial_accumulator_value=1e-8),
    "rmsprop": optim.RMSprop,
    "adam": optim.Adam,
    "momentum": lambda parameters, lr: optim.SGD(parameters, lr, momentum=0.9),
    "sgd": optim.SGD,
}

EXPLODED = 1000.0  # a loss so many times that of guessing is no loss of a network that still learns


class Explosion(ArithmeticError):
    """The training left the finite numbers, or is about to."""


class Step:
    """Trains on the next stretch of `ids` at each call; everything the next call depends on is an attribute."""

    def __init__(
        self, network: Network, ids: np.ndarray, optimizer: optim.Optimizer, seq_length: int, clip: float
    ) -> None:
        self.network, self.ids, self.optimizer, self.seq_length, self.clip = network, ids, optimizer, seq_length, clip
        self.parameters = network.parameters()
        self.iteration, self.position, self.state = 0, 0, None
        self.guessing = seq_length * math.log(network.characters)  # the loss when every character is equally likely
        self.smooth_loss = self.guessing

    def __call__(self) -> float:
        """Run one iteration; the loss in nats, summed over the stretch. Explosion names the step and the node."""
        x, y = self.stretch()
        try:
            scores, _, state = self.network(x, self.state)
            loss = nn.cross_entropy(scores, y, "sum")
            self._check(loss)
            self.optimizer.zero_grad()
            loss.backward()
        except AutogradError as error:
            raise Explosion(f"iteration {self.iteration}: {error}") from error
        if self.clip:
            optim.clip_by_value(self.optimizer, self.clip)
        self.optimizer.step()
        self.state = detached(state)
        self.position += self.seq_length
        self.iteration += 1
        self.smooth_loss = 0.999 * self.smooth_loss + 0.001 * loss.data
        return float(loss.data)

    def stretch(self) -> tuple[np.ndarray, np.ndarray]:
        """The characters that are read next, and those to predict; at the text's end it begins anew, state forgotten."""
        if self.position + self.seq_length + 1 >= len(self.ids):
            self.position, self.state = 0, None
        at, to = self.position, self.position + self.seq_length
        return self.ids[at:to], self.ids[at + 1 : to + 1]

    def _check(self, loss: Value) -> None:
        if loss.data <= EXPLODED * self.guessing:  # NaN is not
            return
        if math.isfinite(loss.data):
            what = f"the loss is {loss.data:.3g}, guessing would give {self.guessing:.3g}"
        else:
            what = f"{first_not_finite(loss)} is not finite"
        raise Explosion(f"iteration {self.iteration}: {what}; a smaller learning rate or clip helps")


def first_not_finite(loss: Value) -> str:
    """Which value of the graph was the first with a NaN or an infinity: its name, operation, scope."""
    for v in ancestors(loss):
        if not np.all(np.isfinite(v.data)):
            name = f"{v.label!r}" if v.label else ""
            made = v.op or ("a constant" if v.is_constant else "a parameter, after the update before")
            return " ".join(filter(None, (name, f"({made}" + "".join(f", {part}" for part in v.scope) + ")")))
    return "the loss"


def make_step(
    text: str, *, cell: str = "rnn", hidden: int = 100, seq_length: int = 25, optimizer: str = "adagrad",
    learning_rate: float = 0.1, clip: float = 5.0, seed: int = 0, compiled: bool = False,
) -> Step:  # fmt: skip
    """A function that trains on the next `seq_length` characters of `text` and returns the loss there.

    `clip` 0 leaves the gradients as they are. ValueError names what cannot be trained with.
    """
    if compiled:
        raise ValueError("compiled=True arrives with the straight-line program (autograd_tiny.trace); leave it out")
    alphabet = alphabet_of(text)
    require_length(len(text), seq_length)
    if optimizer not in OPTIMIZERS:
        raise ValueError(f"optimizer {optimizer!r} is unknown; choose one of {', '.join(OPTIMIZERS)}")
    if not (0 <= clip < math.inf):
        raise ValueError(f"clip = {clip}: expected a number above 0, or 0 for none")
    network = Network(cell, len(alphabet), hidden, seed)
    rule = OPTIMIZERS[optimizer](network.parameters(), learning_rate)
    return Step(network, encoded(text, alphabet), rule, seq_length, clip)
