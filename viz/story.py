"""The story of a film: which parts of one laid-out picture appear at each step, and which gate is at work.

The bare circuit, each gate forward, the seed, each gate backward, and the sum at a Σ as soon as its branches are there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from autograd_tiny.steps import BackwardStep, Contribution
from viz.captions import Caption, Writer
from viz.circuit import Circuit, Wire
from viz.look import Look


@dataclass(frozen=True)
class Scene:
    """One step: what is revealed by it, what is lit during it, and its caption."""

    caption: Caption
    reveals: tuple[str, ...] = ()
    lit: tuple[str, ...] = ()


def scenes(circuit: Circuit, steps: Sequence[BackwardStep], writer: Writer, look: Look) -> Iterator[Scene]:
    """The scenes in order."""
    yield Scene(writer.bare())
    gates = [node for node in circuit.nodes if node.kind == "gate"]
    if "value" in look.show:
        for index, node in enumerate(gates, 1):
            caption = writer.forward(index, len(gates), circuit.values[node.value])
            yield Scene(caption, tuple(_values(circuit, node.id, node.value)), (node.id,))
    if "gradient" in look.show:
        yield from _backward(circuit, steps, writer)


def _values(circuit: Circuit, gate: str, position: int) -> Iterator[str]:
    """A gate's result; what it takes from a leaf appears with it."""
    for wire in circuit.wires_into(gate):
        if not circuit.values[wire.value].inputs:
            yield from _wires(circuit, wire.value, "value")
    yield from _wires(circuit, position, "value")


def _wires(circuit: Circuit, position: int, what: str) -> Iterator[str]:
    yield f"wire{position}.{what}"
    yield from (f"{branch.id}.{what}" for branch in circuit.branches(position))


def _backward(circuit: Circuit, steps: Sequence[BackwardStep], writer: Writer) -> Iterator[Scene]:
    place = {id(value): position for position, value in enumerate(circuit.values)}
    wires = {wire.use: wire for wire in circuit.wires if wire.use}
    seed, *rest = steps
    end = place[id(seed.value)]
    yield Scene(writer.seed(seed.upstream), (f"wire{end}.gradient", *_wires(circuit, end, "value")))
    arrived: dict[str, Contribution] = {}
    for index, step in enumerate(rest, 1):
        position = place[id(step.value)]
        came = {wires[position, share.slot]: share for share in step.contributions}
        marks = tuple(f"{wire.id}.{what}" for wire in came for what in ("gradient", "local"))
        caption = writer.backward(index, len(rest), step.value, step.contributions)
        yield Scene(caption, marks, (f"gate{position}",))
        arrived |= {wire.id: share for wire, share in came.items()}
        yield from _sums(circuit, list(came), arrived, writer)


def _sums(
    circuit: Circuit, came: Sequence[Wire], arrived: Mapping[str, Contribution], writer: Writer
) -> Iterator[Scene]:
    """The Σs whose last branch has just come: x·x brings both of its at once, and sums once."""
    for position in dict.fromkeys(wire.value for wire in came if not wire.stem):
        shares = [arrived[branch.id] for branch in circuit.branches(position) if branch.id in arrived]
        if len(shares) == len(circuit.branches(position)):
            total = next(arrived[wire.id].total for wire in reversed(came) if wire.value == position)
            caption = writer.sum(circuit.values[position], [share.contribution for share in shares], total)
            yield Scene(caption, (f"wire{position}.gradient",), (f"sum{position}",))
