"""The controls of a page that is played: a slider for each number of the leaves, and how far it goes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from autograd_tiny import Value
from autograd_tiny.graphs.namesakes import labels
from viz.graph import wording

MOST = 60  # sliders that a page has
STEPS = 400  # from one end of a slider to the other
Range = tuple[float, float]


@dataclass(frozen=True)
class Control:
    """One number: of leaf `leaf`, at `place` of its numbers row by row; where it begins and how far it goes."""

    leaf: int
    place: int
    name: str
    number: float
    low: float
    high: float

    @property
    def step(self) -> float:
        """How far a key moves it, a round number."""
        return (self.high - self.low) / STEPS


def controls(leaves: Sequence[Value], order: Sequence[Value], ranges: Mapping[str, Range]) -> tuple[Control, ...]:
    """The sliders of small leaves, in the order of the leaves; ValueError without any, and for a range of none."""
    named, written = labels(order), wording.names(order)
    called = [named.get(leaf) or written(leaf) for leaf in leaves]
    wrong = [name for name in ranges if name not in called]
    if wrong:
        raise ValueError(f"play: ranges names {wrong[0]!r}; the leaves are {', '.join(called)}")
    found: list[Control] = []
    for k, leaf in enumerate(leaves):
        if len(found) + leaf.size <= MOST:
            found += _of(k, leaf, called[k], ranges.get(called[k]))
    if not found:
        raise ValueError("play: no leaf has a number to move; make one, as in w = Value(5.0, 'w')")
    return tuple(found)


def _of(k: int, leaf: Value, name: str, given: Range | None) -> Iterator[Control]:
    for place, index in enumerate(np.ndindex(*leaf.shape)):
        number = float(np.asarray(leaf._data)[index])
        low, high = _checked(name, given) if given is not None else _around(number)
        part = f"[{','.join(map(str, index))}]" if index else ""
        yield Control(k, place, name + part, number, min(low, number), max(high, number))


def _checked(name: str, given: Range) -> Range:
    low, high = map(float, given)
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"play: the range of {name} is {given}; give the lowest and the highest number")
    return low, high


def _around(number: float) -> Range:
    """Both signs, and at least twice the number: the next of 1, 2, 5, 10, 20 …"""
    size = max(1.0, 2 * abs(number)) if math.isfinite(number) else 1.0
    power = 10.0 ** math.floor(math.log10(size))
    high = next(power * m for m in (1, 2, 5, 10) if power * m >= size * (1 - 1e-12))
    return -high, high
