"""The order of birth: leaves, and blocks that stand side by side, from top to bottom as they were made.

row     what stands side by side: blocks of which none is made of another, or leaves that enter the same gates
oldest  of the leaves that a value is made of, the one that was made first
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from autograd_tiny.words.words import word
from viz.graph.circuit import Circuit, Node
from viz.layout.pieces import Link, Place, Sheet

Row = tuple[Place, ...]


def commutes(circuit: Circuit, gate: Node) -> bool:
    """Whether a gate's inputs may stand in any order; a folded scope does not say what it does with which."""
    return bool(gate.folded) or word(circuit.values[gate.value].op).commutes


@dataclass(frozen=True)
class Order:
    """How a sheet of a circuit is to stand: the inputs of each gate, and the rows."""

    inputs: tuple[tuple[Link, ...], ...]
    rows: tuple[Row, ...]


def orders(circuit: Circuit, sheets: Sequence[Sheet], by_hand: Collection[str]) -> dict[str, Order]:
    """The order of each sheet, by its key; blocks that were drawn `by_hand` tell their inputs apart."""
    oldest = _oldest(circuit)
    return {sheet.key: Order(_inputs(circuit, sheet, oldest), _rows(circuit, sheet, by_hand)) for sheet in sheets}


def _inputs(circuit: Circuit, sheet: Sheet, oldest: Sequence[int]) -> tuple[tuple[Link, ...], ...]:
    """For each gate the links that enter it, as they are to stand: by slots, or, where it commutes, by oldest leaf."""
    into: dict[str, list[Link]] = {node.id: [] for node in sheet.nodes if node.kind == "gate"}
    for link in sheet.links:
        if link.head[1] in into:
            into[link.head[1]].append(link)

    def by_age(link: Link) -> tuple[int, tuple[int, int]]:
        keeps = not commutes(circuit, circuit.node(link.wire.head))
        return (0 if keeps else oldest[link.wire.value]), link.wire.use or (0, 0)

    return tuple(tuple(sorted(links, key=by_age)) for links in into.values())


def _oldest(circuit: Circuit) -> list[int]:
    """For each value its oldest leaf, by position, of those that are drawn."""
    found: list[int] = []
    place = {id(value): position for position, value in enumerate(circuit.values)}
    held = frozenset(circuit.held)
    for position, value in enumerate(circuit.values):
        made_of = (place[id(x)] for x in value.inputs if id(x) in place)
        found.append(min((found[at] for at in made_of if at not in held), default=position))
    return found


def _rows(circuit: Circuit, sheet: Sheet, by_hand: Collection[str]) -> tuple[Row, ...]:
    """The rows of a sheet, each in the order of birth, as far as they can all be columns of it."""
    found: list[Row] = []
    edges = [(link.tail, link.head) for link in sheet.links]
    entered = {head for _, head in edges}  # what nothing leads to stands in a column with others like it in any case
    for row in (*_blocks(sheet, edges), *_leaves(circuit, sheet, by_hand)):
        if len(row) > 1 and (entered.isdisjoint(row) or may_stand((*found, row), edges)):
            found.append(row)
    return tuple(found)


def _blocks(sheet: Sheet, edges: Sequence[tuple[Place, Place]]) -> Iterator[Row]:
    """Boxes and folded scopes, as far as none is made of another."""
    folded = ((min(node.inside, default=node.value), ("node", node.id)) for node in sheet.nodes if node.folded)
    born = dict(sorted([*((block.birth, ("block", block.key)) for block in sheet.blocks), *folded]))
    bits = {place: 1 << number for number, place in enumerate(born.values())}
    made_of = _upstream(bits, edges)
    row: list[Place] = []
    for place in born.values():
        if any(made_of[place] & bits[other] or made_of[other] & bits[place] for other in row):
            yield tuple(row)
            row = []
        row.append(place)
    yield tuple(row)


def _upstream(bits: Mapping[Place, int], edges: Sequence[tuple[Place, Place]]) -> dict[Place, int]:
    """For each place the blocks that it is made of."""
    needs: dict[Place, list[Place]] = {place: [] for place in bits}
    for tail, head in edges:
        needs.setdefault(head, []).append(tail)
    found: dict[Place, int] = {}
    for place in TopologicalSorter(needs).static_order():
        found[place] = 0
        for other in needs.get(place, ()):
            found[place] |= found[other] | bits.get(other, 0)
    return found


def _leaves(circuit: Circuit, sheet: Sheet, by_hand: Collection[str]) -> Iterator[Row]:
    """Leaves that enter the same gates and blocks, unless these tell their inputs apart, as a − b does."""
    onward: dict[Place, list[Place]] = {}
    for link in sheet.links:
        onward.setdefault(link.tail, []).append(link.head)

    def heads(place: Place) -> Iterator[Place]:
        for head in onward.get(place, ()):
            through = head[0] == "text" or head[1].startswith("sum")
            yield from heads(head) if through else (head,)

    found: dict[frozenset[Place], list[Place]] = {}
    for node in sheet.nodes:
        if node.kind == "leaf" and (entered := frozenset(heads(("node", node.id)))):
            found.setdefault(entered, []).append(("node", node.id))
    keep = {("node", node.id) for node in sheet.nodes if node.kind == "gate" and not commutes(circuit, node)}
    keep |= {("block", key) for key in by_hand}
    return (tuple(row) for entered, row in found.items() if not entered & keep)


def may_stand(found: Iterable[Row], edges: Sequence[tuple[Place, Place]]) -> bool:
    """Whether every row can be a column, and each wire still lead on."""
    column = {place: row for row in found for place in row}
    needs: dict[object, set[object]] = {}
    for tail, head in edges:
        needs.setdefault(column.get(head, head), set()).add(column.get(tail, tail))
    try:
        TopologicalSorter(needs).prepare()
    except CycleError:
        return False
    return True
