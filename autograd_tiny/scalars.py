"""From an array graph to the scalar circuit of the same computation: same numbers, same gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tiny import functions, numbers
from autograd_tiny.backward import ancestors
from autograd_tiny.readings import forward
from autograd_tiny.recorders import here
from autograd_tiny.recording import record
from autograd_tiny.value import Constant, Value


def to_scalars(v: Value) -> Any:
    """Replay the graph of `v` with one scalar Value per number.

    A scalar output gives a scalar Value, an array output an object array of them. Each leaf array
    becomes fresh scalar leaves labelled `W[0,1]`; elements of constants become constants.
    """
    replayed: dict[Value, Any] = {}
    outer = here.scope
    try:
        for x in ancestors(v):
            here.scope = x.scope
            replayed[x] = _leaf(x) if x.operation is None else _gate(x, [replayed[i] for i in x.inputs])
    finally:
        here.scope = outer
    return replayed[v]


def _leaf(x: Value) -> Any:
    if not x.shape:
        return Constant(x.data) if x.is_constant else Value(x.data, x.label)
    scalars = np.empty(x.shape, object)
    for index in np.ndindex(*x.shape):
        number = float(x.data[index])
        scalars[index] = Constant(number) if x.is_constant else Value(number, _element(x.label, index))
    return scalars


def _element(label: str, index: tuple[int, ...]) -> str:
    return f"{label}[{','.join(map(str, index))}]" if label else ""


def _gate(x: Value, inputs: list[Any]) -> Any:
    """One operation over object arrays: elementwise ones element by element, the others by NumPy's own structure."""
    op = x.operation
    assert op is not None
    if not op.elementwise:
        result = _STRUCTURAL.get(op.name, _by_numpy)(x, inputs)
    elif op.parameters:
        result = _with_parameters(x, inputs)
    else:
        result = np.frompyfunc(lambda *scalars: record(op, *scalars), len(inputs), 1)(*inputs)
    return _labelled(result, x)


def _labelled(result: Any, x: Value) -> Any:
    """The elements of a labelled array carry its label, unless they are another value's elements."""
    if isinstance(result, Value):
        result.label = result.label or x.label
    elif x.label:
        for index in np.ndindex(*result.shape):
            result[index].label = result[index].label or _element(x.label, index)
    return result


def _with_parameters(x: Value, inputs: list[Any]) -> Any:
    """An elementwise operation whose further parameters may be arrays too: each element takes its own."""
    op, names = x.operation, list(x.parameters)
    assert op is not None

    def element(*given: Any) -> Value:
        scalars, chosen = given[: len(inputs)], given[len(inputs) :]
        return record(op, *scalars, **dict(zip(names, chosen, strict=True)))

    return np.frompyfunc(element, len(inputs) + len(names), 1)(*inputs, *x.parameters.values())


def _by_numpy(x: Value, inputs: list[Any]) -> Any:
    op = x.operation
    assert op is not None
    letters = (tuple(map(np.asarray, inputs)),) if op.arity is None else tuple(inputs)
    result = forward(op, numbers.ARRAYS)(*letters, **x.parameters)
    return result.item() if isinstance(result, np.ndarray) and result.ndim == 0 else result


def _mean(x: Value, inputs: list[Any]) -> Any:
    total = np.sum(inputs[0], **x.parameters)
    return total / (np.size(inputs[0]) / np.size(x.data))


def _max(x: Value, inputs: list[Any]) -> Any:
    return np.frompyfunc(functions.maximum, 2, 1).reduce(inputs[0], **x.parameters)


_STRUCTURAL = {"mean": _mean, "max": _max}
