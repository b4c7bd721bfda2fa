"""What computes the loss and its gradients: our own program in one process; PyTorch and JAX also in many.

A stream is a place of the text at which a training reads. The loss is the mean over all streams, and so are the
gradients; each worker (a process or a device) takes as many streams as every other.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_tiny import Program, Value
from autograd_tiny.optim import Optimizer

State = tuple[Any, ...]  # the parts of one stream's state: (h,) of an RNN, (h, c) of an LSTM


class Engine:
    """Our own program, which computes one stream after the other."""

    name = "numpy"
    workers = 1  # among which the streams are shared out

    def __init__(self) -> None:
        if processes() > 1:
            raise ValueError(
                f"engine {self.name!r} runs in one process, here are {processes()}: choose --engine torch or jax"
            )

    def prepare(self, program: Program, optimizer: Optimizer) -> None:
        """Take the program of one stream's loss, of which each call computes the mean."""
        self.program, self.optimizer = program, optimizer
        program.deliver(optimizer.gradients)

    def __call__(
        self, x: Sequence[np.ndarray], y: Sequence[np.ndarray], states: Sequence[State]
    ) -> tuple[float, list[State]]:
        """The mean loss and each stream's state after its stretch; the parameters have their gradients then.

        NaN instead of the loss says that not all gradients are finite.
        """
        losses, after = [], []
        for read, wanted, parts in zip(x, y, states, strict=True):
            loss, *state = self.program.backward(read, wanted, *parts)
            losses.append(loss)
            after.append(tuple(state))
        average(self.optimizer, len(losses))
        return sum(losses) / len(losses), after

    def require_shares(self, streams: int) -> None:
        """ValueError unless so many streams can be shared out evenly."""
        if streams % self.workers:
            raise ValueError(
                f"streams = {streams}: engine {self.name!r} has {self.workers} processes or devices here, which cannot "
                f"share them evenly; a training that began with --streams {self.workers}, or a multiple of it, they can"
            )

    def any(self, asked: bool) -> bool:
        """Whether any process was asked: all must stop at the same iteration."""
        return asked


def processes() -> int:
    """How many there are, as torchrun tells each of them."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def leads() -> bool:
    """Whether this process speaks and writes files: one of all does."""
    return os.environ.get("RANK", "0") == "0"


def average(optimizer: Optimizer, streams: int) -> None:
    """Make a mean of gradients that were added up."""
    if streams > 1:
        for buffers in optimizer.buffers:
            gradient = buffers.gradient.collect()
            gradient /= streams


def hand_over(leaves: Sequence[Value], gradients: Sequence[np.ndarray]) -> bool:
    """Give the parameters their gradients; whether all of them are finite."""
    for leaf, gradient in zip(leaves, gradients, strict=True):
        leaf.grad = gradient
    return all(np.isfinite(gradient).all() for gradient in gradients)


def together(states: Sequence[State]) -> tuple[np.ndarray, ...]:
    """The states of all streams, part by part: (streams, H) each."""
    return tuple(map(np.stack, zip(*states, strict=True)))


def apart(parts: Sequence[np.ndarray]) -> list[State]:
    """The state of each stream."""
    return list(zip(*parts, strict=True))
