"""A training from its first iteration to its last, looked at now and then."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from lessons.experiments.char_rnn import writing
from lessons.experiments.char_rnn.engines import opened
from lessons.experiments.char_rnn.engines.engine import Engine
from lessons.experiments.char_rnn.networks import Network
from lessons.experiments.char_rnn.step import Step, stepping
from lessons.experiments.char_rnn.text import alphabet_of, encoded

JUDGED = 5_000  # so many held-out characters are foreseen at a check
CHECKED = 1_000  # iterations between two checks, once training is under way
NOTED = 100  # iterations between two points of the loss curve
NAMED = ("seq_length", "optimizer", "learning_rate", "clip", "native", "streams")  # settings of a step
POINTS = 2_000  # of a curve that grows longer, every other point is dropped


@dataclass(frozen=True)
class Settings:
    """What determines a training, together with its text: the same settings give the same weights."""

    cell: str = "rnn"
    hidden: int = 100
    seq_length: int = 25
    optimizer: str = "adagrad"
    learning_rate: float = 0.1
    clip: float = 5.0
    iterations: int = 100_000
    seed: int = 0
    held_out: float = 0.05
    native: bool = False
    engine: str = "numpy"
    streams: int = 1  # 0: one for each process or device of the engine
    source: str = ""  # where the text came from, for people


@dataclass(frozen=True)
class Check:
    """A look at the training: bits per held-out character, a sample of its writing, the gradient's way back."""

    iteration: int
    held_out_bits: float | None
    sample: str
    flow: tuple[float, ...]


class Training:
    """A step, and all that is told about it; `run` is the only thing that changes it."""

    def __init__(self, settings: Settings, text: str, engine: Engine | None = None) -> None:
        engine = engine or opened(settings.engine)
        settings = replace(settings, engine=engine.name, streams=settings.streams or engine.workers)
        self.settings, self.text, self.engine = settings, text, engine
        self.alphabet = alphabet_of(text)
        ids = encoded(text, self.alphabet)
        kept = split(len(ids), settings.held_out)
        self.held_out = ids[kept : kept + JUDGED + 1]
        network = Network(settings.cell, len(self.alphabet), settings.hidden, settings.seed)
        named = {key: getattr(settings, key) for key in NAMED}
        self.step: Step = stepping(network, ids[:kept], **named, engine=engine)
        self.curve: list[tuple[int, float]] = []
        self.checks: list[Check] = []
        self.seconds = 0.0  # of training, over all sessions

    def run(self, until: int, after: Callable[[Training], bool]) -> None:
        """Iterate until iteration `until`, or until `after`, called between two, says no. Explosion ends it too."""
        began = time.monotonic() - self.seconds
        with np.errstate(over="ignore", invalid="ignore"):  # every step looks for what is not finite, and names it
            self._look(until)
            while after(self) and self.step.iteration < until:
                self.step()
                self.seconds = time.monotonic() - began
                self._look(until)

    def _look(self, until: int) -> None:
        n = self.step.iteration
        if n % NOTED == 0 and (not self.curve or self.curve[-1][0] < n):
            self.curve.append((n, self.step.smooth_loss))
            if len(self.curve) > POINTS:
                self.curve = self.curve[::2]
        if (is_milestone(n) or n % CHECKED == 0 or n >= until) and (not self.checks or self.checks[-1].iteration < n):
            if self.checks and not is_milestone(self.checks[-1].iteration):
                self.checks[-1] = replace(self.checks[-1], sample="", flow=())
            self.checks.append(self._checked())

    def _checked(self) -> Check:
        step, network = self.step, self.step.network
        x, y = step.stretch()
        judged = len(self.held_out) > 1
        return Check(
            step.iteration,
            writing.bits_per_character(network, self.held_out) if judged else None,
            # A generator of its own for each sample: looking does not change what is looked at.
            writing.write(network, self.alphabet, 200, seed=(self.settings.seed, step.iteration)),
            writing.gradient_flow(network, x, y, step.state),
        )


def split(characters: int, held_out: float) -> int:
    """How many characters are learned from; the rest, at the end, is held out to judge by."""
    if not 0 <= held_out < 1:
        raise ValueError(f"held_out = {held_out}: expected a share of the text, from 0 up to below 1")
    return characters - int(characters * held_out)


def is_milestone(iteration: int) -> bool:
    """0, 100, 200, 500, 1000, 2000, 5000 …: where a sample is kept."""
    digits = str(iteration)
    return iteration == 0 or (len(digits) > 2 and digits[0] in "125" and not digits[1:].strip("0"))
