"""A recorded circuit, run again: with other numbers at its leaves, or with a fault in its backward pass.

Glossary: a *wire* is (consumer, slot), the edge on which a value enters an operation; *numbers* maps each value to its
number in one run; *g* is the gradient that arrives at a value, *c* the contribution that leaves on a wire.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from autograd_tiny.compiling import forward, pullback
from autograd_tiny.errors.flags import quiet, strict
from autograd_tiny.numbers import ARRAYS, FLOATS, World
from autograd_tiny.shapes import axes_of, shape_of, unbroadcast
from autograd_tiny.table import Op
from autograd_tiny.value import Value, ancestors

Number: TypeAlias = Any  # float or ndarray
Wire: TypeAlias = tuple[Value, int]
Numbers: TypeAlias = Mapping[Value, Number]
Pull: TypeAlias = Callable[[Number], Number]  # g ↦ c: what a wire makes of the gradient at its consumer
Change: TypeAlias = Callable[[Number, Number], Number | None]  # g, c ↦ what flows instead; None: nothing
Fault: TypeAlias = Callable[[Wire, Number, Number], Number | None]  # the same for any wire, given first


@dataclass(frozen=True)
class Pass:
    """One backward pass: what each value ended with, and what came along each wire."""

    gradients: Numbers
    along: Mapping[Wire, Number]

    def through(self, consumer: Value, input: Value) -> Number:
        """What reached `input` from `consumer`, over however many wires."""
        return sum(c for (v, k), c in self.along.items() if v is consumer and v.inputs[k] is input)


def run(outputs: list[Value], given: Numbers, on_wires: Mapping[Wire, Number] | None = None) -> dict[Value, Number]:
    """The number of everything that the outputs depend on, where some values are given, or given on one wire only.

    Raises ArithmeticError or ValueError where an operation is not defined.
    """
    numbers: dict[Value, Number] = {}
    replaced = on_wires or {}
    for v in ancestors(*outputs):
        if v in given or v.operation is None:
            numbers[v] = given.get(v, v._data)
            continue
        inputs = tuple(replaced.get((v, k), numbers[x]) for k, x in enumerate(v.inputs))
        letters = (inputs,) if v.operation.arity is None else inputs
        with strict():
            numbers[v] = forward(v.operation, _world(v, inputs))(*letters, **v.parameters)
    return numbers


def recorded(output: Value) -> dict[Value, Number]:
    """The run that has been recorded: every number that the output depends on, as it is."""
    return {v: v._data for v in ancestors(output)}


def backward(
    output: Value, numbers: Numbers, fault: Fault | None = None, overwrite: bool = False, seed: Number = 1.0
) -> Pass:
    """The backward pass of `output` in a run: the engine's own pullbacks, and a fault if asked for.

    With `overwrite`, a gradient that arrives replaces what was there (= instead of +=). `seed` is spread over an array.
    """
    return descend(output, pulls(wires(output), numbers), fault, overwrite, seed)


def pulls(every: Sequence[Wire], numbers: Numbers) -> dict[Wire, Pull]:
    """What each of these wires does in a backward pass, by its consumer in the order of the pass."""
    return {wire: pull(wire, numbers) for wire in every}


def pull(wire: Wire, numbers: Numbers, operation: Op | None = None) -> Pull:
    """What one wire does: a product with its local derivative where all is scalar, else the whole pullback.

    With another `operation`, what the wire would do if its consumer were that one.
    """
    v, k = wire
    if any(shape_of(numbers[x]) for x in (v, *v.inputs)):
        return lambda g: contribution(v, k, g, numbers, operation)
    local = contribution(v, k, 1.0, numbers, operation)
    return lambda g: g * local


def descend(
    output: Value, pulls: Mapping[Wire, Pull], fault: Fault | None = None, overwrite: bool = False, seed: Number = 1.0
) -> Pass:
    """A backward pass along these wires, made ready: it may be run many times, each time with another fault."""
    shape = shape_of(output._data)
    gradients: dict[Value, Number] = {output: np.broadcast_to(seed, shape).astype(float) if shape else float(seed)}
    along: dict[Wire, Number] = {}
    for wire, pulled in pulls.items():
        v, k = wire
        if v not in gradients:
            continue
        g = gradients[v]
        c = pulled(g)
        if fault:
            c = fault(wire, g, c)
        if c is None:
            continue
        along[wire] = c
        x = v.inputs[k]
        gradients[x] = c if overwrite or x not in gradients else gradients[x] + c
    return Pass(gradients, along)


def wires(output: Value) -> list[Wire]:
    """Every wire on which a gradient can flow, in the order of the backward pass."""
    return [(v, k) for v in reversed(ancestors(output)) for k, x in enumerate(v.inputs) if not x.is_constant]


def contribution(v: Value, k: int, g: Number, numbers: Numbers, operation: Op | None = None) -> Number:
    """What flows back through one wire in a run: the engine's own pullback, or that of another operation."""
    op = operation or v.operation
    assert op is not None
    inputs = tuple(numbers[x] for x in v.inputs)
    letters: tuple[Any, ...] = (inputs, k) if op.arity is None else inputs
    with strict():
        c = pullback(op, k, _world(v, (*inputs, g)))(g, *letters, numbers[v], **v.parameters)
    return unbroadcast(c, shape_of(inputs[k]))


def _world(v: Value, numbers: tuple[Number, ...]) -> World:
    assert v.operation is not None
    arrays = not v.operation.elementwise or any(shape_of(x) for x in (*numbers, *v.parameters.values()))
    return ARRAYS if arrays else FLOATS


# A recorded graph computed again for many inputs at once: every array gets one more axis, the last, that counts them


Array = np.ndarray
Parameters = Mapping[str, Any]


def replay(order: Sequence[Value], given: Mapping[Value, Array]) -> Array:
    """The last value of `order` for all the inputs in `given`, each leaf's as (…, n)."""
    found: dict[Value, Array] = {}
    with quiet():  # what leaves a domain shows as NaN
        for v in order:
            if v in given:
                found[v] = given[v]
            elif v.operation is None:
                found[v] = np.asarray(v._data)[..., None]
            else:
                found[v] = _computed(v.operation, [found[x] for x in v.inputs], v.parameters)
    return found[order[-1]]


def _computed(op: Op, inputs: list[Array], given: Parameters) -> Array:
    if op.name == "matmul":
        return _product(*inputs)
    if not op.elementwise and op.name not in _MOVED:
        return _one_by_one(op, inputs, given)
    if op.elementwise:
        parameters = {name: p[..., None] if isinstance(p, np.ndarray) else p for name, p in given.items()}
    else:
        parameters = {**given, **_MOVED[op.name](inputs, given)}
    if op.arity is not None:
        return np.asarray(forward(op, ARRAYS)(*inputs, **parameters))
    n = max(x.shape[-1] for x in inputs)
    return np.asarray(forward(op, ARRAYS)(tuple(np.broadcast_to(x, (*x.shape[:-1], n)) for x in inputs), **parameters))


def _one_by_one(op: Op, inputs: list[Array], given: Parameters) -> Array:
    """What is no more than a function to us, such as an inverse, for each of the n in turn."""
    n = max(x.shape[-1] for x in inputs)
    rows = ([x[..., k % x.shape[-1]] for x in inputs] for k in range(n))
    return np.stack([forward(op, ARRAYS)(*row, **given) for row in rows], -1)


def _reduced(inputs: list[Array], given: Parameters) -> Parameters:
    return {"axis": axes_of(inputs[0].ndim - 1, given["axis"])}


def _shaped(inputs: list[Array], given: Parameters) -> Parameters:
    return {"shape": (*given["shape"], inputs[0].shape[-1])}


def _permuted(inputs: list[Array], given: Parameters) -> Parameters:
    return {"axes": (*given["axes"], len(given["axes"]))}


def _indexed(inputs: list[Array], given: Parameters) -> Parameters:
    parts = given["index"] if isinstance(given["index"], tuple) else (given["index"],)
    return {"index": (*parts, slice(None)) if any(part is ... for part in parts) else given["index"]}


def _joined(more: int) -> Callable[[list[Array], Parameters], Parameters]:
    return lambda inputs, given: {"axis": given["axis"] % (inputs[0].ndim - 1 + more)}


# The parameters that speak of axes, as they read with one axis more.
_MOVED: dict[str, Callable[[list[Array], Parameters], Parameters]] = {
    "sum": _reduced, "mean": _reduced, "max": _reduced, "logsumexp": _reduced,
    "reshape": _shaped, "broadcast": _shaped, "transpose": _permuted, "take": _indexed,
    "scatter": lambda inputs, given: {**_shaped(inputs, given), **_indexed(inputs, given)},
    "stack": _joined(1), "concatenate": _joined(0), "cumsum": _joined(0),
}  # fmt: skip


def _product(x: Array, y: Array) -> Array:
    """Matrix products, one for each of the n: for NumPy the axis that counts them has to come first."""
    row, column = x.ndim == 2, y.ndim == 2  # vectors count as matrices of one row (x) or one column (y)
    x, y = np.moveaxis(x, -1, 0), np.moveaxis(y, -1, 0)
    x, y = x[:, None, :] if row else x, y[:, :, None] if column else y
    rank = max(x.ndim, y.ndim)
    x, y = (m.reshape(m.shape[0], *(1,) * (rank - m.ndim), *m.shape[1:]) for m in (x, y))
    z = x @ y
    z = z[..., 0] if column else z
    z = z if not row else z[..., 0] if column else z[..., 0, :]
    return np.moveaxis(z, 0, -1)
