"""Points with names in a plane; names move aside where they would cover each other, and a thin line leads back."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lessons.experiments.drawing.canvas import SIZE, circle, document, stroke, text
from lessons.experiments.drawing.chart import COLOURS
from viz.words.lettering import line, width

WIDE, HIGH, EDGE, TOP = 720.0, 560.0, 70.0, 60.0


@dataclass(frozen=True)
class Point:
    """A named point of some kind."""

    name: str
    kind: str
    x: float
    y: float


Box = tuple[float, float, float, float]  # left, top, right, bottom


def scatter(title: str, points: Sequence[Point], note: str = "") -> str:
    """The points as an SVG document, one scale for both axes, a colour and a mark in the legend per kind."""
    placed = _placed(points)
    kinds = list(dict.fromkeys(point.kind for point in points))
    colours = {kind: COLOURS[k % len(COLOURS)] for k, kind in enumerate(kinds)}
    marks: list[str] = []
    for (x, y), point, box in zip(placed, points, _labels(placed, points), strict=True):
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        if math.dist(middle, (x, y)) > 24:
            marks.append(stroke(f"M{x:.1f} {y:.1f}L{_nearest(box, x):.1f} {middle[1]:.1f}", "#AAAAAA", 0.7))
        marks.append(circle(x, y, 4, colours[point.kind], tip=f"{point.name}, {point.kind}"))
        marks.append(text(*middle, point.name, colour=colours[point.kind]))
    marks += _legend(colours)
    marks.append(text(16, HIGH - 16, note, anchor="start", colour="#555555"))
    told = ". ".join(f"{kind}: {', '.join(p.name for p in points if p.kind == kind)}" for kind in kinds)
    return document(title, told + ".", WIDE, HIGH, marks)


def _placed(points: Sequence[Point]) -> list[tuple[float, float]]:
    """Places on the page."""
    xs, ys = [p.x for p in points], [p.y for p in points]
    reach = max((max(xs) - min(xs)) / (WIDE - 2 * EDGE), (max(ys) - min(ys)) / (HIGH - 2 * EDGE - TOP / 2)) or 1.0
    across, down = (max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2
    return [(WIDE / 2 + (p.x - across) / reach, (HIGH + TOP / 2) / 2 - (p.y - down) / reach) for p in points]


def _labels(placed: Sequence[tuple[float, float]], points: Sequence[Point]) -> list[Box]:
    """A free place for each name: beside its point, or on growing rings around it."""
    taken: list[Box] = [(x - 5, y - 5, x + 5, y + 5) for x, y in placed]
    boxes = []
    for (x, y), point in zip(placed, points, strict=True):
        half = width(line(point.name), SIZE) / 2 + 2
        fits = (box for box in _candidates(x, y, half) if not any(_overlap(box, other) for other in taken))
        boxes.append(next(fits, (x - half, y - 20, x + half, y - 6)))
        taken.append(boxes[-1])
    return boxes


def _candidates(x: float, y: float, half: float) -> Iterator[Box]:
    for ring in range(12):
        for turn in range(16):
            angle = turn * math.pi / 8
            cx = x + math.cos(angle) * (half + 7 + 12 * ring)
            cy = y - math.sin(angle) * (13 + 12 * ring)
            if half < cx < WIDE - half and TOP < cy < HIGH - 40:
                yield cx - half, cy - 7, cx + half, cy + 7


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _nearest(box: Box, x: float) -> float:
    return min(max(x, box[0]), box[2])


def _legend(colours: dict[str, str]) -> Iterator[str]:
    x = 22.0
    for kind, colour in colours.items():
        yield circle(x, 44, 4, colour)
        yield text(x + 10, 44, kind, anchor="start", colour=colour)
        x += 34 + width(line(kind), SIZE)
