"""Two drawings as one, side by side: the rolled network and the unrolled one, a cell before and after a change.

Where their letters could not be read so, one stands below the other.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from viz.audience import announced
from viz.chart import Chart
from viz.drawing import Drawing
from viz.fitting.room import LETTER, Fit, room_of
from viz.output import plate
from viz.page.page import BORDER, Mark, Page, Text, moved
from viz.words.lettering import LINE, SIZE, line

GAP = 28.0  # points between the two


@announced
def beside(left: Drawing, right: Drawing, *, title: str | None = None, fit: Fit = "page") -> Drawing:
    """The two pictures on one page, each below its title; ValueError if their themes differ.

    fit: where it is to be read, as in `viz.draw`; `right` stands below `left` where that makes letters larger which
    are too small to read. None: side by side.
    """
    for drawing in (left, right):
        if not isinstance(drawing, Drawing):
            is_chart = isinstance(drawing, Chart)
            remedy = "for charts: viz.chart([one, other])" if is_chart else "draw it first: viz.draw(z)"
            raise TypeError(f"beside: expected two drawings, got {type(drawing).__name__}; {remedy}")
    if left.page.theme != right.page.theme:
        raise ValueError("beside: the drawings have different themes; give both the same theme=")
    room = room_of(fit)
    page = _page(left, right, title, below=False)
    if room and room.letters(page) < LETTER:
        page = max(page, _page(left, right, title, below=True), key=room.letters)
    return Drawing(page, partial(plate.document, page), lambda: f"{left.words()}\n\n{right.words()}")


def _page(left: Drawing, right: Drawing, title: str | None, below: bool) -> Page:
    """Both on one page, the second to the right of the first or below it."""
    one, other = left.page, right.page
    head = SIZE * LINE
    wide, high = max(one.width, other.width), max(one.height, other.height)
    if below:
        places = ((wide - one.width) / 2, 0.0), ((wide - other.width) / 2, one.height + head + GAP)
        size = wide, one.height + other.height + 2 * head + GAP
    else:
        places = (0.0, (high - one.height) / 2), (one.width + GAP, (high - other.height) / 2)
        size = one.width + GAP + other.width, high + head
    marks: list[Mark] = []
    for side, each, (x, y) in zip(("left", "right"), (one, other), places, strict=True):
        top = BORDER + (y if below else 0.0)
        marks.append(Text(f"{side}-title", x + each.width / 2, top, line(each.title)))
        marks += [_renamed(moved(mark, x, y + head), side) for mark in each.marks]
    first, second = ("Above", "Below") if below else ("Left", "Right")
    told = f"{first}: {one.title}. {one.description} {second}: {other.title}. {other.description}"
    return Page(*size, tuple(marks), one.theme, title or f"{one.title}; {other.title}", told, size[1])


def _renamed(mark: Mark, side: str) -> Mark:
    """No id occurs twice on a page."""
    return replace(mark, id=f"{side}-{mark.id}")
