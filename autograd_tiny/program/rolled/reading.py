"""What two recordings of a function repeat: where each gate stands, in which loop, at which step.

A function that walks along its inputs records the same gates at every step. It is recorded at two lengths that differ
by one: what there is once more in the longer recording is the body of a loop.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from autograd_tiny.program.rolled.fitting import Unrollable
from autograd_tiny.program.rolled.repetition import FEWEST, Run, longest, signature
from autograd_tiny.program.tracing import Recording
from autograd_tiny.value import Value


@dataclass(frozen=True)
class Place:
    """Where a gate stands: in which loop, at which step, at which place of the step."""

    loop: int
    step: int
    slot: int


@dataclass
class Reading:
    """A recording of one length, its gates, and where each stands."""

    run: Recording
    gates: list[Value] = field(init=False)
    loops: list[Run] = field(default_factory=list)
    places: dict[Value, Place] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.gates = gates(self.run)

    def settle(self, loops: Sequence[Run]) -> None:
        """Take these runs for the loops."""
        self.loops = list(loops)
        for number, run in enumerate(loops):
            for k, v in enumerate(self.gates[run.start : run.end]):
                self.places[v] = Place(number, k // run.period, k % run.period)

    def inputs(self, v: Value) -> tuple[Value, ...]:
        """What a gate reads; of a detached value, the one whose number it is."""
        detached = self.run.detached
        return tuple(map(self._source, v.inputs)) if detached else v.inputs

    def _source(self, x: Value) -> Value:
        while x in self.run.detached:
            x = self.run.detached[x]
        return x

    def slot(self, loop: int, step: int, slot: int) -> Value:
        """The gate at a place."""
        run = self.loops[loop]
        return self.gates[run.start + step * run.period + slot]

    def sections(self) -> Iterator[tuple[int | None, list[Value]]]:
        """The gates in order: loops by number, and what stands between them."""
        start = 0
        for number, run in enumerate(self.loops):
            yield None, self.gates[start : run.start]
            yield number, self.gates[run.start : run.end]
            start = run.end
        yield None, self.gates[start:]


def gates(run: Recording) -> list[Value]:
    """What a recording computes, in order."""
    return [v for v in run.order if v._x is not None]


def read(short: Recording, long: Recording) -> tuple[Reading, Reading]:
    """Both recordings with their loops; Unrollable if what the longer one has more is no further step."""
    one, two = Reading(short), Reading(long)
    loops = Pairs(one, two).within((0, len(one.gates)), (0, len(two.gates)))
    if not loops:
        raise Unrollable("nothing is repeated once more where the input is longer by one")
    one.settle([a for a, _ in loops])
    two.settle([b for _, b in loops])
    outside = [
        [v.op for section, gates in reading.sections() if section is None for v in gates] for reading in (one, two)
    ]
    if outside[0] != outside[1]:
        raise Unrollable("outside the loops the recordings differ")
    return one, two


Pair = tuple[Run, Run]
Stretch = tuple[int, int]  # from one gate to another


class Pairs:
    """The runs of both recordings, each with its like in the other."""

    def __init__(self, one: Reading, two: Reading) -> None:
        self.one, self.signatures = one, [list(map(signature, reading.gates)) for reading in (one, two)]

    def within(self, a: Stretch, b: Stretch) -> list[Pair]:
        """The longest run of a stretch, if it goes with the length, and those before and after it, in order."""
        first, second = (
            longest(each[start:end], start) for each, (start, end) in zip(self.signatures, (a, b), strict=True)
        )
        if first is None and second is None:
            return []
        if first is None or second is None or first.period != second.period:
            raise Unrollable("the two recordings repeat different things")
        steps = _steps(first, second)
        if steps:
            first, second = min(_turns(steps), key=self._oddness)
        before = self.within((a[0], first.start), (b[0], second.start))
        after = self.within((first.end, a[1]), (second.end, b[1]))
        return [*before, *([(first, second)] if steps else []), *after]

    def _oddness(self, turn: Pair) -> tuple[int, int, int]:
        """How unlike a loop a run is: its steps should read alike, be many, and read little of the step before."""
        return _unlike(self.one, turn[0]), -turn[0].count, _read_later(self.one, turn[0])


def _steps(a: Run, b: Run) -> Pair | None:
    """The run of a step, once more in the longer recording; None if it does not go with the length."""
    more = b.count - a.count
    if more < 1 or a.count // more + 1 != b.count // more:
        return None
    period = a.period * more
    return Run(a.start, period, a.count // more, a.slack), Run(b.start, period, b.count // more, b.slack)


def _turns(pair: Pair) -> Iterator[Pair]:
    """The run may as well begin some gates later, also so many that it has one step less; the last way first."""
    slack, period, fewest = min(run.slack for run in pair), pair[0].period, min(run.count for run in pair)
    for shift in reversed(range(slack + 1 + (period if fewest > FEWEST else 0))):
        less = shift > slack
        yield tuple(replace(run, start=run.start + shift, count=run.count - less) for run in pair)  # type: ignore[misc]


def _read_later(reading: Reading, run: Run) -> int:
    here = {v: k // run.period for k, v in enumerate(reading.gates[run.start : run.end])}
    return len({(x, k) for v, k in here.items() for x in reading.inputs(v) if here.get(x, k) != k})


def _unlike(reading: Reading, run: Run) -> int:
    """How often the first step reads another leaf than the last."""
    first, last = (reading.gates[start : start + run.period] for start in (run.start, run.end - run.period))
    pairs = [
        pair
        for v, w in zip(first, last, strict=True)
        for pair in zip(reading.inputs(v), reading.inputs(w), strict=True)
    ]
    return sum(x is not y and not y.op and not y.is_constant for x, y in pairs)
