"""Forms: cells as the lecture draws them by hand, the memory straight on top, the gates standing below.

    c ────────── × ───────── + ── c ── Σ ──── c        h ───────────────────── × ──────── + ── h
                 │           │         │                                       │          │
        ┌─ g ────┼─────────→ ×        tanh             h ──── × ─ @W ─ + ─ tanh┼────────→ ×
        │        │           │         │                      │        │       │          │
       tanh      f           i         ×  ──── h              │        │       Σ ─────── 1−
        │        │           │         │                  ┌───┼────────┘       │
    h ─ xU+hW+b ─ [ σ                  o  ]            h ─ xU,hW,b ─ [ r   σ   z ]
    x ─┘                                               x ─┘

Points, the origin at the box's upper left corner; a wire's text stands on one of its pieces.
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


def are_formed(circuit: Circuit) -> bool:
    """Whether there are cells whose gates are all drawn."""
    drawn = {box.scope for box in circuit.boxes}
    held = {circuit.values[at] for at in circuit.held}
    return bool(held) and any(cell.scope in drawn for cell in cells(circuit.values, circuit.stands, held))


BESIDE = 80.0  # points of a row that what stands beside a cell takes


def formed(
    circuit: Circuit, sheets: Sequence[Sheet], rooms: Mapping[str, Room], beside: Mapping[str, Room], most: float
) -> dict[str, Plate]:
    """The sheets that hold a cell and nothing else, laid out, by their keys, as far as they have room in a row."""
    boxes = {sheet.home[-1][0]: sheet for sheet in sheets if sheet.home}
    held = {circuit.values[at] for at in circuit.held}
    found: dict[str, Plate] = {}
    for cell in cells(circuit.values, circuit.stands, held) if held else ():
        sheet = boxes.get(cell.scope)
        if sheet and not sheet.blocks and (names := _names(sheet, cell)):
            plate = _FORMS[cell.kind](circuit, sheet, names, rooms, beside).plate()
            found |= {sheet.key: plate} if plate.width + BESIDE <= most else {}
    return found


def _names(sheet: Sheet, cell: Cell) -> dict[str, str]:
    """The node of each role; empty where the sheet holds anything else."""
    role_of = {at: role for role, each in cell.roles.items() for at in each}
    found: dict[str, str] = {}
    for node in sheet.nodes:
        role = "sum" if node.kind == "fan" else role_of.get(node.value) if node.kind == "gate" else None
        if role is None or role in found:
            return {}
        found[role] = node.id
    return found if len(found) - ("sum" in found) == len(cell.roles) else {}


class _Form(ABC):
    """A cell's gates at their places, and its wires from corner to corner; σ reaches from column to column."""

    ends: ClassVar[tuple[str, str]]
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
        self.pitch = max(self.across + 4, 70.0)
        floor = max(FLOOR, max((beside[wire][1] for wire in texts), default=0.0) + dot.GATE + 12)
        top = dot.room(sheet.home[-1][0])[1] + 12 + dot.GATE / 2
        top += max((rooms[wire][1] for wire in texts), default=0.0) / 2
        self.floors = [top + floor * k for k in range(4)]
        self.columns = self._columns()
        for role, (x, y) in self._at().items():
            if role in self.gates:
                self.gates[role] = Rectangle(x, y, self.gates[role].width, self.gates[role].height)
        self._stretch()
        self.width = max(*map(_right, self.gates.values()), max(self.columns.values()) + self.across / 2) + 4
        self.height = self.floors[3] + dot.GATE / 2 + EDGE

    @abstractmethod
    def _columns(self) -> dict[str, float]:
        """The columns by their letters, as far apart as the texts between them need."""

    @abstractmethod
    def _at(self) -> dict[str, Point]:
        """The place of each gate."""

    @abstractmethod
    def _ways(self) -> dict[tuple[str, str], Way]:
        """The corners of each wire, and the piece that its text stands on."""

    def _stretch(self) -> None:
        """σ stands below all that it opens and closes."""
        left, right = self.columns[self.ends[0]], self.columns[self.ends[1]]
        gate = self.gates["gates"]
        self.gates["gates"] = Rectangle((left + right) / 2, gate.y, right - left + dot.GATE, gate.height)

    def _between(self, tail: str, head: str) -> float:
        """How far apart two gates stand, with a text between them."""
        wires = [
            wire.id
            for wire in self.sheet.texts
            if (self.roles.get(wire.tail), self.roles.get(wire.head)) == (tail, head)
        ]
        return max((self.rooms[wire][0] for wire in wires), default=0.0) + dot.GATE + TIP + 2

    def plate(self) -> Plate:
        """Everything at its place."""
        for node in self.sheet.nodes:
            self.places["node", node.id] = self.gates[self.roles[node.id]]
        links: dict[str, list[Link]] = {}
        for link in self.sheet.links:
            links.setdefault(link.wire.id, []).append(link)
        for wire, each in links.items():
            self._wire(wire, each)
        return Plate(self.width, self.height, self.places, self.courses, frozenset(self.upright))

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
        if end[0] == "out":
            return [(_right(gate[tail]), gate[tail].y), (self.width, gate[tail].y)], 0
        return self._ways()[tail, head]

    def _is_state(self, wire: str) -> bool:
        """Whether what enters the product is the old state, and not the input: it comes in last."""
        into = self.circuit.wires_into(next(name for name, role in self.roles.items() if role == "affine"))
        return into[-1].id == wire


class _LSTM(_Form):
    ends: ClassVar = ("f", "o")
    level: ClassVar = (("affine", "gates"), ("keep", "add"), ("add", "sum"))

    def _columns(self) -> dict[str, float]:
        affine = self.gates["affine"].width / 2
        g = EDGE + max(affine, self.across / 2)
        f = g + max(affine + self._between("affine", "gates"), self.pitch)
        i = f + max(self._between("keep", "add"), self.pitch)
        return {"g": g, "f": f, "i": i, "o": i + max(self._between("add", "sum"), self.pitch)}

    def _at(self) -> dict[str, Point]:
        (g, f, i, o), (top, middle, low, bus) = self.columns.values(), self.floors
        return {
            "affine": (g, bus), "gates": (f, bus), "candidate": (g, low), "keep": (f, top), "write": (i, middle),
            "add": (i, top), "sum": (o, top), "squash": (o, middle), "read": (o, low),
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
    ends: ClassVar = ("r", "z")
    level: ClassVar = (
        ("affine", "gates"), ("reset", "recall"), ("recall", "inner"), ("inner", "candidate"), ("candidate", "new"),
        ("sum", "rest"), ("keep", "add"),
    )  # fmt: skip

    def _columns(self) -> dict[str, float]:
        affine = self.gates["affine"].width / 2
        g = EDGE + affine
        r = g + max(affine + self._between("affine", "gates"), affine + self.across / 2 + TIP)
        w = r + max(self._between("reset", "recall"), self.across / 2 + dot.GATE)
        n = w + self._between("recall", "inner")
        t = n + self._between("inner", "candidate")
        z = t + self.across / 2 + dot.GATE
        e = z + max(self._between(*ends) for ends in (("keep", "add"), ("sum", "rest"), ("candidate", "new")))
        e = max(e, z + 0.8 * self.pitch)  # gradients are shorter than values with their names
        return {"g": g, "r": r, "w": w, "n": n, "t": t, "z": z, "e": e}

    def _at(self) -> dict[str, Point]:
        (g, r, w, n, t, z, e), (top, middle, low, bus) = self.columns.values(), self.floors
        return {
            "affine": (g, bus), "gates": (r, bus), "reset": (r, middle), "recall": (w, middle), "inner": (n, middle),
            "candidate": (t, middle), "keep": (z, top), "sum": (z, low), "rest": (e, low), "new": (e, middle),
            "add": (e, top),
        }  # fmt: skip

    def _ways(self) -> dict[tuple[str, str], Way]:
        (g, r, _, n, t, z, e), (top, middle, low, bus) = self.columns.values(), self.floors
        lane, fan = bus - R - 16, dot.FAN / 2
        recall = self.gates["recall"]
        return {
            ("affine", "gates"): ([(_right(self.gates["affine"]), bus), (_left(self.gates["gates"]), bus)], 0),
            ("affine", "inner"): ([(g, bus - R), (g, lane), (n, lane), (n, middle + R)], 2),
            ("gates", "reset"): ([(r, bus - R), (r, middle + R)], 0),
            ("gates", "sum"): ([(z, bus - R), (z, low + fan)], 0),
            ("sum", "keep"): ([(z, low - fan), (z, middle), (z, top + R)], 1),
            ("sum", "rest"): ([(z + fan, low), (e - R, low)], 0),
            ("rest", "new"): ([(e, low - R), (e, middle + R)], 0),
            ("new", "add"): ([(e, middle - R), (e, top + R)], 0),
            ("keep", "add"): ([(z + R, top), (e - R, top)], 0),
            ("reset", "recall"): ([(r + R, middle), (_left(recall), middle)], 0),
            ("recall", "inner"): ([(_right(recall), middle), (n - R, middle)], 0),
            ("inner", "candidate"): ([(n + R, middle), (t - R, middle)], 0),
            ("candidate", "new"): ([(t + R, middle), (z, middle), (e - R, middle)], 1),
        }


_FORMS: Mapping[str, type[_Form]] = {"LSTM": _LSTM, "GRU": _GRU}


def _left(place: Rectangle) -> float:
    return place.x - place.width / 2


def _right(place: Rectangle) -> float:
    return place.x + place.width / 2


def _length(one: Point, other: Point) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _toward(start: Point, end: Point, by: float) -> Point:
    whole = _length(start, end) or 1.0
    return start[0] + (end[0] - start[0]) * by / whole, start[1] + (end[1] - start[1]) * by / whole
