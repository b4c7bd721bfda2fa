"""Places in a picture: rectangles, curves, and a layout of them. Points, y downwards, the origin at the top left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Point = tuple[float, float]


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
    far as it has been added up (the right end of that text).
    """

    width: float
    height: float
    places: Mapping[str, Rectangle]
    paths: Mapping[str, Path]
    copies: Mapping[str, tuple[Rectangle, ...]] = field(default_factory=dict)
    sums: Mapping[str, Point] = field(default_factory=dict)


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
