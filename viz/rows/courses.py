"""Courses: smooth curves through given points, in pieces that fit each other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from viz.geometry import Path, Point, Rectangle

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
