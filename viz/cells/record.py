"""A recorded graph's numbers, by wire: what it carries forward, and what comes back along it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_tiny import Value, backward_steps


@dataclass(frozen=True)
class Carried:
    """The numbers on a wire, and the name before them."""

    value: Any = None
    gradient: Any = None
    label: str = ""


class Record:
    """A backward pass from `output`, by which each wire's own contribution is known; no recorded gradient changes."""

    def __init__(self, output: Value) -> None:
        self.totals: dict[int, Any] = {}
        self.shares: dict[tuple[int, int], Any] = {}
        for step in backward_steps(output):
            self.totals[id(step.value)] = step.upstream
            for share in step.contributions:
                self.totals[id(share.input)] = share.total
                self.shares[id(share.consumer), share.slot] = share.contribution

    def of(self, value: Value, label: str = "", part: Any = ...) -> Carried:
        """A value with its whole gradient; or only a `part` of an array."""
        return Carried(np.asarray(value.data)[part], np.asarray(self.totals[id(value)])[part], label)

    def into(self, consumer: Value, slot: int, label: str = "") -> Carried:
        """What enters a gate, with the gradient that comes back from there alone."""
        return Carried(consumer.inputs[slot].data, self.shares[id(consumer), slot], label)
