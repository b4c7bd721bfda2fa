"""A random function as a cell: its first input is a state, and a loop runs it step after step.

What is run here is what `reproduction` prints. Every case goes one of three ways: the state of the step before; that of
two steps before; that of the step before, detached at every third step. And what has rows for the steps is read in one
of three ways: row by row; along the last axis; in windows that overlap. After every other recurrence there is a second
one, over an input with a length of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_tiny as at
from autograd_tiny import Value
from tests.fuzz.cases import Case, weights

SOURCE = """
def recurrence(xs, {more}h0, *others):  # of the other inputs each second one has a row for every step
    states, total = [h0, h0], 0.0
    for t, x in enumerate(xs):
        h = {state}
        z = at.sum(f(h, *[{row} if k % 2 == 0 else y for k, y in enumerate(others)]) * weights)
        total = total + x * z
        states.append(h0 + 0.01 * x * at.tanh(z) + 0.001 * h){then}
    return total + at.sum(states[-1])
"""
STATES = ("states[-1]", "states[-2] * 0.5 + states[-1] * 0.5", "states[-1].detach() if t % 3 == 0 else states[-1]")
ROWS = ("y[t]", "y[..., t]", "at.mean(y[t:t + 2], axis=0)")
THEN = """
    t = 0
    for s in ss:
        z = at.sum(f(states[-1], *[{row} if k % 2 == 0 else y for k, y in enumerate(others)]) * weights)
        total = total - s * z
        states.append(h0 + 0.02 * s * at.tanh(z) + 0.002 * states[-1])"""
TRACED, RUN = (7, 5), ((4, 6), (9, 3))  # steps of the first and of the second


def state_of(case: Case) -> str:
    """Which way a case goes."""
    return STATES[len(case.function.steps) % len(STATES)]


def row_of(case: Case) -> str:
    """How a case reads what has rows for the steps."""
    return ROWS[len(case.function.source) % len(ROWS)]


def has_two(case: Case) -> bool:
    """Whether there is a second recurrence."""
    return len(case.function.source) % 2 == 1


def source(case: Case) -> str:
    """The function as it is written."""
    row, more = row_of(case), has_two(case)
    then = THEN.format(row=row) if more else ""
    return SOURCE.format(state=state_of(case), row=row, more="ss, " * more, then=then)


def function(case: Case) -> Callable[..., Value]:
    """The function of xs, a state to begin with, and the other inputs."""
    space: dict[str, Any] = {"at": at, "f": case.function}
    space["weights"] = weights(case.function(*case.point).shape)
    exec(source(case), space)
    return space["recurrence"]  # type: ignore[no-any-return]


def inputs(case: Case, lengths: tuple[int, int]) -> list[Any]:
    """The inputs for so many steps: near the case's point at each of them."""
    (first, *others), way, (steps, later) = case.point, ROWS.index(row_of(case)), lengths
    near = 1 + 1e-3 * np.sin(np.arange(steps + (way == 2)))
    rows = [np.multiply.outer(near, x) if k % 2 == 0 else x for k, x in enumerate(others)]
    rows = [np.moveaxis(y, 0, -1) if k % 2 == 0 and way == 1 else y for k, y in enumerate(rows)]
    more = [0.4 - 0.1 * np.cos(np.arange(later))] if has_two(case) else []
    return [0.5 + 0.1 * np.cos(np.arange(steps)), *more, first, *rows]
