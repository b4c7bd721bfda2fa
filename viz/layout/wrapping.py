"""Wrapping: a layout that is too long for its page is broken into rows, like a text, where few wires are cut.

cut     a place between two columns; every wire that crosses it runs back below the row, to the start of the next
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from viz.graph.circuit import Circuit
from viz.graph.scopes import openings
from viz.layout.geometry import Layout, Path, Point, Rectangle, joined, polyline

CROSSING = 6  # wires that a cut may cross
LANE, AROUND = 8.0, 14.0  # points between wires that run back, and beside them
BARE = 4.0  # what it costs to part a leaf from its gate
IDLE = 12.0  # what a row without a gate costs
LEAST = 30.0  # points of a box that are worth a part of it
CLEAR, HEAD = 0.05, 9.0  # points between what is white and what stands beside it; before a gate is an arrowhead
WHITE = 3.0  # points between two columns that can be parted


def wrapped(circuit: Circuit, layout: Layout, room: float) -> Layout | None:
    """The layout in rows of at most `room` points; None where it cannot be cut.

    A box stays whole if it fits a row; where that leaves no way, if no box is inside. What is in pieces though it would
    fit a row is a fault.
    """
    outer = {box.scope[:depth] for box in circuit.boxes for depth in range(1, len(box.scope))}
    fitting = {box.id for box in circuit.boxes if layout.places[box.id].width + 2 * AROUND <= room}
    innermost = {box.id for box in circuit.boxes if box.scope not in outer}
    for whole in dict.fromkeys(map(frozenset, (fitting, fitting & innermost, ()))):
        if chosen := _chosen(_cuts(circuit, layout, whole), layout.width, room):
            broken = _Sheet(circuit, layout, chosen).layout()
            parted = sum(len(broken.copies.get(name, ())) > 0 for name in fitting)
            bare = sum(one.gates == other.gates for one, other in pairwise((Cut(0.0), *chosen)))
            return replace(broken, faults=layout.faults + parted, idle=bare)
    return None


@dataclass(frozen=True)
class Cut:
    """Where, and which wires are cut, from top to bottom as they come to it."""

    x: float
    before: float = 0.0  # where the white begins and ends that it lies in: up to there wires run as they did
    after: float = 0.0
    wires: tuple[str, ...] = ()
    order: tuple[str, ...] = ()  # the same wires, as they come in behind it
    bare: int = 0  # leaves that would stand before it, and what they are for behind it
    gates: int = 0  # that stand before it

    @property
    def room(self) -> float:
        """Points that the cut wires need on either side."""
        return AROUND + LANE * len(self.wires)


def _cuts(circuit: Circuit, layout: Layout, whole: Collection[str]) -> list[Cut]:
    """The places where neither a gate nor a text is cut, nor a box that stays `whole`."""
    open_ = {box.id for box in circuit.boxes} - set(whole)
    gates = {node.id for node in circuit.nodes if node.kind == "gate"}
    solid = [(place, HEAD if name in gates else CLEAR) for name, place in layout.places.items() if name not in open_]
    spans = sorted((place.x - place.width / 2 - head, place.x + place.width / 2 + CLEAR) for place, head in solid)
    found, end = [], spans[0][1] if spans else 0.0
    for left, right in spans:
        if left > end + WHITE:
            found.append((end + (left - end) / 2, end, left))
        end = max(end, right)
    leaves = {wire.id for wire in circuit.wires if circuit.node(wire.tail).kind == "leaf"}
    middles = sorted(layout.places[node.id].x for node in circuit.nodes if node.kind == "gate")
    return [
        Cut(*white, *wires, sum(name in leaves for name in wires[0]), bisect(middles, white[0]))
        for white in found
        if (wires := _cut(layout, *white)) and len(wires[0]) <= CROSSING
    ]


def _cut(layout: Layout, *white: float) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The wires that cross the white, as they come to it and as they leave it; None if one ends or turns in it."""
    across, before, after = (_crossed(layout, x) for x in white)
    if across is None or before is None or after is None or not {*across} == {*before} == {*after}:
        return None
    return before, after


def _crossed(layout: Layout, x: float) -> tuple[str, ...] | None:
    """The wires that cross `x` once, from top to bottom; None if one does so more often."""
    found = []
    for name, path in layout.paths.items():
        ends = path.points[0][0] < x, path.points[-1][0] > x
        over = [point[0] > x for point in path.points]
        if sum(one != other for one, other in pairwise(over)) > 1:
            return None
        if all(ends):
            found.append((split(path, x)[0].points[-1][1], name))
    return tuple(name for _, name in sorted(found))


def _chosen(cuts: Sequence[Cut], wide: float, room: float) -> list[Cut]:
    """The cuts that leave no row longer than `room`, and cost least: rows, wires that run back, uneven rows."""
    stops = [Cut(0.0), *cuts, Cut(wide, gates=-1)]
    best: list[tuple[float, int]] = [(0.0, 0)]
    for k, stop in enumerate(stops[1:], 1):
        options = [
            (best[j][0] + _cost(start, stop) + 2.0 * (1 - length / room) ** 2, j)
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


def _cost(start: Cut, stop: Cut) -> float:
    """What a row costs, but for its length."""
    return 3.0 + len(stop.wires) ** 2 + BARE * stop.bare + IDLE * (start.gates == stop.gates)


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
            yield number, _level(split(path, cut.before)[0], cut.x)
            path = _level(split(path, cut.after)[1], cut.x)
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
        inner = len(cut.wires) - 1 - cut.wires.index(name)
        right = start[0] + 0.5 * AROUND + LANE * inner
        left = end[0] - 0.5 * AROUND - LANE * cut.order.index(name)
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


def _level(path: Path, x: float) -> Path:
    """A course that begins or ends at `x`, with a straight piece up to there."""
    (first, *_, last), points = path.points, path.points
    if x < first[0]:
        return Path((*polyline([(x, first[1]), first]).points, *points[1:]), path.tip)
    return Path((*points[:-1], *polyline([last, (x, last[1])]).points), path.tip)


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
