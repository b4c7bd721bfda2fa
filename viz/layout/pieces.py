"""A circuit taken apart at its boxes: each is laid out by itself, and stands in the one around it as a single block.

So no wire can run through a box that it does not enter, and boxes stand side by side in any order.

sheet   what one layout holds: nodes, the texts of wires, blocks, and pins at its edges
place   what stands on a sheet: ("node", id), ("text", wire), ("block", key); ("in", wire), ("out", wire) at its edge
link    a wire's part between two neighbouring places on one sheet
home    where a sheet lies: the boxes around it, each with the number of its piece

A box whose results come back to it, by way of others, is drawn in several pieces.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from viz.graph.circuit import Circuit, Node, Scope, Wire

Home = tuple[tuple[Scope, int], ...]
Place = tuple[str, str]


@dataclass(frozen=True)
class Link:
    """Part `number` of a wire; where a place is a block, its door is the wire's."""

    wire: Wire
    number: int
    tail: Place
    head: Place


@dataclass
class Sheet:
    """What stands in a piece of a box, in the circuit's order."""

    home: Home
    key: str
    nodes: list[Node] = field(default_factory=list)
    texts: list[Wire] = field(default_factory=list)
    blocks: list[Sheet] = field(default_factory=list)
    ins: list[Wire] = field(default_factory=list)
    outs: list[Wire] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    birth: int = 0  # the position of the first value inside

    @property
    def gates(self) -> int:
        """How many gates stand in it, a block counted as one."""
        return sum(node.kind == "gate" for node in self.nodes) + len(self.blocks)

    @cached_property
    def led(self) -> dict[str, Node]:
        """The leaves that stand beside the texts of their wires, by wire: the two are level."""
        leaves = {node.id: node for node in self.nodes if node.kind == "leaf"}
        return {wire.id: leaves[wire.tail] for wire in self.texts if wire.tail in leaves}

    def name(self, place: Place) -> str:
        """What a place is called in a layout: a leaf as the text that it stands beside."""
        kind, key = place
        return f"{kind}-{key}" if kind in ("in", "out") else self._leading.get(key, key)

    @cached_property
    def _leading(self) -> dict[str, str]:
        return {leaf.id: wire for wire, leaf in self.led.items()}


def sheets(circuit: Circuit) -> list[Sheet]:
    """The page and its boxes, each before those inside."""
    homes = _homes(circuit)
    found: dict[Home, Sheet] = {(): Sheet((), "page")}
    for node in circuit.nodes:
        home = homes[node.id]
        for depth in range(1, len(home) + 1):
            if home[:depth] not in found:
                found[home[:depth]] = Sheet(home[:depth], f"block{len(found)}", birth=len(circuit.values))
                found[home[: depth - 1]].blocks.append(found[home[:depth]])
            if node.kind != "end":
                sheet = found[home[:depth]]
                sheet.birth = min(sheet.birth, *(node.inside or (node.value,)))
        found[home].nodes.append(node)
    for wire in circuit.wires:
        _lead(wire, homes[wire.tail], homes[wire.head], found)
    return [*found.values()]


def _lead(wire: Wire, start: Home, end: Home, found: Mapping[Home, Sheet]) -> None:
    """A wire on its way: out of the boxes around its tail, past its text, into those around its head."""
    shared = sum(1 for _ in _shared(start, end))
    way: list[tuple[Home, Place]] = [(start, ("node", wire.tail))]
    for depth in range(len(start), shared, -1):
        way += [(start[:depth], ("out", wire.id)), (start[: depth - 1], ("block", found[start[:depth]].key))]
        found[start[:depth]].outs.append(wire)
    way.append((start[:shared], ("text", wire.id)))
    found[start[:shared]].texts.append(wire)
    for depth in range(shared, len(end)):
        way += [(end[:depth], ("block", found[end[: depth + 1]].key)), (end[: depth + 1], ("in", wire.id))]
        found[end[: depth + 1]].ins.append(wire)
    way.append((end, ("node", wire.head)))
    for number, ((home, tail), (other, head)) in enumerate(pairwise(way)):
        if home == other:
            found[home].links.append(Link(wire, number, tail, head))


def _shared(one: Home, other: Home) -> Iterable[object]:
    for first, second in zip(one, other, strict=False):
        if first != second:
            return
        yield first


# Which piece of which box every node stands in -----------------------------------------------------------------------


def _homes(circuit: Circuit) -> dict[str, Home]:
    homes: dict[str, Home] = {node.id: () for node in circuit.nodes}
    deepest = max((len(node.scope) for node in circuit.nodes), default=0)
    edges = [(wire.tail, wire.head) for wire in circuit.wires]
    for depth in range(deepest):
        inside = {node.id: node.scope[: depth + 1] for node in circuit.nodes if len(node.scope) > depth}
        pieces = dict.fromkeys(inside, 0)
        if _runs_round({node: (homes[node], scope) for node, scope in inside.items()}, edges):
            pieces = _stretches(circuit.nodes, inside)
        for name, scope in inside.items():
            homes[name] = (*homes[name], (scope, pieces[name]))
    for node in circuit.nodes:
        if node.kind == "fan":  # a box's result leaves it once: its Σ stands where the innermost branch needs it
            home = homes[circuit.wires_into(node.id)[0].tail]
            heads = [homes[wire.head] for wire in circuit.wires_out_of(node.id)]
            homes[node.id] = home[: max(sum(1 for _ in _shared(home, head)) for head in heads)]
    return homes


def _runs_round(group: Mapping[str, object], edges: Sequence[tuple[str, str]]) -> bool:
    """Whether blocks would need each other."""
    needs: dict[object, set[object]] = {}
    for tail, head in edges:
        one, other = group.get(tail, tail), group.get(head, head)
        if one != other:
            needs.setdefault(other, set()).add(one)
    try:
        TopologicalSorter(needs).prepare()
    except CycleError:
        return True
    return False


def _stretches(nodes: Sequence[Node], inside: Mapping[str, Scope]) -> dict[str, int]:
    """The number of the stretch of its scope that each node stands in, where inputs come before results."""
    found: dict[str, int] = {}
    count: dict[Scope, int] = {}
    last: Scope | None = None
    for node in nodes:
        scope = inside.get(node.id)
        if scope and node.kind != "leaf" and scope != last:
            count[scope] = count.get(scope, -1) + 1
        if node.kind not in ("leaf", "end"):
            last = scope
        if scope:
            found[node.id] = max(0, count.get(scope, 0))
    return found
