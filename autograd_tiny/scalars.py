"""From an array graph to the scalar circuit of the same computation: same numbers, same gradients."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np

from autograd_tiny import functions, numbers, shapes
from autograd_tiny.backward import ancestors
from autograd_tiny.constants import Constant
from autograd_tiny.namesakes import labels
from autograd_tiny.readings import forward
from autograd_tiny.recording import record
from autograd_tiny.scopes import within
from autograd_tiny.value import Value


def to_scalars(v: Value) -> Any:
    """Replay the graph of `v` with one scalar Value per number.

    A scalar output gives a scalar Value, an array output an object array of them. Each leaf array
    becomes fresh scalar leaves labelled `W[0,1]`, of a second W `W_2[0,1]`; elements of constants become constants.
    """
    replayed: dict[Value, Any] = {}
    order = ancestors(v)
    names = labels(order)
    for x in order:
        with within(x.scope):
            replayed[x] = (
                _leaf(x, names.get(x, "")) if x.operation is None else _gate(x, [replayed[i] for i in x.inputs])
            )
    return replayed[v]


def _leaf(x: Value, name: str) -> Any:
    if not x.shape:
        return Constant(x._data) if x.is_constant else Value(x._data, x.label)
    scalars = np.empty(x.shape, object)
    for index in np.ndindex(*x.shape):
        number = float(x._data[index])
        scalars[index] = Constant(number) if x.is_constant else Value(number, _element(name, index))
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
        result = _element_by_element(lambda *scalars: record(op, *scalars), inputs)
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

    return _element_by_element(element, [*inputs, *x.parameters.values()])


def _element_by_element(f: Callable[..., Value], operands: list[Any]) -> Any:
    if not any(isinstance(x, np.ndarray) for x in operands):
        return f(*operands)
    return np.frompyfunc(f, len(operands), 1)(*operands)


def _by_numpy(x: Value, inputs: list[Any]) -> Any:
    op = x.operation
    assert op is not None
    letters = (tuple(map(np.asarray, inputs)),) if op.arity is None else tuple(inputs)
    result = forward(op, numbers.ARRAYS)(*letters, **x.parameters)
    return result.item() if isinstance(result, np.ndarray) and result.ndim == 0 else result


def _mean(x: Value, inputs: list[Any]) -> Any:
    total = np.sum(inputs[0], **x.parameters)
    return total / (np.size(inputs[0]) / np.size(x._data))


def _logsumexp(x: Value, inputs: list[Any]) -> Any:
    axis, keepdims = x.parameters["axis"], x.parameters["keepdims"]
    top = np.max(x.inputs[0]._data, axis, keepdims=True)
    apart = _element_by_element(lambda v, t: functions.exp(v - t), [inputs[0], top])
    total = np.sum(apart, axis, keepdims=True)
    z = np.asarray(_element_by_element(lambda v, t: functions.log(v) + t, [total, top]), object)
    z = z if keepdims else np.squeeze(z, axis)
    return z if z.ndim else z.item()


def _max(x: Value, inputs: list[Any]) -> Any:
    array = np.asarray(inputs[0], object)
    axes = shapes.axes_of(array.ndim, x.parameters["axis"])
    rows = np.moveaxis(array, axes, range(-len(axes), 0)) if axes else array[..., None]
    rows = rows.reshape(x.size, -1)
    result = np.empty(x.size, object)
    result[:] = [_greatest(list(row)) for row in rows]
    return result.reshape(x.shape) if x.shape else result[0]


def _greatest(row: list[Value]) -> Value:
    """The maximum of a row, gate by gate; equal winners come in through their mean, so that they share equally."""
    top = max(v._data for v in row)
    winners, others = [v for v in row if v._data == top], [v for v in row if v._data != top]
    mean = reduce(functions.add, winners) / len(winners) if len(winners) > 1 else winners[0]
    return reduce(functions.maximum, [mean, *others])


_STRUCTURAL = {"logsumexp": _logsumexp, "mean": _mean, "max": _max}
