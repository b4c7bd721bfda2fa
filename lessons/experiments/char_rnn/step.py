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
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_tiny import Value, nn, optim, trace
from autograd_tiny.errors import AutogradError
from autograd_tiny.program.c.compiler import found_compiler
from autograd_tiny.value import ancestors
from lessons.experiments.char_rnn.engines import opened
from lessons.experiments.char_rnn.engines.engine import Engine, average
from lessons.experiments.char_rnn.networks import Network, detached, in_parts
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
        compiled: bool = False, native: bool = False, engine: Engine | None = None, streams: int = 1,
    ) -> None:  # fmt: skip
        self.network, self.ids, self.optimizer, self.seq_length, self.clip = network, ids, optimizer, seq_length, clip
        self.parameters = network.parameters()
        self.iteration, self.position = 0, 0  # in its part of the text, each stream is at the same position
        self.states: list[Any] = [None] * streams  # the hidden states where the last stretches ended, as numbers
        self.engine, self.streams = engine or Engine(), streams
        self.guessing = seq_length * math.log(network.characters)  # the loss when every character is equally likely
        self.smooth_loss = self.guessing
        self.compiled, self.native = compiled, native
        self._prepared = False

    @property
    def state(self) -> Any:
        """The hidden state of the (first) stream: an array, or a tuple of them; None at the beginning of the text."""
        return self.states[0]

    @state.setter
    def state(self, state: Any) -> None:
        self.states[0] = state

    def __call__(self) -> float:
        """Run one iteration; the loss in nats, summed over the stretch. Explosion names the step and the node."""
        x, y = zip(self.stretch(), *map(self.stretch, range(1, self.streams)), strict=True)
        try:
            loss, self.states = (self._learn_compiled if self.compiled else self._learn)(x, y)
        except AutogradError as error:
            raise Explosion(f"iteration {self.iteration}: {error}") from error
        if self.clip:
            optim.clip_by_value(self.optimizer, self.clip)
        self.optimizer.step()
        self.position += self.seq_length
        self.iteration += 1
        self.smooth_loss = 0.999 * self.smooth_loss + 0.001 * loss
        return loss

    def _learn(self, x: Sequence[np.ndarray], y: Sequence[np.ndarray]) -> tuple[float, list[Any]]:
        """The mean loss and the states at the end of the stretches; the parameters have their gradients then."""
        losses = []
        self.optimizer.zero_grad()
        for k, state in enumerate(self.states):
            scores, _, after = self.network(x[k], state)
            loss = nn.cross_entropy(scores, y[k], "sum")
            self._check(loss)
            loss.backward()
            losses.append((float(loss.data), detached(after)))
        average(self.optimizer, self.streams)
        return sum(loss for loss, _ in losses) / len(losses), [after for _, after in losses]

    def _learn_compiled(self, x: Sequence[np.ndarray], y: Sequence[np.ndarray]) -> tuple[float, list[Any]]:
        """The same by an engine, through the program of loss and gradients, written at the first stretch."""
        if not self._prepared:
            start = self.network.cell.initial_state() if self.state is None else self.state
            program = trace(self._loss, x[0], y[0], *in_parts(start))
            self.engine.prepare(program.native() if self.native else program, self.optimizer)
            if self.native:
                self.optimizer.native()
            self._prepared = True
        self.optimizer.zero_grad()
        loss, after = self.engine(x, y, [in_parts(self._start() if s is None else s) for s in self.states])
        if not loss <= EXPLODED * self.guessing:
            return self._learn(x, y)  # which finds the first value that is wrong
        return loss, [state if len(state) > 1 else state[0] for state in after]

    def _start(self) -> Any:
        """Where a stream begins."""
        return detached(self.network.cell.initial_state())

    def _loss(self, x: Any, y: Any, *state: Value) -> tuple[Value, ...]:
        scores, _, after = self.network(x, state if len(state) > 1 else state[0])
        loss = nn.cross_entropy(scores, y, "sum")
        loss.label = "L"
        return (loss, *after) if isinstance(after, tuple) else (loss, after)

    def stretch(self, stream: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """What a stream reads next, and what to predict there; at its end it begins anew, and its state is forgotten.

        Each stream has its part of the text, as long as every other.
        """
        part = len(self.ids) // self.streams
        if self.position + self.seq_length + 1 >= part:
            self.position, self.states = 0, [None] * self.streams
        at = stream * part + self.position
        to = at + self.seq_length
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
    native: bool = False, engine: str = "numpy", streams: int = 0,
) -> Step:  # fmt: skip
    """A function that trains on the next `seq_length` characters of `text` and returns the loss there.

    `clip` 0 leaves the gradients as they are. `compiled` runs the network's straight-line program, which gives the same
    numbers several times as fast; `native` compiles that to C (ProgramError where there is no compiler), and `engine`
    "torch" or "jax" runs it there: the same numbers but for their last digits. `streams` places of the text are read at
    once, and the mean of their losses is learned from (0: one for each process or device of the engine). ValueError
    names what cannot be trained with.
    """
    alphabet = alphabet_of(text)
    network = Network(cell, len(alphabet), hidden, seed)
    ids = encoded(text, alphabet)
    return stepping(network, ids, seq_length, optimizer, learning_rate, clip, compiled, native, opened(engine), streams)


def stepping(
    network: Network,
    ids: np.ndarray,
    seq_length: int,
    optimizer: str,
    learning_rate: float,
    clip: float,
    compiled: bool = True,
    native: bool = False,
    engine: Engine | None = None,
    streams: int = 1,
) -> Step:
    """A Step from the names and numbers of its settings; ValueError names what does not fit."""
    engine = engine or Engine()
    streams = streams or engine.workers
    require_length(len(ids), seq_length, streams)
    require_fit(engine, compiled, native)
    engine.require_shares(streams)
    if optimizer not in OPTIMIZERS:
        raise ValueError(f"optimizer {optimizer!r} is unknown; choose one of {', '.join(OPTIMIZERS)}")
    if not 0 <= clip < math.inf:
        raise ValueError(f"clip = {clip}: expected a number above 0, or 0 for none")
    rule = OPTIMIZERS[optimizer](network.parameters(), learning_rate)
    return Step(network, ids, rule, seq_length, clip, compiled, native, engine, streams)


def require_fit(engine: Engine, compiled: bool, native: bool) -> None:
    """ValueError unless the engine can run what is asked for."""
    if engine.name != "numpy" and native:
        raise ValueError(f"native: engine {engine.name!r} has a compiler of its own; choose one of the two")
    if engine.name != "numpy" and not compiled:
        raise ValueError(f"compiled = False: engine {engine.name!r} runs programs only")
    if native:
        found_compiler()
