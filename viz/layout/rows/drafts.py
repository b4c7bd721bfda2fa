"""Drafts: of each form of block its parts, joined over all steps, and the way of every wire through them.

A part is known by what it is and its key:

    ("node", key)            a gate, leaf or end        ("text", key, slot)   the inscription of what enters there
    ("fan", key, k)          the Σ of its k-th result   ("stem", key, k)      the inscription of its k-th result
    ("out", key, k)          where that result leaves   ("in", number)        where something enters the block
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from viz.graph.circuit import Circuit, Node, Scope, Wire
from viz.layout import dot
from viz.layout.rows.seats import Seat, Seating
from viz.layout.rows.strips import Strip
from viz.layout.skeleton import Room, commutes

Part = tuple[Hashable, ...]
Form = Hashable


@dataclass
class Draft:
    """The parts of a form with their sizes and scopes (of a step without its own scope), and the links between."""

    sizes: dict[Part, Room] = field(default_factory=dict)
    scopes: dict[Part, tuple[Scope, ...]] = field(default_factory=dict)
    links: dict[tuple[Part, Part], None] = field(default_factory=dict)
    ordered: set[Part] = field(default_factory=set)
    back: bool = False
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
        draft = self.drafts.setdefault(self.seating.form(seat), Draft(back=seat in self.seating.back, upright=upright))
        draft.add(part, dot.size(node), self.boxes[node.id])
        if upright and node.folded and node.folded == column.step:
            draft.strips.setdefault(part, Strip(part, whole=True))
        if node.kind == "gate" and not commutes(self.circuit, node) and not node.folded:
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

    def forms_part(self, node: Node) -> tuple[Form, Part]:
        """A node's part, wherever it is stamped."""
        seat, part = self.parts[node.id]
        return self.seating.form(seat), part

    def _result(self, stem: Wire) -> tuple[Hashable, int]:
        """Of what key, and which of its results, a stem is."""
        return self.seating.keys[stem.tail], self.circuit.wires_out_of(stem.tail).index(stem)

    def way(self, wire: Wire, fans: set[tuple[Form, Part]]) -> Way:
        """The parts that a wire comes by. Where others have a Σ, it goes straight through that place."""
        (start, first), (end, last) = self.parts[wire.tail], self.parts[wire.head]
        stem = wire if wire.stem else self.circuit.wires_into(wire.tail)[0]
        result = self._result(stem)
        fan, text = _part("fan", *result), _part("stem", *result)
        if last == fan and start == end:
            return Way(wire, start, (first, text, last), end, (), start, text)
        early = wire.stem and (self.seating.form(start), fan) in fans
        enters = _part("text", last, wire.use[1] if wire.use else 0)
        before: tuple[Part, ...] = (first, text, fan) if early else (first,)
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

    def _leave(self, draft: Draft, way: Way) -> None:
        """A state leaves at the right."""
        *_, source, out = way.tail
        whole = way.tail[0] in draft.strips and draft.strips[way.tail[0]].whole
        strip = draft.strips.setdefault(way.tail[0] if whole else source, Strip(source))
        if whole or not strip.outs:
            strip.outs[out] = way.tail[1:] if whole else (out,)
            draft.flat.update(part for part in strip.outs[out] if part[0] == "stem")

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
