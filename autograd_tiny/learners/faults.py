"""What can go wrong on one wire of a backward pass, and how sentences call the values that it joins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

import numpy as np

from autograd_tiny.graphs.replay import Change, Fault, Number, Wire
from autograd_tiny.value import Value

Changes: TypeAlias = Mapping[Wire, Change]  # the wires on which something goes wrong, and what


def fault(changes: Changes) -> Fault:
    """The changes as one fault of a backward pass."""
    return lambda wire, g, c: changes[wire](g, c) if wire in changes else c


def only(wire: Wire, change: Change) -> Changes:
    """A fault on one wire, all others sound."""
    return {wire: change}


def each(wires: Iterable[Wire], change: Change) -> Changes:
    """The same fault on all of these wires."""
    return dict.fromkeys(wires, change)


def nothing(g: Number, c: Number) -> None:
    """Nothing flows."""


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


def added(g: Number, c: Number) -> Number:
    """The local derivative plus the upstream gradient, in place of their product."""
    return local_alone(g, c) + g if np.shape(g) == np.shape(c) else c


def times(factor: Number) -> Change:
    """The upstream gradient times this in place of the local derivative."""
    return lambda g, c: g * factor


def plus(summand: Number) -> Change:
    """The upstream gradient plus this in place of the contribution."""
    return lambda g, c: g + summand


# What a gate is -------------------------------------------------------------------------------------------------------


def others(wire: Wire) -> list[Value]:
    """The other inputs of the wire's consumer."""
    consumer, slot = wire
    return [x for k, x in enumerate(consumer.inputs) if k != slot]


def swaps(consumer: Value, slot: int) -> bool:
    """Whether a gate is a product of two different numbers, so that each could be taken for the other."""
    if consumer.op != "mul":
        return False
    x, y = consumer.inputs[slot], consumer.inputs[1 - slot]
    return x is not y and not (x.ndim or y.ndim or y.is_constant)


def minus(consumer: Value, slot: int) -> str:
    """What a gate that is a minus sign does to this input; "" for any other gate."""
    constants = [x._data for x in others((consumer, slot)) if x.is_constant and not x.ndim]
    negates = consumer.op == "neg" or (consumer.op == "mul" and constants == [-1.0])
    return "subtracted" if (consumer.op, slot) == ("sub", 1) else "negated" if negates else ""


# How it is called -----------------------------------------------------------------------------------------------------


def name(v: Value) -> str:
    """A value as a sentence calls it: its label, its number, or the gate it comes from."""
    if v.label or v.operation is None:
        return v.label or _number(v)
    symbol = v.operation.symbol
    inside = [x.label or ("…" if x.operation else _number(x)) for x in v.inputs]
    return (
        f"the gate {inside[0]} {symbol} {inside[1]}" if len(inside) == 2 else f"the gate {symbol}({', '.join(inside)})"
    )


def gate(v: Value) -> str:
    """A gate as a sentence calls it: what it does, and the name of its result."""
    return f"the gate {v.operation.symbol} of {v.label}" if v.label and v.operation else name(v)


def _number(v: Value) -> str:
    return f"{v._data:g}".replace("-", "−") if isinstance(v._data, float) else "the array"
