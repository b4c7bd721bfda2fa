"""Heat maps: matrices as squares, the darker the larger, each with its number and the names of its row and column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lessons.experiments.drawing.canvas import document, rectangle, shade, text
from lessons.experiments.drawing.chart import INK, PAPER
from viz.words.figures import number as figure

CELL, LEFT, TOP, GAP = 36.0, 72.0, 92.0, 12.0


@dataclass(frozen=True)
class Matrix:
    """Numbers from 0 to 1 with the names of rows and columns."""

    title: str
    numbers: np.ndarray
    rows: tuple[str, ...]
    columns: tuple[str, ...]


def heatmap(title: str, matrices: Sequence[Matrix], *, across: str, down: str) -> str:
    """The matrices side by side as an SVG document; `across` and `down` say what columns and rows are."""
    marks: list[str] = []
    x = LEFT
    for matrix in matrices:
        marks += _drawn(matrix, x, across, down)
        x += CELL * len(matrix.columns) + LEFT + GAP
    high = TOP + CELL * max(len(matrix.rows) for matrix in matrices) + 24
    told = ". ".join(f"{m.title}: {_strongest(m)}" for m in matrices)
    return document(title, f"{down} over {across}. {told}.", x - LEFT, high, marks)


def _strongest(matrix: Matrix) -> str:
    """What each row's largest number is, for a screen reader."""
    best = matrix.numbers.argmax(1)
    pairs = zip(matrix.rows, best.tolist(), matrix.numbers.max(1).tolist(), strict=True)
    return ", ".join(f"{row} from column {k + 1} ({matrix.columns[k]}) {number:.2f}" for row, k, number in pairs)


def _drawn(matrix: Matrix, left: float, across: str, down: str) -> Iterator[str]:
    wide, high = CELL * len(matrix.columns), CELL * len(matrix.rows)
    yield text(left, TOP - 50, matrix.title, anchor="start")
    yield text(left - 6, TOP - 28, f"{across} →", anchor="end", size=10)
    yield text(left - 6, TOP - 14, f"{down} ↓", anchor="end", size=10)
    for k, name in enumerate(matrix.columns):
        yield text(left + (k + 0.5) * CELL, TOP - 14, name, weight="bold")
    for k, name in enumerate(matrix.rows):
        yield text(left - 14, TOP + (k + 0.5) * CELL, name, weight="bold")
    for (i, j), number in np.ndenumerate(matrix.numbers):
        x, y = left + j * CELL, TOP + i * CELL
        tip = f"{matrix.rows[i]}, {matrix.columns[j]}: {number:.4f}"
        yield rectangle(x, y, CELL, CELL, shade(float(number)), "#DDDDDD", tip)
        if number >= 0.005:
            colour = PAPER if number > 0.55 else INK
            yield text(x + CELL / 2, y + CELL / 2, figure(number), colour=colour, size=10)
    yield rectangle(left, TOP, wide, high, "none", INK)
