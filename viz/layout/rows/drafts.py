"""Drafts: of each form of block its parts, joined over all steps, and the way of every wire through them.

A part is known by what it is and its key:

    ("node", key)            a gate, leaf or end        ("text", key, slot)   the inscription of what enters there
    ("fan", key, k)          the Σ of its k-th result   ("stem", key, k)      the inscription of its k-th result
    ("out", key, k)          where that result leaves   ("in", number)        where something enters the block
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from viz.graph.circuit import Circuit, Node, Scope, Wire
from viz.graph.scopes import family_of, is_gap
from viz.layout import dot
from viz.layout.births import commutes
from viz.layout.rows.seats import Seat, Seating
from viz.layout.rows.strips import Strip
from viz.layout.skeleton import Room

Part = tuple[Hashable, ...]
Form = Hashable

APART = 10_000  # the first number of what is no part of a step
HEAD, FOOT = 18.0, 10.0  # points that the frame of a series needs above it, with its name, and below and beside it
BUNDLES = 20_000  # … and of what is several values in one
BARE = (14.0, 14.0)  # points of a wire without a text


@dataclass
class Draft:
    """The parts of a form with their sizes and scopes (of a step without its own scope), and the links between."""

    sizes: dict[Part, Room] = field(default_factory=dict)
    scopes: dict[Part, tuple[Scope, ...]] = field(default_factory=dict)
    links: dict[tuple[Part, Part], None] = field(default_factory=dict)
    ordered: set[Part] = field(default_factory=set)
    back: bool = False
    close: bool = False  # room is short
    upright: bool = False  # it runs from below upwards
    flat: set[Part] = field(default_factory=set)  # the texts that stand on wires that run from left to right there
    strips: dict[Part, Strip] = field(default_factory=dict)  # gates, boxes and Σs with what is level with them

    def add(self, part: Part, size: Room = (1.0, 1.0), boxes: tuple[Scope, ...] = ()) -> None:
        """A part, as large as in the step where it is largest."""
        wide, high = self.sizes.get(part, (0.0, 0.0))
        self.sizes[part] = max(wide, size[0]), max(high, size[1])
        self.scopes[part] = boxes

    def link(self, parts: Sequence[Part]) -> None:
        """A wire's way through the parts."""
        for one, other in pairwise(parts):
            self.links[one, other] = None


@dataclass(frozen=True)
class Way:
    """A wire's way: through the parts of the block it comes from, and, if it leaves, of the block it goes to.

    Its inscription stands at `text` in the block `at`.
    """

    wire: Wire
    start: Seat
    tail: tuple[Part, ...]
    end: Seat
    head: tuple[Part, ...]
    at: Seat
    text: Part


@dataclass(frozen=True)
class Drafts:
    """The drafts by form, the ways of all wires, and the part that each node is."""

    forms: Mapping[Form, Draft]
    ways: tuple[Way, ...]
    parts: Mapping[str, tuple[Seat, Part]]


def drafts(circuit: Circuit, seating: Seating, rooms: Mapping[str, Room], beside: Mapping[str, Room]) -> Drafts:
    """Every form's draft; `rooms` are those of texts on level wires, `beside` those of texts beside upright ones."""
    desk = _Desk(circuit, seating, rooms, beside)
    for node in circuit.nodes:
        desk.place(node)
    fans = {desk.forms_part(node) for node in circuit.nodes if node.kind == "fan"}
    ways = [desk.way(wire, fans) for wire in circuit.wires]
    ways = _with_entries(ways, seating)
    if seating.upright:
        desk.level(ways)
    for way in ways:
        desk.draw(way)
    return Drafts(desk.drafts, tuple(ways), desk.parts)


class _Desk:
    def __init__(
        self, circuit: Circuit, seating: Seating, rooms: Mapping[str, Room], beside: Mapping[str, Room]
    ) -> None:
        self.circuit, self.seating, self.rooms, self.beside = circuit, seating, rooms, beside
        self.drafts: dict[Form, Draft] = {}
        self.parts: dict[str, tuple[Seat, Part]] = {}
        self.boxes: dict[str, tuple[Scope, ...]] = {}

    def place(self, node: Node) -> None:
        """A node is a part of its block; a Σ stands with what it is the Σ of, which came before.

        An input stands below its box, without boxes of its own; its Σ is inside.
        """
        scope = node.scope
        if node.kind == "fan":
            stem = self.circuit.wires_into(node.id)[0]
            seat, part = self.parts[stem.tail][0], _part("fan", *self._result(stem))
            below = seat.band == "below" or stem.tail in self.seating.outside
            if below and self.circuit.node(stem.tail).kind == "leaf":
                seat, scope = Seat(seat.column), self.seating.columns[seat.column].step or scope
        else:
            seat, part = self.seating.seats[node.id], _part("node", self.seating.keys[node.id])
            below = seat.band == "below" or node.id in self.seating.outside
            scope = () if node.kind == "leaf" and below else scope
        self.parts[node.id], self.boxes[node.id] = (seat, part), self._boxes(scope, seat)
        column = self.seating.columns[seat.column]
        upright = self.seating.upright and column.series >= 0
        draft = self.drafts.setdefault(
            self.seating.form(seat), Draft(back=seat in self.seating.back, close=self.seating.upright, upright=upright)
        )
        draft.add(part, dot.size(node), self.boxes[node.id])
        if self._is_whole(node):
            frames = self.seating.frames
            draft.strips.setdefault(part, Strip(part, whole=True, frames=(HEAD * frames, FOOT * frames)))
        if node.kind == "gate" and not commutes(self.circuit, node):
            draft.ordered.add(part)

    def _boxes(self, scope: Scope, seat: Seat) -> tuple[Scope, ...]:
        """The boxes around a node in its block; those around whole series are drawn later."""
        column = self.seating.columns[seat.column]
        step = column.step if seat.band == "core" and scope[: len(column.step)] == column.step else ()
        openings = (scope[: depth + 1] for depth in range(len(scope)))
        kept = (each for each in openings if each not in self.seating.prefixes and len(each) >= len(step))
        if step:
            return tuple(("t", *each[len(step) :]) for each in kept)
        return tuple(self.seating.local.get((seat.column, each), each) for each in kept)

    def _is_upright(self, seat: Seat) -> bool:
        return self.seating.upright and self.seating.columns[seat.column].series >= 0

    def forms_part(self, node: Node) -> tuple[Form, Part]:
        """A node's part, wherever it is stamped."""
        seat, part = self.parts[node.id]
        return self.seating.form(seat), part

    def _result(self, stem: Wire) -> tuple[Hashable, int]:
        """Of what key, and which of its results, a stem is: of a folded step, by its place among the step's gates."""
        number = self.circuit.wires_out_of(stem.tail).index(stem)
        if stem.bundle:
            return self.seating.keys[stem.tail], BUNDLES + number
        whole = self._is_whole(self.circuit.node(stem.tail))
        return self.seating.keys[stem.tail], self._order[stem.value] if whole else number

    def _slot(self, wire: Wire) -> Hashable:
        """Which input of its gate a wire is: of a folded step, by the gate inside that it enters first."""
        if wire.bundle:
            return BUNDLES + self.circuit.wires_into(wire.head).index(wire), 0
        if wire.uses and self._is_whole(self.circuit.node(wire.head)):
            return self._order[wire.uses[0][0]], wire.uses[0][1]
        return wire.use[1] if wire.use else 0

    def _is_whole(self, node: Node) -> bool:
        """Whether a gate is a whole step of a row."""
        if not node.folded or not self.seating.upright:
            return False
        return node.folded == self.seating.columns[self.seating.seats[node.id].column].step

    @cached_property
    def _order(self) -> dict[int, int]:
        """The place of each gate among those of its step that are hidden with it."""
        found: dict[int, int] = {}
        for node in filter(self._is_whole, self.circuit.folded):
            counts = Counter[Scope]()
            for at in node.inside:
                step = self.circuit.stands[at][: len(node.folded)]
                found[at] = counts[step]
                counts[step] += bool(self.circuit.values[at].inputs)
            if is_gap(node.folded):  # what is left out with the steps, such as a sum of losses
                wires = [*self.circuit.wires_into(node.id), *self.circuit.wires_out_of(node.id)]
                ends = [wire.uses[0][0] if wire.head == node.id else wire.value for wire in wires]
                depth = len(node.folded) - 1
                apart = [at for at in ends if not any(map(family_of, self.circuit.stands[at][depth : depth + 1]))]
                found |= {at: APART + number for number, at in enumerate(dict.fromkeys(apart))}
        return found

    def way(self, wire: Wire, fans: set[tuple[Form, Part]]) -> Way:
        """The parts that a wire comes by. Where others have a Σ, it goes straight through that place."""
        (start, first), (end, last) = self.parts[wire.tail], self.parts[wire.head]
        stem = wire if wire.stem else self.circuit.wires_into(wire.tail)[0]
        result = self._result(stem)
        fan, text = _part("fan", *result), _part("stem", *result)
        if last == fan and start == end:
            return Way(wire, start, (first, text, last), end, (), start, text)
        form = self.seating.form(start)
        leaves = self._is_upright(start) and not self._is_upright(end) and (form, *result) not in self._states
        early = wire.stem and ((self.seating.form(start), fan) in fans or leaves)
        enters = _part("text", last, self._slot(wire))
        before: tuple[Part, ...] = (first, text, fan) if early else (first,)
        if leaves and (self.seating.form(start), fan) not in fans:
            before = (first, text) if early else (first,)
        at, text = (start, text) if early else (end, enters)
        if start == end:
            return Way(wire, start, (*before, enters, last), end, (), at, text)
        return Way(wire, start, (*before, _part("out", *result)), end, (enters, last), at, text)

    def level(self, ways: Sequence[Way]) -> None:
        """States run from left to right: in at the left of what they enter first, out at the right."""
        for way in ways:
            draft = self.drafts[self.seating.form(way.end)]
            if not way.head or not draft.upright:
                continue
            pin, text, last = way.head
            strip = draft.strips.setdefault(last, Strip(last))
            if strip.whole or not strip.ins:
                strip.ins.setdefault(pin, (pin, text))
                draft.flat.add(text)
        for way in ways:
            draft = self.drafts[self.seating.form(way.start)]
            if way.head and draft.upright and self.seating.columns[way.end.column].series >= 0:
                self._leave(draft, way)

        for draft in self.drafts.values():
            for strip in draft.strips.values() if draft.upright else ():
                strip.align([(way.tail[-1], way.head[0]) for way in ways if way.head])

    def _leave(self, draft: Draft, way: Way) -> None:
        """A state leaves at the right."""
        *_, source, out = way.tail
        node, stem = _part("node", source[1]), _part("stem", *source[1:])
        row = (stem, source, out) if source[0] == "fan" else (out,)
        whole = node in draft.strips and draft.strips[node].whole
        strip = draft.strips.setdefault(node if whole else source, Strip(source))
        if whole or not strip.outs:
            strip.outs[out] = row if whole else (out,)
            draft.flat.update(part for part in strip.outs[out] if part[0] == "stem")

    @cached_property
    def _states(self) -> set[tuple[Hashable, ...]]:
        """The results that go from step to step, by their form."""
        found: set[tuple[Hashable, ...]] = set()
        for wire in self.circuit.wires:
            start, end = self.parts[wire.tail][0], self.parts[wire.head][0]
            if start.column != end.column and self._is_upright(end):
                stem = wire if wire.stem else self.circuit.wires_into(wire.tail)[0]
                found.add((self.seating.form(start), *self._result(stem)))
        return found

    def draw(self, way: Way) -> None:
        """Enter a wire's way in the drafts of its blocks."""
        wire = way.wire
        tail = self.drafts[self.seating.form(way.start)]
        head = self.drafts[self.seating.form(way.end)]
        for draft, parts, at in ((tail, way.tail, way.start), (head, way.head, way.end)):
            for part in parts:
                if part[0] in ("text", "stem"):
                    where = self.boxes[wire.tail if part[0] == "stem" else wire.head]
                    level = part in draft.flat or not draft.upright
                    room, least = (self.rooms, (46.0, 36.0)) if level else (self.beside, (48.0, 24.0))
                    least = least if draft.upright or not self.seating.upright else BARE
                    draft.add(part, room[wire.id] if (at, part) == (way.at, way.text) else least, where)
                elif part[0] in ("in", "out"):
                    draft.add(part)
            draft.link(parts)


def _part(kind: str, *key: Hashable) -> Part:
    return kind, *key


def _with_entries(ways: Sequence[Way], seating: Seating) -> list[Way]:
    """Where the wires enter their blocks: at one place what is one result in every step."""
    came: dict[tuple[Form, Part], dict[int, Hashable]] = {}
    for way in ways:
        if way.head:
            came.setdefault((seating.form(way.end), way.head[0]), {})[way.end.column] = (way.start, way.tail[-1])
    numbers = {}
    entries: dict[Form, list[dict[int, Hashable]]] = {}
    for (form, text), sources in came.items():
        numbers[form, text] = _entry(entries.setdefault(form, []), sources)
    return [_entering(way, numbers[seating.form(way.end), way.head[0]]) if way.head else way for way in ways]


def _entry(entries: list[dict[int, Hashable]], sources: dict[int, Hashable]) -> int:
    """The number of the entry at which the same results come in, in all steps that have both; a new one if none."""
    for number, entry in enumerate(entries):
        both = entry.keys() & sources.keys()
        if both and all(entry[column] == sources[column] for column in both):
            entry |= sources
            return number
    entries.append(dict(sources))
    return len(entries) - 1


def _entering(way: Way, number: int) -> Way:
    return Way(way.wire, way.start, way.tail, way.end, (("in", number), *way.head), way.at, way.text)
