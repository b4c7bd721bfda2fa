"""Through time: the same cell, step after step. Sequences are time-major: (T, B, D), or a list of (B, D)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd_tiny import functions
from autograd_tiny.errors import ShapeError
from autograd_tiny.nn.cell import Cell, State
from autograd_tiny.recorders import here
from autograd_tiny.scopes import scope


def unroll(cell: Cell, xs: Any, state: State = None, *, reverse: bool = False) -> tuple[Any, State]:
    """Run a cell over a sequence; returns (outputs, final state).

    An array (T, B, D) gives an array (T, B, H), its input projected for all steps in one product. A list
    of T inputs (B, D) gives a list of T outputs, each step complete in itself, as the lectures draw it.
    Step t records in the scope "t=1", "t=2" …; `reverse` starts at the end. ShapeError names the cell.
    """
    one_array = not isinstance(xs, list | tuple)
    if (len(xs) if np.ndim(xs[0] if not one_array and len(xs) else xs) else 0) == 0:
        raise ShapeError(f"{type(cell).__name__}: the sequence is empty; expected at least one time step")
    for x in (xs,) if one_array else xs:
        cell.check_input(x)
    state = cell.begin(state, np.shape(xs)[1:-1] if one_array else np.shape(xs[0])[:-1])
    with scope(cell.name):
        projected = cell.project(xs) if one_array else None
    outputs = []
    with _time() as enter:
        for t in reversed(range(len(xs))) if reverse else range(len(xs)):
            enter(t, cell.name)
            state = cell.step(_at(projected, t) if one_array else cell.project(xs[t]), state)
            outputs.append(cell.output(state))
    if reverse:
        outputs.reverse()
    return functions.stack(outputs) if one_array else outputs, state


@contextmanager
def _time() -> Iterator[Any]:
    """Gives a function that enters the scope of a time step: cheaper than a `with` for each of them."""
    outer = here.scope

    def enter(t: int, name: str) -> None:
        here.scope = (*outer, f"t={t + 1}", name)

    try:
        yield enter
    finally:
        here.scope = outer


def _at(projected: Any, t: int) -> Any:
    return tuple([part[t] for part in projected]) if projected.__class__ is tuple else projected[t]
