"""A circuit in sentences: what a screen reader says in place of the picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from autograd_tiny import Value
from autograd_tiny.words.words import word
from viz.graph import folding, history, scopes
from viz.graph.circuit import Circuit, Node, Wire
from viz.wires.inscriptions import Reading
from viz.words import figures
from viz.words.figures import Precision
from viz.words.lettering import plain, shorten

MOST = 40  # gates that are told one by one
FEW = 4  # values that a caption names


def title(circuit: Circuit) -> str:
    """`Circuit of z`."""
    names = [shorten(circuit.labels[position]) for position in circuit.outputs]
    return "Circuit of " + ", ".join(names) if all(names) else "Circuit"


def describe(circuit: Circuit, readings: Mapping[str, Reading], precision: Precision = 2) -> str:
    """Inputs, gates in order, and gradients, as far as they are known."""
    leaves = [node for node in circuit.nodes if node.kind == "leaf"]
    gates = [node for node in circuit.nodes if node.kind == "gate"]
    inputs = _listed([_known(circuit, node.value, readings, precision) for node in leaves])
    told = [_gate(circuit, number, node, readings, precision) for number, node in enumerate(gates[:MOST], 1)]
    more = [f"And {len(gates) - MOST} more gates."] if len(gates) > MOST else []
    count = f"{len(gates)} gate{'s' if len(gates) != 1 else ''}"
    gradients = list(_gradients(circuit, leaves, readings, precision))
    gradients += _held(circuit, readings, precision)
    return " ".join([f"{title(circuit)}: {count}.", f"Inputs: {inputs}.", *told, *more, *gradients])


def called(circuit: Circuit, position: int) -> str:
    """A value's label, with its scope or number where several share it; else its number in the circuit."""
    label, scope = shorten(circuit.labels[position]), circuit.stands[position]
    if not label or circuit.namesakes[label] == 1:
        return label or f"value {position + 1}"
    alone = scope and circuit.namesakes[label, scope] == 1
    return f"{label} ({shorten(scopes.path(scope)) if alone else f'value {position + 1}'})"


def _known(circuit: Circuit, position: int, readings: Mapping[str, Reading], precision: Precision) -> str:
    number = readings.get(f"wire{position}", Reading()).value
    name = called(circuit, position)
    if number is None:
        return name
    told = _number(number, precision)
    return f"{name} {told}" if told.startswith("of shape") else f"{name} = {told}"


def _number(number: Any, precision: Precision) -> str:
    """A number in a sentence; an array that is too large for one by its shape."""
    told = figures.inline(number, precision)
    return f"of shape {told}" if told.startswith("(") else told


def _gate(circuit: Circuit, number: int, node: Node, readings: Mapping[str, Reading], precision: Precision) -> str:
    inside = {node.value, *node.inside}
    held = [at for at in circuit.held if any(consumer in inside for consumer, _ in circuit.uses[at])]
    inputs = [_bundle(wire) or called(circuit, wire.value) for wire in circuit.wires_into(node.id)]
    inputs = inputs or [called(circuit, at) for at in held]
    results = [
        _bundle(wire) or _known(circuit, wire.value, readings, precision) for wire in circuit.wires_out_of(node.id)
    ]
    return f"Gate {number}, {_said(circuit, node)}, takes {_listed(inputs)} and gives {_listed(results)}."


def _bundle(wire: Wire) -> str:
    """How many values a wire carries, where these are several."""
    return f"{len(wire.bundle)} values" if wire.bundle else ""


def _said(circuit: Circuit, node: Node) -> str:
    """A gate in words; a folded scope by its name and what is inside."""
    if node.folded:
        inside = Counter(word(v.op).spoken for v in map(circuit.values.__getitem__, node.inside) if v.inputs)
        told = [f"{count} × {name}" if count > 1 else name for name, count in inside.items()]
        return f"{shorten(scopes.path(node.folded))}, a folded scope of {_listed(told)}"
    if node.pins > 1:  # what a cell's gates have in common
        return plain(node.face)
    wired = {slot for uses in circuit.uses.values() for consumer, slot in uses if consumer == node.value}
    return spoken_gate(circuit.values[node.value], wired)


def at_work(circuit: Circuit, lit: Collection[str]) -> str:
    """The gates that a frame lights: `multiply gate`; of a Σ: `sum of the branches of w`."""
    return _listed(
        [
            f"{_said(circuit, node)} gate"
            if node.kind == "gate"
            else f"sum of the branches of {called(circuit, node.value)}"
            for node in circuit.nodes
            if node.id in lit
        ]
    )


def _gradients(
    circuit: Circuit, leaves: list[Node], readings: Mapping[str, Reading], precision: Precision
) -> Iterator[str]:
    known = [(node, readings.get(f"wire{node.value}", Reading()).gradient) for node in leaves]
    told = [
        f"{called(circuit, node.value)} {_number(gradient, precision)}" + _sum(circuit, node.value, readings, precision)
        for node, gradient in known[:MOST]
        if gradient is not None
    ]
    if told:
        yield f"Gradients: {_listed(told)}."


def _held(circuit: Circuit, readings: Mapping[str, Reading], precision: Precision) -> Iterator[str]:
    """The parameters that stand in their gates: what they are, and their gradients as sums."""
    for at in circuit.held[:MOST]:
        reading, label = readings.get(f"held{at}", Reading()), called(circuit, at)
        if not circuit.labels[at]:
            continue
        value = "" if reading.value is None else f" is {_number(reading.value, precision)}"
        told = f"Parameter {label}{value}"
        if reading.gradient is not None:
            parts = [_number(part, precision) for part in reading.parts]
            sums = f", the sum of {_listed(parts)}" if 1 < len(parts) <= MOST and not reading.origin else ""
            told += f"{',' if value else ' has'} its gradient {_number(reading.gradient, precision)}{sums}"
        yield f"{told}."


def _sum(circuit: Circuit, position: int, readings: Mapping[str, Reading], precision: Precision) -> str:
    branches = [readings.get(wire.id, Reading()).gradient for wire in circuit.branches(position)]
    parts = [_number(branch, precision) for branch in branches if branch is not None]
    whole = readings.get(f"wire{position}", Reading())
    told = [f"the sum of {_listed(parts)}"] if len(parts) > 1 and len(parts) == len(branches) else []
    if whole.origin and whole.besides is None:
        return f" (this pass brought {told[0]})" if told else ""
    told += [f"{_number(whole.besides, precision)} besides"] if whole.besides is not None else []
    return f" ({', and '.join(told)})" if told else ""


# What there is to say of gradients that are not what comes along the wires drawn, by how they came to be.
_NOTES = {
    "cleared": "{the} of {which} {have} been cleared.",
    "set": "{the} of {which} {were} set by hand or clipped.",
    "added": "Other passes or uses have added to {the} of {which}{written}; zero_grad() clears {them}.",
    "replaced": "{the} of {which} {come} from another pass, or {have} been changed since.",
    "foreign": "{the} of {which} {are} not the sum of what comes along the branches.",
    "unfinished": "The gradient of {ends} was set by hand; {the} of {which} {are} not what follows from it.",
}
_WRITTEN = ", or an array was written to"  # which nobody can know
_WORDS = {
    "the": ("the gradient", "the gradients"), "have": ("has", "have"), "were": ("was", "were"), "them": ("it", "them"),
    "come": ("comes", "come"), "are": ("is", "are"),
}  # fmt: skip


def changed(circuit: Circuit, precision: Precision = 2) -> str:
    """Which numbers are others now than those that are drawn; empty where none is."""
    place = {id(value): position for position, value in enumerate(circuit.values)}
    return history.told(circuit.values, lambda value: called(circuit, place[id(value)]), precision)


def notes(circuit: Circuit, readings: Mapping[str, Reading]) -> str:
    """What became of gradients that are not the sum of what this pass brings; empty where all of them are."""
    ends = [at for at in circuit.outputs if circuit.values[at]._rule.gradient == "set"]
    found: dict[str, list[int]] = {kind: [] for kind in _NOTES}
    for wire in circuit.wires:
        origin = readings.get(wire.id, Reading()).origin
        if origin:
            found["unfinished" if ends and origin in ("added", "replaced") else origin].append(wire.value)
    return " ".join(_note(circuit, kind, places, ends) for kind, places in found.items() if places)


def _note(circuit: Circuit, kind: str, places: Sequence[int], ends: Sequence[int]) -> str:
    names = [called(circuit, at) for at in places]
    which = _listed(names if len(names) <= FEW else [*names[:FEW], f"{len(names) - FEW} more"])
    written = _WRITTEN if any(circuit.values[at].ndim for at in places) else ""
    words = {key: forms[len(names) > 1] for key, forms in _WORDS.items()}
    told = _NOTES[kind].format(
        which=which, written=written, ends=_listed([called(circuit, at) for at in ends]), **words
    )
    return told[0].upper() + told[1:]


def _listed(parts: list[str]) -> str:
    if len(parts) > MOST:
        parts = [*parts[:MOST], f"{len(parts) - MOST} more"]
    return ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1] if parts else "none"


# A gate's name as one says it: `square` for ( )², `subtract 3` for −3; a screen reader may pass over the signs -------


_SHORT = {"divide 1 by it": "reciprocal", "power 2": "square", "power 3": "cube"}


def spoken_gate(value: Value, wired: Collection[int]) -> str:
    """What the gate of `value` does; the inputs of the slots `wired` come through wires, others stand in it."""
    for slot, (x, told) in enumerate(zip(value.inputs, word(value.op).told, strict=False)):
        if slot not in wired and told:
            said = told.format(figures.short(x._data))
            return _SHORT.get(said, said)
    return word(value.op).spoken + _setting(value)


def _setting(value: Value) -> str:
    """Which part is taken, along which axis, to which shape."""
    if value.op == "take":
        return f" [{shorten(folding.index(value.parameters['index']))}]"
    for key, said in (("axis", "along axis"), ("shape", "to shape")):
        if value.parameters.get(key) is not None:
            return f" {said} {value.parameters[key]}"
    return ""
