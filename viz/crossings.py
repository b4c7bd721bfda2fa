"""How often the courses of wires cross: of two layouts the one with fewer crossings reads better."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Point = tuple[float, float]
Points = npt.NDArray[np.float64]
PARTS = 5  # straight parts in place of each Bézier curve: odd, because curves often cross in their middle


def crossings(courses: Iterable[Sequence[Point]]) -> int:
    """The number of crossings of chains of Bézier curves through 3n+1 points each.

    Courses that only meet, in a gate or a Σ, do not cross.
    """
    parts = [part for course in courses for part in _straight(course)]
    if not parts:
        return 0
    start, end = np.array([part[0] for part in parts]), np.array([part[1] for part in parts])
    sides = _sides(start, end, start) * _sides(start, end, end)  # [i, j] < 0: the ends of j lie on both sides of i
    return int(np.count_nonzero((sides < 0) & (sides.T < 0))) // 2


def _sides(start: Points, end: Points, point: Points) -> Points:
    """[i, j]: on which side of the line through part i point j lies."""
    along, to = (end - start)[:, None], point[None, :] - start[:, None]
    side: Points = np.sign(np.round(along[..., 0] * to[..., 1] - along[..., 1] * to[..., 0], 3))
    return side


def _straight(course: Sequence[Point]) -> list[tuple[Points, Points]]:
    """The course as straight parts."""
    points, t = np.array(course), np.linspace(0.0, 1.0, PARTS + 1)[:, None]
    curves = [points[k : k + 4] for k in range(0, len(points) - 3, 3)]
    drawn = [(1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d for a, b, c, d in curves]
    return [pair for curve in drawn for pair in pairwise(curve)]
