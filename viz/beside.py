"""Two drawings as one, side by side: the rolled network and the unrolled one, a cell before and after a change."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from viz.audience import announced
from viz.chart import Chart
from viz.drawing import Drawing
from viz.output import plate
from viz.page.page import BORDER, Mark, Page, Text, moved
from viz.words.lettering import LINE, SIZE, line

GAP = 28.0  # points between the two


@announced
def beside(left: Drawing, right: Drawing, *, title: str | None = None) -> Drawing:
    """The two pictures on one page, each below its title; ValueError if their themes differ."""
    for drawing in (left, right):
        if not isinstance(drawing, Drawing):
            is_chart = isinstance(drawing, Chart)
            remedy = "for charts: viz.chart([one, other])" if is_chart else "draw it first: viz.draw(z)"
            raise TypeError(f"beside: expected two drawings, got {type(drawing).__name__}; {remedy}")
    if left.page.theme != right.page.theme:
        raise ValueError("beside: the drawings have different themes; give both the same theme=")
    one, other = left.page, right.page
    head = SIZE * LINE
    high = max(one.height, other.height)
    shift = one.width + GAP
    marks = [
        Text("left-title", one.width / 2, BORDER, line(one.title)),
        Text("right-title", shift + other.width / 2, BORDER, line(other.title)),
        *(_renamed(moved(mark, 0.0, head + (high - one.height) / 2), "left") for mark in one.marks),
        *(_renamed(moved(mark, shift, head + (high - other.height) / 2), "right") for mark in other.marks),
    ]
    page = Page(
        shift + other.width,
        high + head,
        tuple(marks),
        one.theme,
        title or f"{one.title}; {other.title}",
        f"Left: {one.title}. {one.description} Right: {other.title}. {other.description}",
        high + head,
    )
    return Drawing(page, partial(plate.document, page), lambda: f"{left.words()}\n\n{right.words()}")


def _renamed(mark: Mark, side: str) -> Mark:
    """No id occurs twice on a page."""
    return replace(mark, id=f"{side}-{mark.id}")
