"""Paths drawn: stripes along the wires, a colour and a number for each path, and a table below."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from autograd_tiny import backward_steps
from viz.drawing import Drawing
from viz.fitting.levels import Level, Subject
from viz.fitting.levels import fitted as fitted_in
from viz.fitting.room import Fit, room_of
from viz.graph.circuit import Circuit, Wire
from viz.layout.geometry import Path, Point, Rectangle
from viz.layout.layout import lay_out
from viz.layout.press import TIMEOUT
from viz.look import PATHS, Look, Theme
from viz.opening import Depth, Fold, folded_in, folding_of, opened
from viz.output import plate
from viz.page.page import Curve, Mark, Page, Shape, Text
from viz.page.picture import Picture, PictureDraft
from viz.page.strokes import extent, fitted, straight
from viz.paths import words
from viz.paths.routes import Route, Routes
from viz.paths.words import Spelling
from viz.wires import readings
from viz.wires.inscriptions import inscribe
from viz.words.lettering import BELOW, LINE, SIZE, SMALL, Line, Run, line, sentence, width

STRIPE, ROOM = 4.0, 9.0  # points: a stripe, and what those of a wire take at most
COLUMN, STEP = 24.0, SIZE * LINE + 4  # points between columns of the table, and between its rows
LEVEL = {below: above for above, below in BELOW.items()}


def picture(
    routes: Routes, spelled: Spelling, look: Look, title: str, fold: Fold, depth: Depth, fit: Fit = "page"
) -> Drawing:
    """The circuit from the input to the output, its paths and their table."""
    steps, told = tuple(backward_steps(routes.output)), words.described(routes, spelled)

    def of(level: Level, wide: float | None) -> Picture:
        seen = replace(look, numbers=level.numbers)
        inscriptions = inscribe(level.circuit, readings.complete(level.circuit, steps), seen)
        draft = PictureDraft(level.circuit, inscriptions, seen, title, told)
        return draft.set(lay_out(level.circuit, inscriptions, seen, TIMEOUT, wide), level.note)

    room = room_of(fit)
    room = room.tall if room and fit == "page" else room  # every gate of a path is to be seen: one scrolls down to it
    if room:
        foldings, noted = folding_of((routes.output,), fold, depth)
        subject = Subject((routes.output,), False, False, stepwise=True)
        made = fitted_in(subject.levels(foldings, look, None, noted, room), room, of, ribbons=True)
    else:
        made = of(Level(*opened((routes.output,), False, fold, depth, in_rows=look.may_have_rows)), None)
    circuit, page = made.circuit, made.page
    along = _along(routes, circuit)
    marks = [*_striped(page, along, look), *_table(routes, spelled, page)]
    drawn = fitted(marks, page.theme, title, told)
    return Drawing(
        drawn, partial(plate.document, drawn), lambda: words.text(routes, spelled) + "\n", folded_in(circuit)
    )


def _along(routes: Routes, circuit: Circuit) -> dict[str, list[int]]:
    """For each wire the paths that run along it, by number."""
    position = {id(value): place for place, value in enumerate(circuit.values)}
    of_use: dict[tuple[int, int], list[Wire]] = {}
    for wire in circuit.wires:
        for use in wire.uses:
            of_use.setdefault(use, []).append(wire)
    found: dict[str, list[int]] = {}
    for number, route in enumerate(routes.first):
        met = dict.fromkeys(f"wire{place}" for place in circuit.outputs)
        for step in route.steps:
            met |= dict.fromkeys(wire.id for wire in of_use.get((position[id(step.consumer)], step.slot), ()))
        for name in met:
            found.setdefault(name, []).append(number)
    return found


def _striped(page: Page, along: Mapping[str, Sequence[int]], look: Look) -> Iterator[Mark]:
    """The page's marks with the stripes below all wires, and the numbers on top."""
    wires = {mark.id: mark for mark in page.marks if isinstance(mark, Curve) and mark.id in along}
    begun = False
    for mark in page.marks:
        if isinstance(mark, Curve) and not begun:
            begun = True
            yield from (stripe for name, wire in wires.items() for stripe in _stripes(wire, along[name], look))
        yield mark
    yield from badges(page, along)


def _stripes(wire: Curve, numbers: Sequence[int], look: Look) -> Iterator[Mark]:
    """Side by side across the wire, in the order of their numbers."""
    thick = min(STRIPE, ROOM / len(numbers))
    for k, number in enumerate(numbers):
        aside = (k - (len(numbers) - 1) / 2) * thick
        course = replace(wire.path, tip=None).moved(*((aside, 0.0) if look.upright else (0.0, aside)))
        yield Curve(f"{wire.id}.path{number + 1}", course, hue(number, look.theme), f"path {number + 1}", thick)


def _table(routes: Routes, spelled: Spelling, page: Page) -> Iterator[Mark]:
    """A row per path below the picture: its number, its way, its product; then the sum, and what names stand for."""
    left, top = 24.0, page.height + 6.0
    yield Text("paths.head", left, top, sentence(spelled.head(routes)), SIZE, "start")
    ways = [_way(spelled.path(route, routes)) for route in routes.first]
    products = [_product(route, spelled) for route in routes.first]
    column = left + BADGE + 10
    further = column + max(map(width, ways), default=0.0) + COLUMN
    top += STEP + 4
    for number, (way, product) in enumerate(zip(ways, products, strict=True)):
        yield from badge(f"row{number + 1}", (left + BADGE / 2, top), number, page.theme)
        yield Text(f"row{number + 1}.way", column, top, way, SIZE, "start")
        yield Text(f"row{number + 1}.product", further, top, product, SIZE, "start")
        top += STEP
    if routes.more:
        rest = line(f"together {spelled.number(routes.rest)}", "gradient")
        yield Text("more.way", column, top, line(f"… {words.counted(routes.more)} more paths", "muted"), SIZE, "start")
        yield Text("more.product", further, top, rest, SIZE, "start")
        top += STEP
    if routes.count > 1:
        right = further + max(map(width, products))
        yield Curve("sum.rule", Path(straight([(column, top - 11), (right, top - 11)])), page.theme.edge)
        yield Text("sum.way", column, top, (Run("Σ of all paths"),), SIZE, "start")
        yield Text("sum.product", further, top, line(spelled.sum(routes), "gradient"), SIZE, "start")
        top += STEP
    for number, text in enumerate(words.meanings(routes, spelled)):
        yield Text(f"where{number}.names", left, top + 6 + number * STEP, sentence(text, "muted"), SIZE, "start")


def _product(route: Route, spelled: Spelling) -> Line:
    return (*sentence(spelled.symbols(route)), *line(spelled.numbers(route), "gradient"))


def _way(text: str) -> Line:
    """A path; which input of a gate it takes stands below the line."""
    runs: list[Run] = []
    for piece in re.split("([₀-₉]+)", text):
        below = "₀" <= piece[:1] <= "₉"
        runs += [Run(piece.translate(LEVEL), shift=-1)] if below else sentence(piece)
    return tuple(runs)


def hue(number: int, theme: Theme) -> str:
    """The colour of path `number`, from 0 on; grey where a theme has no colours."""
    is_grey, is_night = theme.gradient == theme.ink, theme.paper[1] < "8"
    row = GREYS if is_grey else [*PATHS.values()] if is_night else [*PATHS]
    return row[number % len(row)]


GREYS = ["#A4A4A4", "#3A3A3A", "#717171"]


# Numbers on paths: each stands in a circle of its path's colour where that path runs most alone ----------------------


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
