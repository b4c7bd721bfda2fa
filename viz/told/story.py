"""The story of a film: which parts of one laid-out picture appear at each step, and which gate is at work.

The bare circuit, each gate forward, the seed, each gate backward, and the sum at a Σ as soon as its branches are there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from autograd_tiny.graphs.steps import BackwardStep, Contribution
from viz.graph.circuit import Circuit, Node, Wire
from viz.graph.joining import is_neutral
from viz.look import Look
from viz.told.captions import Caption, Writer, formula, words
from viz.wires.inscriptions import Reading
from viz.wires.readings import Shares, complete, shares_of
from viz.words.lettering import plain


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
            told = _forward(writer, circuit, node, (index, len(gates)))
            yield Scene(told, tuple(_values(circuit, node.id)), (node.id,))
    if "gradient" in look.show:
        yield from _backward(circuit, gates, steps, writer)


def _forward(writer: Writer, circuit: Circuit, node: Node, step: Step) -> Caption:
    speaker, values = _speaker(circuit, node), circuit.values
    if speaker is not None:
        return writer.forward(*step, values[speaker], values[node.value])
    if _is_sum(circuit, node):
        return writer.added(*step, values[node.value], [values[wire.value] for wire in circuit.wires_into(node.id)])
    return closed_forward(writer, circuit, node, step)


def _speaker(circuit: Circuit, node: Node) -> int | None:
    """The operation that a gate tells of: its own, or the only one in it that does something."""
    if node.folded:
        return None
    telling = [i for i in node.inside if not is_neutral(circuit.values[i])]
    return telling[0] if len(telling) == 1 else None if telling else node.value


def _is_sum(circuit: Circuit, node: Node) -> bool:
    """Whether a gate is a sum of more than two terms."""
    return not node.folded and {circuit.values[i].op for i in node.inside if circuit.values[i].inputs} == {"add"}


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
    shares = shares_of(circuit, steps)
    end = circuit.outputs[0]
    yield Scene(writer.seed(steps[0].upstream), (f"wire{end}.gradient", *_wires(circuit, end, "value")))
    arrived: set[str] = set()
    for index, node in enumerate(reversed(gates), 1):
        came = [wire for wire in circuit.wires_into(node.id) if readings[wire.id].gradient is not None]
        step, passes = (index, len(gates)), _passes(circuit, node, shares)
        if passes:
            caption = writer.backward(*step, passes[0].consumer, passes)
        else:
            caption = closed_backward(writer, circuit, node, step, readings)
        yield Scene(caption, tuple(f"{wire.id}.{what}" for wire in came for what in ("gradient", "local")), (node.id,))
        arrived.update(wire.id for wire in came)
        yield from _sums(circuit, came, arrived, writer, readings)
        yield from _held(circuit, node, writer, readings)


def _passes(circuit: Circuit, node: Node, shares: Shares) -> list[Contribution]:
    """What a gate hands on, slot by slot, as its operation does; nothing where it is no single operation."""
    into, gate = circuit.wires_into(node.id), _speaker(circuit, node)
    if _is_sum(circuit, node):
        total = circuit.values[node.value]
        return [replace(shares[wire.uses[0]], consumer=total) for wire in into if wire.uses[0] in shares]
    if gate is None or any(len(wire.uses) > 1 for wire in into):
        return []
    return [shares[gate, slot] for slot in range(len(circuit.values[gate].inputs)) if (gate, slot) in shares]


def _held(circuit: Circuit, node: Node, writer: Writer, readings: Mapping[str, Reading]) -> Iterator[Scene]:
    """The parameters in their gates that are used here first, and so have their last contribution now."""
    for at in circuit.held:
        first = circuit.uses[at][0][0]
        if len(circuit.uses[at]) > 1 and first in (node.value, *node.inside):
            reading = readings[f"held{at}"]
            yield Scene(writer.sum(circuit.values[at], reading.parts[::-1], reading.gradient, True), (), (node.id,))


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


# Captions of folded scopes: one forward step and one backward step for everything inside -----------------------------
#
# forward 2 of 2: σ, 4 gates in one: f = 0.73
# ∂f/∂x → (0.20)(1.00) = 0.20             the local derivative is that of the whole scope


Step = tuple[int, int]  # index of count
MOST = 8  # wires that a caption lists


def closed_forward(writer: Writer, circuit: Circuit, node: Node, step: Step) -> Caption:
    """What the scope computes from what enters it."""
    results = [circuit.values[wire.value] for wire in circuit.wires_out_of(node.id)]
    told = [f"{writer.name(value)} = {writer.number(value._data)}" for value in results]
    start = f"forward {step[0]} of {step[1]}: {_named(circuit, node)}: "
    return (*words(start), *formula(", ".join(_some(told)), "value"))


def closed_backward(
    writer: Writer, circuit: Circuit, node: Node, step: Step, readings: Mapping[str, Reading]
) -> Caption:
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
    face, several = plain(node.face), f"{gates} gates"
    return face if gates < 2 or face.startswith(several) else f"{face}, {several} in one"


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
