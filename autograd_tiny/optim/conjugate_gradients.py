"""Conjugate gradients: minimise a quadratic by products with its matrix alone.

    φ(x) = ½ xᵀA x − bᵀx     r = b − A x, the residual     p   the next direction, conjugate to all before

(Hestenes and Stiefel, 1952; the truncation is Martens's, 2010.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from autograd_tiny.optim.flat import Array

GROWTH = 1.3  # iterates are kept at 1, 2, 3, 4, 6, 8 …: a few dozen even of hundreds
TOLERANCE = 5e-4  # stop when the last tenth of the iterations (10 at least) gained less than this share of φ each


class Iterate(NamedTuple):
    """A point on the way, and φ there."""

    x: Array
    phi: float
    number: int


def minimise(product: Callable[[Array], Array], b: Array, start: Array, iterations: int) -> list[Iterate]:
    """The way from `start` towards A x = b: some of the iterates, the last one included.

    `product(v)` is A v with A symmetric and positive (semi)definite. Ends early once progress is small.
    """
    kept: list[Iterate] = []
    phis: list[float] = []
    for here in _iterates(product, b, start, iterations):
        phis.append(here.phi)
        if not kept or here.number >= GROWTH * kept[-1].number:
            kept.append(here)
        if _is_slow(phis):
            break
    if kept and kept[-1] is not here:
        kept.append(here)
    return kept


def _iterates(product: Callable[[Array], Array], b: Array, start: Array, iterations: int) -> Iterator[Iterate]:
    x = start.copy()
    r = b - product(x) if x.any() else b.copy()
    p, rr = r.copy(), float(r @ r)
    for number in range(1, iterations + 1):
        Ap = product(p)
        bend = float(p @ Ap)
        if bend <= 0 or not np.isfinite(bend):  # solved, or no curvature is left in this direction
            return
        step = rr / bend
        x += step * p
        r -= step * Ap
        yield Iterate(x.copy(), -0.5 * float(x @ (r + b)), number)
        rr, before = float(r @ r), rr
        p *= rr / before
        p += r


def _is_slow(phis: list[float]) -> bool:
    window = max(10, len(phis) // 10)
    if len(phis) <= window or phis[-1] >= 0:
        return False
    return (phis[-1] - phis[-1 - window]) / phis[-1] < window * TOLERANCE
