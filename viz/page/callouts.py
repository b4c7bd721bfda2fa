"""Callouts: a remark in a bubble beside what it is about, where the picture has room for it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import pairwise

from viz.layout.geometry import Path, Point, Rectangle
from viz.page.page import BORDER, Curve, Mark, Page, Shape, Text
from viz.words.lettering import LINE, Line, balanced, line, width

NAME = "callout"  # how their ids begin
LETTERS = 11.0  # points
WIDEST = 150.0  # points that a line of a remark takes at most
PAD = (7.0, 4.0)
GAP = 4.0  # between a bubble and whatever stands there
DISTANCES = (12.0, 26.0, 44.0, 70.0, 105.0, 150.0)
ANGLES, ASIDE = 16, 40  # places around a part, at each distance, and below the picture


def extent(mark: Mark) -> Rectangle:
    """The room that a mark takes at most."""
    if isinstance(mark, Text):
        wide = width(mark.line, mark.size) + 2
        x = mark.x + {"start": wide / 2 - 1, "middle": 0.0, "end": 1 - wide / 2}[mark.anchor]
        return Rectangle(x, mark.y, wide, mark.size * LINE)
    if isinstance(mark, Curve):
        points = [*mark.path.points, *([mark.path.tip] if mark.path.tip else [])]
        return _around(points, 4.0)
    return replace(
        mark.place, width=mark.place.width + 2 * mark.thickness, height=mark.place.height + 2 * mark.thickness
    )


def called_out(page: Page, target: str, words: str, name: str, beside: AbstractSet[str] = frozenset()) -> Page:
    """The page with a bubble of that id and a line to the part `target`; it grows where there is no room.

    Of other bubbles those are avoided that are seen `beside` it.
    """
    about = _place(page, target)
    lines = balanced(line(words), WIDEST, LETTERS)
    size = _size(lines)
    elsewhere = {mark.id for mark in page.marks if mark.id.startswith(NAME)} - beside
    seen = page.without(elsewhere)
    gates, taken = list(_gates(seen, target)), list(_taken(seen))
    free = [place for place in _around_it(about, size) if _within(place, page) and not _met(place, taken)]
    below = list(_below(about, size, page))
    clear = (place for place in (*free, *below) if not _crosses(_edge(place, about), _edge(about, place), gates))
    place = next(clear, (free or below)[0])
    if place in below:
        more = size[1] + 2 * GAP
        page = replace(page, height=page.height + more, foot=page.foot + more)
    return replace(page, marks=(*page.marks, *_bubble(page, place, about, lines, name)))


def _size(lines: Sequence[Line]) -> tuple[float, float]:
    widest = max(width(text, LETTERS) for text in lines)
    return widest + 2 * PAD[0], len(lines) * LETTERS * LINE + 2 * PAD[1]


def _place(page: Page, target: str) -> Rectangle:
    shapes = [mark.place for mark in page.marks if isinstance(mark, Shape) and mark.id == target]
    return shapes[0] if shapes else next(extent(mark) for mark in page.marks if mark.id == f"{target}.face")


def _taken(page: Page) -> Iterator[Rectangle]:
    """Where something stands; boxes are a ground to write on, and of a wire each piece counts by itself."""
    for mark in page.marks:
        if isinstance(mark, Curve):
            yield from _pieces(mark.path)
        elif not (isinstance(mark, Shape) and mark.id.startswith("box")):
            yield extent(mark)


def _gates(page: Page, target: str) -> Iterator[Rectangle]:
    """The gates, and other bubbles, that a line to the part `target` had better go around."""
    for mark in page.marks:
        if isinstance(mark, Shape) and not mark.id.startswith("box") and mark.id.partition(".")[0] != target:
            yield mark.place


def _pieces(path: Path) -> Iterator[Rectangle]:
    points = path.points
    for k in range(0, len(points) - 1, 3):
        course = [_bezier(points[k : k + 4], t / 6) for t in range(7)]
        yield from (_around([a, b], 2.0) for a, b in pairwise(course))


def _bezier(p: Sequence[Point], t: float) -> Point:
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    return tuple(sum(w * q[k] for w, q in zip(weights, p, strict=True)) for k in (0, 1))  # type: ignore[return-value]


def _around(points: Sequence[Point], margin: float) -> Rectangle:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    left, right, top, bottom = min(xs) - margin, max(xs) + margin, min(ys) - margin, max(ys) + margin
    return Rectangle((left + right) / 2, (top + bottom) / 2, right - left, bottom - top)


def _around_it(about: Rectangle, size: tuple[float, float]) -> Iterator[Rectangle]:
    """Places for a bubble, the nearest first, and of these straight above."""
    for far in DISTANCES:
        for k in range(ANGLES):
            turn = (k + 1) // 2 * (1 if k % 2 else -1)
            angle = -math.pi / 2 + turn * 2 * math.pi / ANGLES
            x = about.x + math.cos(angle) * (about.width / 2 + far + size[0] / 2)
            y = about.y + math.sin(angle) * (about.height / 2 + far + size[1] / 2)
            yield Rectangle(x, y, *size)


def _below(about: Rectangle, size: tuple[float, float], page: Page) -> Iterator[Rectangle]:
    """Places below the picture, the nearest first."""
    first, last = size[0] / 2 + GAP, page.width - size[0] / 2 - GAP
    for k in range(ASIDE):
        x = about.x + (k + 1) // 2 * (1 if k % 2 else -1) * page.width / ASIDE
        yield Rectangle(min(max(x, first), last), page.foot + size[1] / 2, *size)


def _met(place: Rectangle, taken: Sequence[Rectangle]) -> bool:
    return any(_meet(place, other) for other in taken)


def _crosses(start: Point, end: Point, gates: Sequence[Rectangle]) -> bool:
    """Whether the straight line between two points runs through one of these."""
    steps = max(1, round(math.dist(start, end) / 2))
    course = [tuple(start[k] + (end[k] - start[k]) * t / steps for k in (0, 1)) for t in range(steps + 1)]
    return any(
        abs(x - gate.x) < gate.width / 2 and abs(y - gate.y) < gate.height / 2 for x, y in course for gate in gates
    )


def _within(place: Rectangle, page: Page) -> bool:
    across = GAP + place.width / 2 <= place.x <= page.width - GAP - place.width / 2
    return across and BORDER / 2 + place.height / 2 <= place.y <= page.foot - place.height / 2


def _meet(one: Rectangle, other: Rectangle) -> bool:
    across = abs(one.x - other.x) < (one.width + other.width) / 2 + GAP
    return across and abs(one.y - other.y) < (one.height + other.height) / 2 + GAP


def _bubble(page: Page, place: Rectangle, about: Rectangle, lines: Sequence[Line], name: str) -> Iterator[Mark]:
    start, end = _edge(place, about), _edge(about, place)
    third = [(start[k] * 2 + end[k]) / 3 for k in (0, 1)], [(start[k] + end[k] * 2) / 3 for k in (0, 1)]
    course = (start, (third[0][0], third[0][1]), (third[1][0], third[1][1]), end)
    yield Curve(name, Path(course), page.theme.muted, thickness=1.25)
    yield Shape(name, place, page.theme.lit, page.theme.muted, boxed=True, corner=6.0)
    top = place.y - place.height / 2 + PAD[1]
    for number, text in enumerate(lines):
        yield Text(name, place.x, top + (number + 0.5) * LETTERS * LINE, text, LETTERS)


def _edge(one: Rectangle, other: Rectangle) -> Point:
    """Where the line from the middle of one to the middle of the other leaves the first."""
    dx, dy = other.x - one.x, other.y - one.y
    part = min((one.width / 2 / abs(dx) if dx else math.inf), (one.height / 2 / abs(dy) if dy else math.inf), 1.0)
    return one.x + part * dx, one.y + part * dy
