"""Thumbnails: an array as small squares, the darker the larger; what is below zero is grey.

Of a large array a square stands for a block of numbers, by the one of them that is furthest from zero.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from viz.look import Theme, mixed
from viz.words.lettering import Role

WIDE, HIGH = 72.0, 40.0  # points: no thumbnail is larger
SMALLEST, LARGEST = 3.0, 7.0  # points across a square
FAINTEST = 0.08  # of the ink: a number that is not zero is no paper


class Square(NamedTuple):
    """Neighbours of one colour, by their middle and their size."""

    x: float
    y: float
    width: float
    height: float
    colour: str


@dataclass(frozen=True)
class Thumbnail:
    """Rows of shares of the largest number, −1 to 1; NaN where there is no finite number."""

    rows: tuple[tuple[float, ...], ...]

    @property
    def side(self) -> float:
        """How large a square is."""
        return max(SMALLEST, min(LARGEST, WIDE / len(self.rows[0]), HIGH / len(self.rows)))

    @property
    def width(self) -> float:
        """In points."""
        return len(self.rows[0]) * self.side

    @property
    def height(self) -> float:
        """In points."""
        return len(self.rows) * self.side

    def squares(self, left: float, top: float, role: Role, theme: Theme) -> Iterator[Square]:
        """The squares that are not empty, neighbours of one colour as one."""
        for number, row in enumerate(self.rows):
            x = left
            for colour, run in groupby(_colour(share, role, theme) for share in row):
                wide = self.side * sum(1 for _ in run)
                if colour:
                    yield Square(x + wide / 2, top + (number + 0.5) * self.side, wide, self.side, colour)
                x += wide


def thumbnail(number: Any) -> Thumbnail | None:
    """An array's thumbnail, its last axis from left to right; None for what has no numbers."""
    array = np.asarray(number)
    if not array.size or array.dtype.kind not in "fiub":
        return None
    flat = array.astype(float).reshape(-1, array.shape[-1] if array.ndim else 1)
    blocks = _blocks(flat, int(HIGH / SMALLEST), int(WIDE / SMALLEST))
    finite = np.isfinite(blocks)
    largest = np.abs(blocks[finite]).max(initial=0.0) or 1.0
    shares = np.where(finite, blocks / largest, np.nan)
    return Thumbnail(tuple(map(tuple, shares.tolist())))


def _blocks(flat: np.ndarray[Any, Any], rows: int, columns: int) -> np.ndarray[Any, Any]:
    """At most so many rows and columns: of each block the number furthest from zero, NaN and ∞ before all others."""
    high, wide = (math.ceil(size / most) for size, most in zip(flat.shape, (rows, columns), strict=True))
    size = np.where(np.isfinite(flat), np.abs(flat), np.inf)
    found = []
    for row in range(0, flat.shape[0], high):
        line = []
        for column in range(0, flat.shape[1], wide):
            block, sizes = (each[row : row + high, column : column + wide].ravel() for each in (flat, size))
            line.append(block[sizes.argmax()])
        found.append(line)
    return np.array(found)


def _colour(share: float, role: Role, theme: Theme) -> str:
    if math.isnan(share):
        return theme.ink
    if not share:
        return ""
    ink = theme.colour(role) if share > 0 else theme.muted
    return mixed(theme.paper, ink, FAINTEST + (1 - FAINTEST) * abs(share))
