"""The backward pass, quicker: gates are met in line, and what arrives at an array is collected before it is added."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from autograd_tiny import changes
from autograd_tiny.data import as_seed
from autograd_tiny.errors import GraphError, ShapeError, flags, messages
from autograd_tiny.fast.collected import Pending, completed, give, pending
from autograd_tiny.fast.pulls import pull_some
from autograd_tiny.value import birth, passing


def backpropagate(output: Any, seed: Any = None) -> None:
    """As `value.backpropagate`; what arrives at an array is collected."""
    gradient = as_seed(seed, output)
    if output._x is None and seed is None:  # whoever gives a seed knows what they differentiate
        raise messages.nothing_recorded(output)
    with passing:
        gates, arrays = _with_fresh_gradients(output)
        try:
            changes.check(gates, arrays, others=1)
            give(output, gradient)
            output._rule = output._rule.with_gradient("")
            _pull_all(gates)
        finally:
            for v in arrays:
                if v._grad.__class__ is Pending:
                    v._grad = v._grad.complete()


def _pull_all(gates: list[Any]) -> None:
    """Inside `messages.differentiating`, which is written out: as a context it costs what three small gates do."""
    try:
        with flags.quiet():
            for v in reversed(gates):
                v._rule.pull(v)
    except (GraphError, ShapeError):
        raise
    except (ArithmeticError, ValueError) as error:
        raise messages.no_derivative(v, error) from None


def gradients(everything: list[Any], way: dict[Any, tuple[int, ...]], targets: Iterable[Any], seed: Any) -> list[Any]:
    """As `gradients.numerically`, by the pulls of the values on the `way`.

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
            with messages.differentiating(lambda: v):
                for v, slots in reversed(way.items()):
                    if slots == v._rule.tracked:
                        v._rule.pull(v)
                    else:
                        pull_some(v, slots)
            return [completed(x) for x in targets]
        finally:
            for v, gradient in zip(everything, before, strict=True):
                v._grad = gradient


def way_to(targets: Iterable[Any], order: list[Any]) -> dict[Any, tuple[int, ...]]:
    """As `gradients.way_to`, with the usual one or two inputs met in line."""
    depends, way = set(targets), dict[Any, tuple[int, ...]]()
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
    """As `value.carry`."""
    if v._grad is None:
        return
    with passing, messages.differentiating(lambda: v):
        for x in v.inputs:
            if x._data.__class__ is not float:
                pending(x)
            elif x._grad is None:
                x._grad = 0.0
        v._rule.pull(v)
        for x in v.inputs:
            completed(x)
