"""Captions whose numbers are filled in later: a film that is played is told anew for each position of its sliders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from autograd_tiny import Value
from autograd_tiny.graphs.steps import BackwardStep, Contribution
from viz.graph.circuit import Circuit
from viz.graph.model import Use
from viz.play.score import Score
from viz.told.captions import Writer

PLACE, END, SIGN = "\ue000", "\ue001", "\ue002"  # around a number's place; an = or ≈ that depends on the numbers
OPERAND = "\ue003"  # before the place of a number that stands in brackets where it is negative


class Later(float):
    """A number that is known by its place."""

    place: int

    @classmethod
    def at(cls, number: Any, place: int) -> Later:
        """The number as it is now, and where it will be."""
        made = cls(number)
        made.place = place
        return made


@dataclass(frozen=True)
class LaterWriter(Writer):
    """Writes captions with places in them; of constants, which stay, the numbers."""

    places: Mapping[Value, int] = field(default_factory=dict)

    def number(self, x: Any) -> str:
        """A place, or a number."""
        return f"{PLACE}{x.place}{END}" if isinstance(x, Later) else super().number(x)

    def shown(self, value: Value) -> str:
        """The place of a value."""
        return f"{PLACE}{self.places[value]}{END}" if value in self.places else super().shown(value)

    def _put_in(self, x: Value, binding: int) -> str:
        if x not in self.places:
            return super()._put_in(x, binding)
        return f"{OPERAND if binding else PLACE}{self.places[x]}{END}"

    def equality(self, result: float, printed: Callable[..., float], operands: Sequence[float]) -> str:
        """Decided when the numbers are there."""
        return SIGN


def later(circuit: Circuit, score: Score, steps: Sequence[BackwardStep]) -> Iterator[BackwardStep]:
    """A backward pass by places."""
    place = {id(value): k for k, value in enumerate(circuit.values)}

    def share(given: Contribution) -> Contribution:
        use: Use = (place[id(given.consumer)], given.slot)
        told = score.told
        return replace(
            given,
            upstream=Later.at(given.upstream, told["gradient", use[0]]),
            local=None if given.local is None else Later.at(given.local, told["slope", use]),
            contribution=Later.at(given.contribution, told["share", use]),
            total=Later.at(given.total, told["running", use]),
        )

    for step in steps:
        yield replace(step, contributions=tuple(map(share, step.contributions)))


def writer(circuit: Circuit, score: Score, plain: Writer) -> LaterWriter:
    """The writer of a film, for its circuit's numbers by their places."""
    places = {value: score.told["value", k] for k, value in enumerate(circuit.values) if not value.is_constant}
    return LaterWriter(plain.order, plain.precision, places)
