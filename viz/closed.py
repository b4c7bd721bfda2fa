"""Captions of folded scopes: one forward step and one backward step for everything inside.

forward 2 of 2: σ, 4 gates in one: f = 0.73
∂f/∂x → (0.20)(1.00) = 0.20             the local derivative is that of the whole scope
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from autograd_tiny.graphs.steps import Contribution
from viz.captions import Caption, Writer, formula, words
from viz.circuit import Circuit, Node, Wire
from viz.inscriptions import Reading
from viz.lettering import plain

Step = tuple[int, int]  # index of count
MOST = 8  # wires that a caption lists


def forward(writer: Writer, circuit: Circuit, node: Node, step: Step) -> Caption:
    """What the scope computes from what enters it."""
    results = [circuit.values[wire.value] for wire in circuit.wires_out_of(node.id)]
    told = [f"{writer.name(value)} = {writer.number(value._data)}" for value in results]
    start = f"forward {step[0]} of {step[1]}: {_named(circuit, node)}: "
    return (*words(start), *formula(", ".join(_some(told)), "value"))


def backward(writer: Writer, circuit: Circuit, node: Node, step: Step, readings: Mapping[str, Reading]) -> Caption:
    """What arrives at its results, and what it passes on."""
    shares = list(_shares(circuit, node, readings))
    start = f"backward {step[0]} of {step[1]}: {_named(circuit, node)}: "
    if shares and all(share.local is not None for share in shares):
        head = words(f"{start}downstream = local × upstream")
    else:
        head = (
            *words(f"{start}upstream "),
            *formula(", ".join(_some(list(_upstream(writer, circuit, node, readings))))),
        )
    lines = _some([writer.share(share) for share in shares])
    return (*head, *formula("\n" + ",\n".join(lines), "gradient")) if lines else head


def _named(circuit: Circuit, node: Node) -> str:
    gates = sum(bool(circuit.values[position].inputs) for position in node.inside)
    return f"{plain(node.face)}, {gates} gates in one" if gates != 1 else plain(node.face)


def _upstream(writer: Writer, circuit: Circuit, node: Node, readings: Mapping[str, Reading]) -> Iterator[str]:
    for wire in circuit.wires_out_of(node.id):
        reading = readings[wire.id]
        if reading.gradient is not None:
            elsewhere = "" if reading.total is None else ", from outside"
            yield f"{writer.partial(circuit.values[wire.value])} = {writer.number(reading.gradient)}{elsewhere}"


def _shares(circuit: Circuit, node: Node, readings: Mapping[str, Reading]) -> Iterator[Contribution]:
    """What the scope passes on, as if it were one operation."""
    result: Wire = circuit.wires_out_of(node.id)[-1]
    upstream = readings[result.id].gradient
    for slot, wire in enumerate(circuit.wires_into(node.id)):
        reading = readings[wire.id]
        if reading.gradient is not None:
            consumer, x = circuit.values[result.value], circuit.values[wire.value]
            yield Contribution(consumer, slot, x, upstream, reading.local, reading.gradient, reading.gradient, "")


def _some(told: list[str]) -> list[str]:
    return told if len(told) <= MOST else [*told[:MOST], f"and {len(told) - MOST} more"]
