"""Predictions: gradients that a picture keeps to itself, a `?` in their place, until the learner has said them.

What a wrong number tells is found out ahead, by backward passes broken on purpose: a page only compares numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from autograd_tiny import Value
from autograd_tiny.graphs.replay import recorded
from autograd_tiny.learners.agreement import EXACT, NOUGHT
from autograd_tiny.learners.case import Target
from autograd_tiny.learners.mistakes import mistakes
from viz.graph.circuit import Circuit, Wire
from viz.look import Look
from viz.told.captions import Writer
from viz.told.story import Scene
from viz.wires import prose
from viz.wires.inscriptions import Reading
from viz.words import figures
from viz.words.figures import Precision
from viz.words.lettering import shorten

Predict = Value | Sequence[Value] | None
Readings = Mapping[str, Reading]


@dataclass(frozen=True)
class Question:
    """What the frame number `frame` (from 0) asks.

    right   the gradient, then what the numbers in the picture, rounded as they are, give for it
    slack   how far off a number may be and still be printed the same
    wrong   numbers that a mistake gives, the likeliest first, each with the mistake in a sentence
    """

    frame: int
    ask: str
    right: tuple[float, ...]
    slack: float
    wrong: tuple[tuple[float, str], ...]


def chosen(predict: Predict) -> tuple[Value, ...]:
    """One value or several, each once; TypeError for anything else."""
    values = (predict,) if isinstance(predict, Value) else tuple(predict or ())
    for value in values:
        if not isinstance(value, Value):
            raise TypeError(f"predict: expected a Value or a list of Values, got {type(value).__name__}")
    return tuple(dict.fromkeys(values))


def positions(circuit: Circuit, values: Sequence[Value], predict: Predict, look: Look) -> tuple[int, ...]:
    """The places in the circuit of what is to be predicted; `values` are the circuit's own, or what they copy.

    ValueError where there is no such gradient, or no one number.
    """
    place = {id(value): position for position, value in enumerate(values)}
    stems = {wire.value for wire in circuit.wires if circuit.whole(wire)}
    wanted = chosen(predict)
    if wanted and "gradient" not in look.show:
        raise ValueError('predict: this picture shows no gradients; leave show="both"')
    for value in wanted:
        name = shorten(value.label) or "a value"
        if id(value) not in place or value.is_constant:
            raise ValueError(f"predict: {name} is not in this circuit; predict a value that the output depends on")
        if value.ndim:
            raise ValueError(f"predict: {name} has shape {value.shape}; one number is asked for: predict a scalar")
        if place[id(value)] not in stems:
            raise ValueError(f"predict: uses of {name} are folded away; open them with depth=None")
    return tuple(place[id(value)] for value in wanted)


def asking(circuit: Circuit, readings: Readings, asked: Sequence[int]) -> dict[str, Reading]:
    """The readings of a film with a `?` at the asked gradients; running sums, which end in them, are left out."""
    found = dict(readings)
    for wire in circuit.wires:
        if wire.value in asked:
            found[wire.id] = replace(found[wire.id], asked=wire.stem, running=None)
    return found


def said(circuit: Circuit, asked: Sequence[int]) -> str:
    """What a picture in words says of them."""
    names = [prose.called(circuit, position) for position in asked]
    return f"To be predicted: the gradient{'s' if len(names) > 1 else ''} of {', '.join(names)}." if names else ""


def interrupted(scenes: Iterable[Scene], circuit: Circuit, asked: Sequence[int], writer: Writer) -> Iterator[Scene]:
    """The scenes, with one that asks before each that would tell; of two told at once, the first is told by then."""
    parts = {f"wire{position}.gradient": position for position in asked}
    for scene in scenes:
        known: tuple[str, ...] = ()
        for part in scene.reveals:
            if part in parts:
                position = parts.pop(part)
                caption = writer.question(circuit.values[position])
                yield Scene(caption, (*known, f"wire{position}.question"), scene.lit, position)
                known += (part,)
        yield scene


def questions(
    scenes: Sequence[Scene], circuit: Circuit, readings: Readings, writer: Writer, seed: object
) -> tuple[Question, ...]:
    """The questions of the scenes that ask, with what would be wrong."""
    return tuple(
        _question(frame, scene.asks, circuit, readings, writer, seed)
        for frame, scene in enumerate(scenes)
        if scene.asks is not None
    )


def _question(
    frame: int, position: int, circuit: Circuit, readings: Readings, writer: Writer, seed: object
) -> Question:
    value, gradient = circuit.values[position], readings[f"wire{position}"].gradient
    ask = writer.partial(value)
    if gradient is None or not math.isfinite(gradient):
        told = "no number arrives" if gradient is None else f"it is {figures.number(gradient)}"
        raise ValueError(f"predict: {ask}: {told}; predict another one, or choose other numbers")
    wire = next(wire for wire in circuit.wires if wire.id == f"wire{position}")
    right = (float(gradient), *_as_seen(wire, circuit, readings, writer.precision))
    return Question(frame, ask, right, _slack(gradient, writer.precision), _wrong(writer.output, value, gradient, seed))


def _wrong(output: Value, value: Value, right: float, seed: object) -> tuple[tuple[float, str], ...]:
    """Each number that a mistake gives and the right pass does not, with the likeliest mistake."""
    found: dict[float, str] = {}
    for mistake in mistakes(Target(output, value, seed=seed), recorded(output)):
        number = float(mistake.number) if not np.ndim(mistake.number) else math.nan
        if math.isfinite(number) and not math.isclose(number, right, rel_tol=EXACT, abs_tol=NOUGHT):
            found.setdefault(number + 0.0, mistake.text)  # −0 is 0
    return tuple(found.items())


def _as_seen(wire: Wire, circuit: Circuit, readings: Readings, precision: Precision) -> Iterator[float]:
    """The gradient by the numbers as they are printed: the sum of its branches, or local × upstream."""
    branches = circuit.branches(wire.value)
    upstream = [readings[out.id].gradient for out in circuit.wires_out_of(wire.head)]
    numbers = [readings[branch.id].gradient for branch in branches] or [*upstream, readings[wire.id].local]
    if any(number is None or not isinstance(number, float) for number in numbers):
        return
    seen = [figures.as_printed(number, precision) for number in numbers]
    if branches:
        yield sum(seen)
    elif len(seen) == 2:
        yield math.prod(seen)


def _slack(gradient: float, precision: Precision) -> float:
    printed = Decimal(figures.number(gradient, precision).replace("−", "-"))
    return 0.5 * 10.0 ** int(printed.as_tuple().exponent)
