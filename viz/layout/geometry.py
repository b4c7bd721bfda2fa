"""Places in a picture: rectangles, curves, a layout of them. Points, y downwards, the origin at the top left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

Point = tuple[float, float]
Points = npt.NDArray[np.float64]  # one a row


@dataclass(frozen=True)
class Rectangle:
    """A place by its middle and its size."""

    x: float
    y: float
    width: float
    height: float

    def moved(self, dx: float, dy: float) -> Rectangle:
        """The same rectangle elsewhere."""
        return Rectangle(self.x + dx, self.y + dy, self.width, self.height)


def outermost(boxes: Sequence[Rectangle]) -> Rectangle:
    """The rectangle around them all."""
    left, right = min(b.x - b.width / 2 for b in boxes), max(b.x + b.width / 2 for b in boxes)
    top, bottom = min(b.y - b.height / 2 for b in boxes), max(b.y + b.height / 2 for b in boxes)
    return Rectangle((left + right) / 2, (top + bottom) / 2, right - left, bottom - top)


@dataclass(frozen=True)
class Path:
    """A chain of Bézier curves through 3n+1 points; an arrow's tip stands beyond its last point."""

    points: tuple[Point, ...]
    tip: Point | None = None

    def moved(self, dx: float, dy: float) -> Path:
        """The same course elsewhere."""
        tip = self.tip and (self.tip[0] + dx, self.tip[1] + dy)
        return Path(tuple((x + dx, y + dy) for x, y in self.points), tip)


@dataclass(frozen=True)
class Layout:
    """The page's size and the places of nodes, wires, boxes (by id), and the course of each wire.

    `copies` are further places of boxes that are drawn several times, `sums` where a shared value's gradient stands as
    far as it has been added up (the right end of that text). What is `upright`, wires and nodes, runs up the page,
    whatever the direction of the picture. `faults` counts the wires that run through what is not theirs, the boxes that
    were cut though they fit a row, and the cells that have no room for their form.
    """

    width: float
    height: float
    places: Mapping[str, Rectangle]
    paths: Mapping[str, Path]
    copies: Mapping[str, tuple[Rectangle, ...]] = field(default_factory=dict)
    sums: Mapping[str, Point] = field(default_factory=dict)
    upright: frozenset[str] = frozenset()
    faults: int = 0
    idle: int = 0  # rows without a gate


def numbers(text: str) -> list[float]:
    """Graphviz's `1,2,3`."""
    return [float(part) for part in text.split(",")]


def placed(entry: dict[str, Any], left: float, top: float) -> Rectangle:
    """The rectangle of a node or a cluster in Graphviz's JSON, whose y runs upwards from below `top`."""
    if "pos" in entry:
        x, y = numbers(entry["pos"])
        return Rectangle(x - left, top - y, 72 * float(entry["width"]), 72 * float(entry["height"]))
    x0, y0, x1, y1 = numbers(entry["bb"])
    return Rectangle((x0 + x1) / 2 - left, top - (y0 + y1) / 2, x1 - x0, y1 - y0)


def spline(text: str, left: float, top: float) -> Path:
    """Graphviz writes `e,x,y x,y x,y …`: the arrow's tip, if any, then the curve's points.

    `s,x,y` is the tip of a curve that is written from its head to its tail, as in boxes that lie in each other's way.
    """
    tip, points, backwards = None, [], False
    for part in text.split():
        x, y = numbers(part.lstrip("es,"))
        point = (x - left, top - y)
        if part[0] in "es":
            tip, backwards = point, part[0] == "s"
        else:
            points.append(point)
    return Path(tuple(reversed(points) if backwards else points), tip)


# How often the courses of wires cross: of two layouts the one with fewer crossings reads better ----------------------


CROSSING_PARTS = 5  # straight parts in place of each Bézier curve: odd, because curves often cross in their middle


def crossings(courses: Iterable[Sequence[Point]]) -> int:
    """The number of crossings of chains of Bézier curves through 3n+1 points each.

    Courses that only meet, in a gate or a Σ, do not cross.
    """
    parts = [part for course in courses for part in _straightened(course)]
    if not parts:
        return 0
    start, end = np.array([part[0] for part in parts]), np.array([part[1] for part in parts])
    sides = _sides(start, end, start) * _sides(start, end, end)  # [i, j] < 0: the ends of j lie on both sides of i
    return int(np.count_nonzero((sides < 0) & (sides.T < 0))) // 2


def _sides(start: Points, end: Points, point: Points) -> Points:
    """[i, j]: on which side of the line through part i point j lies."""
    along, to = (end - start)[:, None], point[None, :] - start[:, None]
    side: Points = np.sign(np.round(along[..., 0] * to[..., 1] - along[..., 1] * to[..., 0], 3))
    return side


def _straightened(course: Sequence[Point]) -> list[tuple[Points, Points]]:
    """The course as straight parts."""
    points, t = np.array(course), np.linspace(0.0, 1.0, CROSSING_PARTS + 1)[:, None]
    curves = [points[k : k + 4] for k in range(0, len(points) - 3, 3)]
    drawn = [(1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d for a, b, c, d in curves]
    return [pair for curve in drawn for pair in pairwise(curve)]


# Where a box's name stands: along the top, as far left as no wire runs through it ------------------------------------


INDENT, DROP = 10.0, 12.0  # points from the box's left edge, and from its top to the middle of the letters
HEADING_STEP = 6.0  # points between the places that are tried
HEADING_PARTS = 24  # points in place of each Bézier curve: closer to each other than letters are high


def heading(box: Rectangle, wide: float, high: float, wires: Points) -> Point:
    """The left end of the name's middle line; at the left edge if there is no free place at all."""
    left, top = box.x - box.width / 2, box.y - box.height / 2
    first, last = np.searchsorted(wires[:, 0], (left, left + box.width))
    inside = wires[first:last]
    met = inside[abs(inside[:, 1] - top - DROP) < high / 2, 0]
    tried = np.arange(left + INDENT, left + box.width - INDENT - wide + 0.1, HEADING_STEP)
    free = (x for x in tried if not np.any((met > x - 2) & (met < x + wide + 2)))
    return float(next(free, left + INDENT)), top + DROP


def along(paths: Iterable[Path]) -> Points:
    """Points all along the wires, as rows, from left to right: there may be many boxes to look them up for."""
    t = np.linspace(0.0, 1.0, HEADING_PARTS)[:, None]
    weights = np.hstack([(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3])
    curves = [path.points[k : k + 4] for path in paths for k in range(0, len(path.points) - 3, 3)]
    points: Points = np.einsum("pk,ckd->cpd", weights, np.array(curves).reshape(-1, 4, 2)).reshape(-1, 2)
    return points[np.argsort(points[:, 0])]


# Courses: smooth curves through given points, in pieces that fit each other ------------------------------------------


ROUND = 5.0  # points: the radius of a corner
ARC = 0.5523  # where the controls of a quarter circle lie


def polyline(corners: Sequence[Point]) -> Path:
    """Straight lines with rounded corners; between points that differ both ways, an S."""
    points = _distinct(corners)
    found: list[Point] = [points[0]]
    for k, (one, other) in enumerate(pairwise(points)):
        if not _straight(one, other):
            middle = (one[0] + other[0]) / 2
            found += [(middle, one[1]), (middle, other[1]), other]
            continue
        after = points[k + 2] if k + 2 < len(points) else None
        if after is None or not _straight(other, after):
            found += _line(found[-1], other)
            continue
        size = min(ROUND, _length(one, other) / 2, _length(other, after) / 2)
        into, out = _toward(other, one, size), _toward(other, after, size)
        found += _line(found[-1], into)
        found += [_toward(into, other, size * ARC), _toward(out, other, size * ARC), out]
    return Path(tuple(found))


def joined(paths: Sequence[Path]) -> Path:
    """One path through them all, straight where there is a gap."""
    points = list(paths[0].points)
    for path in paths[1:]:
        first = path.points[0]
        if _length(points[-1], first) > 0.01:
            points += _line(points[-1], first)
        points += path.points[1:]
    return Path(tuple(points), paths[-1].tip)


def across(place: Rectangle, back: bool = False) -> Path:
    """The straight line through the middle of a text's room, to the right, or `back` to the left."""
    half = -place.width / 2 if back else place.width / 2
    start, end = (place.x - half, place.y), (place.x + half, place.y)
    return Path((start, *_line(start, end)))


def rising(place: Rectangle) -> Path:
    """The straight line through the middle of a text's room, upwards."""
    start, end = (place.x, place.y + place.height / 2), (place.x, place.y - place.height / 2)
    return Path((start, *_line(start, end)))


def _line(start: Point, end: Point) -> tuple[Point, Point, Point]:
    """A straight line as the rest of a Bézier curve; its controls apart, as not every printer draws it otherwise."""
    (x, y), (dx, dy) = start, ((end[0] - start[0]) / 3, (end[1] - start[1]) / 3)
    return (x + dx, y + dy), (x + 2 * dx, y + 2 * dy), end


def _distinct(points: Sequence[Point]) -> list[Point]:
    """Without repeats, and without points in the middle of a straight line."""
    kept: list[Point] = []
    for point in points:
        if kept and _length(kept[-1], point) < 0.01:
            continue
        if len(kept) > 1 and any(_level(kept[-2], kept[-1], axis) and _level(kept[-1], point, axis) for axis in (0, 1)):
            kept.pop()
        kept.append(point)
    return kept if len(kept) > 1 else [*kept, *kept]


def _level(one: Point, other: Point, axis: int) -> bool:
    return abs(one[axis] - other[axis]) < 0.01


def _straight(one: Point, other: Point) -> bool:
    return _level(one, other, 0) or _level(one, other, 1)


def _length(one: Point, other: Point) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _toward(start: Point, end: Point, size: float) -> Point:
    whole = _length(start, end) or 1.0
    return start[0] + (end[0] - start[0]) * size / whole, start[1] + (end[1] - start[1]) * size / whole
