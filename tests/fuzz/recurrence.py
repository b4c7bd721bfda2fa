"""A random function as a cell: its first input is a state, and a loop runs it step after step.

What is run here is what `reproduction` prints. Every case goes one of three ways: the state of the step before; that of
two steps before; that of the step before, detached at every third step. And what has rows for the steps is read in one
of three ways: row by row; along the last axis; in windows that overlap.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_tiny as at
from autograd_tiny import Value
from tests.fuzz.cases import Case, weights

SOURCE = """
def recurrence(xs, h0, *others):  # of the other inputs each second one has a row for every step
    states, total = [h0, h0], 0.0
    for t, x in enumerate(xs):
        h = {state}
        z = at.sum(f(h, *[{row} if k % 2 == 0 else y for k, y in enumerate(others)]) * weights)
        total = total + x * z
        states.append(h0 + 0.01 * x * at.tanh(z) + 0.001 * h)
    return total + at.sum(states[-1])
"""
STATES = ("states[-1]", "states[-2] * 0.5 + states[-1] * 0.5", "states[-1].detach() if t % 3 == 0 else states[-1]")
ROWS = ("y[t]", "y[..., t]", "at.mean(y[t:t + 2], axis=0)")
TRACED, RUN = 7, (4, 9)  # steps


def state_of(case: Case) -> str:
    """Which way a case goes."""
    return STATES[len(case.function.steps) % len(STATES)]


def row_of(case: Case) -> str:
    """How a case reads what has rows for the steps."""
    return ROWS[len(case.function.source) % len(ROWS)]


def function(case: Case) -> Callable[..., Value]:
    """The function of xs, a state to begin with, and the other inputs."""
    space: dict[str, Any] = {"at": at, "f": case.function}
    space["weights"] = weights(case.function(*case.point).shape)
    exec(SOURCE.format(state=state_of(case), row=row_of(case)), space)
    return space["recurrence"]  # type: ignore[no-any-return]


def inputs(case: Case, steps: int) -> list[Any]:
    """The inputs for so many steps: near the case's point at each of them."""
    (first, *others), way = case.point, ROWS.index(row_of(case))
    near = 1 + 1e-3 * np.sin(np.arange(steps + (way == 2)))
    rows = [np.multiply.outer(near, x) if k % 2 == 0 else x for k, x in enumerate(others)]
    rows = [np.moveaxis(y, 0, -1) if k % 2 == 0 and way == 1 else y for k, y in enumerate(rows)]
    return [0.5 + 0.1 * np.cos(np.arange(steps)), first, *rows]
