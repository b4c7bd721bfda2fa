"""Through time: the same cell, step after step. Sequences are time-major: (T, B, D), or a list of (B, D)."""

from __future__ import annotations

from operator import getitem
from typing import Any

import numpy as np

from autograd_tiny import functions
from autograd_tiny.nn.cell import Cell, State
from autograd_tiny.nn.layer import require
from autograd_tiny.recorders import here
from autograd_tiny.scopes import scope
from autograd_tiny.value import Value


def unroll(cell: Cell, xs: Any, state: State = None, *, reverse: bool = False) -> tuple[Any, State]:
    """Run a cell over a sequence; returns (outputs, final state).

    An array (T, B, D) gives an array (T, B, H), its input projected for all steps in one product. A list
    of T inputs (B, D) gives a list of T outputs, each step complete in itself, as the lectures draw it.
    Step t records in the scope "t=1", "t=2" …; `reverse` starts at the end. ShapeError names the cell.
    """
    one_array = not isinstance(xs, list | tuple)
    state = _checked(cell, xs, state, one_array)
    with scope(cell.name):
        projected: Any = cell.project(xs) if one_array else None
    at = _each_at if projected.__class__ is tuple else getitem
    outputs, outer = [], here.scope
    try:
        for t in reversed(range(len(xs))) if reverse else range(len(xs)):
            here.scope = (*outer, f"t={t + 1}", cell.name)  # cheaper than a `with` for every step
            state = cell.step(at(projected, t) if one_array else cell.project(xs[t]), state)
            outputs.append(cell.output(state))
    finally:
        here.scope = outer
    if reverse:
        outputs.reverse()
    return functions.stack(outputs) if one_array else outputs, state


def _checked(cell: Cell, xs: Any, state: State, one_array: bool) -> State:
    """The state to begin with; ShapeError if the sequence or the state does not fit the cell."""
    shape = (np.shape(xs) if one_array else (len(xs), *np.shape(xs[0]))) if len(xs) else (0,)
    require(shape[0] > 0, cell, "the sequence", shape, f"(T, …, {cell.input_size}) with at least one time step")
    for x in (xs,) if one_array else xs:
        cell.check_input(x)
    return cell.begin(state, shape[1:-1])


def _each_at(projected: tuple[Value, ...], t: int) -> tuple[Value, ...]:
    return tuple([part[t] for part in projected])
