"""What two recordings of a function repeat: where each gate stands, in which loop, at which step.

A function that walks along its inputs records the same gates at every step. It is recorded at two lengths that differ
by one: what there is once more in the longer recording is the body of a loop.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from autograd_tiny.program.rolled.fitting import Unrollable
from autograd_tiny.program.rolled.repetition import Run, runs, signature
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
        self.gates = [v for v in self.run.order if v._x is not None]

    def settle(self, loops: Sequence[Run]) -> None:
        """Take these runs for the loops."""
        self.loops = list(loops)
        for number, run in enumerate(loops):
            for k, v in enumerate(self.gates[run.start : run.end]):
                self.places[v] = Place(number, k // run.period, k % run.period)

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


def read(short: Recording, long: Recording) -> tuple[Reading, Reading]:
    """Both recordings with their loops; Unrollable if what the longer one has more is no further step."""
    one, two = Reading(short), Reading(long)
    first, second = (runs(list(map(signature, reading.gates))) for reading in (one, two))
    if [run.period for run in first] != [run.period for run in second]:
        raise Unrollable("the two recordings repeat different things")
    loops = [pair for a, b in zip(first, second, strict=True) if (pair := _steps(a, b))]
    if not loops:
        raise Unrollable("nothing is repeated once more where the input is longer by one")
    loops = _turned(one, loops)
    one.settle([a for a, _ in loops])
    two.settle([b for _, b in loops])
    outside = [
        [v.op for section, gates in reading.sections() if section is None for v in gates] for reading in (one, two)
    ]
    if outside[0] != outside[1]:
        raise Unrollable("outside the loops the recordings differ")
    return one, two


def _steps(a: Run, b: Run) -> tuple[Run, Run] | None:
    """The run of a step, once more in the longer recording; None if it does not go with the length."""
    more = b.count - a.count
    if more < 1 or a.count // more + 1 != b.count // more:
        return None
    period = a.period * more
    return Run(a.start, period, a.count // more, a.slack), Run(b.start, period, b.count // more, b.slack)


def _turned(reading: Reading, loops: list[tuple[Run, Run]]) -> list[tuple[Run, Run]]:
    """The runs, each begun where fewest gates are read one step later: there a step is a step."""
    return [min(_turns(pair), key=lambda turn: _read_later(reading, turn[0])) for pair in loops]


def _turns(pair: tuple[Run, Run]) -> Iterator[tuple[Run, Run]]:
    for shift in range(min(run.slack for run in pair) + 1):
        yield tuple(replace(run, start=run.start + shift) for run in pair)  # type: ignore[misc]


def _read_later(reading: Reading, run: Run) -> int:
    here = {v: k // run.period for k, v in enumerate(reading.gates[run.start : run.end])}
    return len({(x, k) for v, k in here.items() for x in v.inputs if here.get(x, k) != k})
