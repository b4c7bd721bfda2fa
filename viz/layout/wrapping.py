"""Wrapping: a layout that is too long for its page is broken into rows, like a text, where few wires are cut.

cut     a place between two columns; every wire that crosses it runs back below the row, to the start of the next
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from viz.graph.circuit import Circuit
from viz.graph.scopes import openings
from viz.layout.geometry import Layout, Path, Point, Rectangle, joined, polyline

CROSSING = 6  # wires that a cut may cross
LANE, AROUND = 8.0, 14.0  # points between wires that run back, and beside them
BARE = 4.0  # what it costs to part a leaf from its gate
LEAST = 30.0  # points of a box that are worth a part of it
LEVEL = 0.15  # of the white between two columns: wires are still level there
BEFORE, HEAD = 2.0, 9.0  # points between a cut and what stands beside it; before a gate there is an arrowhead


def wrapped(circuit: Circuit, layout: Layout, room: float) -> Layout | None:
    """The layout in rows of at most `room` points; None where it cannot be cut."""
    return _wrapped(circuit, layout, room, whole=True) or _wrapped(circuit, layout, room, whole=False)


def _wrapped(circuit: Circuit, layout: Layout, room: float, whole: bool) -> Layout | None:
    cuts = _cuts(circuit, layout, whole)
    chosen = _chosen(cuts, layout.width, room)
    return _Sheet(circuit, layout, chosen).layout() if chosen else None


@dataclass(frozen=True)
class Cut:
    """Where, and which wires are cut, from top to bottom."""

    x: float
    wires: tuple[tuple[float, str], ...] = ()
    bare: int = 0  # leaves that would stand before it, and what they are for behind it

    @property
    def room(self) -> float:
        """Points that the cut wires need on either side."""
        return AROUND + LANE * len(self.wires)


def _cuts(circuit: Circuit, layout: Layout, whole: bool) -> list[Cut]:
    """The places where neither a gate nor a text is cut, nor, where boxes stay `whole`, a box without boxes inside."""
    outer = {box.scope[:depth] for box in circuit.boxes for depth in range(1, len(box.scope))}
    open_ = {box.id for box in circuit.boxes if box.scope in outer or not whole}
    gates = {node.id for node in circuit.nodes}
    solid = [(place, HEAD if name in gates else BEFORE) for name, place in layout.places.items() if name not in open_]
    spans = sorted((place.x - place.width / 2 - head, place.x + place.width / 2 + BEFORE) for place, head in solid)
    found, end = [], spans[0][1] if spans else 0.0
    for left, right in spans:
        if left > end:
            found.append(end + LEVEL * (left - end))
        end = max(end, right)
    crossed = ((x, _crossed(layout, x)) for x in found)
    leaves = {wire.id for wire in circuit.wires if circuit.node(wire.tail).kind == "leaf"}
    return [
        Cut(x, wires, sum(name in leaves for _, name in wires))
        for x, wires in crossed
        if wires is not None and len(wires) <= CROSSING
    ]


def _crossed(layout: Layout, x: float) -> tuple[tuple[float, str], ...] | None:
    """The wires that cross `x` once, from top to bottom; None if one does so more often."""
    found = []
    for name, path in layout.paths.items():
        ends = path.points[0][0] < x, path.points[-1][0] > x
        over = [point[0] > x for point in path.points]
        if sum(one != other for one, other in pairwise(over)) > 1:
            return None
        if all(ends):
            found.append((split(path, x)[0].points[-1][1], name))
    return tuple(sorted(found))


def _chosen(cuts: Sequence[Cut], wide: float, room: float) -> list[Cut]:
    """The cuts that leave no row longer than `room`, and cost least: rows, wires that run back, uneven rows."""
    stops = [Cut(0.0), *cuts, Cut(wide)]
    best: list[tuple[float, int]] = [(0.0, 0)]
    for k, stop in enumerate(stops[1:], 1):
        options = [
            (best[j][0] + 3.0 + len(stop.wires) ** 2 + BARE * stop.bare + 2.0 * (1 - length / room) ** 2, j)
            for j, start in enumerate(stops[:k])
            if (length := stop.x - start.x + start.room + stop.room) <= room
        ]
        best.append(min(options, default=(float("inf"), 0)))
    if best[-1][0] == float("inf"):
        return []
    chosen, k = [], best[-1][1]
    while k:
        chosen.append(stops[k])
        k = best[k][1]
    return chosen[::-1]


class _Sheet:
    """The rows below each other."""

    def __init__(self, circuit: Circuit, layout: Layout, cuts: Sequence[Cut]) -> None:
        self.layout_, self.cuts = layout, cuts
        self.starts = [0.0, *(cut.x for cut in cuts)]
        self.ends = [*(cut.x for cut in cuts), layout.width]
        self.boxes = {box.id: box.scope for box in circuit.boxes}
        self.inside, self.touching = _inside(circuit)
        self.heights: dict[tuple[str, int], list[float]] = {}
        self.pieces = {name: list(self._pieces(path)) for name, path in layout.paths.items()}
        self.margin = max(cut.room for cut in cuts)
        self.shifts = list(self._shifts())

    def _pieces(self, path: Path) -> Iterator[tuple[int, Path]]:
        """The parts of a wire with their rows."""
        row = self._row(path.points[0][0])
        for number, cut in enumerate(self.cuts[row:], row):
            if path.points[-1][0] <= cut.x:
                break
            first, path = split(path, cut.x)
            yield number, first
        yield self._row(path.points[-1][0]), path

    def _row(self, x: float) -> int:
        return sum(cut.x < x for cut in self.cuts)

    def _shifts(self) -> Iterator[tuple[float, float]]:
        """How far each row moves."""
        y = 0.0
        for row, start in enumerate(self.starts):
            tops, ends = zip(*self._extents(row), strict=True)
            yield (self.margin if row else 0.0) - start, y - min(tops)
            y += max(ends) - min(tops) + (AROUND + self.cuts[row].room if row < len(self.cuts) else 0.0)

    def _extents(self, row: int) -> Iterator[tuple[float, float]]:
        for name, place in self.layout_.places.items():
            part = self._part(name, row) if name in self.boxes else place if self._row(place.x) == row else None
            if part:
                yield part.y - part.height / 2, part.y + part.height / 2
        for pieces in self.pieces.values():
            yield from ((y, y) for at, path in pieces if at == row for _, y in path.points)

    def _part(self, name: str, row: int) -> Rectangle | None:
        """What of a box lies in a row: as high as what is inside there needs."""
        place = self.layout_.places[name]
        left = max(place.x - place.width / 2, self.starts[row])
        right = min(place.x + place.width / 2, self.ends[row])
        if right - left <= (1 if right - left == place.width else LEAST):
            return None
        top, bottom = place.y - place.height / 2, place.y + place.height / 2
        here, whole = (
            self._heights(name, row),
            [y for each in range(len(self.starts)) for y in self._heights(name, each)],
        )
        if here and (left, right) != (place.x - place.width / 2, place.x + place.width / 2):
            top, bottom = top + min(here) - min(whole), bottom + max(here) - max(whole)
        return Rectangle((left + right) / 2, (top + bottom) / 2, right - left, bottom - top)

    def _heights(self, box: str, row: int) -> list[float]:
        """The upper and lower edges of what stands inside a box in a row; boxes inside it as they are there."""
        found: list[float] = []
        whole = self.layout_.places[box]
        for name in self.inside[box]:
            part = self._part(name, row) if name in self.boxes else self.layout_.places[name]
            within = part and abs(part.x - whole.x) < whole.width / 2  # a Σ may stand behind the box that it belongs to
            if part and within and (name in self.boxes or self._row(part.x) == row):
                found += [part.y - part.height / 2, part.y + part.height / 2]
        top, bottom = whole.y - whole.height / 2, whole.y + whole.height / 2
        left, right = whole.x - whole.width / 2, whole.x + whole.width / 2
        for name in self.touching[box]:
            points = (point for at, path in self.pieces[name] if at == row for point in path.points)
            found += [min(max(y, top), bottom) for x, y in points if left <= x <= right]
        return found

    def layout(self) -> Layout:
        """Everything in its row."""
        places: dict[str, Rectangle] = {}
        copies: dict[str, tuple[Rectangle, ...]] = {}
        for name, place in self.layout_.places.items():
            if name in self.boxes:
                parts = [(row, self._part(name, row)) for row in range(len(self.starts))]
                places[name], *copies[name] = [part.moved(*self.shifts[row]) for row, part in parts if part]  # type: ignore[assignment]
            else:
                places[name] = place.moved(*self.shifts[self._row(place.x)])
        paths = {name: self._course(name) for name in self.pieces}
        points = [point for path in paths.values() for point in path.points]
        right = max([p.x + p.width / 2 for p in places.values()] + [x for x, _ in points])
        bottom = max([p.y + p.height / 2 for p in places.values()] + [y for _, y in points])
        pieces = {name: tuple(each) for name, each in copies.items() if each}
        return Layout(right, bottom, places, paths, pieces, upright=self.layout_.upright)

    def _course(self, name: str) -> Path:
        """A wire's parts, joined by its way back to the next row."""
        placed = [(row, path.moved(*self.shifts[row])) for row, path in self.pieces[name]]
        found = [placed[0][1]]
        for (row, before), (_, after) in pairwise(placed):
            found += [polyline(self._back(row, name, before.points[-1], after.points[0])), after]
        return joined(found)

    def _back(self, row: int, name: str, start: Point, end: Point) -> list[Point]:
        """Out at the right, back between the rows, in from the left: the upper wires around the lower ones."""
        cut = self.cuts[row]
        number = [wire for _, wire in cut.wires].index(name)
        inner = len(cut.wires) - 1 - number
        right = start[0] + 0.5 * AROUND + LANE * inner
        left = end[0] - 0.5 * AROUND - LANE * number
        _, low = zip(*self._extents(row), strict=True)
        lane = max(low) + self.shifts[row][1] + AROUND + LANE * inner
        return [start, (right, start[1]), (right, lane), (left, lane), (left, end[1]), end]


def _inside(circuit: Circuit) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """What stands right inside each box, by id: nodes, texts and boxes; and the wires that have an end there."""
    boxes = {box.scope: box.id for box in circuit.boxes}
    inside: dict[str, list[str]] = {name: [] for name in boxes.values()}
    touching: dict[str, list[str]] = {name: [] for name in boxes.values()}
    every = [(node.scope, node.id) for node in circuit.nodes] + [(wire.scope, wire.id) for wire in circuit.wires]
    for scope, name in (*every, *((box.scope[:-1], box.id) for box in circuit.boxes)):
        if scope in boxes:
            inside[boxes[scope]].append(name)
    for wire in circuit.wires:
        ends = (circuit.node(wire.tail).scope, circuit.node(wire.head).scope)
        for box in {boxes[opening] for scope in ends for opening in openings(scope)}:
            touching[box].append(wire.id)
    return inside, touching


def split(path: Path, x: float) -> tuple[Path, Path]:
    """The two parts of a course that crosses `x`."""
    points = path.points
    k = next(k for k in range(0, len(points) - 1, 3) if points[k + 3][0] > x)
    curve = points[k : k + 4]
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if _halves(curve, middle)[3][0] < x else (low, middle)
    whole = _halves(curve, high)
    return Path((*points[:k], *whole[:4])), Path((*whole[3:], *points[k + 4 :]), path.tip)


def _halves(curve: Sequence[Point], t: float) -> list[Point]:
    """The seven points of a Bézier curve cut at `t`, by de Casteljau."""

    def between(one: Point, other: Point) -> Point:
        return one[0] + (other[0] - one[0]) * t, one[1] + (other[1] - one[1]) * t

    a, b, c, d = curve
    ab, bc, cd = between(a, b), between(b, c), between(c, d)
    abc, bcd = between(ab, bc), between(bc, cd)
    return [a, ab, abc, between(abc, bcd), bcd, cd, d]
