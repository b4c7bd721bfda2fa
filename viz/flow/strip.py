"""The heat strip: a row of cells per node, a column per step, marks where a gradient has no place on the scale."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from itertools import groupby

from viz.flow import palette
from viz.flow.model import Panel, Row, Study
from viz.flow.sizes import Kind, Scale, Size
from viz.layout.geometry import Path, Point
from viz.look import Theme
from viz.page.page import Curve, Mark, Shape, Text
from viz.page.strokes import between, straight
from viz.words.lettering import SIZE, SMALL, Line, Run, line, name, shorten, width

WIDE, NARROW, BROAD = 600.0, 3.0, 80.0  # points: a strip; a cell at least and at most
HIGH = 20.0  # points of a row
LEAST = 9.0  # points that a mark needs: in narrower cells, neighbours of one kind share theirs


def cell_width(steps: int) -> float:
    """How wide a column is."""
    return max(NARROW, min(BROAD, WIDE / steps))


def strip(key: str, panel: Panel, study: Study, theme: Theme, top: float) -> Iterator[Mark]:
    """The rows of a model from `top` down, the first column at x = 0."""
    for number, row in enumerate(panel.rows):
        y = top + (number + 0.5) * HIGH
        yield Text(f"{key}-{number}.name", -8.0, y, called(row.name, study.over), SIZE, "end", row.name)
        yield from _cells(f"{key}-{number}", panel.name, row, study, theme, y)


def called(node: str, over: str) -> Line:
    """`h_t`, as mathematics writes it; longer names as they are."""
    text = shorten(node)
    plain = text.isalpha() and len(text) <= 2 and len(over) <= 2
    return (Run(text, italic=True), Run(over, italic=True, shift=-1)) if plain else name(text)


def _cells(key: str, model: str, row: Row, study: Study, theme: Theme, y: float) -> Iterator[Mark]:
    place, wide = 0, cell_width(len(study.steps))
    for _, run in groupby(enumerate(row.sizes), lambda each: _together(each, wide)):
        numbers, sizes = zip(*run, strict=True)
        left, right, found = place * wide, (place + len(sizes)) * wide, sizes[0]
        place += len(sizes)
        if found is None:
            continue
        at = f"{study.over}={study.steps[numbers[0]]}"
        at += f" … {study.steps[numbers[-1]]}" if len(sizes) > 1 else ""
        tooltip = f"{model + ': ' if model else ''}{row.name} at {at}: |gradient| {found.words}"
        yield from cell(f"{key}-{numbers[0]}", (left, right), y, found, study.scale, theme, tooltip)


def _together(each: tuple[int, Size | None], wide: float) -> Hashable:
    """Neighbours of the same mark share it where one cell has no room."""
    number, size = each
    return size.kind if size is not None and size.kind != "length" and wide < LEAST else number


def cell(
    key: str, x: tuple[float, float], y: float, size: Size, scale: Scale, theme: Theme, tooltip: str = ""
) -> Iterator[Mark]:
    """One cell between two x: its colour, or its mark on paper."""
    place = between(*x, y - HIGH / 2, y + HIGH / 2)
    if size.kind == "length":
        fill = palette.colour(scale.share(size.length), theme, scale.diverging)
        yield Shape(f"{key}.cell", place, fill, fill, boxed=True, tooltip=tooltip, corner=0.0)
        return
    yield Shape(f"{key}.cell", place, theme.paper, theme.edge, 0.5, boxed=True, tooltip=tooltip, corner=0.0)
    reach = min(0.3 * (x[1] - x[0]), 0.3 * HIGH, 5.0)
    yield from marked(f"{key}.mark", size.kind, (place.x, place.y), reach, theme, tooltip)


def marked(key: str, kind: Kind, middle: Point, reach: float, theme: Theme, tooltip: str) -> Iterator[Mark]:
    """A ring, a cross, an arrowhead up or down, both, or a dash."""
    x, y = middle
    if kind == "zero":
        yield Shape(key, between(x - 0.75 * reach, x + 0.75 * reach, y - reach, y + reach), theme.paper, theme.ink, 1.2,
                    tooltip=tooltip)  # fmt: skip
        return
    for corners in _STROKES[kind]:
        points = straight([(x + reach * dx, y + reach * dy) for dx, dy in corners])
        shade = theme.muted if kind == "none" else theme.ink
        yield Curve(key, Path(points), shade, tooltip, 1.4)


_STROKES: dict[Kind, tuple[tuple[Point, ...], ...]] = {
    "nan": (((-1, -1), (1, 1)), ((-1, 1), (1, -1))),
    "+inf": (((-1, 0.6), (0, -0.8), (1, 0.6)),),
    "-inf": (((-1, -0.6), (0, 0.8), (1, -0.6)),),
    "inf": (((0, -1), (1, 0), (0, 1), (-1, 0), (0, -1)),),
    "none": (((-1, 0), (1, 0)),),
}


def axis(study: Study, theme: Theme, top: float) -> Iterator[Mark]:
    """The steps' names below the last strip, as many as there is room for, and which way gradients flow."""
    wide = cell_width(len(study.steps))
    for k in labelled(study.steps, wide):
        x = (k + 0.5) * wide
        yield Curve(f"tick{k}", Path(straight([(x, top), (x, top + 4)])), theme.wire)
        yield Text(f"tick{k}.name", x, top + 12, line(shorten(study.steps[k], 12)), SMALL)
    way = {1: " (gradients flow back, from right to left)", -1: " (gradients flow back, from left to right)"}
    told = (*name(study.over), *line(way.get(study.direction, ""), "muted"))
    yield Text("axis.name", len(study.steps) * wide / 2, top + 32, told, SIZE)


def labelled(steps: Sequence[str], wide: float) -> list[int]:
    """The steps whose names are written: every one, or the first and every 2nd, 5th, 10th, … without crowding."""
    room = 14 + max(width(line(shorten(step, 12)), SMALL) for step in steps)
    every = next(
        n for n in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, len(steps)) if n * wide >= room or n >= len(steps)
    )
    if every == 1:
        return list(range(len(steps)))
    round_ones = [k for k, step in enumerate(steps) if step.lstrip("+-").isdigit() and int(step) % every == 0]
    kept = round_ones or list(range(0, len(steps), every))
    first = [0] if kept[0] * wide >= room else []
    last = [len(steps) - 1] if (len(steps) - 1 - kept[-1]) * wide >= room else []
    return [*first, *kept, *last]
