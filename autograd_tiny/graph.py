"""Walks over a graph of values: in which order, and the backward pass itself.

Nothing here recurses, so a chain of a million values is walked like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from operator import attrgetter
from typing import Any

from autograd_tiny import refusals
from autograd_tiny.data import as_seed

born = attrgetter("_birth")


def ancestors(*outputs: Any) -> list[Any]:
    """Everything that `outputs` depend on, themselves included, inputs before results.

    A value is born after its inputs, so birth order is a topological order.
    """
    for v in outputs:
        if not hasattr(v, "_rule"):
            raise refusals.not_a_value(v)
    seen = set(outputs)
    found = list(seen)
    see, find = seen.add, found.append
    for v in found:  # grows while it is read
        x, y = v._x, v._y
        if y is not None and y not in seen:
            see(y)
            find(y)
        if x.__class__ is tuple:
            fresh = set(x) - seen
            seen |= fresh
            found += fresh
        elif x is not None and x not in seen:
            see(x)
            find(x)
    found.sort(key=born)
    return found


def backward(output: Any, seed: Any = None) -> None:
    """Backpropagate from `output`: afterwards every value it depends on knows its gradient.

    Each value passes its gradient on once all its consumers have added to it: that is what reverse
    birth order guarantees. Inner gradients start fresh at each call; those of leaves accumulate
    until `zero_grad`. `seed` is ∂L/∂output, 1 by default, and must be given if `output` is an array.
    """
    gradient = as_seed(seed, output)
    order = ancestors(output)
    for v in order:
        if v._x is not None or v._grad is None:
            v._grad = 0.0  # of an array too: the first contribution takes its place
    output._grad = gradient if output._x is not None else output._grad + gradient
    v = output
    with differentiating(lambda: v):
        for v in reversed(order):
            v._rule.pull(v)


@contextmanager
def differentiating(current: Any) -> Iterator[None]:
    """Word the error of a derivative that does not exist, as of √x at 0; `current()` is the value at fault."""
    try:
        yield
    except (ArithmeticError, ValueError) as error:  # `math` says ValueError outside a domain
        raise refusals.no_derivative(current(), error) from None
