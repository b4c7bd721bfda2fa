"""Forms: cells as the lecture draws them by hand, the memory straight on top, the gates standing below.

    c ────────── × ───────── + ── c ── Σ ──── c        h ─────────────────── × ────────── + ── h
                 │           │         │                                     │            │
        ┌─ g ────┼─────────→ ×        tanh                         tanh ─────┼──────────→ ×
        │        │           │         │                            │        │            │
       tanh      f           i         ×  ──── h           @W ───── +        │            │
        │        │           │         │                    │       │        │            │
        │        │           │         │               h ── ×       │        Σ ───────── 1−
        │        │           │         │               ┌────┼───────┘        │
    h ─ xU+hW+b ─ [ σ                  o  ]       h ─ xU,hW,b ─ [ r   σ      z ]
    x ─┘                                          x ─┘

    h ── @W ─── + ─── tanh ── h
                │
    x ── @U ── +b

Points, the origin at the box's upper left corner; a wire's text stands on one of its pieces. What comes from outside
enters at the left; a nameless x that was made inside stands below.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar

from viz.graph.cells import Cell, cells
from viz.graph.circuit import Circuit
from viz.layout import dot
from viz.layout.geometry import Path, Point, Rectangle, polyline
from viz.layout.pieces import Link, Place, Sheet
from viz.layout.skeleton import Plate, Room

EDGE, TIP, DOOR = 12.0, 6.5, 9.0  # points: beside gates, an arrowhead, from a gate's middle to its upper and lower door
R = dot.GATE / 2
Way = tuple[list[Point], int]
FLOOR = 76.0  # points between floors, and more where texts are higher
LANE = 16.0  # points above the lowest gates where a wire runs along


def are_formed(circuit: Circuit, kinds: Collection[str] = ()) -> bool:
    """Whether there are cells, of certain kinds, whose gates are all drawn."""
    drawn = {box.scope for box in circuit.boxes}
    held = {circuit.values[at] for at in circuit.held}
    every = cells(circuit.values, circuit.stands, held) if held else ()
    return any(cell.scope in drawn and cell.kind in (kinds or _FORMS) for cell in every)


LYING = ("LSTM", "GRU")  # that run from left to right in rows of steps, too, where others stand: x below, h above
BESIDE = 80.0  # points of a row that what stands beside a cell takes


def formed(
    circuit: Circuit, sheets: Sequence[Sheet], rooms: Mapping[str, Room], beside: Mapping[str, Room]
) -> dict[str, Plate]:
    """The sheets that hold a cell and nothing else but its x, laid out, by their keys."""
    boxes = {sheet.home[-1][0]: sheet for sheet in sheets if sheet.home}
    held = {circuit.values[at] for at in circuit.held}
    found: dict[str, Plate] = {}
    for cell in cells(circuit.values, circuit.stands, held) if held else ():
        sheet = boxes.get(cell.scope)
        if sheet and not sheet.blocks and (names := _names(sheet, cell)):
            found[sheet.key] = _FORMS[cell.kind](circuit, sheet, names, rooms, beside).plate()
    return found


def _names(sheet: Sheet, cell: Cell) -> dict[str, str]:
    """The node of each role, that of its x, too, if it stands inside; empty where the sheet holds anything else."""
    role_of = {at: role for role, each in cell.roles.items() for at in each}
    found: dict[str, str] = {}
    for node in sheet.nodes:
        role = "x" if node.kind == "leaf" else role_of.get(node.value)
        role = "sum" if role and node.kind == "fan" else role
        if role is None or role in found:
            return {}
        found[role] = node.id
    if "x" in found and not _enters(sheet, found, _FORMS[cell.kind].product):
        return {}
    return found if len(found.keys() - {"sum", "x"}) == len(cell.roles) else {}


def _enters(sheet: Sheet, names: Mapping[str, str], product: str) -> bool:
    """Whether the leaf inside is what the cell reads, and nothing but its first product needs it."""
    wires = [wire for wire in sheet.texts if wire.tail == names["x"]]
    return [wire.head for wire in wires] == [names.get(product)]


class _Form(ABC):
    """A cell's gates at their places, and its wires from corner to corner."""

    product: ClassVar[str] = "affine"  # what x enters
    floor_count: ClassVar[int] = 4
    is_close: ClassVar[bool] = False  # texts beside wires stand above those on wires
    level: ClassVar[Collection[tuple[str, str]]]  # the wires whose texts stand on pieces that run along

    def __init__(
        self, circuit: Circuit, sheet: Sheet, names: Mapping[str, str], rooms: Mapping[str, Room],
        beside: Mapping[str, Room],
    ) -> None:  # fmt: skip
        self.circuit, self.sheet, self.rooms, self.beside = circuit, sheet, rooms, beside
        self.roles = {name: role for role, name in names.items()}
        self.gates = {role: Rectangle(0.0, 0.0, *dot.size(circuit.node(name))) for role, name in names.items()}
        self.places: dict[Place, Rectangle] = {}
        self.courses: dict[tuple[str, int], Path] = {}
        self.upright: set[str] = set()
        texts = {wire.id for wire in sheet.texts}
        ends = {wire.id: (self.roles.get(wire.tail, ""), self.roles.get(wire.head, "")) for wire in sheet.texts}
        self.across = max((beside[wire][0] for wire in texts if ends[wire] not in self.level), default=0.0)
        self.above = max((rooms[wire][1] / 2 for wire in texts if ends[wire] in self.level), default=0.0)
        self.pitch = max(self.across + 4, 70.0)
        high = max((beside[wire][1] for wire in texts), default=0.0)
        floor = max(FLOOR, high + dot.GATE + 12, high + R + self.above + 8 if self.is_close else 0.0)
        top = dot.room(sheet.home[-1][0])[1] + 12 + dot.GATE / 2
        top += max((rooms[wire][1] for wire in texts), default=0.0) / 2
        self.floors = [top + floor * k for k in range(self.floor_count)]
        self.columns = self._columns()
        for role, (x, y) in self._at().items():
            if role in self.gates:
                self.gates[role] = Rectangle(x, y, self.gates[role].width, self.gates[role].height)
        if leaf := self.gates.get("x"):
            below = self.gates[self.product]
            self.gates["x"] = Rectangle(below.x, below.y + floor - (R - leaf.height / 2), leaf.width, leaf.height)
        self.width = max(*map(_right, self.gates.values()), max(self.columns.values()) + self._last()) + 4
        self.height = max(gate.y + gate.height / 2 for gate in self.gates.values()) + EDGE

    @abstractmethod
    def _columns(self) -> dict[str, float]:
        """The columns by their letters, as far apart as the texts between them need."""

    @abstractmethod
    def _at(self) -> dict[str, Point]:
        """The place of each gate."""

    @abstractmethod
    def _ways(self) -> dict[tuple[str, str], Way]:
        """The corners of each wire, and the piece that its text stands on."""

    def _last(self) -> float:
        """How far texts reach beyond the last column."""
        return self.across / 2

    def _stretched(self, one: str, other: str) -> None:
        """σ reaches from column to column: it stands below all that it opens and closes."""
        left, right, gate = self.columns[one], self.columns[other], self.gates["gates"]
        self.gates["gates"] = Rectangle(gate.x, gate.y, right - left + dot.GATE, gate.height)

    def _between(self, tail: str, head: str) -> float:
        """How far apart two gates stand, with a text between them."""
        return self._wide(self.rooms, tail, head) + dot.GATE + TIP + 2

    def _half(self, tail: str, head: str) -> float:
        """How far a text reaches to either side of the wire that it stands beside."""
        return self._wide(self.beside, tail, head) / 2 + 2

    def _wide(self, rooms: Mapping[str, Room], tail: str, head: str) -> float:
        ends = {wire.id: (self.roles.get(wire.tail), self.roles.get(wire.head)) for wire in self.sheet.texts}
        return max((rooms[wire][0] for wire, each in ends.items() if each == (tail, head)), default=0.0)

    def plate(self) -> Plate:
        """Everything at its place."""
        for node in self.sheet.nodes:
            self.places["node", node.id] = self.gates[self.roles[node.id]]
        links: dict[str, list[Link]] = {}
        for link in self.sheet.links:
            links.setdefault(link.wire.id, []).append(link)
        for wire, each in links.items():
            self._wire(wire, each)
        doors = {key: place for (kind, key), place in self.places.items() if kind in ("in", "out")}
        straight = frozenset(wire for wire, door in doors.items() if door.y == self.floors[0])
        return Plate(self.width, self.height, self.places, self.courses, frozenset(self.upright), straight)

    def _wire(self, wire: str, links: Sequence[Link]) -> None:
        start, end = links[0].tail, links[-1].head
        corners, piece = self._corners(wire, start, end)
        if len(links) == 1:  # its text is elsewhere
            door = ("in", wire) if start[0] == "in" else ("out", wire)
            self.places[door] = Rectangle(*(corners[0] if start[0] == "in" else corners[-1]), 0.0, 0.0)
            self.courses[wire, links[0].number] = self._line(corners, end)
            return
        one, other = corners[piece], corners[piece + 1]
        is_upright = abs(one[0] - other[0]) < 0.01
        text = Rectangle(
            (one[0] + other[0]) / 2, (one[1] + other[1]) / 2, *(self.beside if is_upright else self.rooms)[wire]
        )
        if is_upright:
            self.upright.add(wire)
        reach = min((text.height if is_upright else text.width) / 2, _length(one, other) / 2 - TIP)
        before, after = _toward((text.x, text.y), one, reach), _toward((text.x, text.y), other, reach)
        self.places["text", wire] = text
        self.courses[wire, links[0].number] = polyline([*corners[: piece + 1], before])
        self.courses[wire, links[1].number] = self._line([after, *corners[piece + 1 :]], end)

    def _line(self, corners: Sequence[Point], end: Place) -> Path:
        """A wire up to its end, with its arrowhead where it enters a gate."""
        if end[0] != "node" or self.roles[end[1]] == "sum":
            return polyline(corners)
        drawn = [*corners[:-1], _toward(corners[-1], corners[-2], TIP)]
        return Path(polyline(drawn).points, corners[-1])

    def _corners(self, wire: str, start: Place, end: Place) -> Way:
        tail, head = (self.roles.get(place[1], place[0]) for place in (start, end))
        gate = self.gates
        if start[0] == "in":
            door = -DOOR if head == "affine" and self._is_state(wire) else DOOR if head == "affine" else 0.0
            y = gate[head].y + door
            return [(0.0, y), (_left(gate[head]), y)], 0
        if tail == "x":
            return [(gate["x"].x, _top(gate["x"])), (gate[head].x, gate[head].y + gate[head].height / 2)], 0
        if end[0] == "out":
            return [(_right(gate[tail]), gate[tail].y), (self.width, gate[tail].y)], 0
        return self._ways()[tail, head]

    def _is_state(self, wire: str) -> bool:
        """Whether what enters the product is the old state, and not the input: it comes in last."""
        into = self.circuit.wires_into(next(name for name, role in self.roles.items() if role == "affine"))
        return into[-1].id == wire


class _Plain(_Form):
    product: ClassVar = "input"
    floor_count: ClassVar = 2
    is_close: ClassVar = True
    level: ClassVar = (("state", "add"), ("add", "squash"), ("input", "bias"), ("input", "add"))

    def _columns(self) -> dict[str, float]:
        first = max(self.gates["state"].width, self.gates["input"].width) / 2
        w = EDGE + max(first, self.across / 2 if "x" in self.gates else 0.0)
        a = w + max(self._between(*ends) for ends in (("state", "add"), ("input", "bias"), ("input", "add")))
        a = max(a, w + first + self.across / 2)
        return {"w": w, "a": a, "p": a + max(self._between("add", "squash"), self.across / 2 + EDGE)}

    def _last(self) -> float:
        return R + EDGE

    def _at(self) -> dict[str, Point]:
        (w, a, p), (top, low) = self.columns.values(), self.floors
        return {"state": (w, top), "input": (w, low), "bias": (a, low), "add": (a, top), "squash": (p, top)}

    def _ways(self) -> dict[tuple[str, str], Way]:
        (_, a, _), (top, low) = self.columns.values(), self.floors
        state, product, bias = (self.gates.get(role) for role in ("state", "input", "bias"))
        assert state and product
        end = _left(bias) if bias else a
        return {
            ("state", "add"): ([(_right(state), top), (a - R, top)], 0),
            ("add", "squash"): ([(a + R, top), (_left(self.gates["squash"]), top)], 0),
            ("input", "bias"): ([(_right(product), low), (end, low)], 0),
            ("bias", "add"): ([(a, low - R), (a, low - self.above), (a, top + R)], 1),
            ("input", "add"): ([(_right(product), low), (a, low), (a, top + R)], 0),
        }


class _LSTM(_Form):
    level: ClassVar = (("affine", "gates"), ("keep", "add"), ("add", "sum"))

    def _columns(self) -> dict[str, float]:
        affine = self.gates["affine"].width / 2
        g = EDGE + max(affine, self.across / 2)
        f = g + max(affine + self._between("affine", "gates"), self.pitch)
        i = f + max(self._between("keep", "add"), self.pitch)
        return {"g": g, "f": f, "i": i, "o": i + max(self._between("add", "sum"), self.pitch)}

    def _at(self) -> dict[str, Point]:
        (g, f, i, o), (top, middle, low, bus) = self.columns.values(), self.floors
        self._stretched("f", "o")
        return {
            "affine": (g, bus), "gates": ((f + o) / 2, bus), "candidate": (g, low), "keep": (f, top),
            "write": (i, middle), "add": (i, top), "sum": (o, top), "squash": (o, middle), "read": (o, low),
        }  # fmt: skip

    def _ways(self) -> dict[tuple[str, str], Way]:
        (g, f, i, o), (top, middle, low, bus) = self.columns.values(), self.floors
        end = (o - dot.FAN / 2, top) if "sum" in self.gates else (o, top)
        return {
            ("affine", "gates"): ([(_right(self.gates["affine"]), bus), (_left(self.gates["gates"]), bus)], 0),
            ("affine", "candidate"): ([(g, bus - R), (g, low + R)], 0),
            ("gates", "keep"): ([(f, bus - R), (f, top + R)], 0),
            ("gates", "write"): ([(i, bus - R), (i, middle + R)], 0),
            ("gates", "read"): ([(o, bus - R), (o, low + R)], 0),
            ("candidate", "write"): ([(g, low - R), (g, middle), (i - R, middle)], 0),
            ("keep", "add"): ([(f + R, top), (i - R, top)], 0),
            ("write", "add"): ([(i, middle - R), (i, top + R)], 0),
            ("add", "sum"): ([(i + R, top), end], 0),
            ("add", "squash"): ([(i + R, top), end, (o, middle - R)], 0),
            ("sum", "squash"): ([(o, top + dot.FAN / 2), (o, middle - R)], 0),
            ("squash", "read"): ([(o, middle + R), (o, low - R)], 0),
        }


class _GRU(_Form):
    floor_count: ClassVar = 5
    is_close: ClassVar = True
    level: ClassVar = (("affine", "gates"), ("recall", "inner"), ("candidate", "new"), ("sum", "rest"), ("keep", "add"))

    def _columns(self) -> dict[str, float]:
        affine = self.gates["affine"].width / 2
        self.floors[-1] += LANE
        g = EDGE + max(affine, self._half("x", "affine") if "x" in self.gates else 0.0)
        r = g + affine - R + max(self._between("affine", "gates"), self._half("x", "affine") + R)
        n = r + self._between("recall", "inner") + self.gates["recall"].width / 2 - R
        n = max(n, r + self._half("reset", "recall") + self._half("affine", "inner"))
        z = n + max(self._between("candidate", "new") - R, self._half("gates", "sum"), self._half("affine", "inner"))
        e = z + max(self._between("keep", "add"), self._between("sum", "rest"))
        e = max(e, z + self._half("sum", "keep") + self._half("new", "add"), z + self._half("rest", "new"))
        return {"g": g, "r": r, "n": n, "z": z, "e": e}

    def _last(self) -> float:
        return max(R + EDGE, self._half("new", "add"), self._half("rest", "new"))

    def _at(self) -> dict[str, Point]:
        (g, r, n, z, e), (top, high, middle, low, bus) = self.columns.values(), self.floors
        self._stretched("r", "z")
        return {
            "affine": (g, bus), "gates": ((r + z) / 2, bus), "reset": (r, low), "recall": (r, middle),
            "inner": (n, middle), "candidate": (n, high), "keep": (z, top), "sum": (z, low), "rest": (e, low),
            "new": (e, high), "add": (e, top),
        }  # fmt: skip

    def _ways(self) -> dict[tuple[str, str], Way]:
        (g, r, n, z, e), (top, high, middle, low, bus) = self.columns.values(), self.floors
        lane, fan = bus - max(R, self.above) - LANE / 2, dot.FAN / 2
        return {
            ("affine", "gates"): ([(_right(self.gates["affine"]), bus), (_left(self.gates["gates"]), bus)], 0),
            ("affine", "inner"): ([(g, bus - R), (g, lane), (n, lane), (n, low), (n, middle + R)], 3),
            ("gates", "reset"): ([(r, bus - R), (r, lane), (r, low + R)], 1),
            ("gates", "sum"): ([(z, bus - R), (z, lane), (z, low + fan)], 1),
            ("sum", "keep"): ([(z, low - fan), (z, high - self.above), (z, top + R)], 1),
            ("sum", "rest"): ([(z + fan, low), (e - R, low)], 0),
            ("rest", "new"): ([(e, low - R), (e, high + R)], 0),
            ("new", "add"): ([(e, high - R), (e, top + R)], 0),
            ("keep", "add"): ([(z + R, top), (e - R, top)], 0),
            ("reset", "recall"): ([(r, low - R), (r, middle + R)], 0),
            ("recall", "inner"): ([(_right(self.gates["recall"]), middle), (n - R, middle)], 0),
            ("inner", "candidate"): ([(n, middle - R), (n, middle - self.above), (n, high + R)], 1),
            ("candidate", "new"): ([(n + R, high), (z, high), (e - R, high)], 0),
        }


_FORMS: Mapping[str, type[_Form]] = {"RNN": _Plain, "LSTM": _LSTM, "GRU": _GRU}


def _left(place: Rectangle) -> float:
    return place.x - place.width / 2


def _right(place: Rectangle) -> float:
    return place.x + place.width / 2


def _top(place: Rectangle) -> float:
    return place.y - place.height / 2


def _length(one: Point, other: Point) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _toward(start: Point, end: Point, by: float) -> Point:
    whole = _length(start, end) or 1.0
    return start[0] + (end[0] - start[0]) * by / whole, start[1] + (end[1] - start[1]) * by / whole
