"""Whether an operation may be taken at a point: it must be defined there, moderate, and (if asked for) smooth around.

All of it is asked of the table itself, so an operation that is added needs no word here.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from autograd_tiny.compiling import domain, forward, pullback
from autograd_tiny.numbers import ARRAYS
from autograd_tiny.table import Op

MARGIN = 0.02  # how far from an edge or a kink every number is at least
HAIR = 1e-6  # where a small jump is seen that a steep slope hides farther away
BEND = 10.0  # how fast a derivative may change, relative to 1 + its size: beyond, differences are poor
LARGEST = 30.0
STEEPEST = 100.0


def result(op: Op, inputs: list[Any], moving: list[bool], parameters: dict[str, Any], smooth: bool) -> Any:
    """The operation's number or array, or None where it should not be taken; constants do not move."""
    with np.errstate(all="raise", under="ignore"):
        try:
            z = _value(op, inputs, parameters)
            if np.size(z) and not np.max(np.abs(z)) <= LARGEST:
                return None
            return z if _is_tame(op, inputs, z, moving, parameters, smooth) else None
        except (ArithmeticError, ValueError, IndexError, TypeError):
            return None


def _value(op: Op, inputs: list[Any], parameters: dict[str, Any]) -> Any:
    if op.domain and not np.all(domain(op)(*inputs)):
        raise ArithmeticError
    z = forward(op, ARRAYS)(*((tuple(inputs),) if op.arity is None else inputs), **parameters)
    return z if isinstance(z, np.ndarray) and z.ndim else float(z)


def _is_tame(op: Op, inputs: list[Any], z: Any, moving: list[bool], parameters: dict[str, Any], smooth: bool) -> bool:
    if not op.elementwise and op.analytic:
        return True  # sums, products, shapes: smooth everywhere
    here = _slopes(op, inputs, z, moving, parameters)
    if any(np.size(d) and not np.max(np.abs(d)) <= STEEPEST for d in here):
        return False
    if any(
        _jumps(op, z, near, here, parameters, far)
        for far in (HAIR, MARGIN)
        for near in _around(op, inputs, moving, far)
    ):
        return False
    if not smooth:  # a kink may be met, but no edge of the domain
        return not op.domain or all(bool(np.all(domain(op)(*nearby))) for nearby in _around(op, inputs, moving))
    for nearby in _around(op, inputs, moving):
        there = _slopes(op, nearby, _value(op, nearby, parameters), moving, parameters)
        if any(np.any(np.abs(a - b) > BEND * MARGIN * (1 + np.abs(a))) for a, b in zip(here, there, strict=True)):
            return False
        if not op.analytic and any(np.any(np.abs(a - b) > MARGIN) for a, b in zip(here, there, strict=True)):
            return False
    return True


def _jumps(op: Op, z: Any, nearby: list[Any], slopes: list[Any], parameters: dict[str, Any], far: float) -> bool:
    """Whether the result is another one close by, as of floor at a whole number, or of atan2 where it turns over."""
    steep = 1 + sum(np.max(np.abs(d), initial=0.0) for d in slopes)
    return bool(np.any(np.abs(_value(op, nearby, parameters) - z) > 2 * far * steep))


def _slopes(op: Op, inputs: list[Any], z: Any, moving: list[bool], parameters: dict[str, Any]) -> list[Any]:
    g = np.ones(np.shape(z)) if np.ndim(z) else 1.0
    return [np.asarray(pullback(op, k, ARRAYS)(g, *inputs, z, **parameters)) for k, m in enumerate(moving) if m]


def _around(op: Op, inputs: list[Any], moving: list[bool], far: float = MARGIN) -> Iterator[list[Any]]:
    """Points at this distance: all numbers up or down at once; where numbers of one input meet, one by one."""
    if op.elementwise:
        for signs in product((-far, far), repeat=sum(moving)):
            steps = iter(signs)
            yield [x + next(steps) if m else x for x, m in zip(inputs, moving, strict=True)]
        return
    for k, x in enumerate(inputs):
        for place, sign in product(np.ndindex(*np.shape(x)), (-far, far)):
            nearby = np.array(x, float)
            nearby[place] += sign
            yield [*inputs[:k], nearby if np.ndim(x) else float(nearby), *inputs[k + 1 :]]
