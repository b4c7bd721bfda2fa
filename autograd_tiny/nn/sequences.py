"""Through time: the same cell, step after step. Sequences are time-major: (T, B, D), or a list of (B, D)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from autograd_tiny import functions, scopes
from autograd_tiny.behaviour import rows
from autograd_tiny.errors.arguments import annotated
from autograd_tiny.nn.cell import Cell, State
from autograd_tiny.nn.layer import require
from autograd_tiny.scopes import Step, births, called, scope
from autograd_tiny.shapes import Shape, shape_of


@annotated
def unroll(cell: Cell, xs: Any, state: State = None, *, reverse: bool = False) -> tuple[Any, State]:
    """Run a cell over a sequence; returns (outputs, final state).

    An array (T, B, D) gives an array (T, B, H), its input projected for all steps in one product. A list
    of T inputs (B, D) gives a list of T outputs, each step complete in itself, as the lectures draw it.
    Step t records in the scope "t=1", "t=2" …, its own in each sequence; `reverse` starts at the end. ShapeError names
    the cell.

    >>> cell = nn.RNNCell(3, 4)
    >>> outputs, h = nn.unroll(cell, np.ones((6, 2, 3)))     # (T, B, D) -> (T, B, H), (B, H)
    >>> outputs.shape, h.shape
    ((6, 2, 4), (2, 4))
    """
    one_array = not isinstance(xs, list | tuple)
    if one_array and not shape_of(xs):
        raise TypeError(f"unroll: expected a sequence, (T, …, {cell.input_size}) or a list, got {type(xs).__name__}")
    state = _checked(cell, xs, state, one_array)
    order = range(len(xs))[:: -1 if reverse else 1]
    inputs = _projected(cell, xs, reverse) if one_array else (xs[t] for t in order)
    advance, output, enter = cell.step if one_array else cell.advance, cell.output, scopes.enter
    plain = type(cell).output is Cell.output and len(cell.memory) == 1  # then a call would give the state itself
    outputs, outer, inner, steps = [], scopes.present(), called(cell.name, next(births)), _steps(len(xs))
    try:
        for t in order:
            names = steps[t], inner
            enter(outer + names)  # cheaper than a `with` for every step
            state = advance(next(inputs), state)
            outputs.append(state if plain else output(state))
    finally:
        scopes.enter(outer)
    if reverse:
        outputs.reverse()
    return functions.stack(outputs) if one_array else outputs, state


@lru_cache
def _steps(n: int) -> tuple[Step, ...]:
    return tuple([Step(f"t={t + 1}") for t in range(n)])


def _projected(cell: Cell, xs: Any, reverse: bool) -> Iterator[Any]:
    """What each step needs of the input, projected for all of them at once."""
    with scope(cell.name):
        projected = cell.project(xs)
    if projected.__class__ is tuple:
        return zip(*(rows(part, reverse) for part in projected), strict=True)
    return rows(projected, reverse)


def _checked(cell: Cell, xs: Any, state: State, one_array: bool) -> State:
    """The state to begin with; ShapeError if the sequence or the state does not fit the cell."""
    shape = (shape_of(xs) if one_array else (len(xs), *shape_of(xs[0]))) if len(xs) else (0,)
    if len(shape) < 2:
        require(False, cell, "the sequence", shape, f"(T, …, {cell.input_size}) with at least one time step")
    if one_array:
        cell.check_input(xs)
    else:
        _check_each(cell, xs, shape[1:])
    return cell.begin(state, shape[1:-1])


def _check_each(cell: Cell, xs: Any, shape: Shape) -> None:
    for x in xs:
        cell.check_input(x)
    for t, x in enumerate(xs):
        require(shape_of(x) == shape, cell, f"the input of t={t + 1}", shape_of(x), shape)
