"""A page as large as the marks on it need."""

from __future__ import annotations

from collections.abc import Sequence

from viz.cells.strokes import extent
from viz.page import BORDER, Mark, Page, moved
from viz.rows.stamps import outermost
from viz.themes import Theme


def fitted(marks: Sequence[Mark], theme: Theme, title: str, description: str) -> Page:
    """The marks, moved to where the page's corner is, with the usual border around them."""
    around = outermost([extent(mark) for mark in marks])
    left, top = BORDER - (around.x - around.width / 2), BORDER - (around.y - around.height / 2)
    placed = tuple(moved(mark, left, top) for mark in marks)
    wide, high = around.width + 2 * BORDER, around.height + 2 * BORDER
    return Page(wide, high, placed, theme, title, description, high - BORDER)
