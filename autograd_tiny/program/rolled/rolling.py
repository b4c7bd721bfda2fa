"""From recordings at two lengths to a program with loops: what both say, with T and t where they differ.

Where inputs have lengths of their own, as an encoder's and a decoder's, there is a recording more for each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import combinations, islice, product
from math import inf
from typing import Any, NamedTuple

import numpy as np

from autograd_tiny.program.rolled.fitting import TIMES, Frame, Unrollable, fitted
from autograd_tiny.program.rolled.loops import Line, Loop, Part, Rolled
from autograd_tiny.program.rolled.reading import FEWEST, Run, read, repeated, runs
from autograd_tiny.program.rolled.writing import Body, Labels, Section, Writer, tupled
from autograd_tiny.program.tracing import Recording, WholeNumbers, record
from autograd_tiny.program.writing import captured
from autograd_tiny.value import Value

SHORT, LONG = 5, 6  # the lengths at which a function is recorded, to see what goes with the length
MOST_TRIES, MOST_FAILURES = 200, 600  # choices of inputs, each of which is recorded twice: for a length, and in all


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
            for each, along in (*_apart(tries, which), *_further(tries, which), (tries, which)):
                yield each.of[along], each.elsewhere(along)
    for tries, which in others:
        yield tries.of[which], tries.elsewhere(which)
    fails = [reason for reason in reasons if isinstance(reason, Failure)]
    plain = [reason for reason in reasons if reason not in fails]
    raise (plain + fails + [Unrollable("no input has an axis to walk along")])[0]


Axis = tuple[int, int]  # an input, by number, and one of its axes


class Along(NamedTuple):
    """A length in the examples, the axes that go with it, and the two lengths at which the function is recorded."""

    length: int
    axes: frozenset[Axis]
    rows: tuple[int, int]


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
    others: tuple[Along, ...] = ()  # what walks along an axis of another length, and has been found already
    of: dict[frozenset[Axis], Rolled] = field(default_factory=dict)
    rows: dict[frozenset[Axis], tuple[int, int]] = field(default_factory=dict)  # how long their inputs were then
    tried: set[frozenset[Axis]] = field(default_factory=set)

    def __call__(self, which: frozenset[Axis]) -> bool:
        """Whether there is a program if these inputs go with the length."""
        one_each = len({k for k, _ in which}) == len(which) > 0
        patient = len(self.tried) < MOST_TRIES and len(self.reasons) < MOST_FAILURES
        if which not in self.tried and one_each and patient:
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
                each = [along.rows for along in self.along(which)]
                runs = [self._record(which, [short for short, _ in each])]
                for k in range(len(each)):
                    runs.append(self._record(which, [rows[j == k] for j, rows in enumerate(each)]))
                if lengths[0] == SHORT and (detached or any(run.detached for run in runs)):
                    raise Unrollable("a state is detached")
                return _rolled(runs, self.names)
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
        each = [along.rows for along in self.along(which)]
        more = [long + (7 + 2 * k) * (long - short) for k, (short, long) in enumerate(each)]
        for rows in (more, [2 * short - long for short, long in each]):
            with suppress(Failure):
                return [self._record(which, rows)]
        return []

    def along(self, which: frozenset[Axis]) -> list[Along]:
        """All lengths, that of these axes as the last."""
        return [*self.others, Along(self.length, which, self.rows[which])]

    def _record(self, which: frozenset[Axis], wanted: Sequence[int]) -> Recording:
        """A recording with other lengths."""
        examples = list(self.examples)
        for along, rows in zip(self.along(which), wanted, strict=True):
            for k, axis in along.axes:
                examples[k] = _longer(examples[k], axis, rows - along.length)
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


Found = tuple[Tries, frozenset[Axis]]  # what goes with a length, and how that was found


def _apart(tries: Tries, which: frozenset[Axis]) -> Iterator[Found]:
    """The same program with a length for each of the inputs that are as long by chance: one may be longer alone."""
    for part in [each for each in tries.of if each < which]:
        for more, along in _further(tries, part):
            if which == _axes(more.along(along)):
                yield more, along


def _further(tries: Tries, which: frozenset[Axis]) -> Iterator[Found]:
    """The same program with a length more: what is repeated outside its loops walks along other inputs."""
    program, known = tries.of[which], tries.along(which)
    taken = _axes(known)
    most = _most_repeated([line for line in program.forward if isinstance(line, Line)])
    found = list[Found]()
    for length, axes in _lengths(tries.examples) if len(known) < len(TIMES) else ():
        free = [axis for axis in axes if axis not in taken]
        if free and most >= FEWEST and length <= most + FEWEST:  # the first step and the last may be others
            more = Tries(tries.f, tries.examples, tries.names, tries.run, length, tries.reasons, None, tuple(known))
            along = _best(more, free)
            if along and _left(more, along) < _left(tries, which):
                found.append((more, along))
            if along and not _left(more, along)[1]:
                break
    for more, along in sorted(found, key=lambda each: _left(*each)):
        yield from _further(more, along)
        yield more, along


def _axes(known: Iterable[Along]) -> frozenset[Axis]:
    return frozenset(axis for along in known for axis in along.axes)


def _most_repeated(lines: Sequence[Line]) -> int:
    """How often lines say the same again and again, but for names and numbers."""
    same = [(re.sub(r"\d+", "0", re.sub(r"\{\d+\}", "{}", line.text)), line.shape) for line in lines]
    return max([run.count for run in runs(same)], default=0)


def _left(tries: Tries, which: frozenset[Axis]) -> tuple[float, int, int]:
    """How many lines are outside the loops, how many inputs have rows for steps, but not for all, and how many all."""
    if not tries(which):
        return inf, 0, 0
    program = tries.of[which]
    outside = sum(not isinstance(part, Loop) for part in program.parts)
    walked = {name for line in program.lines for name in _ROW_OF_STEP.findall(line.text.format(*line.args))}
    shapes = [np.shape(_numbers(x)) for x in tries.examples]
    walked |= {name for k, name in enumerate(program.inputs) if k in tries.unread and tries.length in shapes[k]}
    fixed = {name for name, shape in program.inputs.items() if name in walked and not _TIME.search(" ".join(shape))}
    return outside, len(fixed), sum(-1 if k in tries.unread else 1 for k, _ in which)


_ROW_OF_STEP = re.compile(r"(\w+)\[[^\[\]]*\bt\b")
_TIME = re.compile("|".join(TIMES))


def _longer(x: Any, axis: int, more: int) -> Any:
    array = np.asarray(_numbers(x))
    size = array.shape[axis]
    rows = np.take(array, np.arange(size + more) % size, axis)
    return Value(rows, x.label) if isinstance(x, Value) else rows


def _rolled(runs: Sequence[Recording], names: Sequence[str]) -> Rolled:
    """The program that a recording and those with one length longer by one have in common."""
    for run in runs:
        if run.guards:
            raise Unrollable("its way depends on numbers")
        if len(dtypes := {v.dtype for v in run.order if v.shape}) > 1:
            raise Unrollable("there are arrays of float32 and of float64")
        if any(0 in v.shape for v in run.order):
            raise Unrollable("there are arrays without numbers")
    readings, which = read(*runs)
    times = list(dict.fromkeys(which))  # by number of the longer recording, in the order in which the loops stand
    firsts = [which.index(k) for k in times]
    taken = [captured(run.order, [x for x in run.inputs if isinstance(x, Value)], run.began) for run in runs]
    labels = Labels(readings[0], len(times), names, taken[0])
    writers = [Writer(reading, labels, each) for reading, each in zip(readings, taken, strict=True)]
    forward, backward = ([list(getattr(w, way)()) for w in writers] for way in ("forward", "backward"))
    run = readings[0].run
    frames = [Frame(tuple([reading.loops[k].count for k in firsts]), 0) for reading in readings]

    def fit(texts: Sequence[str]) -> str:
        return fitted(dict(zip(frames, texts, strict=True)))

    def shape(k: int) -> tuple[str, ...]:
        sizes = zip(*[map(str, np.shape(_numbers(run.inputs[k]))) for run in runs], strict=True)
        return tuple(map(fit, sizes))

    outputs = [[w.outside(x) for x in w.reading.run.outputs] for w in writers]
    gradients = [[w.gradient(x) for x in w.wanted] for w in writers]
    return Rolled(
        tuple([_length((runs[0], runs[k + 1]), labels.inputs, frames[0].lengths[j]) for j, k in enumerate(times)]),
        {name: shape(k) for k, name in enumerate(labels.inputs)},
        {name: tuple(map(str, leaf.shape)) for name, leaf in zip(labels.taken, taken[0], strict=True)},
        tuple(_parts(frames, forward)),
        tuple(_parts(frames, backward, back=True)),
        tuple(map(fit, zip(*outputs, strict=True))),
        tuple(map(fit, zip(*gradients, strict=True))),
        _constants(frames, [w.derivation.constants for w in writers]),
        frozenset(name for x, name in zip(run.inputs, labels.inputs, strict=True) if isinstance(x, WholeNumbers)),
        tuple(taken[0]),
        dtypes == {np.dtype(np.float32)},
        (frames[0].lengths[0], frames[times[0] + 1].lengths[0]),
    )


def _length(runs: Sequence[Recording], names: Sequence[str], steps: int) -> str:
    """How the number of steps is read off an input: it has as many rows, or some more, or some for each step."""
    ways = []
    for k, name in enumerate(names):
        shapes = [np.shape(_numbers(run.inputs[k])) for run in runs]
        for axis, (size, longer) in enumerate(zip(*shapes, strict=True)):
            if each := longer - size:
                more = size - each * steps
                whole = f"{name}.shape[{axis}]" if axis else f"len({name})"
                rows = whole if not more else f"{whole} {'-' if more > 0 else '+'} {abs(more)}"
                if each > 1:
                    rows = f"({rows}) // {each}" if more else f"{rows} // {each}"
                ways.append((each, abs(more), axis, more, rows))
    if not ways:
        raise Unrollable("no input is longer where there are more steps")
    return min(ways, key=lambda way: way[:4])[4]


def _parts(frames: Sequence[Frame], written: Sequence[list[Section]], back: bool = False) -> Iterator[Part]:
    for alike in zip(*written, strict=True):
        bodies = [section for section in alike if isinstance(section, Body)]
        if bodies:
            at = list(zip(frames, bodies, strict=True))
            samples = {Frame(frame.lengths, step): lines for frame, body in at for step, lines in body.steps.items()}
            initial = {name: fitted({frame: body.initial[name] for frame, body in at}) for name in bodies[0].initial}
            steps = fitted({frame: str(body.count) for frame, body in at})
            yield Loop(tuple(_fitted(samples)), initial, back, steps)
        else:
            lines = [section for section in alike if isinstance(section, tuple)]
            yield from _fitted(dict(zip(frames, lines, strict=True)))


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


def _constants(frames: Sequence[Frame], each: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The constant arrays; those that go with the length as texts."""
    if any(list(constants) != list(each[0]) for constants in each):
        raise Unrollable("the recordings hold different constants")
    return {name: _constant(frames, [constants[name] for constants in each]) for name in each[0]}


def _constant(frames: Sequence[Frame], arrays: Sequence[Any]) -> Any:
    a = arrays[0]
    if all(x.shape == a.shape and np.array_equal(a, x, equal_nan=True) for x in arrays):
        return a
    if any(x.ndim != a.ndim or x.dtype != a.dtype for x in arrays):
        raise Unrollable("a constant array goes with the length")
    sizes = zip(*[map(str, x.shape) for x in arrays], strict=True)
    shape = tupled([fitted(dict(zip(frames, size, strict=True))) for size in sizes])
    size = fitted({frame: str(x.size) for frame, x in zip(frames, arrays, strict=True)})
    if all(np.array_equal(x.ravel(), np.arange(x.size)) for x in arrays):
        return f"arange({size})" if a.ndim == 1 else f"arange({size}).reshape{shape}"
    if a.size and all(np.all(x == a.flat[0]) for x in arrays):
        return f"zeros({shape})" if a.flat[0] == 0 else f"zeros({shape}) + {a.flat[0]!r}"
    raise Unrollable("a constant array goes with the length")
