"""Numbers that stand elsewhere in the circuit, or are not far from the right one, and were taken for it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from autograd_tiny.gradients import grad
from autograd_tiny.graphs.replay import Wire, run
from autograd_tiny.learners.case import Case, Mistake
from autograd_tiny.learners.faults import name, only, others
from autograd_tiny.value import Value

FEW = 12  # wires; of a longer way nobody writes the second derivative down
NEIGHBOUR = re.compile(r"^([^\W\d]+?_?)(\d+|′+)$")


def no_path(case: Case) -> Iterator[Mistake]:
    """0: nothing was counted."""
    x, z, through = name(case.target.input), name(case.target.output), case.target.through
    said = (
        f"0 says that {x} does not move {z}."
        if through is None
        else f"0 says that nothing arrives at {x} through {name(through)}."
    )
    rule = "No path was counted. Every path brings its share, and the shares add." if through is None else ""
    yield Mistake("no path", 0.0 * case.right, said, rule)


def seed(case: Case) -> Iterator[Mistake]:
    """What stands at the output."""
    if not np.ndim(case.right) and np.ndim(case.target.seed) == 0:
        z = name(case.target.output)
        yield Mistake("seed", float(case.target.seed), f"That is how {z} moves with itself, and no more.")


def second(case: Case) -> Iterator[Mistake]:
    """Differentiated once too often."""
    x, through = case.target.input, case.target.through
    if through is None and case.scalar and len(case.way) <= FEW:
        try:
            slope = grad(case.target.output, [x], create_graph=True)[0]
            twice = grad(slope, [x], create_graph=True)[0]
            number = run([twice], case.numbers)[twice]
        except (ArithmeticError, ValueError):
            number = math.nan
        yield Mistake("second", number, "You differentiated once too often: that is the second derivative.")


def other_paths(case: Case) -> Iterator[Mistake]:
    """Another path, or all of them, where one is asked for."""
    target = case.target
    if target.through is None:
        return
    for consumer in dict.fromkeys(v for (v, k) in case.sound.along if v.inputs[k] is target.input):
        if consumer is not target.through:
            number = replace(target, through=consumer).read(case.sound)
            yield Mistake(
                "another path",
                number,
                f"That comes through {name(consumer)}; the question is about {name(target.through)}.",
            )
    whole = replace(target, through=None).read(case.sound)
    yield Mistake(
        "all paths",
        whole,
        f"That is the whole sum over all paths; here only what comes through {name(target.through)} is wanted.",
    )


def near_values(case: Case) -> Iterator[Mistake]:
    """The value of the output, or of what is asked for."""
    return _values(case, _near(case))


def values_on_the_way(case: Case) -> Iterator[Mistake]:
    """The value of what stands between them."""
    return _values(case, _between(case))


def far_values(case: Case) -> Iterator[Mistake]:
    """The value of anything else that has a name."""
    near = {*_near(case), *_between(case)}
    return _values(case, [v for v in case.values if v not in near])


def _between(case: Case) -> list[Value]:
    return list(dict.fromkeys(v for v, _ in case.near_first if v.label and v is not case.target.output))


def _near(case: Case) -> list[Value]:
    return [v for v in (case.target.input, case.target.output) if v.label]


def _values(case: Case, wanted: list[Value]) -> Iterator[Mistake]:
    for v in wanted:
        itself = " itself" if v is case.target.input else ""
        number = case.target.part(case.numbers[v]) if itself else case.numbers[v]
        yield Mistake("value", number, f"That is the value of {name(v)}{itself}, not a gradient.")


def other_gradients(case: Case) -> Iterator[Mistake]:
    """What arrives at another value with a name: on the way first, then anywhere."""
    x = case.target.input
    way = {v: None for wire in case.near_first for v in (wire[0],) if v.label}
    for v in dict.fromkeys([*way, *case.values]):
        if v in {x, case.target.output} or v not in case.sound.gradients:
            continue
        on = f"From there it goes on, to {name(x)}." if v in way else ""
        yield Mistake(
            "another gradient", case.sound.gradients[v], f"That is the gradient of {name(v)}, not of {name(x)}.", on
        )


def slopes_of_parts(case: Case) -> Iterator[Mistake]:
    """How fast a value on the way moves with what is asked for, in place of the output."""
    x, z = name(case.target.input), name(case.target.output)
    if not case.scalar:
        return
    for v, slope in case.slopes.items():
        if v.label and v not in {case.target.input, case.target.output}:
            yield Mistake(
                "slope of a part",
                slope,
                f"That is how {name(v)} moves with {x}. The question is "
                f"how {z} does: "
                f"what arrives at {name(v)} from upstream is missing.",
            )


def halves(case: Case) -> Iterator[Mistake]:
    """Twice of it, or half."""
    yield Mistake("twice", 2 * case.right, f"This is twice {_wanted(case)}.")
    yield Mistake("half", 0.5 * case.right, f"This is half of {_wanted(case)}.")


def _wanted(case: Case) -> str:
    return "the gradient" if case.target.through is None else f"what comes through {name(case.target.through)}"


def multiples(case: Case) -> Iterator[Mistake]:
    """Its own number besides; one divided by it."""
    x, wanted = case.target.input, _wanted(case)
    if not np.ndim(case.right) and not np.ndim(case.numbers[x]):
        yield Mistake(
            "own number besides",
            case.right * case.numbers[x],
            f"This is {wanted} times {name(x)} itself, its own number.",
        )
        yield Mistake(
            "turned over",
            1 / case.right if case.right else math.nan,
            f"This is 1 divided by {wanted}: it is turned over.",
        )


def near_neighbours(case: Case) -> Iterator[Mistake]:
    """A value is taken for its neighbour of the same name, v1 for v2, at the last gate."""
    return _neighbours(case, case.last)


def neighbours(case: Case) -> Iterator[Mistake]:
    """… or at any other."""
    return _neighbours(case, case.near_first[len(case.last) :])


def _neighbours(case: Case, wires: list[Wire]) -> Iterator[Mistake]:
    for wire in wires:
        for v in (*others(wire), wire[0]):
            for neighbour in _alike(case, v):
                if np.shape(case.numbers[v]) == np.shape(case.numbers[neighbour]):
                    yield instead(
                        case,
                        wire,
                        {v: neighbour},
                        "neighbour",
                        f"At {name(wire[0])} you took {name(neighbour)} for {name(v)}.",
                    )


def _alike(case: Case, v: Value) -> list[Value]:
    """The values whose names differ from this one's in their number only."""
    own = NEIGHBOUR.match(v.label)
    same = [(other, NEIGHBOUR.match(other.label)) for other in case.around if other is not v]
    return [other for other, its in same if own and its and its[1] == own[1]]


def instead(case: Case, wire: Wire, taken: dict[Value, Value], kind: str, sentence: str, rule: str = "") -> Mistake:
    """The mistake of working one wire out with other values' numbers."""
    try:
        changes = only(wire, case.with_other(wire, {v: case.numbers[other] for v, other in taken.items()}))
    except (ArithmeticError, ValueError):
        return Mistake(kind, math.nan, sentence, rule, wire)
    return Mistake(kind, case.broken(changes), sentence, rule, wire, changes)
