"""Where in the array of a long C program each number lies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograd_tiny.program.c.body import Body
from autograd_tiny.program.c.lanes import Lanes
from autograd_tiny.program.rolling import Array, Places


def indices(bodies: Sequence[Body], places: Places, results: Sequence[str]) -> Array:
    """Where in the array each place is, −1 for what is not in it: the first way that leaves all loops even.

    Best without gaps, and what repetitions side by side keep side by side; otherwise in the order of places.
    """
    needed = _needed(bodies, places, results)
    order = np.arange(len(needed))
    for ranks in (_beside(bodies, order), order):
        found = np.empty_like(order)
        found[np.argsort(ranks)] = np.cumsum(needed[np.argsort(ranks)]) - 1
        close = np.where(needed, found, -1)
        if all((np.diff(close[body.rows], 2, axis=0) == 0).all() for body in bodies if body.block.count > 2):
            return close
    return np.where(needed, order - places.inputs, -1)


def _needed(bodies: Sequence[Body], places: Places, results: Sequence[str]) -> Array:
    """Which places have to be in the array."""
    needed = np.zeros(places.names + len(places.numbers) + 1, bool)
    for body in bodies:
        needed[body.outside()] = True
    needed[[places.of[name] for name in results if name in places.of]] = True
    needed[: places.inputs] = False
    for body in bodies:  # what one repetition keeps, all keep
        for k in body.own.values():
            needed[body.rows[:, k]] = needed[body.rows[:, k]].any()
    return needed


def _beside(bodies: Sequence[Body], order: Array) -> Array:
    """The places' order if in `Lanes` all repetitions of one line come before those of the next."""
    ranks = order.copy()
    for body in bodies:
        if isinstance(body, Lanes) and body.own:
            own = body.rows[:, list(body.own.values())]
            ranks[own.T] = np.sort(own, axis=None).reshape(own.shape[::-1])
    return ranks
