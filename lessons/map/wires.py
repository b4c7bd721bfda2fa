"""The lines of the map: from each lesson to those that build on it, between the boxes and never through one.

A line to the lesson right below is straight. All others leave a box at its side, run up or down in the *gutter* before
a column, and enter the next box from the left. Where another column lies between, they cross it in a *pass*, free
space between its boxes. The lines of one lesson share their course as far as they go together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

from lessons.map.places import WIDE, Place, Plan
from viz.layout.geometry import Path, Point
from viz.output.svg import ARROW

LANE, BEFORE, AFTER = 4.0, 7.0, 12.0  # between lines in a gutter; from the boxes before it; to those after it
PORT = 5.0  # between lines that enter a box
PASS, MARGIN = 3.5, 2.5  # between lines in a pass; between them and a box
ROUND = 4.0  # radius of a bend
FOOT = 12.0  # how far from a box's left a line to the next one stands

Edge = tuple[str, str]  # the lesson that is needed, the one that needs it
Upright = tuple[str, int]  # the lesson whose lines these are, the gutter


@dataclass
class Course:
    """One lesson's lines in one gutter: how far down others join from the left and from the right."""

    left: list[float] = field(default_factory=list)
    right: list[float] = field(default_factory=list)

    @property
    def reach(self) -> tuple[float, float]:
        """From where to where it runs."""
        return min(self.left + self.right), max(self.left + self.right)


class Wires:
    """The lines of a plan, and where they leave room for its columns."""

    def __init__(self, plan: Plan, needs: Mapping[str, Iterable[str]]) -> None:
        self.places = plan.lessons
        edges = [(need, name) for name, wanted in needs.items() for need in wanted]
        self.straight = [edge for edge in edges if self.places[edge[1]].above == edge[0]]
        self.bent = [edge for edge in edges if self.places[edge[1]].above != edge[0]]
        self._passes = passes(self.bent, plan)
        self._ports = self._entered()
        self.courses: dict[Upright, Course] = {}
        for edge in self.bent:
            self._run(edge)
        self.lanes = {gutter: self._ordered(gutter) for gutter in range(plan.columns)}

    @cached_property
    def edges(self) -> list[float]:
        """How far right the columns begin: gutters and boxes take turns."""
        return list(accumulate(self._gutter(column) + WIDE * (column > 0) for column in self.lanes))

    def _gutter(self, column: int) -> float:
        """The room that the lines before a column take."""
        lanes = self.lanes[column].values()
        return BEFORE * (column > 0) + max(lanes) * LANE + AFTER if lanes else 2 * BEFORE * (column > 0)

    def paths(self) -> Iterator[Path]:
        """The courses of all lines."""
        for edge in self.straight:
            yield rounded(list(self.corners(edge)))
        drawn: dict[str, list[list[Point]]] = defaultdict(list)
        for edge in self.bent:
            way = plain(self.corners(edge))
            yield rounded(parted(way, drawn[edge[0]]))
            drawn[edge[0]].append(way)

    def corners(self, edge: Edge) -> Iterator[Point]:
        """Where a line turns, from the box that it leaves to the one that it enters."""
        source, target = (self.places[name] for name in edge)
        home, end = gutters(source, target)
        if target.above == edge[0]:
            x = self.edges[end] + FOOT
            yield from ((x, source.bottom), (x, target.top))
            return
        y = self._departs(edge[0], home)
        yield self.edges[source.column] + WIDE * (home > source.column), y
        if home != end:
            x, passing = self._lane(edge[0], home), self._passes[edge[0], end]
            yield from ((x, y), (x, passing))
            y = passing
        x = self._lane(edge[0], end)
        yield from ((x, y), (x, self._ports[edge]), (self.edges[end], self._ports[edge]))

    def _lane(self, name: str, gutter: int) -> float:
        return self.edges[gutter] - AFTER - (max(self.lanes[gutter].values()) - self.lanes[gutter][name]) * LANE

    def _departs(self, name: str, gutter: int) -> float:
        """Where a lesson's lines leave it: on the right in the middle, on the left where others enter as well."""
        place = self.places[name]
        if gutter == place.column:
            return self._ports[name, ""]
        entered = [self._ports[edge] for edge in self._ports if self.places[edge[1] or edge[0]].column == gutter]
        tried = (place.middle + side * k * PASS / 2 for k in range(5) for side in (1, -1))
        return next((y for y in tried if all(abs(y - other) > PASS / 3 for other in entered)), place.middle)

    @property
    def bottom(self) -> float:
        """How far down they reach."""
        return max((course.reach[1] for course in self.courses.values()), default=0.0)

    def _entered(self) -> dict[Edge, float]:
        """How far down each line enters its box, or leaves it on the left: what comes from above is above."""
        entering: dict[str, dict[Edge, tuple[bool, float]]] = defaultdict(dict)
        for need, name in self.bent:
            home, end = gutters(self.places[need], self.places[name])
            origin = self.places[need].middle if home == end else self._passes[need, end]
            entering[name][need, name] = (origin > self.places[name].middle, -origin)
            if home == self.places[need].column:
                below = self.places[name].middle > self.places[need].middle
                entering[need][need, ""] = (below, -self.places[name].middle)
        ports: dict[Edge, float] = {}
        for name, lines in entering.items():
            apart = min(PORT, self.places[name].height / (len(lines) + 1))
            for k, edge in enumerate(sorted(lines, key=lambda edge: lines[edge])):
                ports[edge] = self.places[name].middle + (k - (len(lines) - 1) / 2) * apart
        return ports

    def _run(self, edge: Edge) -> None:
        need, name = edge
        home, end = gutters(self.places[need], self.places[name])
        departs = self._departs(need, home)
        first = self.courses.setdefault((need, home), Course())
        (first.left if home > self.places[need].column else first.right).append(departs)
        last = first
        if home != end:
            y = self._passes[need, end]
            last = self.courses.setdefault((need, end), Course())
            (first.right if end > home else first.left).append(y)
            (last.left if end > home else last.right).append(y)
        last.right.append(self._ports[edge])

    def _ordered(self, gutter: int) -> dict[str, int]:
        """The lane of each lesson's lines in a gutter, so that few cross; those apart from each other share one."""
        courses = {name: course for (name, where), course in self.courses.items() if where == gutter}
        lanes: dict[str, int] = {}
        for name in ordered(courses):
            taken = [lanes[other] + 1 for other in lanes if _meet(courses[other].reach, courses[name].reach)]
            lanes[name] = max(taken, default=0)
        return lanes


def gutters(source: Place, target: Place) -> tuple[int, int]:
    """The gutters in which a line begins and ends."""
    return source.column + (target.column > source.column), target.column


# Passes: where lines cross a column ----------------------------------------------------------------------------------


def passes(edges: Iterable[Edge], plan: Plan) -> dict[Upright, float]:
    """How far down one lesson's lines to a gutter cross the columns on their way: as near as they can, each apart."""
    found: dict[Upright, float] = {}
    crossed: dict[Upright, set[int]] = {}
    for need, name in edges:
        source, target = plan.lessons[need], plan.lessons[name]
        home, end = gutters(source, target)
        if home == end or (need, end) in found:
            continue
        columns = set(range(min(home, end), max(home, end)))
        taken = [y for upright, y in found.items() if crossed[upright] & columns]
        places = (y for gap in free(plan, columns, len(found)) for y in _places(*gap, target.middle, taken))
        # Of several that are as far the one next to the target.
        found[need, end] = min(
            places, key=lambda y: (abs(source.middle - y) + abs(target.middle - y), abs(target.middle - y))
        )
        crossed[need, end] = columns
    return found


def free(plan: Plan, columns: Iterable[int], others: int = 0) -> list[tuple[float, float]]:
    """From where to where nothing stands in any of these columns; below them there is room for so many others."""
    boxes = [place for place in (*plan.lessons.values(), *plan.headings.values()) if place.column in columns]
    gaps, y = [], 0.0
    for place in sorted(boxes, key=lambda place: place.top):
        if place.top - y >= 2 * PASS:
            gaps.append((y, place.top))
        y = max(y, place.bottom)
    return [*gaps, (y, max(y + (2 * others + 3) * PASS, plan.bottom()))]


def _places(top: float, bottom: float, wanted: float, taken: Sequence[float]) -> Iterator[float]:
    """Where a line may pass through a gap: at the place that is wanted, at its edges, beside those that are there."""
    high, low = top + MARGIN, bottom - MARGIN
    for y in (min(max(wanted, high), low), high, low, *(y + side for y in taken for side in (-PASS, PASS))):
        if high <= y <= low and all(abs(y - other) > PASS - 0.01 for other in taken):
            yield y


# Lanes: which line of a gutter stands left of which ----------------------------------------------------------------


def ordered(courses: Mapping[str, Course]) -> list[str]:
    """The lines from left to right so that few cross: each where it crosses least, until none is better elsewhere."""
    cost = {(a, b): _crossed(courses[a], courses[b]) for a in courses for b in courses if a != b}
    order: list[str] = []
    for name in sorted(courses, key=lambda name: courses[name].reach):
        order = _placed(name, order, cost)
    for _ in order:
        settled = order
        for name in order:
            settled = _placed(name, [other for other in settled if other != name], cost)
        if settled == order:
            break
        order = settled
    return order


def _placed(name: str, order: list[str], cost: Mapping[tuple[str, str], int]) -> list[str]:
    """The order with one more, at the first place where it crosses the others least."""
    crossed = [sum(cost[name, other] for other in order)]  # to the left of them all
    for other in order:
        crossed.append(crossed[-1] - cost[name, other] + cost[other, name])
    k = crossed.index(min(crossed))
    return [*order[:k], name, *order[k:]]


def _crossed(one: Course, other: Course) -> int:
    """How often lines cross where the first runs left of the other; lines on top of each other are worse."""
    over = sum(_within(y, other.reach) for y in set(one.right)) + sum(_within(y, one.reach) for y in set(other.left))
    return over + 10 * sum(abs(a - b) < PASS / 2 for a in set(one.right) for b in set(other.left))


def _within(y: float, reach: tuple[float, float]) -> bool:
    return reach[0] <= y <= reach[1]


def _meet(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] < other[1] + 2 * ROUND and other[0] < one[1] + 2 * ROUND


# Courses with round bends --------------------------------------------------------------------------------------------


def plain(corners: Iterable[Point]) -> list[Point]:
    """The corners at which a line turns, and its ends."""
    turns: list[Point] = []
    for corner in corners:
        if turns and _length(turns[-1], corner) < 0.01:
            continue
        if len(turns) > 1 and _heading(turns[-2], turns[-1]) == _heading(turns[-1], corner):
            turns.pop()
        turns.append(corner)
    return turns


def parted(way: list[Point], others: Iterable[Sequence[Point]]) -> list[Point]:
    """The way from where it parts from all others that begin like it, a bend earlier: no line is drawn twice."""
    k, along = max((_together(way, other) for other in others), default=(0, 0.0))
    if along:
        return [_toward(way[k], way[k + 1], max(along - ROUND, 0.0)), *way[k + 1 :]]
    return [_toward(way[k], way[k - 1], ROUND), *way[k:]] if k else way


def _together(way: Sequence[Point], other: Sequence[Point]) -> tuple[int, float]:
    """At how manieth corner two lines part, and how far beyond it."""
    k = next((k for k, (a, b) in enumerate(zip(way, other, strict=False)) if a != b), len(way)) - 1
    if k < 0 or k + 1 >= min(len(way), len(other)) or _heading(way[k], way[k + 1]) != _heading(way[k], other[k + 1]):
        return max(k, 0), 0.0
    return k, min(_length(way[k], way[k + 1]), _length(way[k], other[k + 1]))


def rounded(ways: Sequence[Point]) -> Path:
    """Straight lines with round bends, which end in an arrow's tip at the last corner."""
    points = [ways[0]]
    for k, (before, corner, after) in enumerate(zip(ways, ways[1:], ways[2:], strict=False)):
        radius = min(ROUND, _length(before, corner) / (2 if k else 1), _length(corner, after) / 2)
        start, end = _toward(corner, before, radius), _toward(corner, after, radius)
        points += [*_thirds(points[-1], start), start, _toward(start, corner, radius * 0.55)]
        points += [_toward(end, corner, radius * 0.55), end]
    last = _toward(ways[-1], points[-1], min(ARROW, _length(points[-1], ways[-1]) * 0.75))
    return Path((*points, *_thirds(points[-1], last), last), ways[-1])


def _thirds(a: Point, b: Point) -> tuple[Point, Point]:
    return _toward(a, b, _length(a, b) / 3), _toward(b, a, _length(a, b) / 3)


def _toward(start: Point, end: Point, distance: float) -> Point:
    part = distance / (_length(start, end) or 1.0)
    return start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1])


def _length(a: Point, b: Point) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _heading(a: Point, b: Point) -> tuple[int, int]:
    return (b[0] > a[0]) - (b[0] < a[0]), (b[1] > a[1]) - (b[1] < a[1])
