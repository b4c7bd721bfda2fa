"""Columns: circuits as Graphviz lays them out, box by box, the innermost first.

Every sheet is laid out in several manners, and of these the one is taken that keeps the order of birth, then that of
inputs, and is least tangled.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from viz.graph.circuit import Circuit
from viz.layout import births, dot, press
from viz.layout.forms import BESIDE, formed
from viz.layout.geometry import (
    Layout,
    Path,
    Point,
    Rectangle,
    crossings,
    numbers,
    outermost,
    placed,
    spline,
)  # fmt: skip
from viz.layout.pieces import Link, Place, Sheet, sheets
from viz.layout.skeleton import Manner, Plate, Room, Stock, leaf_room, skeleton
from viz.look import Look

COMPARED = 30  # gates up to which two layouts are made, and the better one taken
MARGIN = 10.0  # points inside a box
LOST = "Graphviz has lost a wire. Draw a part (viz.draw of an inner value), or fold a scope"


Rooms = Mapping[str, Room]  # of each wire's text


def columns(
    drafts: Sequence[tuple[Circuit, Rooms, Rooms]], look: Look, timeout: float, room: float = math.inf
) -> list[Layout]:
    """The circuits in columns; what lies equally deep in boxes by one run of Graphviz: to start it takes 40 ms.

    With each circuit come the rooms of its texts, on wires that run along and beside those that run up. A cell whose
    form has no place in the `room` is laid out as anything else, and is a fault.
    """
    desks = [_Desk(*draft, look, room) for draft in drafts]
    deepest = max((desk.deepest for desk in desks), default=-1)
    for depth in range(deepest, -1, -1):
        asked = [(desk, sheet, desk.manners(sheet)) for desk in desks for sheet in desk.open_at(depth)]
        documents = [desk.document(sheet, manner) for desk, sheet, manners in asked for manner in manners]
        answers = iter(press.laid_out(documents, timeout))
        for desk, sheet, manners in asked:
            desk.settle(sheet, [(manner, next(answers)) for manner in manners])
    return [desk.layout() for desk in desks]


@dataclass(frozen=True)
class _Merit:
    """What a layout is judged by."""

    circuit: Circuit
    order: births.Order
    upright: bool

    def __call__(self, plate: Plate, crossed: int) -> tuple[int, ...]:
        """How many places stand the wrong way round, and how often wires cross: less is better."""
        rows = sum(
            self._across(plate, one) > self._across(plate, other)
            for row in self.order.rows
            for one, other in pairwise(row)
        )
        pairs = (pair for links in self.order.inputs for pair in pairwise(links))
        turned = [one.head[1] for one, other in pairs if self._entered(plate, one) > self._entered(plate, other)]
        told_apart = sum(not births.commutes(self.circuit, self.circuit.node(gate)) for gate in turned)
        return rows, told_apart, crossed, len(turned)

    def _across(self, plate: Plate, place: Place) -> float:
        at = plate.places[place]
        return at.x if self.upright else at.y

    def _entered(self, plate: Plate, link: Link) -> float:
        return plate.courses[link.wire.id, link.number].points[0][not self.upright]


class _Desk:
    """A circuit's sheets, and what has been laid out."""

    def __init__(self, circuit: Circuit, rooms: Rooms, beside: Rooms, look: Look, room: float) -> None:
        self.circuit, self.rooms, self.look = circuit, rooms, look
        self.sheets = sheets(circuit)
        plates = formed(circuit, self.sheets, rooms, beside) if look.direction == "LR" else {}
        self.plates = {key: plate for key, plate in plates.items() if plate.width + BESIDE <= room}
        self.unformed = len(plates) - len(self.plates)
        self.orders = births.orders(circuit, self.sheets, self.plates.keys())

    @property
    def deepest(self) -> int:
        return max(len(sheet.home) for sheet in self.sheets)

    def open_at(self, depth: int) -> list[Sheet]:
        """The sheets in so many boxes that are not yet laid out."""
        return [sheet for sheet in self.sheets if len(sheet.home) == depth and sheet.key not in self.plates]

    def manners(self, sheet: Sheet) -> list[Manner]:
        """Inputs in order: in a tree always, else where that costs no crossing. Blocks also upside down."""
        small = sheet.gates <= COMPARED
        is_tree = not any(node.kind == "fan" for node in sheet.nodes)
        orders = (True,) if is_tree else (True, False) if small else (False,)
        mirrored = (False, True) if sheet.blocks and small else (False,)
        return [Manner(ordered, turned) for ordered in orders for turned in mirrored]

    def document(self, sheet: Sheet, manner: Manner) -> str:
        return skeleton(sheet, Stock(self.circuit, self.rooms, self.look, self.orders, self.plates), manner)

    def settle(self, sheet: Sheet, answers: Sequence[tuple[Manner, dict[str, Any]]]) -> None:
        """Take the best layout of a sheet, or its mirror image; LayoutError where Graphviz has lost a wire."""
        tried: list[tuple[Plate, int]] = []
        for manner, answer in answers:
            plate = self._read(sheet, answer)
            if plate is None:
                continue
            # A mirror image has as many crossings: where there is no other layout, they need not be counted.
            crossed = crossings(path.points for path in plate.courses.values()) if len(answers) > 1 else 0
            if not manner.mirrored:
                tried.append((plate, crossed))
            if manner.mirrored or not sheet.blocks:
                tried.append((_mirrored(plate, self.look), crossed))
        if not tried:
            raise press.LayoutError(LOST)
        merit = _Merit(self.circuit, self.orders[sheet.key], self.look.upright)
        best, _ = min(tried, key=lambda each: merit(*each))
        self.plates[sheet.key] = self._framed(sheet, best) if sheet.home else best

    # Graphviz's answer ------------------------------------------------------------------------------------------------

    def _read(self, sheet: Sheet, found: dict[str, Any]) -> Plate | None:
        left, bottom, right, top = numbers(found["bb"])
        drawn = [edge for edge in found.get("edges", []) if "id" in edge]
        if any("pos" not in edge for edge in drawn):
            return None
        objects = {entry["name"]: placed(entry, left, top) for entry in found.get("objects", []) if "pos" in entry}
        places: dict[Place, Rectangle] = {}
        courses = {edge["id"]: spline(edge["pos"], left, top) for edge in drawn}
        for wire in sheet.texts:
            places["text", wire.id] = objects[wire.id]
            if leaf := sheet.led.get(wire.id):
                places["node", leaf.id], places["text", wire.id] = _parted(
                    objects[wire.id], leaf_room(sheet, wire), self.rooms[wire.id], self.look
                )
        others = [("node", node.id) for node in sheet.nodes] + [("block", block.key) for block in sheet.blocks]
        pins = [("in", wire.id) for wire in sheet.ins] + [("out", wire.id) for wire in sheet.outs]
        places |= {place: objects[sheet.name(place)] for place in (*others, *pins) if place not in places}
        channels = _Channels([*objects.values()], self.look)
        found_courses = {}
        for link in sheet.links:
            course = courses.get(f"{link.wire.id}.{link.number}") or Path((_entry(places[link.head], self.look),))
            if "block" in (link.tail[0], link.head[0]):
                course = channels.course(course, *(objects[sheet.name(end)] for end in (link.tail, link.head)))
            found_courses[link.wire.id, link.number] = course
        return Plate(right - left, top - bottom, places, found_courses)

    def _framed(self, sheet: Sheet, plate: Plate) -> Plate:
        """A box around what has been laid out: wires come in and leave at its edges."""
        inside = [place for key, place in plate.places.items() if key[0] not in ("in", "out")]
        points = [Rectangle(x, y, 0.0, 0.0) for path in plate.courses.values() for x, y in path.points]
        pins = [place for key, place in plate.places.items() if key[0] in ("in", "out")]
        around = outermost(inside + points)
        wide, high = dot.room(sheet.home[-1][0])
        left, right = around.x - around.width / 2 - MARGIN, around.x + around.width / 2 + MARGIN
        top, bottom = around.y - around.height / 2 - MARGIN - high, around.y + around.height / 2 + MARGIN
        if self.look.upright:
            top = min([top, *(place.y for place in pins)])
            bottom = max([bottom, *(place.y for place in pins)])
        else:
            left, right = min([left, *(place.x for place in pins)]), max([right, *(place.x for place in pins)])
        width, height = float(round(max(right - left, wide + 2 * MARGIN))), float(round(bottom - top))
        moved = Plate(
            width,
            height,
            {key: place.moved(-left, -top) for key, place in plate.places.items()},
            {key: path.moved(-left, -top) for key, path in plate.courses.items()},
        )
        return Plate(
            width, height, {key: self._at_edge(key, place, moved) for key, place in moved.places.items()}, moved.courses
        )

    def _at_edge(self, key: Place, place: Rectangle, plate: Plate) -> Rectangle:
        if key[0] not in ("in", "out"):
            return place
        dx, dy = FLOW[self.look.direction]
        ahead = key[0] == "out"
        x = place.x if not dx else plate.width * (ahead == (dx > 0))
        y = place.y if not dy else plate.height * (ahead == (dy > 0))
        return Rectangle(x, y, 0.0, 0.0)

    # All sheets together ----------------------------------------------------------------------------------------------

    def layout(self) -> Layout:
        """Everything on the page."""
        page = self.plates["page"]
        places: dict[str, Rectangle] = {}
        parts: dict[str, list[tuple[int, Path]]] = {}
        boxes: dict[str, list[Rectangle]] = {}
        ids = {box.scope: box.id for box in self.circuit.boxes}
        corners: dict[str, Point] = {"page": (0.0, 0.0)}
        for sheet in self.sheets:
            plate, (dx, dy) = self.plates[sheet.key], corners[sheet.key]
            if sheet.home:
                at = Rectangle(dx + plate.width / 2, dy + plate.height / 2, plate.width, plate.height)
                boxes.setdefault(ids[sheet.home[-1][0]], []).append(at)
            for (kind, key), place in plate.places.items():
                if kind in ("node", "text"):
                    places[key] = place.moved(dx, dy)
                elif kind == "block":
                    inner = self.plates[key]
                    corners[key] = dx + place.x - inner.width / 2, dy + place.y - inner.height / 2
            for (wire, number), path in plate.courses.items():
                parts.setdefault(wire, []).append((number, path.moved(dx, dy)))
        places |= {name: each[0] for name, each in boxes.items()}
        copies = {name: tuple(each[1:]) for name, each in boxes.items() if len(each) > 1}
        upright = frozenset[str]().union(*(plate.upright for plate in self.plates.values()))
        paths = {wire.id: _course(parts[wire.id]) for wire in self.circuit.wires}
        return Layout(page.width, page.height, places, paths, copies, upright=upright, faults=self.unformed)


def _course(parts: Sequence[tuple[int, Path]]) -> Path:
    """The parts of a wire in their order, straight below its text and at the edges of boxes."""
    (_, first), *others = sorted(parts, key=lambda part: part[0])
    points, tip = first.points, first.tip
    for _, path in others:
        points, tip = (*points, points[-1], path.points[0], *path.points), path.tip
    return Path(points, tip)


class _Channels:
    """The white between two columns, in which wires to the doors of blocks change their height."""

    def __init__(self, places: Sequence[Rectangle], look: Look) -> None:
        self.axis = int(look.upright)
        self.columns: dict[int, tuple[float, float]] = {}
        for place in places:
            middle, half = self._middle(place), (place.width, place.height)[self.axis] / 2
            low, high = self.columns.get(round(middle), (middle, middle))
            self.columns[round(middle)] = min(low, middle - half), max(high, middle + half)

    def _middle(self, place: Rectangle) -> float:
        return (place.x, place.y)[self.axis]

    def course(self, path: Path, tail: Rectangle, head: Rectangle) -> Path:
        """A plain S between neighbouring columns; a longer way is Graphviz's."""
        one, other = round(self._middle(tail)), round(self._middle(head))
        between = range(min(one, other) + 1, max(one, other))
        start, end = path.points[0], path.points[-1]
        if one == other or any(middle in between for middle in self.columns):
            return path
        near, far = (one, other) if one < other else (other, one)
        edges = self.columns[near][1], self.columns[far][0]
        first, last = edges if one < other else edges[::-1]
        corners = [start, self._at(first, start), self._at(last, end), end]
        return replace(curved(corners, self.axis), tip=path.tip)

    def _at(self, along: float, point: Point) -> Point:
        return (along, point[1]) if not self.axis else (point[0], along)


def curved(corners: Sequence[Point], axis: int) -> Path:
    """Straight on, an S, straight on."""
    start, one, other, end = corners
    middle = (one[axis] + other[axis]) / 2
    bends = [(middle, point[1]) if not axis else (point[0], middle) for point in (one, other)]
    return Path((start, start, one, one, *bends, other, other, end, end))


def _mirrored(plate: Plate, look: Look) -> Plate:
    """The same layout upside down, or, where it runs down the page, left to right."""

    def turn(point: Point) -> Point:
        return (plate.width - point[0], point[1]) if look.upright else (point[0], plate.height - point[1])

    places = {name: Rectangle(*turn((each.x, each.y)), each.width, each.height) for name, each in plate.places.items()}
    courses = {
        name: Path(tuple(map(turn, path.points)), path.tip and turn(path.tip)) for name, path in plate.courses.items()
    }
    return Plate(plate.width, plate.height, places, courses)


def _parted(both: Rectangle, leaf: Room, wire: Room, look: Look) -> tuple[Rectangle, Rectangle]:
    """The places of a leaf and its wire in the node that holds both."""
    (dx, dy), wide, high = FLOW[look.direction], both.width, both.height
    along_leaf, along_wire = (
        ((wide - leaf[0]) / 2, (wide - wire[0]) / 2) if dx else ((high - leaf[1]) / 2, (high - wire[1]) / 2)
    )
    return (
        Rectangle(both.x - dx * along_leaf, both.y - dy * along_leaf, *leaf),
        Rectangle(both.x + dx * along_wire, both.y + dy * along_wire, *wire),
    )


def _entry(wire: Rectangle, look: Look) -> Point:
    dx, dy = FLOW[look.direction]
    return wire.x - dx * wire.width / 2, wire.y - dy * wire.height / 2


# The direction in which a wire runs, y downwards.
FLOW = {"LR": (1, 0), "RL": (-1, 0), "TB": (0, 1), "BT": (0, -1)}
