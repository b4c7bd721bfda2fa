"""From recordings at two lengths to a program with loops: what both say, with T and t where they differ."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from autograd_tiny.program.rolled.fitting import Frame, Unrollable, fitted
from autograd_tiny.program.rolled.loops import Line, Loop, Part, Rolled
from autograd_tiny.program.rolled.reading import read
from autograd_tiny.program.rolled.writing import Body, Labels, Section, Writer, tupled
from autograd_tiny.program.tracing import Recording, WholeNumbers, record
from autograd_tiny.program.writing import captured
from autograd_tiny.value import Value

SHORT, LONG = 5, 6  # the lengths at which a function is recorded, to see what goes with the length


def rolled(f: Callable[..., Any], examples: Sequence[Any], names: Sequence[str]) -> Rolled:
    """A function as a program with loops; Unrollable says why there is none."""
    reason, plain = Unrollable("no input has an axis to walk along"), len(_lengths(examples))
    for k, (length, going) in enumerate(_ways(examples)):
        try:
            short, long = (record(f, _resized(examples, length, n, going), names) for n in (SHORT, LONG))
        except (ArithmeticError, ValueError, IndexError, TypeError, KeyError) as error:
            failure = Unrollable(f"with an input of another length the function fails: {error}")
            reason = failure if k < plain else reason
            continue
        try:
            return _rolled(short, long, names)
        except Unrollable as error:
            reason = error if k < plain else reason
    raise reason


def _lengths(examples: Sequence[Any]) -> list[int]:
    """The lengths that may be that of time: those of the inputs, the most frequent first."""
    sizes = [np.shape(_numbers(x))[0] for x in examples if np.ndim(_numbers(x)) and len(_numbers(x))]
    return sorted(set(sizes), key=lambda n: (-sizes.count(n), n))


def _ways(examples: Sequence[Any]) -> Iterator[tuple[int, frozenset[int]]]:
    """The lengths that may be that of time, each with the inputs that go with it: all that may, or some of them.

    A state may be just as long as the sequence. Inputs of one shape and kind go together.
    """
    later: list[tuple[int, frozenset[int]]] = []
    for length in _lengths(examples):
        alike: dict[Any, list[int]] = {}
        for k, x in enumerate(examples):
            if _goes(x, length):
                alike.setdefault((np.shape(_numbers(x)), np.asarray(_numbers(x)).dtype.kind), []).append(k)
        ways = [
            frozenset(k for group in some for k in group)
            for size in range(len(alike), 0, -1)
            for some in combinations(alike.values(), size)
        ]
        yield length, ways[0]
        later += [(length, way) for way in ways[1:]]
    yield from later


def _numbers(x: Any) -> Any:
    return x._data if isinstance(x, Value) else x


def _resized(examples: Sequence[Any], length: int, wanted: int, going: Container[int]) -> list[Any]:
    """The examples with another number of steps: those that go with it are as long as that, or longer by one."""
    return [_longer(x, np.shape(_numbers(x))[0] - length + wanted) if k in going else x for k, x in enumerate(examples)]


def _goes(x: Any, length: int) -> bool:
    """Whether an input goes with the length: has so many rows, or one more (what comes next is taken from it, too)."""
    return bool(np.ndim(_numbers(x))) and len(_numbers(x)) - length in (0, 1)


def _longer(x: Any, n: int) -> Any:
    array = np.asarray(_numbers(x))
    rows = array[np.arange(n) % len(array)]
    return Value(rows, x.label) if isinstance(x, Value) else rows


def _rolled(short: Recording, long: Recording, names: Sequence[str]) -> Rolled:
    for run in (short, long):
        if run.guards:
            raise Unrollable("its way depends on numbers")
        if any(v.shape and v.dtype == np.float32 for v in run.order):
            raise Unrollable("there are arrays of float32")
    readings = read(short, long)
    taken = [captured(run.order, [x for x in run.inputs if isinstance(x, Value)], run.began) for run in (short, long)]
    labels = Labels(readings[0], names, taken[0])
    writers = [Writer(reading, labels, each) for reading, each in zip(readings, taken, strict=True)]
    forward, backward = ([list(getattr(w, way)()) for w in writers] for way in ("forward", "backward"))
    run = readings[0].run
    frames = [Frame(reading.loops[0].count, 0) for reading in readings]

    def both(texts: Sequence[str]) -> str:
        return fitted(dict(zip(frames, texts, strict=True)))

    lengths = [_length(reading.run, names, reading.loops[0].count) for reading in readings]
    outputs = [[w.outside(x) for x in w.reading.run.outputs] for w in writers]
    gradients = [[w.gradient(x) for x in w.wanted] for w in writers]
    return Rolled(
        both(lengths),
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
    )


def _length(run: Recording, names: Sequence[str], steps: int) -> str:
    """How the number of steps is read off an input."""
    sizes = [
        (abs(np.shape(_numbers(x))[0] - steps), np.shape(_numbers(x))[0] - steps, name)
        for x, name in zip(run.inputs, names, strict=True)
        if np.ndim(_numbers(x))
    ]
    less, more, name = min(sizes, key=lambda size: size[0])
    if less > 1:
        raise Unrollable("no input is as long as there are steps")
    return f"len({name}){'' if not more else ' - 1' if more > 0 else ' + 1'}"


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
