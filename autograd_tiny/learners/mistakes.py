"""Which mistake gives this number? The backward pass is run with each mistake in it, and the one that fits is named.

Glossary: the *target* is the number that a question asks for, read off a backward pass; a *mistake* is a broken pass
with its sentence. The passes use the engine's own pullbacks: what is broken is only what the sentence says. A sentence
says what is true of the number, whoever found it and how; one that blames a place is said of no number that the same
mistake in another place gives as well.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from autograd_tiny.graphs.replay import Fault, Number, Numbers, Pass, Wire, backward, wires
from autograd_tiny.learners.agreement import EXACT, NOUGHT
from autograd_tiny.value import Value, ancestors

TERMS = ("path", "upstream", "local derivative", "swaps", "+=", "gate")  # what the sentences take as known
MANY = 200  # wires; a larger circuit is diagnosed by the mistakes that are made everywhere, not wire by wire


@dataclass(frozen=True)
class Target:
    """∂output/∂input, or only the share of it that comes through one consumer of input; `seed` arrives at output."""

    output: Value
    input: Value
    through: Value | None = None
    element: tuple[int, ...] = ()
    seed: Number = 1.0

    def read(self, done: Pass) -> Number:
        """The target's number in this backward pass; 0 where nothing arrives."""
        if self.through is None:
            arrived = done.gradients.get(self.input, 0.0)
        else:
            arrived = done.through(self.through, self.input)
        return arrived[self.element] if self.element and np.ndim(arrived) else arrived

    def read_at(self, numbers: Numbers) -> Number:
        """The target's number in a sound backward pass at these numbers."""
        return self.read(self.passed(numbers))

    def passed(self, numbers: Numbers, fault: Fault | None = None, overwrite: bool = False) -> Pass:
        """A backward pass at these numbers, with a fault in it if asked for."""
        return backward(self.output, numbers, fault, overwrite, self.seed)

    def wires(self) -> list[Wire]:
        """The wires on the way back from output to input: on no other can a fault be seen."""
        leading: set[Value] = set()
        for v in ancestors(self.output):
            if v is self.input or any(x in leading for x in v.inputs):
                leading.add(v)
        return [(v, k) for v, k in wires(self.output) if v.inputs[k] in leading]


@dataclass(frozen=True)
class Mistake:
    """A broken backward pass: the target's number in it, and what went wrong, as told to the learner."""

    kind: str
    number: Number
    sentence: str
    place: Wire | None = None  # where it went wrong, if in one place only


def mistakes(target: Target, numbers: Numbers) -> list[Mistake]:
    """Every mistake this question invites, the likeliest first; those that nobody can be sure of have no number (NaN).

    At other numbers they are the same, in the same order.
    """
    tried = list(broken_passes(target, numbers))
    return [each if _is_sure(each, tried, numbers) else replace(each, number=math.nan) for each in tried]


def _is_sure(one: Mistake, tried: list[Mistake], numbers: Numbers) -> bool:
    """Whether the same mistake gives this number in no other place; of twice the right one, whether it is no value."""
    if one.kind == "not zeroed":
        return not any(_equal(one.number, number) for number in numbers.values())
    others = (other for other in tried if other.place and other.kind == one.kind and other.sentence != one.sentence)
    return not one.place or not any(_equal(one.number, other.number) for other in others)


def _equal(a: Number, b: Number) -> bool:
    if a.__class__ is float and b.__class__ is float:
        return math.isclose(a, b, rel_tol=EXACT, abs_tol=NOUGHT)
    return np.shape(a) == np.shape(b) and bool(np.allclose(a, b, rtol=EXACT, atol=NOUGHT))


def broken_passes(target: Target, numbers: Numbers) -> Iterator[Mistake]:
    """Every mistake with its number, whether it could be another's as well; some give the right one, or none (NaN)."""

    def broken(
        kind: str, sentence: str, fault: Fault | None = None, overwrite: bool = False, place: Wire | None = None
    ) -> Mistake:
        try:
            number = target.read(target.passed(numbers, fault, overwrite))
        except (ArithmeticError, ValueError):  # where the sound pass has a number, a broken one may overflow
            number = math.nan
        return Mistake(kind, number, sentence, place)

    right = target.read_at(numbers)
    every = target.wires()
    every = every if len(every) <= MANY else []
    yield from _paths(target, every, broken)
    yield Mistake("no path", 0.0 * right, _nothing(target))
    yield from _signs(target, numbers, every, broken)
    yield Mistake("sign", -right, "The size is right, the sign is not.")
    yield from _swaps(every, numbers, broken)
    yield broken("overwritten", "This is what is left where each gradient takes the place of the one before. Gradients "
                 "that meet are added: += and not =.", overwrite=True)  # fmt: skip
    yield from _everywhere(broken)
    yield from _gates(every, broken)
    yield Mistake("not zeroed", 2 * right, f"This is twice {_wanted(target)}.")
    yield from _elsewhere(target, numbers)


Broken = Callable[..., Mistake]  # kind, sentence, fault ↦ the broken pass


def _paths(target: Target, every: list[Wire], broken: Broken) -> Iterator[Mistake]:
    """One branch of a fan-out is forgotten."""
    uses = Counter(v.inputs[k] for v, k in every)
    for wire in every:
        consumer, slot = wire
        shared = consumer.inputs[slot]
        if uses[shared] > 1 and consumer is not target.through:
            yield broken("path missed", f"The path from {_name(shared)} through {_name(consumer)} is missing. Each of "
                         f"the {uses[shared]} uses of {_name(shared)} sends a gradient back, and they ADD.",
                         only(wire, lambda g, c: None), place=wire)  # fmt: skip


def _elsewhere(target: Target, numbers: Numbers) -> Iterator[Mistake]:
    """Another path, or all of them, where one is asked for."""
    if target.through is None:
        return
    done = target.passed(numbers)
    for consumer in dict.fromkeys(v for (v, k) in done.along if v.inputs[k] is target.input):
        if consumer is not target.through:
            other = replace(target, through=consumer).read(done)
            yield Mistake("another path", other, f"That comes through {_name(consumer)}; the question is about "
                          f"{_name(target.through)}.")  # fmt: skip
    whole = replace(target, through=None).read(done)
    yield Mistake("all paths", whole, f"That is the whole sum over all paths; here only what comes through "
                  f"{_name(target.through)} is wanted.")  # fmt: skip


def _everywhere(broken: Broken) -> Iterator[Mistake]:
    """All gates forget the gradient from upstream, or their local derivative."""
    yield broken("no upstream", "This is what arrives if each gate sends its local derivative only. Each must "
                 "multiply what arrives from upstream: downstream = local × upstream.",
                 everywhere(local_alone))  # fmt: skip
    yield broken("no local", "This is what arrives if the upstream gradient goes through every gate unchanged. "
                 "Each gate multiplies it by its local derivative: downstream = local × upstream.",
                 everywhere(upstream_alone))  # fmt: skip


def _gates(every: list[Wire], broken: Broken) -> Iterator[Mistake]:
    """One gate forgets its local derivative, or the gradient from upstream."""
    for wire in every:
        gate = _name(wire[0])
        yield broken("no local", f"The local derivative of {gate} is missing here: the upstream gradient went "
                     "through unchanged.", only(wire, upstream_alone), place=wire)  # fmt: skip
        yield broken("no upstream", f"At {gate} the upstream gradient is missing: its local derivative was sent "
                     "on alone. downstream = local × upstream.",
                     only(wire, local_alone), place=wire)  # fmt: skip


def _signs(target: Target, numbers: Numbers, every: list[Wire], broken: Broken) -> Iterator[Mistake]:
    """A sign that was overlooked, where there is one to be overlooked: a minus, or a local derivative below 0."""
    done = target.passed(numbers)
    for wire in every:
        consumer, slot = wire
        c, g = done.along.get(wire, math.nan), done.gradients.get(consumer, math.nan)
        lost = broken("sign", _lost(consumer, slot), only(wire, negated), place=wire)
        negative = minus(consumer, slot) if np.ndim(c) or np.ndim(g) else c and g and (c < 0) != (g < 0)
        yield lost if negative else replace(lost, number=math.nan)


def _lost(consumer: Value, slot: int) -> str:
    done = minus(consumer, slot)
    if not done:
        return f"The local derivative of {_name(consumer)} is negative here, and its sign was lost."
    x = _name(consumer.inputs[slot])
    return f"{x} is {done} at {_name(consumer)}: the local derivative there is −1, and its sign was lost."


def _swaps(every: list[Wire], numbers: Numbers, broken: Broken) -> Iterator[Mistake]:
    """A product sends an input its own factor back in place of the other one."""
    for wire in every:
        if swaps(*wire):
            x = wire[0].inputs[wire[1]]
            yield broken("own factor", f"From {_name(wire[0])}, {_name(x)} received its own number. The gate × swaps: "
                         "each input receives the other one, times the upstream gradient.",
                         only(wire, times(numbers[x])), place=wire)  # fmt: skip


def _nothing(target: Target) -> str:
    x, z = _name(target.input), _name(target.output)
    if target.through is not None:
        return f"0 says that nothing arrives at {x} through {_name(target.through)}."
    return f"0 says that {x} does not move {z}: no path was counted. Every path brings its share, and the shares add."


def _wanted(target: Target) -> str:
    return "the gradient" if target.through is None else f"what comes through {_name(target.through)}"


def _name(v: Value) -> str:
    """A value as a sentence calls it: its label, its number, or the gate it comes from."""
    if v.label or v.operation is None:
        return v.label or _number(v)
    symbol = v.operation.symbol
    inside = [x.label or ("…" if x.operation else _number(x)) for x in v.inputs]
    return (
        f"the gate {inside[0]} {symbol} {inside[1]}" if len(inside) == 2 else f"the gate {symbol}({', '.join(inside)})"
    )


def _number(v: Value) -> str:
    return f"{v._data:g}" if isinstance(v._data, float) else "the array"


# Faults: what can go wrong on one wire of a backward pass -------------------------------------------------------------


Change: TypeAlias = Callable[[Number, Number], Number | None]  # g, c ↦ what flows instead


def only(wire: Wire, change: Change) -> Fault:
    """A fault on one wire, all others sound."""
    consumer, slot = wire

    def fault(at: Wire, g: Number, c: Number) -> Number | None:
        return change(g, c) if at[0] is consumer and at[1] == slot else c

    return fault


def everywhere(change: Change) -> Fault:
    """The same fault on every wire."""
    return lambda wire, g, c: change(g, c)


def upstream_alone(g: Number, c: Number) -> Number:
    """The upstream gradient in place of the contribution, where the shapes allow it."""
    return g if np.shape(g) == np.shape(c) else np.broadcast_to(g, np.shape(c)) if np.ndim(g) == 0 else c


def local_alone(g: Number, c: Number) -> Number:
    """The local derivative alone: the contribution without its upstream factor."""
    if np.shape(g) != np.shape(c) or not np.all(g):
        return c
    return c / g


def negated(g: Number, c: Number) -> Number:
    """The contribution with the other sign."""
    return -c


def times(factor: Number) -> Change:
    """The upstream gradient times this in place of the local derivative."""
    return lambda g, c: g * factor


def swaps(consumer: Value, slot: int) -> bool:
    """Whether a gate is a product of two different numbers, so that each could be taken for the other."""
    if consumer.op != "mul":
        return False
    x, y = consumer.inputs[slot], consumer.inputs[1 - slot]
    return x is not y and not (x.ndim or y.ndim or y.is_constant)


def minus(consumer: Value, slot: int) -> str:
    """What a gate that is a minus sign does to this input; "" for any other gate."""
    others = [x._data for k, x in enumerate(consumer.inputs) if k != slot and x.is_constant and not x.ndim]
    negates = consumer.op == "neg" or (consumer.op == "mul" and others == [-1.0])
    return "subtracted" if (consumer.op, slot) == ("sub", 1) else "negated" if negates else ""
