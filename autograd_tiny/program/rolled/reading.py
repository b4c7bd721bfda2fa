"""What two recordings of a function repeat: where each gate stands, in which loop, at which step.

A function that walks along its inputs records the same gates at every step. It is recorded at two lengths that differ
by one: what there is once more in the longer recording is the body of a loop. Where inputs have lengths of their own,
as an encoder's and a decoder's, each of these is longer by one in a recording of its own.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise
from typing import Any

import numpy as np

from autograd_tiny.program.rolled.fitting import Unrollable
from autograd_tiny.program.tracing import Recording, WholeNumber, WholeNumbers, source_of, whole_inputs
from autograd_tiny.program.writing import dependent
from autograd_tiny.value import Value

# Where a graph repeats itself: runs of gates that do the same again and again, whoever wrote the loop -----------------

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
    covered = 0
    for period in range(1, len(line) // FEWEST + 1):
        same = line[:-period] == line[period:]
        if np.count_nonzero(same) + period < max(FEWEST * period, covered + 1):
            continue  # no run of this period covers as many
        for start, length in _equal(same):
            count = length // period + 1
            if count >= FEWEST and count * period > covered:
                best, covered = Run(start, period, count, length % period), count * period
    return replace(best, start=first + best.start) if best else None


def repeated(recording: Recording) -> Iterator[tuple[Run, set[int]]]:
    """What a recording repeats, and how far apart the rows lie that one repetition reads and the next."""
    line = gates(recording)
    inputs = whole_inputs(recording)
    for run in runs(list(map(signature, line))):
        steps = [line[start : start + run.period] for start in range(run.start, run.end, run.period)]
        numbers = [[n for v in step for n in _numbers(v.parameters, inputs)] for step in steps]
        pairs = chain(*(zip(one, two, strict=False) for one, two in pairwise(numbers)))
        yield run, {abs(b - a) for a, b in pairs} - {0}


def _numbers(x: Any, inputs: dict[str, WholeNumbers]) -> Iterator[int]:
    """The numbers in a parameter; of a part of an input of whole numbers, those that say which part."""
    if isinstance(x, Mapping | tuple | list):
        for part in x.values() if isinstance(x, Mapping) else x:
            yield from _numbers(part, inputs)
    elif isinstance(x, np.ndarray | WholeNumber):
        source = source_of(x, inputs) if isinstance(x, np.ndarray) else x.source
        yield from map(int, re.findall(r"\b\d+\b", source or ""))
    elif isinstance(x, slice | int):
        yield from (n for n in ((x.start, x.stop) if isinstance(x, slice) else (x,)) if n is not None)


def _equal(same: np.ndarray) -> list[tuple[int, int]]:
    """Where a row of booleans is true without a gap: start and length of each stretch."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], same.astype(np.int8), [0]])))
    return [(int(a), int(b - a)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


# Where each gate stands -----------------------------------------------------------------------------------------------


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


def read(short: Recording, *longer: Recording) -> tuple[list[Reading], list[int]]:
    """All recordings with their loops, and which of the longer ones has each of these once more.

    Unrollable if what a longer one has more is no further step.
    """
    one, others = Reading(short), [Reading(run) for run in longer]
    found = [
        (a, k, b)
        for k, other in enumerate(others)
        for a, b in _aligned(Pairs(one, other).within((0, len(one.gates)), (0, len(other.gates))))
    ]
    found.sort(key=lambda each: each[0].start)
    if {k for _, k, _ in found} != {*range(len(others))}:
        raise Unrollable("nothing is repeated once more where the input is longer by one")
    if any(a.end > b.start for (a, *_), (b, *_) in pairwise(found)):
        raise Unrollable("the same gates are repeated along two inputs")
    one.settle([a for a, *_ in found])
    for k, other in enumerate(others):
        other.settle(list(_moved(k, found)))
    outside = [
        [v.op for section, gates in reading.sections() if section is None for v in gates] for reading in (one, *others)
    ]
    if any(each != outside[0] for each in outside):
        raise Unrollable("outside the loops the recordings differ")
    return [one, *others], [k for _, k, _ in found]


def _aligned(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """The runs so that each begins where its like does, but for the steps that were more before."""
    later = 0
    for a, b in pairs:
        apart = b.start - a.start - later
        early, late = (b, a) if apart < 0 else (a, b)
        if abs(apart) > early.slack:
            raise Unrollable("the two recordings repeat different things")
        early = replace(early, start=early.start + abs(apart))
        yield (late, early) if apart < 0 else (early, late)
        later += (b.count - a.count) * a.period


def _moved(k: int, found: Sequence[tuple[Run, int, Run]]) -> Iterator[Run]:
    """The loops in the longer recording number k: those with a further step, and the others, which begin later."""
    later = 0
    for a, which, b in found:
        yield b if which == k else replace(a, start=a.start + later)
        later += b.end - b.start - (a.end - a.start) if which == k else 0


Pair = tuple[Run, Run]
Stretch = tuple[int, int]  # from one gate to another


class Pairs:
    """The runs of both recordings, each with its like in the other."""

    def __init__(self, one: Reading, two: Reading) -> None:
        self.one, self.signatures = one, [list(map(signature, reading.gates)) for reading in (one, two)]

    def within(self, a: Stretch, b: Stretch) -> list[Pair]:
        """The longest run of a stretch, if it goes with the length, and those before and after it, in order."""
        pair = self._alike(a, b)
        if pair is None:
            return []
        steps, later = _steps(*pair), min(run.slack for run in pair)
        first, second = min(_turns(steps), key=self._oddness) if steps else pair
        more = 0 if steps else later  # what does not go with the length may as well begin later, behind what does
        before = self.within((a[0], first.start + more), (b[0], second.start + more))
        after = self.within((first.end, a[1]), (second.end, b[1]))
        return [*before, *([(first, second)] if steps else []), *after]

    def _alike(self, a: Stretch, b: Stretch) -> Pair | None:
        """The longest run of each stretch, which must be the same; None if nothing is repeated."""
        found = [runs(each[start:end], start) for each, (start, end) in zip(self.signatures, (a, b), strict=True)]
        if not any(found):
            return None
        if len({tuple([run.period for run in each]) for each in found}) > 1:  # of some, nothing tells which is which
            found = [sorted(each, key=_covered, reverse=True)[:1] for each in found]
            if not all(found) or len({run.period for (run,) in found}) > 1:
                raise Unrollable("the two recordings repeat different things")
        return max(zip(*found, strict=True), key=lambda pair: _covered(pair[0]))

    def _oddness(self, turn: Pair) -> tuple[int, int, int]:
        """How unlike a loop a run is: its steps should read alike, be many, and read little of the step before."""
        return _unlike(self.one, turn[0]), -turn[0].count, _read_later(self.one, turn[0])


def _covered(run: Run) -> int:
    """How many gates a run has."""
    return run.period * run.count


def _steps(a: Run, b: Run) -> Pair | None:
    """The run of a step, once more in the longer recording; None if it does not go with the length."""
    more = b.count - a.count
    if more < 1 or a.count // more + 1 != b.count // more:
        return None
    period = a.period * more
    return Run(a.start, period, a.count // more, a.slack), Run(b.start, period, b.count // more, b.slack)


def _turns(pair: Pair) -> Iterator[Pair]:
    """The run may as well begin some gates later, also so many that it has one step less; the last way first."""
    (a, b), slack = pair, min(run.slack for run in pair)
    for shift in reversed(range(slack + 1 + (a.period if min(a.count, b.count) > FEWEST else 0))):
        yield _begun(a, shift, shift > slack), _begun(b, shift, shift > slack)


def _begun(run: Run, later: int, less: bool) -> Run:
    """The run from some gates later on; `less`: with a step less."""
    return Run(run.start + later, run.period, run.count - less, run.slack - later + less * run.period)


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


# What the gates of a step read ----------------------------------------------------------------------------------------
#
# A cell may read what it computed two steps ago, or ten (taps, skip connections over steps). A state that is detached
# at every tenth step is read at all of them alike; only no gradient passes there, as in truncated backpropagation.

ALWAYS, NEVER = "", "never"  # when gradients flow along an edge; else a condition on t


class Edges:
    """The edges of one recording."""

    def __init__(self, reading: Reading, wanted: Sequence[Value]) -> None:
        self.reading = reading
        self.taps = [self._taps(loop) for loop in range(len(reading.loops))]
        self._flows: dict[tuple[int, int, int], str] = {}
        self.depends = self._dependent(wanted) if reading.run.detached else dependent(reading.run.order, wanted)

    # Of how many steps before -----------------------------------------------------------------------------------------

    def _taps(self, loop: int) -> dict[int, int]:
        """Of each slot that is read more than one step later, how many steps later at most."""
        taps: dict[int, int] = {}
        for v in self.slots(loop, self.reading.loops[loop].count - 1):
            for x in self.reading.inputs(v):
                slot, back = self.back(v, x)
                if back > 1:
                    taps[slot] = max(back, taps.get(slot, 0))
        return dict(sorted(taps.items()))

    def slots(self, loop: int, step: int) -> list[Value]:
        """The gates of a step."""
        return [self.reading.slot(loop, step, slot) for slot in range(self.reading.loops[loop].period)]

    def back(self, v: Value, x: Value) -> tuple[int, int]:
        """Which slot of its own loop a gate reads, and how many steps before; 0 also for anything else."""
        here, there = self.reading.places.get(v), self.reading.places.get(x)
        if here is None or there is None or here.loop != there.loop:
            return -1, 0
        if there.step > here.step:
            raise Unrollable("a step reads what a later one computes")
        return there.slot, here.step - there.step

    def deepest(self, loop: int) -> int:
        """How many steps a loop reads back at most; from that step on, all are alike."""
        return max(1, *self.taps[loop].values()) if self.taps[loop] else 1

    def tracked(self, v: Value) -> list[int]:
        """The inputs of a gate, by number, to which gradients flow at some step."""
        inputs = self.reading.inputs(v)
        return [j for j in v._rule.tracked if inputs[j] in self.depends and self.flows(v, j) != NEVER]

    # Along which edges gradients flow ---------------------------------------------------------------------------------

    def flows(self, v: Value, j: int) -> str:
        """When gradients flow to input number j of a gate: ALWAYS, NEVER, or a condition on the step t."""
        detached, here = self.reading.run.detached, self.reading.places.get(v)
        if not detached or here is None:
            return NEVER if v.inputs[j] in detached else ALWAYS
        key = here.loop, here.slot, j
        if key not in self._flows:
            gates = [self.reading.slot(here.loop, k, here.slot) for k in range(self.reading.loops[here.loop].count)]
            cut = [k for k, gate in enumerate(gates) if gate.inputs[j] in detached]
            self._flows[key] = _condition(cut, len(gates), self.reading.inputs(gates[0])[j] in self.depends)
        return self._flows[key]

    def _dependent(self, wanted: Sequence[Value]) -> set[Value]:
        """What depends on one of `wanted`, at this step or another."""
        self.depends = set(wanted)
        for v in self.reading.gates:
            if self.tracked(v):
                self.depends.add(v)
        return self.depends


def _condition(cut: Sequence[int], count: int, begun: bool) -> str:
    """When a value that is detached at some of the steps is not; `begun`: it begins with what has a gradient."""
    if not cut:
        return ALWAYS
    if list(cut) == [0] and count > 1:  # detached before the first step, which is not every so many
        return "t > 0" if begun else ALWAYS
    first, every = cut[0], cut[1] - cut[0] if len(cut) > 1 else 0
    if list(cut) == list(range(first, count)):
        return f"t < {first}" if first else NEVER
    if not every:
        raise Unrollable("a state is detached at one step alone; a longer example shows whether it is again")
    if first > every or list(cut) != list(range(first, count, every)):
        raise Unrollable(f"a state is detached at the steps {[k + 1 for k in cut]}, which are not every so many")
    but_first = " | (t < 1)" if first == every and begun else ""
    return f"(t % {every} != {first % every}){but_first}" if but_first else f"t % {every} != {first % every}"
