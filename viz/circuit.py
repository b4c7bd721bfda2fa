"""The picture's model: a recorded graph as nodes, wires and boxes, before any page, font or colour.

Each value is named by its position in the graph's own order, so that the same graph gives the same ids.
A value used once has one wire. A value used n times has a stem, a Σ and n branches (x*x has two).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from autograd_tiny import Value
from autograd_tiny.backward import ancestors
from viz import folding
from viz.lettering import Line, line, name

Kind = Literal["leaf", "gate", "fan", "end"]
Scope = tuple[str, ...]
Called = Callable[[Value], str]


@dataclass(frozen=True)
class Node:
    """A leaf's name, a gate, the Σ of a fan-out, or the name an output ends in; `value` is a position."""

    id: str
    kind: Kind
    value: int
    face: Line
    scope: Scope
    tooltip: str = ""


@dataclass(frozen=True)
class Wire:
    """A line from node to node that carries value `value`.

    `use` is (consumer's position, input slot) where it enters a gate; `stem` is True where the wire carries the
    value's whole gradient, False for a branch that carries one contribution.
    """

    id: str
    tail: str
    head: str
    value: int
    stem: bool
    name: Line
    scope: Scope
    use: tuple[int, int] | None = None


@dataclass(frozen=True)
class Box:
    """A scope, drawn around what was recorded inside."""

    id: str
    scope: Scope


@dataclass(frozen=True)
class Circuit:
    """All parts, in the graph's order; `values` are those drawn, `outputs` the positions of the last ones."""

    values: tuple[Value, ...]
    outputs: tuple[int, ...]
    nodes: tuple[Node, ...]
    wires: tuple[Wire, ...]
    boxes: tuple[Box, ...]
    uses: Mapping[int, tuple[tuple[int, int], ...]]

    @property
    def gates(self) -> int:
        """How many gates there are."""
        return sum(node.kind == "gate" for node in self.nodes)

    def node(self, name: str) -> Node:
        """The node of that id."""
        return self._named[name]

    def wires_into(self, node: str) -> tuple[Wire, ...]:
        """The wires that end at a node, by input slot."""
        return self._into.get(node, ())

    def branches(self, position: int) -> tuple[Wire, ...]:
        """The wires that leave the Σ of a value; none if it is used once."""
        return self._out_of.get(f"sum{position}", ())

    @cached_property
    def _named(self) -> dict[str, Node]:
        return {node.id: node for node in self.nodes}

    @cached_property
    def _into(self) -> dict[str, tuple[Wire, ...]]:
        found: dict[str, list[Wire]] = {}
        for wire in self.wires:
            found.setdefault(wire.head, []).append(wire)
        return {node: tuple(sorted(wires, key=_slot)) for node, wires in found.items()}

    @cached_property
    def _out_of(self) -> dict[str, tuple[Wire, ...]]:
        found: dict[str, list[Wire]] = {}
        for wire in self.wires:
            found.setdefault(wire.tail, []).append(wire)
        return {node: tuple(wires) for node, wires in found.items()}


def label_of(value: Value) -> str:
    """What a value is called in its picture, unless a film gives it another name."""
    return value.label


def circuit(outputs: Sequence[Value], constants: bool = False, called: Called = label_of) -> Circuit:
    """The circuit that computes `outputs`; constants fold into their gates unless `constants`."""
    values = _drawn_values(outputs, constants)
    place = {id(value): position for position, value in enumerate(values)}
    ends = tuple(dict.fromkeys(place[id(output)] for output in outputs))
    uses = _uses(values, place, constants)
    nodes: list[Node] = []
    wires: list[Wire] = []
    for position, value in enumerate(values):
        more_nodes, more_wires = _parts(position, value, values, uses[position], position in ends, constants, called)
        nodes += more_nodes
        wires += more_wires
    return Circuit(values, ends, tuple(nodes), tuple(wires), _boxes(nodes), uses)


def _slot(wire: Wire) -> int:
    return wire.use[1] if wire.use else 0


def _drawn_values(outputs: Sequence[Value], constants: bool) -> tuple[Value, ...]:
    """The ancestors without those constants that stand in their gates."""
    graph = ancestors(*outputs)
    needed = {id(x) for value in graph for _, x in folding.drawn(value, constants)} | set(map(id, outputs))
    return tuple(value for value in graph if id(value) in needed)


def _uses(values: Sequence[Value], place: dict[int, int], constants: bool) -> dict[int, tuple[tuple[int, int], ...]]:
    """For each value the (consumer, slot) it enters, in the graph's order."""
    uses: dict[int, list[tuple[int, int]]] = {position: [] for position in range(len(values))}
    for consumer, value in enumerate(values):
        for slot, x in folding.drawn(value, constants):
            uses[place[id(x)]].append((consumer, slot))
    return {position: tuple(found) for position, found in uses.items()}


def _parts(
    i: int,
    value: Value,
    values: Sequence[Value],
    uses: tuple[tuple[int, int], ...],
    is_end: bool,
    constants: bool,
    called: Called,
) -> tuple[list[Node], list[Wire]]:
    """A value's own node, its wires to whatever uses it, and the Σ between where there are several."""
    nodes = [_source(i, value, constants, called)]
    targets: list[tuple[str, Scope, tuple[int, int] | None]] = [(f"gate{c}", values[c].scope, (c, s)) for c, s in uses]
    if is_end:
        nodes.append(Node(f"end{i}", "end", i, name(called(value)) if value.inputs else (), ()))
        targets.append((f"end{i}", (), None))
    label = name(called(value), "value") if value.inputs and not (is_end and len(targets) == 1) else ()
    start, scope = nodes[0].id, value.scope
    if len(targets) == 1:
        (head, where, use) = targets[0]
        return nodes, [Wire(f"wire{i}", start, head, i, True, label, _common(scope, where), use)]
    fan = Node(f"sum{i}", "fan", i, line("Σ", "gradient"), scope, f"{len(targets)} branches: gradients ADD")
    wires = [Wire(f"wire{i}", start, fan.id, i, True, label, scope)]
    for number, (head, where, use) in enumerate(targets):
        wires.append(Wire(f"wire{i}-{number}", fan.id, head, i, False, (), _common(scope, where), use))
    return [*nodes, fan], wires


def _source(i: int, value: Value, constants: bool, called: Called) -> Node:
    if value.inputs:
        return Node(f"gate{i}", "gate", i, folding.symbol(value, constants), value.scope, folding.meaning(value))
    face = name(called(value)) or (line("const", "muted") if value.is_constant else ())
    return Node(f"leaf{i}", "leaf", i, face, value.scope)


def _common(one: Scope, other: Scope) -> Scope:
    shared = 0
    while shared < min(len(one), len(other)) and one[shared] == other[shared]:
        shared += 1
    return one[:shared]


def _boxes(nodes: Sequence[Node]) -> tuple[Box, ...]:
    """One box per scope, outer ones first."""
    found: dict[Scope, None] = {}
    for node in nodes:
        found.update(dict.fromkeys(_openings(node.scope)))
    return tuple(Box(f"box{number}", scope) for number, scope in enumerate(found))


def _openings(scope: Scope) -> Iterator[Scope]:
    return (scope[: depth + 1] for depth in range(len(scope)))
