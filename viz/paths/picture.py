"""Paths drawn: stripes along the wires, a colour and a number for each path, and a table below."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from autograd_tiny import backward_steps
from viz import plate, readings
from viz.cells.strokes import straight
from viz.circuit import Circuit, Wire
from viz.drawing import Drawing
from viz.fitting import fitted
from viz.geometry import Path
from viz.inscriptions import inscribe
from viz.layout import lay_out
from viz.lettering import LINE, SIZE, Line, Run, line, sentence, width
from viz.look import Look
from viz.opening import Depth, Fold, folded_in, opened
from viz.page import Curve, Mark, Page, Text
from viz.paths import words
from viz.paths.badges import BADGE, badge, badges
from viz.paths.hues import hue
from viz.paths.routes import Route, Routes
from viz.paths.words import Spelling
from viz.picture import Draft
from viz.press import TIMEOUT

STRIPE, ROOM = 4.0, 9.0  # points: a stripe, and what those of a wire take at most
COLUMN, STEP = 24.0, SIZE * LINE + 4  # points between columns of the table, and between its rows
LEVEL = {below: above for above, below in words.BELOW.items()}


def picture(routes: Routes, spelled: Spelling, look: Look, title: str, fold: Fold, depth: Depth) -> Drawing:
    """The circuit from the input to the output, its paths and their table."""
    circuit, note = opened((routes.output,), False, fold, depth, in_rows=look.may_have_rows)
    known = readings.complete(circuit, tuple(backward_steps(routes.output)))
    told = words.described(routes, spelled)
    draft = Draft(circuit, inscribe(circuit, known, look), look, title, told)
    page = draft.set(lay_out(circuit, draft.inscriptions, look, TIMEOUT), note).page
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
