"""Walks over a graph of values: in which order, and the backward pass itself.

Nothing here recurses, so a chain of a million values is walked like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from operator import attrgetter
from threading import RLock
from typing import Any

from autograd_tiny import changes, refusals
from autograd_tiny.data import as_seed
from autograd_tiny.errors import GraphError
from autograd_tiny.flags import quiet
from autograd_tiny.pending import Pending, completed, give, pending

birth = attrgetter("_birth")
passing = RLock()  # gradients live in the values while a pass computes them, so one pass runs at a time


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
    found.sort(key=birth)
    return found


def backward(output: Any, seed: Any = None) -> None:
    """Backpropagate from `output`: afterwards every value it depends on knows its gradient.

    Each value passes its gradient on once all its consumers have added to it: that is what reverse
    birth order guarantees. Inner gradients start fresh at each call; those of leaves accumulate
    until `zero_grad`. `seed` is ∂L/∂output, 1 by default, and must be given if `output` is an array.
    """
    gradient = as_seed(seed, output)
    if output._x is None and seed is None:  # whoever gives a seed knows what he differentiates
        raise refusals.nothing_recorded(output)
    with passing:
        gates, arrays = _with_fresh_gradients(output)
        v = output
        try:
            changes.check(gates, arrays)
            give(output, gradient)
            output._rule = output._rule.with_gradient("")
            with differentiating(lambda: v):
                for v in reversed(gates):
                    v._rule.pull(v)
        finally:
            for v in arrays:
                completed(v)


Way = dict[Any, tuple[int, ...]]  # the inputs through which gradients flow, by value, in order of birth


def way_to(targets: list[Any], order: list[Any]) -> Way:
    """Through which of its inputs each value depends on a target, in order of birth: only there gradients flow."""
    depends, way = set(targets), Way()
    for v in order:
        x, y = v._x, v._y
        if x.__class__ is tuple:
            slots = tuple([k for k in v._rule.tracked if x[k] in depends])
        elif x in depends:
            slots = (0, 1) if y in depends else (0,)
        else:
            slots = (1,) if y in depends else ()
        if slots:
            depends.add(v)
            way[v] = slots
    return way


def gradients(everything: list[Any], way: Way, targets: list[Any], seed: Any) -> list[Any]:
    """The gradients of `targets` by the pulls of the values on the `way`, each in memory of its own.

    `everything` are the ancestors of the output, itself the last. Gradients live in the values while they are
    computed; afterwards every value has again what it had.
    """
    output = everything[-1]
    changes.check_all(everything)
    with passing:
        before = [v._grad for v in everything]
        v = output
        try:
            for v in everything:
                v._grad = 0.0
            for x in targets:
                if x._data.__class__ is not float:
                    x._grad = Pending(x._data, None)
            give(output, seed)
            with differentiating(lambda: v):
                for v, slots in reversed(way.items()):
                    rule = v._rule
                    if slots == rule.tracked:
                        rule.pull(v)
                    else:
                        rule.pull_some(v, slots)
            return [completed(x) for x in targets]
        finally:
            for v, gradient in zip(everything, before, strict=True):
                v._grad = gradient


def _with_fresh_gradients(output: Any) -> tuple[list[Any], list[Any]]:
    """The gates that `output` depends on, in order of birth, each with gradient 0; and the leaves that are arrays.

    The 0 is a new float, so that finding it in a gradient also means: seen before on this walk. Constants that are
    inputs are left out: nothing is ever given to them, and zeros in their shape would be made in vain.
    """
    zero, gates, arrays = float("0"), list[Any](), list[Any]()
    _meet(output, zero, gates, arrays)
    find = gates.append
    for v in gates:  # grows while it is read; gates are met in line, because most time is spent here
        x, y = v._x, v._y
        if x.__class__ is tuple:
            for x_k in x:
                _meet(x_k, zero, gates, arrays)
        elif (g := x._grad) is not zero:
            if x._x is not None:
                x._grad = zero
                find(x)
            elif g.__class__ is not Pending and g.__class__ is not float and not x.is_constant:
                _meet(x, zero, gates, arrays)
        if y is not None and (g := y._grad) is not zero:
            if y._x is not None:
                y._grad = zero
                find(y)
            elif g.__class__ is not Pending and g.__class__ is not float and not y.is_constant:
                _meet(y, zero, gates, arrays)
    gates.sort(key=birth)
    return gates, arrays


def _meet(x: Any, zero: float, gates: list[Any], arrays: list[Any]) -> None:
    """Give a value that is met for the first time a gradient to add to: a gate the fresh 0, a leaf what it had."""
    if x._x is not None:
        if x._grad is not zero:
            x._grad = zero
            gates.append(x)
    elif x._data.__class__ is not float:
        if x._grad.__class__ is not Pending:
            x._grad = Pending(x._data, x._grad)
            arrays.append(x)
    elif x._grad is None:
        x._grad = zero


def carry(v: Any) -> None:
    """Add to the gradient of each input of `v` what its gradient brings there: one step of a backward pass."""
    if v._grad is None or v._x is None:
        return
    with passing, differentiating(lambda: v):
        for x in v.inputs:
            if x._data.__class__ is not float:
                pending(x)
            elif x._grad is None:
                x._grad = 0.0
        v._rule.pull(v)
        for x in v.inputs:
            completed(x)


@contextmanager
def differentiating(current: Any) -> Iterator[None]:
    """Word the error of a derivative that does not exist, as of √x at 0; `current()` is the value at fault."""
    try:
        with quiet():  # what explodes is shown as ∞ or NaN, as over floats
            yield
    except GraphError:
        raise
    except (ArithmeticError, ValueError) as error:  # `math` says ValueError outside a domain
        raise refusals.no_derivative(current(), error) from None
