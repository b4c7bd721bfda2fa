"""Circuits that somebody else's engine has recorded: objects with `data`, `inputs` and `op`, made into values to draw.

A gate that is known here by its sign is drawn as ours; of any other the original's `_backward` is asked what it sends.
The gradients are the originals'.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_tiny import Value
from autograd_tiny.compiling import Rule
from autograd_tiny.data import as_gradient, owned
from autograd_tiny.numbers import ARRAYS
from autograd_tiny.table import TABLE
from autograd_tiny.value import Constant, record
from autograd_tiny.words.words import word

FOREIGN = "foreign"  # a gradient of which nobody here knows how it came to be


def is_foreign(thing: Any) -> bool:
    """Whether this looks like a number of another engine: it has `data`, and its `inputs` in order."""
    return not isinstance(thing, Value) and hasattr(thing, "data") and isinstance(inputs_of(thing), tuple | list)


def adopted(output: Any) -> Value:
    """The circuit behind `output` as values with the same numbers, labels, gates and gradients.

    >>> from types import SimpleNamespace as Number
    >>> a = Number(data=7.0, inputs=(), grad=14.0, label="a")
    >>> s = adopted(Number(data=49.0, inputs=(a, a), op="×", grad=1.0))
    >>> s.op, [(x.label, x.grad) for x in s.inputs]
    ('mul', [('a', 14.0), ('a', 14.0)])
    """
    twins: dict[int, Value] = {}
    waiting = [output]
    while waiting:  # inputs before what is computed from them; nothing recurses
        v = waiting[-1]
        missing = [x for x in inputs_of(v) if id(x) not in twins]
        if missing and id(v) not in twins:
            waiting += reversed(missing)
            continue
        waiting.pop()
        if id(v) not in twins:
            twins[id(v)] = _twin(v, tuple(twins[id(x)] for x in inputs_of(v)))
    return twins[id(output)]


def inputs_of(v: Any) -> Sequence[Any]:
    """What it was computed from, in order: `inputs`, or micrograd's `_prev` where that is no set."""
    found: Any = getattr(v, "inputs", getattr(v, "_prev", None))
    return found  # type: ignore[no-any-return]


def _twin(v: Any, inputs: tuple[Value, ...]) -> Value:
    label, gradient = str(getattr(v, "label", "") or ""), getattr(v, "grad", None)
    if not inputs:
        twin = Value(v.data, label) if label else Constant(v.data)
    else:
        ours = _of_our_own(v, inputs)
        twin = _by_hand(v, inputs) if ours is None else ours
        twin.label = label
    twin._data = owned(v.data)
    twin._grad = None if gradient is None or twin.is_constant else as_gradient(gradient, twin)
    twin._rule = twin._rule.with_gradient(FOREIGN)
    return twin


def _of_our_own(v: Any, inputs: tuple[Value, ...]) -> Value | None:
    """The same gate of ours, where its sign is known here and gives the same number."""
    for op in TABLE.values():
        if symbol_of(v) in (op.name, op.symbol, word(op.name).micrograd) and op.arity == len(inputs) and op.elementwise:
            try:
                ours = record(op, *inputs)
            except (TypeError, ValueError):
                continue
            if np.allclose(ours._data, v.data, rtol=1e-9, atol=0.0):
                return ours
    return None


def _by_hand(v: Any, inputs: tuple[Value, ...]) -> Value:
    twin = Value(v.data, inputs, symbol_of(v))
    rule = twin._rule
    twin._rule = Rule(rule.op, ARRAYS, rule.tracked, {}, lambda copy, slots=None: _carry(v, copy))
    return twin


def symbol_of(v: Any) -> str:
    """The sign of its gate."""
    return str(getattr(v, "op", getattr(v, "_op", "")) or "?")


def _carry(v: Any, twin: Value) -> None:
    """What the original's `_backward` adds to its inputs, added to the twin's inputs; the original stays as it is."""
    known = {id(x): (x, t) for x, t in zip(inputs_of(v), twin.inputs, strict=True)}
    before = [(each, each.grad) for each in (v, *(x for x, _ in known.values()))]
    try:
        for x, _ in known.values():
            x.grad = 0.0
        v.grad = twin._grad
        v._backward()
        for x, t in known.values():
            t._grad += x.grad
    finally:
        for each, gradient in before:
            each.grad = gradient
