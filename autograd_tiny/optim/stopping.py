"""Early stopping: end the training when the validation loss has stopped to fall, and go back to the best weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tiny.errors.arguments import annotated
from autograd_tiny.optim.flat import Parameters, named


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
