"""Where a box's name stands: along the top, as far left as no wire runs through it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from viz.geometry import Path, Point, Rectangle

Points = npt.NDArray[np.float64]
INDENT, DROP = 10.0, 12.0  # points from the box's left edge, and from its top to the middle of the letters
STEP = 6.0  # points between the places that are tried
PARTS = 24  # points in place of each Bézier curve: closer to each other than letters are high


def heading(box: Rectangle, wide: float, high: float, wires: Points) -> Point:
    """The left end of the name's middle line; at the left edge if there is no free place at all."""
    left, top = box.x - box.width / 2, box.y - box.height / 2
    first, last = np.searchsorted(wires[:, 0], (left, left + box.width))
    inside = wires[first:last]
    met = inside[abs(inside[:, 1] - top - DROP) < high / 2, 0]
    tried = np.arange(left + INDENT, left + box.width - INDENT - wide + 0.1, STEP)
    free = (x for x in tried if not np.any((met > x - 2) & (met < x + wide + 2)))
    return float(next(free, left + INDENT)), top + DROP


def along(paths: Iterable[Path]) -> Points:
    """Points all along the wires, as rows, from left to right: there may be many boxes to look them up for."""
    t = np.linspace(0.0, 1.0, PARTS)[:, None]
    weights = np.hstack([(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3])
    curves = [path.points[k : k + 4] for path in paths for k in range(0, len(path.points) - 3, 3)]
    points: Points = np.einsum("pk,ckd->cpd", weights, np.array(curves).reshape(-1, 4, 2)).reshape(-1, 2)
    return points[np.argsort(points[:, 0])]
