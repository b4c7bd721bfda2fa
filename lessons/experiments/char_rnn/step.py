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

from autograd_tiny import Program, Value, nn, optim, trace
from autograd_tiny.errors import AutogradError
from autograd_tiny.program.c.compiler import found_compiler
from autograd_tiny.value import ancestors
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
        self, network: Network, ids: np.ndarray, optimizer: optim.Optimizer, seq_length: int, clip: float,
        compiled: bool = False, native: bool = False,
    ) -> None:  # fmt: skip
        self.network, self.ids, self.optimizer, self.seq_length, self.clip = network, ids, optimizer, seq_length, clip
        self.parameters = network.parameters()
        self.iteration, self.position = 0, 0
        self.state: Any = None  # the hidden state where the last stretch ended, as numbers
        self.guessing = seq_length * math.log(network.characters)  # the loss when every character is equally likely
        self.smooth_loss = self.guessing
        self.compiled, self.native = compiled, native
        self._program: Program | None = None

    def __call__(self) -> float:
        """Run one iteration; the loss in nats, summed over the stretch. Explosion names the step and the node."""
        x, y = self.stretch()
        try:
            loss, self.state = (self._learn_compiled if self.compiled else self._learn)(x, y)
        except AutogradError as error:
            raise Explosion(f"iteration {self.iteration}: {error}") from error
        if self.clip:
            optim.clip_by_value(self.optimizer, self.clip)
        self.optimizer.step()
        self.position += self.seq_length
        self.iteration += 1
        self.smooth_loss = 0.999 * self.smooth_loss + 0.001 * loss
        return loss

    def _learn(self, x: np.ndarray, y: np.ndarray) -> tuple[float, Any]:
        """The loss and the state at the end of the stretch; the parameters have their gradients then."""
        scores, _, state = self.network(x, self.state)
        loss = nn.cross_entropy(scores, y, "sum")
        self._check(loss)
        self.optimizer.zero_grad()
        loss.backward()
        return float(loss.data), detached(state)

    def _learn_compiled(self, x: np.ndarray, y: np.ndarray) -> tuple[float, Any]:
        """The same through the straight-line program of loss and gradients, written at the first stretch."""
        start = self.network.cell.initial_state() if self.state is None else self.state
        parts = start if isinstance(start, tuple) else (start,)
        if self._program is None:
            program = trace(self._loss, x, y, *parts)
            self._program = program.native() if self.native else program
            self._program.deliver(self.optimizer.gradients)
        self.optimizer.zero_grad()
        loss, *state = self._program.backward(x, y, *parts)
        if not loss <= EXPLODED * self.guessing:
            return self._learn(x, y)  # which finds the first value that is wrong
        return loss, tuple(state) if len(state) > 1 else state[0]

    def _loss(self, x: Any, y: Any, *state: Value) -> tuple[Value, ...]:
        scores, _, after = self.network(x, state if len(state) > 1 else state[0])
        loss = nn.cross_entropy(scores, y, "sum")
        loss.label = "L"
        return (loss, *after) if isinstance(after, tuple) else (loss, after)

    def stretch(self) -> tuple[np.ndarray, np.ndarray]:
        """What is read next, and what to predict there; at its end the text begins anew, and the state is forgotten."""
        if self.position + self.seq_length + 1 >= len(self.ids):
            self.position, self.state = 0, None
        at, to = self.position, self.position + self.seq_length
        return self.ids[at:to], self.ids[at + 1 : to + 1]

    def _check(self, loss: Value) -> None:
        if loss.data <= EXPLODED * self.guessing:  # NaN is not
            return
        if math.isfinite(loss.data):
            where = first(loss, lambda x: np.abs(x) > EXPLODED)
            what = f"the loss is {loss.data:.3g} (guessing would give {self.guessing:.3g}); large first: {where}"
        else:
            what = f"not finite first: {first(loss, lambda x: ~np.isfinite(x))}"
        raise Explosion(f"iteration {self.iteration}: {what}. A smaller learning rate or clip helps")


def first(loss: Value, wrong: Callable[[Any], Any]) -> str:
    """The first value of the graph in which some number is wrong: its name, operation and scope."""
    found = next((v for v in ancestors(loss) if np.any(wrong(v.data))), loss)
    made = f"the result of {found.op}" if found.op else "the state carried over" if found.is_constant else "a parameter"
    return ", ".join([f"{found.label or 'unnamed'} ({made})", *found.scope])


def make_step(
    text: str, *, cell: str = "rnn", hidden: int = 100, seq_length: int = 25, optimizer: str = "adagrad",
    learning_rate: float = 0.1, clip: float = 5.0, seed: int = 0, compiled: bool = True,
    native: bool = False,
) -> Step:  # fmt: skip
    """A function that trains on the next `seq_length` characters of `text` and returns the loss there.

    `clip` 0 leaves the gradients as they are. `compiled` runs the network's straight-line program, which gives the same
    numbers several times as fast; `native` compiles that to C (ProgramError where there is no compiler), the same
    numbers but for their last digits. ValueError names what cannot be trained with.
    """
    alphabet = alphabet_of(text)
    network = Network(cell, len(alphabet), hidden, seed)
    return stepping(network, encoded(text, alphabet), seq_length, optimizer, learning_rate, clip, compiled, native)


def stepping(
    network: Network,
    ids: np.ndarray,
    seq_length: int,
    optimizer: str,
    learning_rate: float,
    clip: float,
    compiled: bool = True,
    native: bool = False,
) -> Step:
    """A Step from the names and numbers of its settings; ValueError names what does not fit."""
    require_length(len(ids), seq_length)
    if optimizer not in OPTIMIZERS:
        raise ValueError(f"optimizer {optimizer!r} is unknown; choose one of {', '.join(OPTIMIZERS)}")
    if not 0 <= clip < math.inf:
        raise ValueError(f"clip = {clip}: expected a number above 0, or 0 for none")
    if native:
        found_compiler()
    rule = OPTIMIZERS[optimizer](network.parameters(), learning_rate)
    return Step(network, ids, rule, seq_length, clip, compiled, native)
