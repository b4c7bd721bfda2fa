"""Forward and backward, one step at a time, as immutable records: what pictures, lessons and ledgers read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_tiny import value
from autograd_tiny.changes import numbers_read
from autograd_tiny.data import as_seed, zeros_like
from autograd_tiny.errors.flags import strict_slopes
from autograd_tiny.errors.messages import differentiating
from autograd_tiny.gradients import numeric
from autograd_tiny.table import Op
from autograd_tiny.value import Operand, Value, ancestors


@dataclass(frozen=True, eq=False)
class ForwardStep:
    """One gate computing its value: step `index` of `count`.

    >>> [step] = forward_steps(Value(2.0, "x") * Value(3.0, "y"))
    >>> step.op.name, [x.label for x in step.inputs], step.data
    ('mul', ['x', 'y'], 6.0)
    """

    index: int
    count: int
    value: Value
    op: Op
    inputs: tuple[Value, ...]

    @property
    def data(self) -> Any:
        """The number the gate computed."""
        return self.value.data


@dataclass(frozen=True, eq=False)
class Contribution:
    """One wire's share: what flows back from `consumer` through its input number `slot`.

    contribution = local × upstream. `local` is ∂consumer/∂input; None where the gate is not
    elementwise and no single local derivative exists. `total` is the running sum in `input`.

    >>> w = Value(5.0, "w")
    >>> _, step = backward_steps(w * w)
    >>> [c.local * c.upstream == c.contribution for c in step.contributions]
    [True, True]
    """

    consumer: Value
    slot: int
    input: Value
    upstream: Any
    local: Any
    contribution: Any
    total: Any
    rule: str


@dataclass(frozen=True, eq=False)
class BackwardStep:
    """One gate passing its complete gradient `upstream` on to its inputs; the first step only sets the seed.

    >>> first, second = backward_steps(Value(5.0, "w") ** 2)
    >>> first.op, second.op.name, second.upstream
    (None, 'pow', 1.0)
    """

    index: int
    count: int
    value: Value
    op: Op | None
    upstream: Any
    contributions: tuple[Contribution, ...]


def forward_steps(output: Value) -> Iterator[ForwardStep]:
    """Every gate in the order in which it was computed.

    >>> x, y = Value(2.0, "x"), Value(3.0, "y")
    >>> [(step.value.op, step.value.data) for step in forward_steps((x + y) * y)]
    [('add', 5.0), ('mul', 15.0)]
    """
    gates = [v for v in ancestors(output) if v.operation is not None]
    for index, v in enumerate(gates, start=1):
        assert v.operation is not None
        yield ForwardStep(index, len(gates), v, v.operation, v.inputs)


def backward_steps(output: Value, seed: Operand = None) -> Iterator[BackwardStep]:
    """The seed, then every gate in reverse order with its contributions; no `.grad` is touched.

    `seed` is ∂L/∂output: 1 by default, needed for an array (GraphError).

    >>> w = Value(5.0, "w")
    >>> [[(c.input.label, c.contribution, c.total) for c in step.contributions] for step in backward_steps(w * w)]
    [[], [('w', 5.0, 5.0), ('w', 5.0, 10.0)]]
    """
    gradients: dict[Value, Any] = {output: as_seed(seed, output)}
    gates = [v for v in reversed(ancestors(output)) if v.operation is not None]
    yield BackwardStep(1, len(gates) + 1, output, None, gradients[output], ())
    for index, v in enumerate(gates, start=2):
        upstream = gradients.pop(v, None)
        upstream = zeros_like(v._data) if upstream is None else upstream
        shares = tuple(_shares(v, upstream, gradients))
        yield BackwardStep(index, len(gates) + 1, v, v.operation, upstream, shares)


def contributions(v: Value, g: Any) -> list[tuple[int, Any]]:
    """What flows back from `v` through each of its inputs when the gradient `g` (numbers) arrives.

    Pairs (slot, contribution) with the contribution in the shape and precision of that input; constants get none.
    """
    slots = v._rule.tracked
    return list(zip(slots, numeric(v, g, slots), strict=True))


def _shares(v: Value, upstream: Any, gradients: dict[Value, Any]) -> Iterator[Contribution]:
    op, inputs = v.operation, v.inputs
    assert op is not None
    with differentiating(lambda: v), strict_slopes():
        shares = contributions(v, upstream)
        one = np.ones_like(v._data) if v.shape else 1.0
        slopes = value.contributions(v, one, numbers_read(v)) if op.elementwise else [None] * len(inputs)
    for k, c in shares:
        if c is None:  # of a gate written by hand all that an input gets is told at one place
            continue
        x = inputs[k]
        gradients[x] = gradients[x] + c if x in gradients else c
        rule = op.pullbacks[k if op.arity is not None else 0] if op.pullbacks else ""
        yield Contribution(v, k, x, upstream, slopes[k], c, gradients[x], rule)
