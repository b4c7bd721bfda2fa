"""From recordings at two lengths to a program with loops: what both say, with T and t where they differ."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import combinations, islice, product
from math import inf
from typing import Any

import numpy as np

from autograd_tiny.program.rolled.fitting import Frame, Unrollable, fitted
from autograd_tiny.program.rolled.loops import Line, Loop, Part, Rolled
from autograd_tiny.program.rolled.reading import Run, read, repeated
from autograd_tiny.program.rolled.writing import Body, Labels, Section, Writer, tupled
from autograd_tiny.program.tracing import Recording, WholeNumbers, record
from autograd_tiny.program.writing import captured
from autograd_tiny.value import Value

SHORT, LONG = 5, 6  # the lengths at which a function is recorded, to see what goes with the length
MOST_TRIES = 200  # choices of inputs, each of which is recorded twice


def rolled(
    f: Callable[..., Any], examples: Sequence[Any], names: Sequence[str], run: Recording
) -> Iterator[tuple[Rolled, list[Recording]]]:
    """A function as programs with loops, for each length that may be that of time; Unrollable says why there is none.

    `run` is the recording with the examples. With each program there is a recording of yet another length, to hold it
    against, unless the function fails there.
    """
    reasons: list[Unrollable] = []
    repetitions = cache(lambda: [*repeated(run)])
    others = list[tuple[Tries, frozenset[Axis]]]()  # that read along an axis which does not go with the length
    for windows, (length, axes) in product((None, repetitions), _lengths(examples)):
        tries = Tries(f, examples, names, run, length, reasons, windows)
        which = _best(tries, axes)
        if which and _left(tries, which)[1]:
            others.append((tries, which))
        elif which:
            yield tries.of[which], tries.elsewhere(which)
    for tries, which in others:
        yield tries.of[which], tries.elsewhere(which)
    fails = [reason for reason in reasons if isinstance(reason, Failure)]
    plain = [reason for reason in reasons if reason not in fails]
    raise (plain + fails + [Unrollable("no input has an axis to walk along")])[0]


Axis = tuple[int, int]  # an input, by number, and one of its axes


def _lengths(examples: Sequence[Any]) -> Iterator[tuple[int, list[Axis]]]:
    """The lengths that may be that of time, each with the axes that may go with it: have that size, or one more.

    (What comes next is taken from one more.) First those of the first axes, the most frequent first; then, where the
    batch comes first, those of the others.
    """
    shapes = [np.shape(_numbers(x)) for x in examples]
    firsts = [(k, 0) for k, shape in enumerate(shapes) if shape]
    every = [(k, axis) for k, shape in enumerate(shapes) for axis in range(len(shape))]
    for axes in (firsts, every):
        sizes = [shapes[k][axis] for k, axis in axes]
        for n in sorted({*sizes} - {0}, key=lambda n: (-sizes.count(n), n)):
            found = [(k, axis) for k, axis in axes if shapes[k][axis] - n in (0, 1)]
            if axes is firsts or {*found} - {*firsts}:
                yield n, found


def _numbers(x: Any) -> Any:
    return x._data if isinstance(x, Value) else x


class Failure(Unrollable):
    """With inputs of another length the function has no value."""


@dataclass
class Tries:
    """What came of making some inputs longer, each along one of its axes, and the others not."""

    f: Callable[..., Any]
    examples: Sequence[Any]
    names: Sequence[str]
    run: Recording
    length: int
    reasons: list[Unrollable]
    repetitions: Callable[[], list[tuple[Run, set[int]]]] | None  # of `run`, if windows are looked for, not steps
    of: dict[frozenset[Axis], Rolled] = field(default_factory=dict)
    rows: dict[frozenset[Axis], tuple[int, int]] = field(default_factory=dict)  # how long their inputs were then
    tried: set[frozenset[Axis]] = field(default_factory=set)

    def __call__(self, which: frozenset[Axis]) -> bool:
        """Whether there is a program if these inputs go with the length."""
        one_each = len({k for k, _ in which}) == len(which)
        if which not in self.tried and one_each and len(self.tried) < MOST_TRIES:
            self.tried.add(which)
            try:
                self.of[which] = self._rolled(which)
            except Unrollable as reason:
                self.reasons.append(reason)
        return which in self.of

    def _rolled(self, which: frozenset[Axis]) -> Rolled:
        """From two lengths that are as short as may be; from longer ones where these do not show what is repeated."""
        detached, reasons = bool(self.run.detached), list[Unrollable]()
        longer = max(2 * LONG, self.length if detached else 0)
        for lengths in self._windows if self.repetitions else ((SHORT, LONG), (longer, longer + 1)):
            if reasons and lengths[0] == longer and isinstance(reasons[0], Failure):
                continue
            try:
                self.rows[which] = lengths
                short, long = (self._record(which, n) for n in lengths)
                if lengths[0] == SHORT and (detached or short.detached or long.detached):
                    raise Unrollable("a state is detached")
                return _rolled(short, long, self.names)
            except Unrollable as reason:
                reasons.append(reason)
        told = [reason for reason in reasons if not isinstance(reason, Failure)] or reasons
        raise told[-1 if detached else 0] if told else Unrollable("nothing is repeated in windows")

    @cached_property
    def unread(self) -> set[int]:
        """The inputs on which the result does not depend, by number: they may as well be as long as the others."""
        order = set(self.run.order)
        return {k for k, x in enumerate(self.run.inputs) if isinstance(x, Value) and x not in order}

    @cached_property
    def _windows(self) -> list[tuple[int, int]]:
        """Lengths of four and five repetitions, where several rows belong to each."""
        found = set[tuple[int, int]]()
        for run, strides in self.repetitions() if self.repetitions else ():
            whole = {self.length // run.count} if self.length % run.count == 0 else set()
            for stride in strides | whole:
                fours = self.length + (4 - run.count) * stride, self.length % stride + 4 * stride
                found |= {(four, four + stride) for four in fours if four > (0 if stride > 1 else LONG)}
        return sorted(found)

    def elsewhere(self, which: frozenset[Axis]) -> list[Recording]:
        """A recording of more steps than the program was made from, or of fewer if the function fails there."""
        short, long = self.rows[which]
        for rows in (long + 7 * (long - short), 2 * short - long):
            with suppress(Failure):
                return [self._record(which, rows)]
        return []

    def _record(self, which: frozenset[Axis], wanted: int) -> Recording:
        examples, more = list(self.examples), wanted - self.length
        for k, axis in which:
            examples[k] = _longer(examples[k], axis, more)
        try:
            return record(self.f, examples, self.names)
        except (ArithmeticError, ValueError, IndexError, TypeError, KeyError) as error:
            raise Failure(f"with an input of another length the function fails: {error}") from None


def _best(tries: Tries, goes: Sequence[Axis]) -> frozenset[Axis]:
    """The axes that go with the length: few lines are outside the loops then, and few inputs must be as long.

    Equal sizes may be chance: as many steps as units, or samples. So it is not the sizes that say which inputs go with
    the length, but what happens if they do.
    """
    count = len(goes)
    sizes = sorted(range(1, count + 1), key=lambda n: min(n, count - n + 1))
    choices = (frozenset(each) for n in sizes for each in islice(combinations(goes, n), MOST_TRIES))
    which = next(filter(tries, choices), frozenset[Axis]())
    for k in (None, *goes) if which else ():
        other = frozenset(goes) if k is None else which ^ {k}
        which = min(which, other, key=lambda each: _left(tries, each))
    return which


def _left(tries: Tries, which: frozenset[Axis]) -> tuple[float, int, int]:
    """How many lines are outside the loops, how many inputs have rows for steps, but not for all, and how many all."""
    if not tries(which):
        return inf, 0, 0
    program = tries.of[which]
    outside = sum(not isinstance(part, Loop) for part in program.parts)
    walked = {name for line in program.lines for name in _ROW_OF_STEP.findall(line.text.format(*line.args))}
    shapes = [np.shape(_numbers(x)) for x in tries.examples]
    walked |= {name for k, name in enumerate(program.inputs) if k in tries.unread and tries.length in shapes[k]}
    fixed = {name for name, shape in program.inputs.items() if name in walked and "T" not in " ".join(shape)}
    return outside, len(fixed), sum(-1 if k in tries.unread else 1 for k, _ in which)


_ROW_OF_STEP = re.compile(r"(\w+)\[[^\[\]]*\bt\b")


def _longer(x: Any, axis: int, more: int) -> Any:
    array = np.asarray(_numbers(x))
    size = array.shape[axis]
    rows = np.take(array, np.arange(size + more) % size, axis)
    return Value(rows, x.label) if isinstance(x, Value) else rows


def _rolled(short: Recording, long: Recording, names: Sequence[str]) -> Rolled:
    for run in (short, long):
        if run.guards:
            raise Unrollable("its way depends on numbers")
        if len(dtypes := {v.dtype for v in run.order if v.shape}) > 1:
            raise Unrollable("there are arrays of float32 and of float64")
        if any(0 in v.shape for v in run.order):
            raise Unrollable("there are arrays without numbers")
    readings = read(short, long)
    taken = [captured(run.order, [x for x in run.inputs if isinstance(x, Value)], run.began) for run in (short, long)]
    labels = Labels(readings[0], names, taken[0])
    writers = [Writer(reading, labels, each) for reading, each in zip(readings, taken, strict=True)]
    forward, backward = ([list(getattr(w, way)()) for w in writers] for way in ("forward", "backward"))
    run = readings[0].run
    frames = [Frame(reading.loops[0].count, 0) for reading in readings]

    def both(texts: Sequence[str]) -> str:
        return fitted(dict(zip(frames, texts, strict=True)))

    outputs = [[w.outside(x) for x in w.reading.run.outputs] for w in writers]
    gradients = [[w.gradient(x) for x in w.wanted] for w in writers]
    return Rolled(
        _length((short, long), names, [reading.loops[0].count for reading in readings]),
        {
            name: tuple(
                map(both, zip(*[map(str, np.shape(_numbers(run.inputs[k]))) for run in (short, long)], strict=True))
            )
            for k, name in enumerate(labels.inputs)
        },
        {name: tuple(map(str, leaf.shape)) for name, leaf in zip(labels.taken, taken[0], strict=True)},
        tuple(_parts(frames, forward[0], forward[1])),
        tuple(_parts(frames, backward[0], backward[1], back=True)),
        tuple(map(both, zip(*outputs, strict=True))),
        tuple(map(both, zip(*gradients, strict=True))),
        _constants(frames, *[w.derivation.constants for w in writers]),
        frozenset(name for x, name in zip(run.inputs, labels.inputs, strict=True) if isinstance(x, WholeNumbers)),
        tuple(taken[0]),
        dtypes == {np.dtype(np.float32)},
        tuple([reading.loops[0].count for reading in readings]),
    )


def _length(runs: Sequence[Recording], names: Sequence[str], steps: Sequence[int]) -> str:
    """How the number of steps is read off an input: it has as many rows, or some more, or some for each step."""
    ways = []
    for k, name in enumerate(names):
        shapes = [np.shape(_numbers(run.inputs[k])) for run in runs]
        for axis, (size, longer) in enumerate(zip(*shapes, strict=True)):
            if each := longer - size:
                more = size - each * steps[0]
                whole = f"{name}.shape[{axis}]" if axis else f"len({name})"
                rows = whole if not more else f"{whole} {'-' if more > 0 else '+'} {abs(more)}"
                if each > 1:
                    rows = f"({rows}) // {each}" if more else f"{rows} // {each}"
                ways.append((each, abs(more), axis, more, rows))
    if not ways:
        raise Unrollable("no input is longer where there are more steps")
    return min(ways, key=lambda way: way[:4])[4]


def _parts(frames: Sequence[Frame], one: list[Section], two: list[Section], back: bool = False) -> Iterator[Part]:
    for a, b in zip(one, two, strict=True):
        if isinstance(a, Body) and isinstance(b, Body):
            samples = {
                Frame(frame.length, step): lines
                for frame, body in zip(frames, (a, b), strict=True)
                for step, lines in body.steps.items()
            }
            initial = {
                name: fitted(dict(zip(frames, (start, b.initial[name]), strict=True)))
                for name, start in a.initial.items()
            }
            yield Loop(
                tuple(_fitted(samples)),
                initial,
                back,
                fitted(dict(zip(frames, (str(a.count), str(b.count)), strict=True))),
            )
        elif isinstance(a, tuple) and isinstance(b, tuple):
            yield from _fitted(dict(zip(frames, (a, b), strict=True)))


def _fitted(samples: Mapping[Frame, tuple[Line, ...]]) -> Iterator[Line]:
    """The lines that are these at each length and step."""
    if len({len(lines) for lines in samples.values()}) > 1:
        raise Unrollable("a step has more lines than another")
    for lines in zip(*samples.values(), strict=True):
        at = dict(zip(samples, lines, strict=True))

        def field(get: Callable[[Line], str], at: Mapping[Frame, Line] = at) -> str:
            return fitted({frame: get(line) for frame, line in at.items()})

        first = lines[0]
        if any(len(line.args) != len(first.args) or len(line.shape) != len(first.shape) for line in lines):
            raise Unrollable("a line reads more at one step than at another")
        yield Line(
            field(lambda line: line.target),
            field(lambda line: line.text),
            tuple([field(lambda line, k=k: line.args[k]) for k in range(len(first.args))]),  # type: ignore[misc]
            tuple([field(lambda line, k=k: line.shape[k]) for k in range(len(first.shape))]),  # type: ignore[misc]
            first.adds,
            field(lambda line: line.part),
        )


def _constants(frames: Sequence[Frame], one: Mapping[str, Any], two: Mapping[str, Any]) -> dict[str, Any]:
    """The constant arrays; those that go with the length as texts."""
    if list(one) != list(two):
        raise Unrollable("the recordings hold different constants")
    return {name: _constant(frames, one[name], two[name]) for name in one}


def _constant(frames: Sequence[Frame], a: Any, b: Any) -> Any:
    if a.shape == b.shape and np.array_equal(a, b, equal_nan=True):
        return a
    if a.ndim != b.ndim or a.dtype != b.dtype:
        raise Unrollable("a constant array goes with the length")
    shape = tupled(
        [fitted(dict(zip(frames, map(str, sizes), strict=True))) for sizes in zip(a.shape, b.shape, strict=True)]
    )
    size = fitted(dict(zip(frames, (str(a.size), str(b.size)), strict=True)))
    if all(np.array_equal(x.ravel(), np.arange(x.size)) for x in (a, b)):
        return f"arange({size})" if a.ndim == 1 else f"arange({size}).reshape{shape}"
    if a.size and np.all(a == a.flat[0]) and np.all(b == a.flat[0]):
        return f"zeros({shape})" if a.flat[0] == 0 else f"zeros({shape}) + {a.flat[0]!r}"
    raise Unrollable("a constant array goes with the length")
