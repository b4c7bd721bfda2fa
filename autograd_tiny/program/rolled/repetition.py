"""Where a recorded graph repeats itself: runs of gates that do the same again and again, whoever wrote the loop."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd_tiny.value import Value

FEWEST = 3  # repetitions from which on a run counts


@dataclass(frozen=True)
class Run:
    """`count` repetitions of `period` gates, from gate number `start` on."""

    start: int
    period: int
    count: int
    slack: int = 0  # by how many gates it could as well begin later

    @property
    def end(self) -> int:
        """The number of the first gate behind it."""
        return self.start + self.period * self.count


def signature(v: Value) -> Hashable:
    """What a gate has in common with its like at another step: all but what it reads, and the numbers in indices."""
    assert v._rule.op is not None
    parameters = tuple([(name, _abstract(x)) for name, x in v.parameters.items()])
    return v._rule.op.name, v.shape, tuple([x.shape for x in v.inputs]), parameters


def _abstract(x: Any) -> Hashable:
    """A parameter without its numbers."""
    if isinstance(x, tuple | list):
        return tuple(map(_abstract, x))
    if isinstance(x, np.ndarray):
        return "array", x.dtype.str, x.shape
    return type(x).__name__


def runs(signatures: Sequence[Hashable], first: int = 0) -> list[Run]:
    """The longest run, and those before and after it, in order."""
    here = longest(signatures, first)
    if here is None:
        return []
    start, end = here.start - first, here.end - first
    return [*runs(signatures[:start], first), here, *runs(signatures[end:], here.end)]


def longest(signatures: Sequence[Hashable], first: int = 0) -> Run | None:
    """The run that covers most gates; of several, the one with the shortest period that begins first.

    `first` is the number of the first gate.
    """
    numbers: dict[Hashable, int] = {}
    line = np.array([numbers.setdefault(each, len(numbers)) for each in signatures])
    best: Run | None = None
    for period in range(1, len(line) // FEWEST + 1):
        for start, length in _equal(line[:-period] == line[period:]):
            count = length // period + 1
            if count >= FEWEST and (best is None or count * period > best.count * best.period):
                best = Run(start, period, count, length % period)
    return replace(best, start=first + best.start) if best else None


def _equal(same: np.ndarray) -> list[tuple[int, int]]:
    """Where a row of booleans is true without a gap: start and length of each stretch."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], same.astype(np.int8), [0]])))
    return [(int(a), int(b - a)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
