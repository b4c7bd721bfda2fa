"""Strokes: where wires begin and end, and the room that marks take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from viz.layout.geometry import Path, Point, Rectangle, outermost
from viz.look import Theme
from viz.page.page import BORDER, Mark, Page, Shape, Text, moved
from viz.words.lettering import LINE, width


def between(left: float, right: float, top: float, bottom: float) -> Rectangle:
    """The rectangle between these edges."""
    return Rectangle((left + right) / 2, (top + bottom) / 2, right - left, bottom - top)


def extent(mark: Mark) -> Rectangle:
    """The room that a mark takes."""
    if isinstance(mark, Shape):
        return mark.place
    if isinstance(mark, Text):
        wide = width(mark.line, mark.size)
        x = mark.x + {"start": 0.5, "middle": 0.0, "end": -0.5}[mark.anchor] * wide
        return Rectangle(x, mark.y, wide, mark.size * LINE)
    return outermost([Rectangle(x, y, 0.0, 0.0) for x, y in _points(mark.path)])


def _points(path: Path) -> Iterable[Point]:
    return (*path.points, path.tip) if path.tip else path.points


def length(piece: tuple[Point, Point]) -> float:
    """How long a right-angled piece is."""
    (x0, y0), (x1, y1) = piece
    return abs(x1 - x0) + abs(y1 - y0)


def short(end: Point, before: Point, by: float) -> Point:
    """The end moved back toward where the wire comes from."""
    dx, dy = before[0] - end[0], before[1] - end[1]
    length = (dx * dx + dy * dy) ** 0.5 or 1.0
    return end[0] + dx * by / length, end[1] + dy * by / length


def right_angled(corners: Sequence[Point]) -> bool:
    """Whether all pieces run along an axis."""
    return all(abs(a[0] - b[0]) < 0.01 or abs(a[1] - b[1]) < 0.01 for a, b in pairwise(corners))


def straight(corners: Sequence[Point]) -> tuple[Point, ...]:
    """Slanted pieces as Bézier curves."""
    found = [corners[0]]
    for (x0, y0), (x1, y1) in pairwise(corners):
        dx, dy = (x1 - x0) / 3, (y1 - y0) / 3
        found += [(x0 + dx, y0 + dy), (x0 + 2 * dx, y0 + 2 * dy), (x1, y1)]
    return tuple(found)


# A page as large as the marks on it need -----------------------------------------------------------------------------


def fitted(marks: Sequence[Mark], theme: Theme, title: str, description: str) -> Page:
    """The marks, moved to where the page's corner is, with the usual border around them."""
    around = outermost([extent(mark) for mark in marks])
    left, top = BORDER - (around.x - around.width / 2), BORDER - (around.y - around.height / 2)
    placed = tuple(moved(mark, left, top) for mark in marks)
    wide, high = around.width + 2 * BORDER, around.height + 2 * BORDER
    return Page(wide, high, placed, theme, title, description, high - BORDER)
