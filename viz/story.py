"""The story of a film: which parts of one laid-out picture appear at each step, and which gate is at work.

The bare circuit, each gate forward, the seed, each gate backward, and the sum at a Σ as soon as its branches are there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from autograd_tiny.graphs.steps import BackwardStep
from viz import closed
from viz.captions import Caption, Writer
from viz.circuit import Circuit, Node, Wire
from viz.inscriptions import Reading
from viz.look import Look
from viz.readings import complete


@dataclass(frozen=True)
class Scene:
    """One step: what is revealed by it, what is lit during it, its caption, and whose gradient it asks for."""

    caption: Caption
    reveals: tuple[str, ...] = ()
    lit: tuple[str, ...] = ()
    asks: int | None = None


def scenes(
    circuit: Circuit, steps: Sequence[BackwardStep], writer: Writer, look: Look, note: str = ""
) -> Iterator[Scene]:
    """The scenes in order; the first also says the note."""
    gates = [node for node in circuit.nodes if node.kind == "gate"]
    yield Scene(writer.bare(len(gates), note))
    if "value" in look.show:
        for index, node in enumerate(gates, 1):
            told = closed.forward if node.folded else _forward
            yield Scene(told(writer, circuit, node, (index, len(gates))), tuple(_values(circuit, node.id)), (node.id,))
    if "gradient" in look.show:
        yield from _backward(circuit, gates, steps, writer)


def _forward(writer: Writer, circuit: Circuit, node: Node, step: closed.Step) -> Caption:
    return writer.forward(*step, circuit.values[node.value])


def _values(circuit: Circuit, gate: str) -> Iterator[str]:
    """A gate's results; what it takes from a leaf appears with them."""
    for wire in circuit.wires_into(gate):
        if not circuit.values[wire.value].inputs:
            yield from _wires(circuit, wire.value, "value")
    for wire in circuit.wires_out_of(gate):
        yield from _wires(circuit, wire.value, "value")


def _wires(circuit: Circuit, position: int, what: str) -> Iterator[str]:
    yield f"wire{position}.{what}"
    yield from (f"{branch.id}.{what}" for branch in circuit.branches(position))


def _backward(
    circuit: Circuit, gates: Sequence[Node], steps: Sequence[BackwardStep], writer: Writer
) -> Iterator[Scene]:
    readings = complete(circuit, steps)
    passed = {id(step.value): step.contributions for step in steps}
    end = circuit.outputs[0]
    yield Scene(writer.seed(steps[0].upstream), (f"wire{end}.gradient", *_wires(circuit, end, "value")))
    arrived: set[str] = set()
    for index, node in enumerate(reversed(gates), 1):
        came = [wire for wire in circuit.wires_into(node.id) if readings[wire.id].gradient is not None]
        if node.folded:
            caption = closed.backward(writer, circuit, node, (index, len(gates)), readings)
        else:
            value = circuit.values[node.value]
            caption = writer.backward(index, len(gates), value, passed[id(value)])
        yield Scene(caption, tuple(f"{wire.id}.{what}" for wire in came for what in ("gradient", "local")), (node.id,))
        arrived.update(wire.id for wire in came)
        yield from _sums(circuit, came, arrived, writer, readings)


def _sums(
    circuit: Circuit, came: Sequence[Wire], arrived: Collection[str], writer: Writer, readings: Mapping[str, Reading]
) -> Iterator[Scene]:
    """The Σs whose last branch has just come: x·x brings both of its at once, and sums once."""
    for position in dict.fromkeys(wire.value for wire in came if not wire.stem):
        branches = circuit.branches(position)
        if all(branch.id in arrived for branch in branches):
            stem = f"wire{position}"
            parts = [readings[branch.id].gradient for branch in branches]
            whole = readings[stem].total is None
            caption = writer.sum(circuit.values[position], parts, readings[stem].gradient, whole)
            yield Scene(caption, (f"{stem}.gradient",), (f"sum{position}",))
