"""Faults: what can go wrong on one wire of a backward pass.

g = the gradient that arrives at the gate, c = the contribution that should leave on the wire.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from autograd_tiny.replay import Fault, Number, Wire
from autograd_tiny.value import Value

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
