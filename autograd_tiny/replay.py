"""A recorded circuit, run again: with other numbers at its leaves, or with a fault in its backward pass.

Glossary: a *wire* is (consumer, slot), the edge on which a value enters an operation; *numbers* maps each value to its
number in one run; *g* is the gradient that arrives at a value, *c* the contribution that leaves on a wire.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from autograd_tiny.compiling import forward, pullback
from autograd_tiny.flags import strict
from autograd_tiny.numbers import ARRAYS, FLOATS, World
from autograd_tiny.shapes import shape_of, unbroadcast
from autograd_tiny.value import Value, ancestors

Number: TypeAlias = Any  # float or ndarray
Wire: TypeAlias = tuple[Value, int]
Numbers: TypeAlias = Mapping[Value, Number]
Fault: TypeAlias = Callable[[Wire, Number, Number], Number | None]  # wire, g, c ↦ what flows instead; None: nothing


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
    """The backward pass of `output` in a run: the engine's own pullbacks, and one fault if asked for.

    With `overwrite`, a gradient that arrives replaces what was there (= instead of +=). `seed` is spread over an array.
    """
    shape = shape_of(output._data)
    gradients: dict[Value, Number] = {output: np.broadcast_to(seed, shape).astype(float) if shape else float(seed)}
    along: dict[Wire, Number] = {}
    for v in reversed(ancestors(output)):
        if v.operation is None or v not in gradients:
            continue
        for k, x in enumerate(v.inputs):
            if x.is_constant:
                continue
            c = _contribution(v, k, gradients[v], numbers)
            if fault:
                c = fault((v, k), gradients[v], c)
            if c is None:
                continue
            along[v, k] = c
            gradients[x] = c if overwrite or x not in gradients else gradients[x] + c
    return Pass(gradients, along)


def wires(output: Value) -> list[Wire]:
    """Every wire on which a gradient can flow, in the order of the backward pass."""
    return [(v, k) for v in reversed(ancestors(output)) for k, x in enumerate(v.inputs) if not x.is_constant]


def _contribution(v: Value, k: int, g: Number, numbers: Numbers) -> Number:
    assert v.operation is not None
    inputs = tuple(numbers[x] for x in v.inputs)
    letters: tuple[Any, ...] = (inputs, k) if v.operation.arity is None else inputs
    with strict():
        c = pullback(v.operation, k, _world(v, (*inputs, g)))(g, *letters, numbers[v], **v.parameters)
    return unbroadcast(c, shape_of(inputs[k]))


def _world(v: Value, numbers: tuple[Number, ...]) -> World:
    assert v.operation is not None
    arrays = not v.operation.elementwise or any(shape_of(x) for x in (*numbers, *v.parameters.values()))
    return ARRAYS if arrays else FLOATS
