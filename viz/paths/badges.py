"""Numbers on paths: each stands in a circle of its path's colour where that path runs most alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from viz.cells.strokes import extent
from viz.geometry import Path, Point, Rectangle
from viz.lettering import SMALL, line
from viz.page import Curve, Mark, Page, Shape, Text
from viz.paths.hues import hue
from viz.themes import Theme

BADGE = 15.0  # points: a number's circle
CLEAR, APART = 14.0, 6.0  # points to the next wire, gate or text that are enough; between those looked at


def badges(page: Page, along: Mapping[str, Sequence[int]]) -> Iterator[Mark]:
    """The numbers of all paths; `along` are the paths of each wire."""
    wires = {mark.id: mark for mark in page.marks if isinstance(mark, Curve) and mark.id in along}
    for name, numbers in _alone(along).items():
        others = [mark for mark in page.marks if mark is not wires[name]]
        x, y = _clearest(wires[name].path, others)
        for k, number in enumerate(numbers):
            aside = (k - (len(numbers) - 1) / 2) * (BADGE + 2)
            yield from badge(f"path{number + 1}", (x, y + aside), number, page.theme)


def badge(key: str, place: Point, number: int, theme: Theme) -> Iterator[Mark]:
    """The number in a circle of its path's colour."""
    x, y = place
    yield Shape(f"{key}.badge", Rectangle(x, y, BADGE, BADGE), theme.paper, hue(number, theme), 2.0)
    yield Text(f"{key}.number", x, y, line(str(number + 1)), SMALL)


def _alone(along: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
    """For each path the wire that it shares with the fewest others, the one closest to the input."""
    found: dict[str, list[int]] = {}
    for number in sorted({number for numbers in along.values() for number in numbers}):
        mine = [name for name, numbers in along.items() if number in numbers]
        name = min(reversed(mine), key=lambda name: len(along[name]))
        found.setdefault(name, []).append(number)
    return found


def _clearest(path: Path, others: Sequence[Mark]) -> Point:
    """The first point along the wire with enough room around it, or the one with most."""
    courses = [point for mark in others if isinstance(mark, Curve) for point in _points(mark.path)]
    rooms = [extent(mark) for mark in others if not isinstance(mark, Curve) and not _box(mark)]

    def room(point: Point) -> float:
        near = min((math.dist(point, other) for other in courses), default=CLEAR)
        return min(CLEAR, near, min((_gap(point, place) for place in rooms), default=CLEAR))

    return max(_points(path), key=room)


def _box(mark: Mark) -> bool:
    """Whether a mark is a scope's box: what lies in it is not in its way."""
    return mark.id.startswith("box") and isinstance(mark, Shape)


def _gap(point: Point, place: Rectangle) -> float:
    """How far a point is from a rectangle."""
    across, down = abs(point[0] - place.x) - place.width / 2, abs(point[1] - place.y) - place.height / 2
    return math.hypot(max(across, 0.0), max(down, 0.0))


def _points(path: Path) -> Iterable[Point]:
    """Points along a path, a few points apart."""
    for k in range(0, len(path.points) - 3, 3):
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = path.points[k : k + 4]
        count = 6 + int(math.dist((ax, ay), (dx, dy)) / APART)
        for n in range(count):
            t = (n + 0.5) / count
            a, b, c, d = (1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3
            yield a * ax + b * bx + c * cx + d * dx, a * ay + b * by + c * cy + d * dy
