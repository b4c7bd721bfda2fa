"""Training through straight-line programs: a loss is traced once for each shape of its inputs, and run from then on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_tiny import Program, Value, trace
from autograd_tiny.optim import Optimizer

Loss = Callable[..., Value]


class Learner:
    """`learner(*inputs)` gives the loss as a float and leaves its gradients in the optimiser's parameters.

    `loss` takes arrays (whole numbers among them only index) and reads the parameters from where they are.
    """

    def __init__(self, loss: Loss, optimizer: Optimizer) -> None:
        self.loss, self.optimizer = loss, optimizer
        self.programs: dict[tuple[tuple[int, ...], ...], Program] = {}

    def __call__(self, *inputs: Any) -> float:
        shapes = tuple(np.shape(x) for x in inputs)
        program = self.programs.get(shapes)
        if program is None:
            program = self.programs[shapes] = trace(self.loss, *inputs)
            program.deliver(self.optimizer.gradients)
        self.optimizer.zero_grad()
        return float(program.backward(*inputs))
