"""Learning rates that change: each schedule is a function from the step k to the rate.

    rate = cosine(0.1, T_max=1000)
    optimizer.lr = rate(optimizer.steps)

Meanings and argument names are those of PyTorch's StepLR, ExponentialLR and CosineAnnealingLR.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_tiny.errors.arguments import annotated
from autograd_tiny.optim.flat import Parameters, named
from autograd_tiny.optim.optimizer import check_range

Schedule = Callable[[int], float]


@annotated
def stepwise(lr: float, step_size: int, gamma: float = 0.1) -> Schedule:
    """lr·gammaᵏ after k times `step_size` steps.

    >>> lr = stepwise(1.0, step_size=10, gamma=0.5)
    >>> lr(9), lr(10), lr(25)
    (1.0, 0.5, 0.25)
    """
    check_range("stepwise", step_size=(step_size, 1, math.inf))
    return lambda k: lr * gamma ** (k // step_size)


@annotated
def exponential(lr: float, gamma: float) -> Schedule:
    """lr·gammaᵏ after k steps.

    >>> exponential(1.0, gamma=0.5)(3)
    0.125
    """
    return lambda k: lr * gamma**k


@annotated
def cosine(lr: float, T_max: int, eta_min: float = 0.0) -> Schedule:
    """Half a cosine from lr down to `eta_min` at step `T_max`, and `eta_min` from then on.

    >>> lr = cosine(1.0, T_max=10)
    >>> lr(0), lr(5), lr(10)
    (1.0, 0.5, 0.0)
    """
    check_range("cosine", T_max=(T_max, 1, math.inf))
    return lambda k: eta_min + (lr - eta_min) * (1 + math.cos(math.pi * min(k, T_max) / T_max)) / 2


@annotated
def warmup(schedule: Schedule, steps: int) -> Schedule:
    """The schedule, scaled by 1/(steps + 1), 2/(steps + 1) … during the first `steps` steps.

    >>> lr = warmup(cosine(1.0, T_max=100), steps=4)
    >>> [round(lr(k), 2) for k in range(5)]
    [0.2, 0.4, 0.6, 0.8, 1.0]
    """
    check_range("warmup", steps=(steps, 0, math.inf))
    return lambda k: schedule(k) * min(1.0, (k + 1) / (steps + 1))


# Early stopping: end the training when the validation loss has stopped to fall, and go back to the best weights -------


class EarlyStopping:
    """Says when to stop: after `patience` validations in a row that did not beat the best by more than `min_delta`.

    stopper = EarlyStopping(cell.parameters(), patience=5)
    if stopper(validation_loss):
        stopper.restore()

    >>> stop = EarlyStopping([Value(1.0, "w")], patience=2)
    >>> [stop(loss) for loss in (0.5, 0.4, 0.45, 0.41)]
    [False, False, False, True]
    """

    @annotated
    def __init__(self, parameters: Parameters, patience: int = 10, min_delta: float = 0.0) -> None:
        if patience < 1:
            raise ValueError(f"EarlyStopping: patience = {patience}: expected at least 1")
        self.parameters, self.patience, self.min_delta = named(parameters), patience, min_delta
        self.best, self.best_at, self.seen = float("inf"), 0, 0
        self._weights: dict[str, Any] = {}

    def __call__(self, loss: float) -> bool:
        """Note a validation loss; whether it is time to stop. A loss that is NaN is no improvement."""
        self.seen += 1
        if loss < self.best - self.min_delta or not self._weights:
            self.best, self.best_at = loss, self.seen
            self._weights = {name: np.array(p._data) for name, p in self.parameters.items()}
        return self.seen - self.best_at >= self.patience

    def restore(self) -> None:
        """Put the best weights back; without any loss noted, nothing changes."""
        for name, weights in self._weights.items():
            self.parameters[name].data = weights.copy() if weights.ndim else float(weights)
