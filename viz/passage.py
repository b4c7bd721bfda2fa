"""The passage through a folded scope: the local derivative of the gate that it has become."""

from __future__ import annotations

from collections.abc import Iterator

from autograd_tiny.errors import AutogradError
from autograd_tiny.gradients import contributions
from autograd_tiny.value import differentiating
from viz.circuit import Circuit, Node


def slopes(circuit: Circuit) -> dict[str, float]:
    """∂result/∂input by the id of the wire that brings the input, for the folded scopes of one scalar result.

    Of several results, and of arrays, no single number tells it.
    """
    return {wire: slope for node in circuit.folded for wire, slope in _slopes(circuit, node)}


def _slopes(circuit: Circuit, node: Node) -> Iterator[tuple[str, float]]:
    results = [circuit.values[wire.value] for wire in circuit.wires_out_of(node.id)]
    if len(results) != 1 or results[0].ndim:
        return
    try:
        gradients = _backward(circuit, node)
    except AutogradError:  # no derivative exists there: the picture is drawn without it
        return
    for wire in circuit.wires_into(node.id):
        x = circuit.values[wire.value]
        if not x.ndim and id(x) in gradients:
            yield wire.id, gradients[id(x)]


def _backward(circuit: Circuit, node: Node) -> dict[int, float]:
    """The gradients of the scope's result, from it to what enters the scope and no further; by the values' ids."""
    [result] = [wire.value for wire in circuit.wires_out_of(node.id)]
    gradients = {id(circuit.values[result]): 1.0}
    for position in reversed(node.inside):
        v = circuit.values[position]
        if v.operation is None or id(v) not in gradients:
            continue
        with differentiating(lambda v=v: v):
            for slot, share in contributions(v, gradients[id(v)]):
                x = v.inputs[slot]
                gradients[id(x)] = gradients.get(id(x), 0.0) + share
    return gradients
