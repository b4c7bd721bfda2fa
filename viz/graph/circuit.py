"""The picture's model: a recorded graph as nodes, wires and boxes, before any page, font or colour.

Each value is named by its position in the graph's own order, so that the same graph gives the same ids.
A value used once has one wire. A value used n times has a stem, a Σ and n branches (x*x has two).
A folded scope is one gate: what is used inside only is hidden, and what enters it several times has one wire.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from heapq import heapify, heappop, heappush
from types import MappingProxyType

from autograd_tiny import Value
from autograd_tiny.graphs.namesakes import entered, instances, labels
from autograd_tiny.value import ancestors
from viz.graph import cells, folding
from viz.graph.joining import is_neutral, joined, terms
from viz.graph.model import Box, Circuit, Node, Scope, Use, Wire
from viz.graph.scopes import is_gap, is_several, is_step, outermost, step_of
from viz.words.lettering import Line, line, name

__all__ = ["Box", "Circuit", "Node", "Scope", "Use", "Wire", "circuit", "drawn_values"]

Called = Callable[[Value], str]


@dataclass(frozen=True)
class Recording:
    """What all circuits of the same outputs have in common, whatever is folded in them."""

    values: tuple[Value, ...]
    scopes: tuple[Scope, ...]
    ends: tuple[int, ...]
    uses: Uses
    names: Mapping[Value, str]


def recorded(outputs: Sequence[Value], constants: bool) -> Recording:
    """The values that are drawn, where each was recorded, which of them are the outputs, and what uses them."""
    graph = ancestors(*outputs)
    values = _needed(graph, outputs, constants)
    stands, place = instances(graph), {id(value): position for position, value in enumerate(values)}
    return Recording(
        values,
        tuple(stands[value] for value in values),
        tuple(dict.fromkeys(place[id(output)] for output in outputs)),
        _uses(values, place, constants),
        labels(graph),
    )


def circuit(
    outputs: Sequence[Value],
    constants: bool = False,
    called: Called | None = None,
    folded: Collection[Scope] = (),
    within: Scope = (),
    held: Collection[Value] = (),
    gaps: Mapping[int, Scope] = MappingProxyType({}),
    tidy: bool = False,
    squares: bool = False,
    recording: Recording | None = None,
) -> Circuit:
    """The circuit that computes `outputs`; constants fold into their gates unless `constants`.

    The scopes `folded` are one gate each. Only what was recorded in the scope `within` is drawn: what enters it from
    elsewhere are its leaves, what leaves it ends in its name. Values are `called` by their labels, namesakes told
    apart, unless a film gives them other names.

    Leaves that are `held` stand in their gates; values in `gaps`, by position, are drawn in another scope: ⋯. In a
    `tidy` picture sums are one gate, what does nothing vanishes, and the inputs of folded steps stand before them; with
    `squares` x·x is one gate ( )². Who draws several circuits of the same outputs gives the `recording` of them.
    """
    recording = recording or recorded(outputs, constants)
    values, scopes, ends, uses, names = (
        recording.values, recording.scopes, recording.ends, recording.uses, recording.names
    )  # fmt: skip
    drawn_in = [
        _outside(value, scope, folded, held) if tidy else scope for value, scope in zip(values, scopes, strict=True)
    ]
    drawn_in = [gaps.get(i, scope) for i, scope in enumerate(drawn_in)]
    folded = frozenset((*folded, *gaps.values()))
    groups = joined(values, uses, scopes, ends, held) if tidy and not constants else {}
    whole = [cell for cell in cells.cells(values, drawn_in, held) if not outermost(cell.scope, folded)] if tidy else []
    groups |= cells.groups(whole)
    told = {value: names.get(value, value.label) for value in values}
    plan = _Plan(
        values,
        ends,
        uses,
        tuple(drawn_in),
        places(drawn_in, ends, uses, folded, groups),
        constants,
        called or told.__getitem__,
        within,
        frozenset(held),
        _squares(values, uses) if squares else frozenset(),
        cells.faces(whole),
    )
    nodes: list[Node] = []
    wires: list[Wire] = []
    for gate in plan.places.order:
        more_nodes, more_wires = plan.parts(gate)
        nodes += more_nodes
        wires += more_wires
    if gaps:
        kinds = [
            (value.op, *map(entered, scope[len(step_of(scope)) :])) for value, scope in zip(values, scopes, strict=True)
        ]
        nodes, wires = bundled(nodes, wires, kinds)
    standing = tuple(position for position, value in enumerate(values) if value in plan.held)
    return Circuit(
        values, ends, tuple(nodes), tuple(wires), _boxes(nodes), uses, scopes, tuple(told.values()), standing
    )


def _squares(values: Sequence[Value], uses: Uses) -> frozenset[int]:
    """The products of a value with itself that are all it is used for."""
    return frozenset(
        i
        for found in uses.values()
        if [slot for _, slot in found] == [0, 1]
        for i in {consumer for consumer, _ in found}
        if values[i].op == "mul" and len({consumer for consumer, _ in found}) == 1
    )


def _outside(value: Value, scope: Scope, folded: Collection[Scope], held: Collection[Value]) -> Scope:
    """Where a value is drawn: what a folded step reads, x_3, stands before it."""
    closed = outermost(scope, folded)
    is_input = not value.inputs and (value.label or value.ndim) and value not in held
    return closed[:-1] if closed and is_input and any(map(is_step, closed)) else scope


def drawn_values(outputs: Sequence[Value], constants: bool) -> tuple[Value, ...]:
    """The ancestors without those constants that stand in their gates."""
    return _needed(ancestors(*outputs), outputs, constants)


def _needed(graph: Sequence[Value], outputs: Sequence[Value], constants: bool) -> tuple[Value, ...]:
    needed = {id(x) for value in graph for _, x in folding.drawn(value, constants)} | set(map(id, outputs))
    return tuple(value for value in graph if id(value) in needed)


def _uses(values: Sequence[Value], place: dict[int, int], constants: bool) -> dict[int, tuple[Use, ...]]:
    """For each value the (consumer, slot) it enters, in the graph's order."""
    uses: dict[int, list[Use]] = {position: [] for position in range(len(values))}
    for consumer, value in enumerate(values):
        for slot, x in folding.drawn(value, constants):
            uses[place[id(x)]].append((consumer, slot))
    return {position: tuple(found) for position, found in uses.items()}


@dataclass(frozen=True)
class _Target:
    """Where a branch of a value goes: to a gate's slot, or to the name it ends in."""

    head: str
    scope: Scope
    use: Use | None
    uses: tuple[Use, ...]


@dataclass(frozen=True)
class _Plan:
    """Everything that decides what a place looks like."""

    values: tuple[Value, ...]
    ends: tuple[int, ...]
    uses: Mapping[int, tuple[Use, ...]]
    stands: tuple[Scope, ...]
    places: Places
    constants: bool
    called: Called
    within: Scope
    held: frozenset[Value] = frozenset()
    squares: frozenset[int] = frozenset()  # the places of x·x that are drawn as ( )²
    faces: Mapping[int, str] = field(default_factory=dict)  # what stands in gates of a cell

    def parts(self, place: int) -> tuple[list[Node], list[Wire]]:
        """A place's own node, and for each value that leaves it the wires to whatever uses it."""
        found = [(i, self._targets(i)) for i in self.places.members[place]]
        leaving = [(i, targets) for i, targets in found if targets]
        if not leaving:
            return [], []
        nodes, wires = [self._source(place, len(leaving))], list[Wire]()
        for i, targets in leaving:
            more_nodes, more_wires = self._leaving(i, nodes[0], targets)
            nodes += more_nodes
            wires += more_wires
        return nodes, wires

    def _source(self, place: int, results: int) -> Node:
        value, scope = self.values[place], self._scope(place)
        if not self._within(place):
            return Node(f"leaf{place}", "leaf", place, name(self.called(value)), scope)
        if place in self.places.scopes:
            folded, inside = self.places.scopes[place], self.places.members[place]
            gates = [self.values[i] for i in inside if self.values[i].inputs]
            told = folding.contents(folded, gates, self.constants)
            face, pins = folding.closed(folded), max(results, len(self._slots[place]))
            return Node(f"gate{place}", "gate", place, face, scope, told, folded, inside, pins)
        if value.inputs:
            value = self.values[self.places.speaker(place, self.values)]
            face = folding.symbol(value, self.constants, self.held, self.called)
            face = line("( )²") if place in self.squares else line(self.faces[place]) if place in self.faces else face
            inside = self.places.members[place]
            told = folding.meaning(value)
            several = inside if len(inside) > 1 else ()
            return Node(f"gate{place}", "gate", place, face, scope, told, (), several, results)
        face = name(self.called(value)) or (line("const", "muted") if value.is_constant else ())
        return Node(f"leaf{place}", "leaf", place, face, scope)

    def _leaving(self, i: int, source: Node, targets: Sequence[_Target]) -> tuple[list[Node], list[Wire]]:
        """The wires of one value, and the Σ between where there are several, and the name it ends in."""
        value, scope, is_gate = self.values[i], source.scope, source.kind == "gate"
        label = name(self.called(value))
        ending = targets[-1].use is None
        nodes = [Node(f"end{i}", "end", i, label if is_gate else (), ())] if ending else []
        above = name(self.called(value), "value") if is_gate and not (ending and len(targets) == 1) else ()
        if len(targets) == 1:
            return nodes, [_wire(f"wire{i}", source.id, scope, i, targets[0], True, above)]
        fan = Node(f"sum{i}", "fan", i, line("Σ", "gradient"), scope, f"{len(targets)} branches: gradients ADD")
        every = tuple(sorted(use for target in targets for use in target.uses))
        stem = _wire(f"wire{i}", source.id, scope, i, _Target(fan.id, scope, None, every), True, above)
        branches = [_wire(f"wire{i}-{k}", fan.id, scope, i, target) for k, target in enumerate(targets)]
        return [*nodes, fan], [stem, *branches]

    def _targets(self, i: int) -> list[_Target]:
        """Where a value goes: to gates in the graph's order, and to its end where it is a result."""
        if self.values[i] in self.held:
            return []
        found: dict[Use, list[Use]] = {}
        outside = []
        for use in self.uses[i]:
            place = self.places.of[use[0]]
            if not self._within(place):
                outside.append(use)
            elif place != self.places.of[i]:
                found.setdefault(self._entry(i, place, use), []).append(use)
        targets = [_Target(f"gate{use[0]}", self._scope(use[0]), use, tuple(uses)) for use, uses in found.items()]
        ends = self._within(self.places.of[i]) and (i in self.ends or outside)
        return [*targets, _Target(f"end{i}", (), None, tuple(outside))] if ends else targets

    def _entry(self, i: int, place: int, use: Use) -> Use:
        """Which input of a place a use is: of a folded scope, all uses of a value are one."""
        if place in self.places.scopes:
            return place, self._slots[place][i]
        if place in self.squares:
            return place, 0
        return (place, self._terms[place][use]) if place in self._terms else use

    @cached_property
    def _terms(self) -> dict[int, dict[Use, int]]:
        """The inputs of gates that are drawn as one, in their order."""
        several = {place: found for place, found in self.places.members.items() if len(found) > 1}
        closed = self.places.scopes
        read = {place: terms(place, self.values, found) for place, found in several.items() if place not in closed}
        return {place: {use: number for number, use in enumerate(uses)} for place, uses in read.items()}

    @cached_property
    def _slots(self) -> dict[int, dict[int, int]]:
        """Which input of a folded scope a value is: in the order in which they are first used inside."""
        first: dict[int, dict[int, Use]] = {place: {} for place in self.places.scopes}
        for i, uses in self.uses.items():
            for use in uses if self.values[i] not in self.held else ():
                place = self.places.of[use[0]]
                if place in first and place != self.places.of[i]:
                    first[place].setdefault(i, use)
        ordered = {place: sorted(found, key=lambda i: found[i]) for place, found in first.items()}
        return {place: {i: slot for slot, i in enumerate(found)} for place, found in ordered.items()}

    def _within(self, place: int) -> bool:
        return self.stands[place][: len(self.within)] == self.within

    def _scope(self, place: int) -> Scope:
        """The boxes that a place stands in; `within` is the outermost."""
        folded = self.places.scopes.get(place, ())
        scope = folded[:-1] if folded else self.stands[place]
        return scope[max(0, len(self.within) - 1) :] if self._within(place) else ()


def _wire(id: str, tail: str, where: Scope, i: int, to: _Target, stem: bool = False, above: Line = ()) -> Wire:
    return Wire(id, tail, to.head, i, stem, above, _common(where, to.scope), to.use, to.uses)


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


# Places: which values stand together in one gate because their scope is folded, and in which order gates come --------
#
# A place is known by one position: a value's own where it stands alone, that of its last result where it is a scope.


Uses = Mapping[int, tuple[Use, ...]]
Edge = tuple[int, int]


@dataclass(frozen=True)
class Places:
    """`of` gives each value's place; `order` are the places, inputs before results; `members` the values in each."""

    of: tuple[int, ...]
    order: tuple[int, ...]
    members: Mapping[int, tuple[int, ...]]
    scopes: Mapping[int, Scope]

    def speaker(self, place: int, values: Sequence[Value]) -> int:
        """Of gates that are drawn as one, the one whose symbol stands there."""
        telling = [i for i in self.members[place] if not is_neutral(values[i])]
        return telling[-1] if telling else place


def places(
    stands: Sequence[Scope],
    outputs: Collection[int],
    uses: Uses,
    folded: Collection[Scope],
    groups: Mapping[int, int] = MappingProxyType({}),
) -> Places:
    """The places of values in these scopes where those `folded` are closed; of nested ones the outermost counts.

    A scope that its own results enter again, through gates outside of it, cannot be one gate: it becomes one gate for
    each of its stretches. (Scopes that were assigned by hand may be such, or those of tasks that wait for each other.)
    """
    scopes = _closed(stands, frozenset(folded))
    keys = _merged(scopes, frozenset(), groups)
    if folded and (knots := _knots(_edges(keys, uses))):
        keys = _merged(scopes, frozenset(scopes[key] for key in knots), groups)
    of = _known_by_results(keys, outputs, uses)
    members: dict[int, list[int]] = {}
    for position, place in enumerate(of):
        members.setdefault(place, []).append(position)
    order = _sorted(members, _edges(of, uses)) if folded or groups else tuple(members)
    named = {place: scopes[place] for place in members if scopes[place]}
    return Places(tuple(of), order, {place: tuple(found) for place, found in members.items()}, named)


def _closed(stands: Sequence[Scope], folded: frozenset[Scope]) -> list[Scope]:
    """For each value the outermost folded scope that it was recorded in; () where there is none."""
    closed = {scope: outermost(scope, folded) for scope in set(stands)}
    return [closed[scope] for scope in stands]


def _merged(scopes: Sequence[Scope], in_stretches: frozenset[Scope], groups: Mapping[int, int]) -> list[int]:
    """A key for each value, the same for all of one scope, or of one stretch of it: the position of the first."""
    first: dict[Scope, int] = {}
    keys: list[int] = []
    for position, scope in enumerate(scopes):
        starts = scope in in_stretches and (not position or scopes[position - 1] != scope)
        if not scope:
            keys.append(groups.get(position, position))
        elif starts:
            first[scope] = position
            keys.append(position)
        else:
            keys.append(first.setdefault(scope, position))
    return keys


def _edges(keys: Sequence[int], uses: Uses) -> set[Edge]:
    return {
        (keys[position], keys[consumer])
        for position, found in uses.items()
        for consumer, _ in found
        if keys[position] != keys[consumer]
    }


def _knots(edges: Collection[Edge]) -> frozenset[int]:
    """The places on cycles, and between them: what is left when sources and then sinks are taken away."""
    ends = {end for edge in edges for end in edge}
    ahead = ends.difference(_sorted(ends, edges))
    return frozenset(ahead.difference(_sorted(ends, {(b, a) for a, b in edges}))) if ahead else frozenset()


def _sorted(places: Iterable[int], edges: Iterable[Edge]) -> tuple[int, ...]:
    """The places, each after all that it needs, otherwise by position; without those that a cycle keeps waiting."""
    waits = dict.fromkeys(places, 0)
    leads: dict[int, list[int]] = {}
    for tail, head in edges:
        leads.setdefault(tail, []).append(head)
        waits[head] += 1
    ready = [place for place, count in waits.items() if not count]
    heapify(ready)
    order: list[int] = []
    while ready:
        order.append(heappop(ready))
        for head in leads.get(order[-1], ()):
            waits[head] -= 1
            if not waits[head]:
                heappush(ready, head)
    return tuple(order)


def _known_by_results(keys: Sequence[int], outputs: Collection[int], uses: Uses) -> list[int]:
    """Each place by the position of the last value that leaves it."""
    last: dict[int, int] = {}
    for position, key in enumerate(keys):
        if position in outputs or any(keys[consumer] != key for consumer, _ in uses[position]):
            last[key] = position
    return [last[key] for key in keys]


# Bundles: of steps that are left out, each with a value for the same place, there is one wire ------------------------


SEPARATE = 6  # values from one box to another that have a wire each


def bundled(nodes: Sequence[Node], wires: Sequence[Wire], kinds: Sequence[Hashable]) -> tuple[list[Node], list[Wire]]:
    """The same, with one wire for all values of a kind that go from what is left out to one place.

    So there is for many values from one box to another.
    """
    closed = {node.id: node.folded for node in nodes if node.folded}
    origin = {wire.head: wire for wire in wires if wire.tail in closed and wire.head.startswith("sum")}
    ways: dict[tuple[str, str, Hashable], list[Wire]] = {}
    for wire in wires:
        tail = origin[wire.tail].tail if wire.tail in origin else wire.tail
        if tail in closed and wire.head not in origin:
            ways.setdefault((tail, wire.head, kinds[wire.value]), []).append(wire)
    bundles = {key: each for key, each in ways.items() if len(each) > _separate(closed[key[0]], closed.get(key[1], ()))}
    joint = {wire.id for each in bundles.values() for wire in each}
    kept = [wire for wire in wires if wire.id not in joint]
    for fan in dict.fromkeys(wire.tail for wire in wires if wire.id in joint and wire.tail in origin):
        kept = _thinned(kept, fan, origin[fan])
    kept += [_bundle(tail, each) for (tail, *_), each in bundles.items()]
    alive = {name for wire in kept for name in (wire.tail, wire.head)}
    return [_with_pins(node, kept) if node.id in closed else node for node in nodes if node.id in alive], kept


def _separate(tail: Scope, head: Scope) -> float:
    """How many values of a kind have a wire each on their way."""
    return 1 if is_several(tail) or (is_several(head) and not is_gap(head)) else SEPARATE if head else math.inf


def _bundle(tail: str, wires: Sequence[Wire]) -> Wire:
    first, uses = wires[0], tuple(sorted(use for wire in wires for use in wire.uses))
    return replace(
        first, id=f"wire{first.value}-{first.head}", tail=tail, stem=True, name=(), uses=uses,
        bundle=tuple(wire.value for wire in wires),
    )  # fmt: skip


def _thinned(wires: Sequence[Wire], fan: str, stem: Wire) -> list[Wire]:
    """The same without a Σ that has lost branches, so that it has but one or none."""
    branches = [wire for wire in wires if wire.tail == fan]
    if not branches:
        return [wire for wire in wires if wire.id != stem.id]
    uses = tuple(sorted(use for branch in branches for use in branch.uses))
    if len(branches) > 1:
        return [replace(wire, uses=uses) if wire.id == stem.id else wire for wire in wires]
    (only,) = branches
    straight = replace(stem, head=only.head, use=only.use, uses=only.uses, scope=only.scope)
    return [straight if wire.id == stem.id else wire for wire in wires if wire.id != only.id]


def _with_pins(node: Node, wires: Sequence[Wire]) -> Node:
    """A gate with as many pins as there are wires on one side of it, at most."""
    sides = [sum(wire.head == node.id for wire in wires), sum(wire.tail == node.id for wire in wires)]
    return replace(node, pins=min(node.pins, max(sides)))
