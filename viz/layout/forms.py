"""Forms: cells as the lecture draws them by hand, the memory straight on top, the gates standing below.

    c ────────── × ───────── + ── c ── Σ ──── c
                 │           │         │
        ┌─ g ────┼─────────→ ×        tanh
        │        │           │         │
       tanh      f           i         ×  ──── h
        │        │           │         │
    h ─ xU+hW+b ─ [ σ                  o  ]
    x ─┘

Points, the origin at the box's upper left corner; a wire's text stands on one of its pieces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from viz.graph.cells import Cell, cells
from viz.graph.circuit import Circuit
from viz.layout import dot
from viz.layout.geometry import Path, Point, Rectangle, polyline
from viz.layout.pieces import Link, Place, Sheet
from viz.layout.skeleton import Plate, Room

EDGE, TIP, DOOR = 16.0, 6.5, 9.0  # points: beside gates, an arrowhead, from a gate's middle to its upper and lower door
FLOOR = 76.0  # points between floors, and more where texts are higher


def are_formed(circuit: Circuit) -> bool:
    """Whether there are cells whose gates are all drawn."""
    drawn = {box.scope for box in circuit.boxes}
    held = {circuit.values[at] for at in circuit.held}
    return bool(held) and any(cell.scope in drawn for cell in cells(circuit.values, circuit.stands, held))


def formed(
    circuit: Circuit, sheets: Sequence[Sheet], rooms: Mapping[str, Room], beside: Mapping[str, Room]
) -> dict[str, Plate]:
    """The sheets that hold a cell and nothing else, laid out, by their keys."""
    boxes = {sheet.home[-1][0]: sheet for sheet in sheets if sheet.home}
    held = {circuit.values[at] for at in circuit.held}
    found = {}
    for cell in cells(circuit.values, circuit.stands, held) if held else ():
        sheet = boxes.get(cell.scope)
        if sheet and not sheet.blocks and (names := _names(sheet, cell)):
            found[sheet.key] = _Form(circuit, sheet, names, rooms, beside).plate()
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


class _Form:
    """An LSTM's gates at their places, and its wires from corner to corner."""

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
        self._arrange()

    def _arrange(self) -> None:
        """Columns as far apart as the texts between them need, floors as far apart as those on the way up."""
        texts = {wire.id for wire in self.sheet.texts}
        across = max((self.beside[wire][0] for wire in texts), default=0.0)
        level = max((self.rooms[wire][0] for wire in texts), default=0.0)
        high = max((self.beside[wire][1] for wire in texts), default=0.0)
        pitch, floor = max(across + 4, 70.0), max(FLOOR, high + dot.GATE + 12)
        caption = dot.room(self.sheet.home[-1][0])[1]
        top = caption + 12 + dot.GATE / 2 + max((self.rooms[wire][1] for wire in texts), default=0.0) / 2
        g = EDGE + max(self.gates["affine"].width, across) / 2
        f = g + max(self.gates["affine"].width / 2 + level + 2 * TIP + dot.GATE / 2, pitch)
        columns = {"g": g, "f": f, "i": f + pitch, "o": f + pitch + max(pitch, level + dot.GATE)}
        floors = [top + floor * k for k in range(4)]
        self.columns, self.floors = columns, floors
        g, f, i, o = columns.values()
        at = {
            "affine": (g, floors[3]), "gates": ((f + o) / 2, floors[3]), "candidate": (g, floors[2]),
            "keep": (f, top), "write": (i, floors[1]), "add": (i, top), "sum": (o, top), "squash": (o, floors[1]),
            "read": (o, floors[2]),
        }  # fmt: skip
        for role, gate in self.gates.items():
            wide = o - f + dot.GATE if role == "gates" else gate.width
            self.gates[role] = Rectangle(*at[role], wide, gate.height)
        self.width, self.height = o + dot.GATE / 2 + EDGE, floors[3] + dot.GATE / 2 + EDGE

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

    def _corners(self, wire: str, start: Place, end: Place) -> tuple[list[Point], int]:
        """The corners of a wire, and the piece that its text stands on."""
        c, (top, middle, low, bus) = self.columns, self.floors
        tail, head = (self.roles.get(place[1], place[0]) for place in (start, end))
        gate = self.gates
        radius = dot.GATE / 2
        if start[0] == "in":
            door = -DOOR if head == "affine" and self._is_state(wire) else DOOR if head == "affine" else 0.0
            y = gate[head].y + door
            return [(0.0, y), (_left(gate[head]), y)], 0
        if end[0] == "out":
            return [(_right(gate[tail]), gate[tail].y), (self.width, gate[tail].y)], 0
        ways: dict[tuple[str, str], tuple[list[Point], int]] = {
            ("affine", "gates"): ([(_right(gate["affine"]), bus), (_left(gate["gates"]), bus)], 0),
            ("affine", "candidate"): ([(c["g"], bus - radius), (c["g"], low + radius)], 0),
            ("gates", "keep"): ([(c["f"], bus - radius), (c["f"], top + radius)], 0),
            ("gates", "write"): ([(c["i"], bus - radius), (c["i"], middle + radius)], 0),
            ("gates", "read"): ([(c["o"], bus - radius), (c["o"], low + radius)], 0),
            ("candidate", "write"): ([(c["g"], low - radius), (c["g"], middle), (c["i"] - radius, middle)], 0),
            ("keep", "add"): ([(c["f"] + radius, top), (c["i"] - radius, top)], 0),
            ("write", "add"): ([(c["i"], middle - radius), (c["i"], top + radius)], 0),
            ("add", "sum"): ([(c["i"] + radius, top), (_left(gate.get("sum", gate["add"])), top)], 0),
            ("add", "squash"): ([(c["i"] + radius, top), (c["o"], top), (c["o"], middle - radius)], 0),
            ("sum", "squash"): ([(c["o"], top + dot.FAN / 2), (c["o"], middle - radius)], 0),
            ("squash", "read"): ([(c["o"], middle + radius), (c["o"], low - radius)], 0),
        }  # fmt: skip
        return ways[tail, head]

    def _is_state(self, wire: str) -> bool:
        """Whether what enters the product is the old state, and not the input: it comes in last."""
        into = self.circuit.wires_into(next(name for name, role in self.roles.items() if role == "affine"))
        return into[-1].id == wire


def _left(place: Rectangle) -> float:
    return place.x - place.width / 2


def _right(place: Rectangle) -> float:
    return place.x + place.width / 2


def _length(one: Point, other: Point) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _toward(start: Point, end: Point, by: float) -> Point:
    whole = _length(start, end) or 1.0
    return start[0] + (end[0] - start[0]) * by / whole, start[1] + (end[1] - start[1]) * by / whole
