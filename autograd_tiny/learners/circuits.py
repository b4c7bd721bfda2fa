"""Mistakes at gates and at fan-outs: the backward pass with one of its rules broken, in one place or everywhere.

Each family gives its mistakes in the same order at all numbers; where a mistake cannot be made, its number is NaN.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

import numpy as np

from autograd_tiny.graphs.replay import Change, Wire, pull
from autograd_tiny.learners.case import Case, Mistake, equal
from autograd_tiny.learners.faults import (
    Changes,
    added,
    each,
    gate,
    local_alone,
    minus,
    name,
    negated,
    nothing,
    only,
    others,
    swaps,
    times,
    upstream_alone,
)
from autograd_tiny.learners.slopes import Slope, mistaken, slopes
from autograd_tiny.value import Value

ARITHMETIC = ("add", "sub", "mul")  # whose derivatives are no school calculus
PRODUCT = "downstream = local × upstream."
MULTIPLY = "Each gate multiplies what arrives from upstream by its local derivative: downstream = local × upstream."
SWAPS = "The gate × swaps: each input receives the other one, times the upstream gradient."


def _at(case: Case, kind: str, sentence: str, wire: Wire, change: Change, rule: str = "") -> Mistake:
    """A mistake in one place."""
    changes = only(wire, change)
    return Mistake(kind, case.broken(changes), sentence, rule, wire, changes)


def _everywhere(case: Case, kind: str, sentence: str, changes: Changes, rule: str = "") -> Mistake:
    return Mistake(kind, case.broken(changes), sentence, rule, changes=changes)


# Paths ----------------------------------------------------------------------------------------------------------------


def paths(case: Case) -> Iterator[Mistake]:
    """One branch of a fan-out is forgotten."""
    for wire in case.near_first:
        consumer, slot = wire
        shared = consumer.inputs[slot]
        if case.uses[shared] > 1 and consumer is not case.target.through:
            yield _at(
                case,
                "path missed",
                f"The path from {name(shared)} through {name(consumer)} is missing.",
                wire,
                nothing,
                f"Each of the {case.uses[shared]} uses of {name(shared)} sends a gradient back, and they ADD.",
            )


def one_path(case: Case) -> Iterator[Mistake]:
    """Of three branches or more, only one is counted."""
    left = case.broken(overwrite=True)
    for shared in dict.fromkeys(v.inputs[k] for v, k in case.near_first):
        leaving = [(v, k) for v, k in case.way if v.inputs[k] is shared]
        if len(leaving) < 3 or case.target.through is not None:
            continue
        for wire in leaving:
            rest = each({*leaving} - {wire}, nothing)
            told = f"That is only what comes back to {name(shared)} through {name(wire[0])}."
            rule = f"Each of the {len(leaving)} uses of {name(shared)} sends a gradient back, and they ADD."
            found = _everywhere(case, "one path", told, rest, rule)
            last = equal(found.number, left)
            yield replace(found, rule=f"{rule} (With = in place of += this one is left.)") if last else found


def overwritten(case: Case) -> Iterator[Mistake]:
    """Each gradient takes the place of the one before."""
    number = case.broken(overwrite=True)
    yield Mistake(
        "overwritten",
        number,
        "This is what is left where each gradient takes the place of the one before. "
        "Gradients that meet are added: += and not =.",
    )


def shares(case: Case) -> Iterator[Mistake]:
    """What the branches bring is known, and not added."""
    x, last = name(case.target.input), case.last
    n = len(last)
    if n < 2 or case.target.through is not None:
        return
    brought = [case.sound.along.get(wire, 0.0) for wire in last]
    yield Mistake(
        "mean", case.right / n, f"That is the mean of what the {n} uses of {x} send back; the gradient is their sum."
    )
    if case.scalar:
        yield Mistake(
            "multiplied",
            math.prod(brought),
            f"You multiplied what the {n} uses of {x} send back. Gradients that meet ADD.",
        )
    for wire in last:
        yield _at(
            case,
            "subtracted",
            f"What comes back through {name(wire[0])} was subtracted. Gradients that meet ADD, each with its own sign.",
            wire,
            negated,
        )
    if n == 2 and case.scalar:
        there = [case.sound.gradients[v] for v, _ in last]
        crossed = sum(case.pulled(wire, g) for wire, g in zip(last, reversed(there), strict=True))
        yield Mistake(
            "exchanged", crossed, f"You exchanged what arrives at {name(last[0][0])} and at {name(last[1][0])}."
        )
    factors = [others(wire) for wire in last]
    if case.scalar and all(v.op == "mul" for v, _ in last):
        arrived = sum(case.sound.gradients[v] for v, _ in last)
        told = sum(case.numbers[other[0]] for other in factors)
        yield Mistake(
            "product of sums",
            arrived * told,
            f"That is a product of sums. It pairs what arrives "
            f"at one use of {x} "
            "with the factor of another: each meets its own factor only.",
        )


# Gates ----------------------------------------------------------------------------------------------------------------


def last_gate(case: Case) -> Iterator[Mistake]:
    """The gate that takes what is asked for is left out, or stands alone, or is taken for another."""
    for wire in case.last:
        yield from _one_gate(case, wire)


def all_uses(case: Case) -> Iterator[Mistake]:
    """The same at all its uses at once."""
    if len(case.last) > 1:
        x = name(case.target.input)
        yield _everywhere(
            case,
            "no local",
            f"You added what arrives at the uses of {x}, without their local derivatives.",
            each(case.last, upstream_alone),
            MULTIPLY,
        )
        yield _everywhere(
            case,
            "no upstream",
            f"You added the local derivatives at the uses of {x}, without what arrives there.",
            each(case.last, local_alone),
            MULTIPLY,
        )
        own = {wire: times(case.numbers[case.target.input]) for wire in case.last if swaps(*wire)}
        if len(own) > 1 and case.scalar:
            yield _everywhere(
                case,
                "own factor",
                f"{x} received its own number from each of its uses. Each input of a product receives the other one.",
                own,
                SWAPS,
            )


def other_gates(case: Case) -> Iterator[Mistake]:
    """The same at any other gate of the way."""
    for wire in case.near_first[len(case.last) :]:
        yield from _one_gate(case, wire)


def _one_gate(case: Case, wire: Wire) -> Iterator[Mistake]:
    consumer, x = wire[0], wire[0].inputs[wire[1]]
    if consumer.operation is None or not (consumer.operation.elementwise or consumer.op == "matmul"):
        return
    factor = f", the factor {name(others(wire)[0])}," if consumer.op == "mul" and x is not others(wire)[0] else ""
    yield _at(
        case,
        "no local",
        f"The local derivative of {gate(consumer)}{factor} is missing here: the "
        f"upstream gradient "
        "went through unchanged.",
        wire,
        upstream_alone,
    )
    told = f"At {name(consumer)} the upstream gradient is missing: its local derivative was sent on alone."
    if x is case.target.input and swaps(*wire):
        told = (
            f"That is the value of {name(others(wire)[0])}: the local derivative of {name(consumer)}, "
            f"without the upstream gradient."
        )
    yield _at(case, "no upstream", told, wire, local_alone, PRODUCT)
    if swaps(*wire):
        yield _at(
            case,
            "own factor",
            f"From {name(consumer)}, {name(x)} received its own number; the other factor belongs there.",
            wire,
            times(case.numbers[x]),
            SWAPS,
        )


def added_up(case: Case) -> Iterator[Mistake]:
    """A local derivative is added to what arrives."""
    for wire in case.near_first:
        yield _at(
            case,
            "added",
            f"At {name(wire[0])} you added the local derivative to what arrives. They are multiplied.",
            wire,
            added,
        )


def everywhere(case: Case) -> Iterator[Mistake]:
    """All gates forget the gradient from upstream, or their local derivative."""
    yield _everywhere(
        case,
        "no upstream",
        "This is what arrives if each gate sends its local derivative only.",
        each(case.way, local_alone),
        "Each must multiply what arrives from upstream: " + PRODUCT,
    )
    yield _everywhere(
        case,
        "no local",
        "This is what arrives if the upstream gradient goes through every gate unchanged.",
        each(case.way, upstream_alone),
        MULTIPLY,
    )


def without(case: Case) -> Iterator[Mistake]:
    """All gates of one kind are left out, or one factor wherever it stands."""
    for op, wires in _by_operation(case):
        if len(wires) > 1 and op not in ("add", "sub"):
            symbol = wires[0][0].operation.symbol  # type: ignore[union-attr]
            yield _everywhere(
                case,
                "no local",
                f"The local derivatives of all the gates {symbol} are missing.",
                each(wires, upstream_alone),
            )
    for factor in dict.fromkeys(x for v, k in case.way if v.op in ("mul", "matmul") for x in others((v, k)) if x.label):
        left = [(v, k) for v, k in case.way if v.op in ("mul", "matmul") and others((v, k))[0] is factor]
        if len(left) > 1:
            yield _everywhere(
                case,
                "no factor",
                f"The factor {name(factor)} is missing on the way back. Each product multiplies by its other factor.",
                each(left, upstream_alone),
            )


def _by_operation(case: Case) -> list[tuple[str, list[Wire]]]:
    way = sorted(case.way, key=lambda wire: wire[0].op)
    return [(op, list(wires)) for op, wires in groupby(way, key=lambda wire: wire[0].op)]


def skipped(case: Case) -> Iterator[Mistake]:
    """Several gates in a row are left out."""
    row = [wire for wire in case.near_first if _single(case, wire) and wire[0].op not in ("add", "sub")]
    for size in (2, 3):
        for start in range(len(row) - size + 1):
            left = row[start : start + size]
            if all(_leads(case, one, other) for one, other in zip(left[1:], left, strict=False)):
                names = " and ".join(gate(v) for v, _ in left)
                yield _everywhere(
                    case,
                    "skipped",
                    f"You went past {names}: their local derivatives are missing.",
                    each(left, upstream_alone),
                    MULTIPLY,
                )


def _single(case: Case, wire: Wire) -> bool:
    return wire[0].operation is not None and wire[0].operation.elementwise


def _leads(case: Case, wire: Wire, on: Wire) -> bool:
    """Whether a gradient goes from this wire on to the other, through sums at most."""
    x = wire[0].inputs[wire[1]]
    return x is on[0] or (x.op in ("add", "sub") and any(each is on[0] for each in x.inputs))


def part_only(case: Case) -> Iterator[Mistake]:
    """Of what meets at a value, one part goes past the value's own gate."""
    for wire in case.near_first:
        v = wire[0]
        leaving = [(u, k) for u, k in case.way if u.inputs[k] is v]
        if len(leaving) > 1 and v.op not in ("add", "sub"):
            for part in leaving:
                rest = case.broken(only(part, nothing))
                past = case.broken({**each({*leaving} - {part}, nothing), wire: upstream_alone})
                yield Mistake(
                    "part only",
                    rest + past,
                    f"What comes back to {name(v)} through "
                    f"{name(part[0])} has to go through "
                    f"{gate(v)}, too: its local derivative multiplies everything that arrives "
                    f"there.",
                )


def slope_for_factor(case: Case) -> Iterator[Mistake]:
    """At a product the slope of the other factor stands where the factor itself belongs."""
    for wire in case.near_first:
        other = others(wire)[0] if swaps(*wire) else None
        if other is not None and len(other.inputs) == 1 and np.ndim(case.numbers[other]) == 0:
            slope = pull((other, 0), case.numbers)(1.0)
            yield _at(
                case,
                "slope for factor",
                f"At {name(wire[0])} you took the slope of {name(other)}; the factor itself belongs there.",
                wire,
                times(slope),
                SWAPS,
            )


# Derivatives of the gates ---------------------------------------------------------------------------------------------


def everywhere_slopes(case: Case) -> Iterator[Mistake]:
    """A wrong derivative of an operation, wherever that stands."""
    for op, wires in _by_operation(case):
        for wrong in () if op in ARITHMETIC else dict.fromkeys(slope for wire in wires for slope in slopes(wire)):
            concerned = [wire for wire in wires if wrong in slopes(wire)]
            changes = {wire: change for wire in concerned if (change := _sloping(case, wrong, wire))}
            place = concerned[0] if len(concerned) == 1 else None
            yield Mistake(
                "slope",
                case.broken(changes) if changes else math.nan,
                wrong.said(concerned[0]),
                wrong.rule,
                place,
                changes,
            )


def last_slopes(case: Case) -> Iterator[Mistake]:
    """A sum or a difference taken for something else, where it takes what is asked for."""
    return _slopes(case, [wire for wire in case.last if wire[0].op in ("add", "sub")])


def one_slope(case: Case) -> Iterator[Mistake]:
    """A wrong derivative at one gate only."""
    rest = case.near_first[len(case.last) :]
    many = [wire for wire in case.last if wire[0].op not in ("add", "sub")]
    return _slopes(case, [*many, *rest])


def _slopes(case: Case, wires: list[Wire]) -> Iterator[Mistake]:
    for wire in wires:
        alone = wire[0].op not in ARITHMETIC and sum(other[0].op == wire[0].op for other in case.way) == 1
        for wrong in () if alone else slopes(wire):
            change = _sloping(case, wrong, wire)
            changes = only(wire, change) if change else None
            yield Mistake(
                "slope", case.broken(changes) if changes else math.nan, wrong.said(wire), wrong.rule, wire, changes
            )


def _sloping(case: Case, wrong: Slope, wire: Wire) -> Change | None:
    """The gate with this derivative; None where that has no value."""
    try:
        pulled = pull(wire, case.numbers, mistaken(wrong))
        pulled(np.ones(np.shape(case.numbers[wire[0]])) if np.ndim(case.numbers[wire[0]]) else 1.0)
    except (ArithmeticError, ValueError):
        return None
    return lambda g, c: pulled(g)


# Signs ----------------------------------------------------------------------------------------------------------------


def signs(case: Case) -> Iterator[Mistake]:
    """A sign that was overlooked, where there is one to be overlooked: a minus, or a local derivative below 0."""
    for wire in case.way:
        consumer, slot = wire
        c, g = case.sound.along.get(wire, math.nan), case.sound.gradients.get(consumer, math.nan)
        lost = _at(case, "sign", _lost(consumer, slot), wire, negated)
        negative = minus(consumer, slot) if np.ndim(c) or np.ndim(g) else c and g and (c < 0) != (g < 0)
        yield lost if negative else lost.unsure()
    yield Mistake("sign", -case.right, "The size is right, the sign is not.")


def _lost(consumer: Value, slot: int) -> str:
    done = minus(consumer, slot)
    if not done:
        return f"The local derivative of {name(consumer)} is negative here, and its sign was lost."
    x = name(consumer.inputs[slot])
    return f"{x} is {done} at {name(consumer)}: the local derivative there is −1, and its sign was lost."
