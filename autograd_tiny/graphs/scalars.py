"""From an array graph to the scalar circuit of the same computation: same numbers, same gradients.

Meanwhile every value is an object array of its own shape, () included, that holds one scalar Value per number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from itertools import chain, pairwise
from operator import mul
from typing import Any

import numpy as np

from autograd_tiny import functions, numbers, shapes
from autograd_tiny.compiling import forward, require_text
from autograd_tiny.errors import GraphError
from autograd_tiny.graphs.namesakes import labels
from autograd_tiny.scopes import within
from autograd_tiny.value import Constant, Value, ancestors, record

Scalars = np.ndarray[Any, Any]


def to_scalars(v: Value) -> Any:
    """Replay the graph of `v` with one scalar Value per number.

    A scalar output gives a scalar Value, an array output an object array of them. Each leaf array
    becomes fresh scalar leaves labelled `W[0,1]`, of a second W `W_2[0,1]`; elements of constants become constants.

    >>> y = Value([[1.0, 2.0]], "W") @ Value([3.0, 4.0], "x")
    >>> [formula(element) for element in to_scalars(y)]
    ['(W[0,0])*(x[0]) + (W[0,1])*(x[1])']
    """
    replayed: dict[Value, Scalars] = {}
    order = ancestors(v)
    names = labels(order)
    for x in order:
        with within(x.scope):
            elements = _leaves(x) if x.operation is None else _gates(x, [replayed[i] for i in x.inputs])
            replayed[x] = _labelled(elements, x, names.get(x, x.label))
    return replayed[v] if v.shape else replayed[v].item()


def _labelled(elements: Iterable[Value], x: Value, name: str) -> Scalars:
    """The elements in x's shape; those of a value that has a name carry it, unless they are another value's."""
    scalars = np.empty(x.shape, object)
    for index, element in zip(np.ndindex(*x.shape), elements, strict=True):
        if name and not element.label:
            element.label = f"{name}[{','.join(map(str, index))}]" if index else x.label
        scalars[index] = element
    return scalars


def _leaves(x: Value) -> Iterator[Value]:
    return map(Constant if x.is_constant else Value, np.ravel(x._data).tolist())


def _gates(x: Value, inputs: list[Scalars]) -> Iterator[Value]:
    """The elements of one operation's result, in order."""
    op = x.operation
    assert op is not None
    require_text(op, op.forward)
    if op.elementwise:
        return _elementwise(x, inputs)
    if op.name not in _STRUCTURAL:
        raise GraphError(
            f"to_scalars: {op.name} of {x.inputs[0].shape} takes a whole matrix and has no circuit of single numbers; "
            "solve a smaller one by hand, or draw it as it is"
        )
    return _STRUCTURAL[op.name](x, inputs)


def _elementwise(x: Value, inputs: list[Scalars]) -> Iterator[Value]:
    """Element by element; what is broadcast is used again, and each further parameter may be an array too."""
    op = x.operation
    assert op is not None
    everything = [np.broadcast_to(a, x.shape).ravel().tolist() for a in (*inputs, *x.parameters.values())]
    for operands in zip(*everything, strict=True):
        yield record(op, *operands[: len(inputs)], **dict(zip(x.parameters, operands[len(inputs) :], strict=True)))


def _rearranged(x: Value, inputs: list[Scalars]) -> Iterator[Value]:
    """What only moves numbers about is asked where each of them goes."""
    op = x.operation
    assert op is not None
    ends = np.cumsum([0, *(a.size for a in inputs)])
    places = tuple(np.arange(*ends_of).reshape(a.shape) for a, ends_of in zip(inputs, pairwise(ends), strict=True))
    letters = (places,) if op.arity is None else places
    elements = list(chain.from_iterable(a.ravel().tolist() for a in inputs))
    return (elements[k] for k in np.ravel(forward(op, numbers.ARRAYS)(*letters, **x.parameters)))


def _scattered(x: Value, inputs: list[Scalars]) -> Iterator[Value]:
    places = np.arange(x.size).reshape(x.shape)[x.parameters["index"]]
    arriving: list[list[Value]] = [[] for _ in range(x.size)]
    for place, element in zip(np.ravel(places), np.broadcast_to(inputs[0], np.shape(places)).flat, strict=True):
        arriving[place].append(element)
    return map(_total, arriving)


def _rows(x: Value, inputs: list[Scalars]) -> list[list[Value]]:
    """The elements that are reduced to each number of the result."""
    (array,) = inputs
    axes = shapes.axes_of(array.ndim, x.parameters["axis"])
    rows = np.moveaxis(array, axes, range(-len(axes), 0)).reshape(x.size, array.size // max(x.size, 1))
    return rows.tolist()


def _total(terms: Iterable[Value]) -> Value:
    """The sum, term by term; of no terms 0."""
    terms = iter(terms)
    first = next(terms, None)
    return Constant(0.0) if first is None else reduce(functions.add, terms, first)


def _mean(row: list[Value]) -> Value:
    return _total(row) / len(row) if len(row) > 1 else row[0]


def _logsumexp(row: list[Value]) -> Value:
    top = max(v._data for v in row)
    z: Value = functions.log(_total(functions.exp(v - top) for v in row)) + top
    return z


def _greatest(row: list[Value]) -> Value:
    """The maximum of a row, gate by gate; equal winners come in through their mean, so that they share equally."""
    top = max(v._data for v in row)
    winners, others = [v for v in row if v._data == top], [v for v in row if v._data != top]
    return reduce(functions.maximum, [_mean(winners), *others] if winners else others)  # no winners among NaN


def _product(x: Value, inputs: list[Scalars]) -> Iterator[Value]:
    left, right = inputs
    left, right = left[None] if left.ndim == 1 else left, right[:, None] if right.ndim == 1 else right
    batch = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    left = np.broadcast_to(left, batch + left.shape[-2:])
    right = np.broadcast_to(right, batch + right.shape[-2:])
    for index in np.ndindex(*batch, left.shape[-2], right.shape[-1]):
        row, column = left[index[:-1]], right[(*index[:-2], slice(None), index[-1])]
        yield _total(map(mul, row.tolist(), column.tolist()))


_STRUCTURAL: dict[str, Callable[[Value, list[Scalars]], Iterator[Value]]] = {
    "sum": lambda x, inputs: map(_total, _rows(x, inputs)),
    "mean": lambda x, inputs: map(_mean, _rows(x, inputs)),
    "logsumexp": lambda x, inputs: map(_logsumexp, _rows(x, inputs)),
    "max": lambda x, inputs: map(_greatest, _rows(x, inputs)),
    "cumsum": lambda x, inputs: iter(np.add.accumulate(inputs[0], x.parameters["axis"]).ravel().tolist()),
    "reshape": _rearranged, "transpose": _rearranged, "broadcast": _rearranged, "take": _rearranged,
    "stack": _rearranged, "concatenate": _rearranged, "scatter": _scattered, "matmul": _product,
}  # fmt: skip
