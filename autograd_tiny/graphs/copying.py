"""Copying and pickling of graphs: as a flat list of rows, so that depth does not matter.

A graph is written as its leaves (as Values, so that two outputs pickled together keep sharing their
parameters) and one row per operation, in order of birth, that names its inputs by position.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd_tiny import changes
from autograd_tiny.table import OWN, TABLE
from autograd_tiny.value import Value, ancestors, birth, recorded

Row = tuple[str, tuple[int, ...], dict[str, Any], tuple[int, ...], Any, Any, str, tuple[str, ...]]


def shallow_copy(v: Any) -> Any:
    """A second value with the same data, gradient, inputs and label."""
    twin = object.__new__(type(v))
    for slot in ("_data", "_x", "_y", "_birth", "_label", "scope"):
        setattr(twin, slot, getattr(v, slot))
    twin._grad, twin._rule = _gradient(v), changes.marks_apart(v._rule)
    return twin


def _gradient(v: Any) -> Any:
    return v.grad if v.has_grad else None


def snapshot(outputs: Iterable[Any]) -> tuple[Any, ...]:
    """The same graph as it is now, numbers and gradients copied: what happens to the original later leaves it alone."""
    memo: dict[int, Any] = {}
    return tuple([memo[id(v)] if id(v) in memo else deep_copy(v, memo) for v in outputs])


def deep_copy(v: Any, memo: dict[int, Any]) -> Any:
    """A graph of its own with the same numbers; what `memo` has a copy of, by id, stays shared.

    Copies keep the times of birth, by which it is known which number was changed after it had been used.
    """
    order, met = [v], {v}
    for x in order:  # grows while it is read
        fresh = [i for i in dict.fromkeys(x.inputs) if i not in met and id(i) not in memo]
        met.update(fresh)
        order += fresh
    for x in sorted(order, key=birth):
        memo[id(x)] = _twin(x, memo)
    return memo[id(v)]


def _twin(v: Any, memo: dict[int, Any]) -> Any:
    twin = shallow_copy(v)
    twin._data, twin._grad = _apart(v._data), _apart(twin._grad)
    x, y = v._x, v._y
    if x is not None:
        twin._x = tuple([memo[id(i)] for i in x]) if x.__class__ is tuple else memo[id(x)]
        twin._y = y if y is None else memo[id(y)]
    return twin


def _apart(number: Any) -> Any:
    return number.copy() if isinstance(number, np.ndarray) else number


def flattened(v: Any) -> tuple[Any, ...]:
    """What pickle needs to rebuild `v` together with everything it depends on."""
    if v._x is None:
        return restore_leaf, (type(v), v._data, _gradient(v), v.label, v.scope)
    order = ancestors(v)
    changes.check_all(order)  # what was changed since would be lost, and the graph be taken for right
    leaves = tuple(x for x in order if x._x is None)
    gates = [x for x in order if x._x is not None]
    position = {x: k for k, x in enumerate((*leaves, *gates))}
    rows = [
        (
            f"own {x.op}" if x.operation.own else x.op,
            x._rule.tracked,
            dict(x.parameters),
            tuple(position[i] for i in x.inputs),
            x._data,
            _gradient(x),
            x.label,
            x.scope,
        )
        for x in gates
    ]
    return restore, (leaves, rows)


def restore_leaf(cls: Any, data: Any, gradient: Any, label: str, scope: tuple[str, ...]) -> Any:
    """A leaf as it was pickled."""
    leaf = cls(data)
    leaf._grad, leaf.label, leaf.scope = gradient, label, scope
    return leaf


def restore(leaves: tuple[Any, ...], rows: list[Row]) -> Any:
    """The value that the last row describes, with its graph."""
    values = list(leaves)
    for op, tracked, parameters, inputs, data, gradient, label, scope in rows:
        line = OWN[op.removeprefix("own ")] if op.startswith("own ") else TABLE[op]
        v = recorded(line, tuple(values[k] for k in inputs), data, tracked, parameters)
        v._grad, v.label, v.scope = gradient, label, scope
        values.append(v)
    return values[-1]


Value.__copy__ = shallow_copy  # type: ignore[attr-defined]
Value.__deepcopy__ = deep_copy  # type: ignore[attr-defined]
Value.__reduce__ = flattened  # type: ignore[assignment, method-assign]
