"""Interiors: of an array operation its scalar circuit, of a scope what was recorded there, with named ends."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np

from autograd_tiny import Value, to_scalars
from autograd_tiny.scopes import within
from autograd_tiny.value import Constant, ancestors, record
from viz.graph import scopes, wording
from viz.graph.circuit import Circuit, circuit, drawn_values
from viz.graph.model import Scope
from viz.told.captions import Writer
from viz.words.figures import Precision
from viz.words.lettering import shorten

LETTERS = "xyuvwpqrs"  # what inputs are called that have no name: x and y as in the table of operations


def scalar_circuit(value: Value) -> list[Value]:
    """The numbers of `value`, each made by scalar gates from fresh copies of its inputs, with their gradients.

    They stand in no scope. Gradients are what `value`'s recorded gradient gives; there are none without it.
    """
    with within(()):
        scalars = np.ravel(np.asarray(to_scalars(_alone(value)), object)).tolist()
        if value.has_grad:
            _backpropagate(scalars, np.ravel(value.grad).tolist())
    return list(scalars)


def scope_circuit(
    outputs: tuple[Value, ...], constants: bool, scope: Scope, precision: Precision, held: Collection[Value] = ()
) -> Circuit:
    """What was recorded in a scope, with named inputs and outputs; the scopes in it are folded.

    Where it holds nothing but one other scope, that one is open. With parameters `held` in their gates a cell has the
    lecture's form.
    """
    values = drawn_values(outputs, constants)
    stands = scopes.instances(ancestors(*outputs))
    within = {value: stands[value] for value in values if stands[value][: len(scope)] == scope}
    depth = len(scope)
    while depth < max(map(len, within.values())) and scopes.gates(within, scopes.deeper(within, depth)) == 1:
        depth += 1
    folded = scopes.deeper(within, depth)
    drawn = circuit(outputs, constants, folded=folded, within=scope, held=held, tidy=bool(held))
    names = dict(_edges(drawn, Writer(values, precision), scope))
    told = dict(zip(drawn.values, drawn.labels, strict=True))

    def called(value: Value) -> str:
        return told[value] or names.get(id(value), "")

    return circuit(outputs, constants, called, folded, scope, held, tidy=bool(held))


def _edges(circuit: Circuit, writer: Writer, scope: Scope) -> Iterator[tuple[int, str]]:
    """A name, by its id, for each value without one that enters or leaves: `w·x`, `from +`, `to tanh`."""
    for node in circuit.nodes:
        value = circuit.values[node.value]
        if node.kind not in ("leaf", "end") or value.label or value.is_constant:
            continue
        leads_to = [consumer for consumer, _ in circuit.uses[node.value]]
        beyond = [circuit.values[gate] for gate in leads_to if circuit.stands[gate][: len(scope)] != scope]
        if not writer.sign(value):
            yield id(value), writer.name(value)
        elif node.kind == "leaf":
            yield id(value), f"from {wording.gate(value)}"
        elif beyond:
            yield id(value), f"to {', '.join(dict.fromkeys(map(wording.gate, beyond)))}"


def title_of(value: Value, writer: Writer) -> str:
    """`s = W @ x`; of inputs without names only the symbol, `s = @`."""
    told = wording.step(value, lambda x, binding: x.label or writer.name(x, binding))
    if any(writer.sign(x) not in ("", x.label) for x in value.inputs):
        told = wording.gate(value)
    return shorten(f"{value.label} = {told}" if value.label else told, 40)


def _alone(value: Value) -> Value:
    """The operation over leaves of its own."""
    assert value.operation is not None
    free = (letter for letter in LETTERS if all(letter != x.label for x in value.inputs))
    leaves: dict[int, Any] = {}
    for x in value.inputs:
        if id(x) not in leaves:
            leaves[id(x)] = Constant(x._data) if x.is_constant else Value(x._data, x.label or next(free, ""))
    made = record(value.operation, *(leaves[id(x)] for x in value.inputs), **value.parameters)
    made.label = value.label or "z"
    return made


def _backpropagate(scalars: list[Value], gradients: list[float]) -> None:
    """One backward pass for all results: of their sum, each times its gradient."""
    total: Any = 0.0
    for scalar, gradient in zip(scalars, gradients, strict=True):
        total = total + scalar * gradient
    total.backward()
