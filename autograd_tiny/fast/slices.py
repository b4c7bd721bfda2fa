"""Parts that are taken again and again: the rows of a sequence, the sections of a row.

Each is an ordinary `take`, as x[k] records it. But the same indices return at every training step, so their
rules are kept, which saves most of what an index costs. And backward, parts that make up the whole are joined
in one go instead of added one by one to an array of zeros.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from numpy import ndarray

from autograd_tiny import numbers, shapes
from autograd_tiny.compiling import Rule
from autograd_tiny.data import as_data
from autograd_tiny.fast.collected import Pending, pending
from autograd_tiny.fast.pulls import rule
from autograd_tiny.scopes import births, present
from autograd_tiny.table import TABLE
from autograd_tiny.value import Constant, Value, constant
from autograd_tiny.words import indexing


def rows(x: Value, reverse: bool = False) -> Iterator[Value]:
    """x[0], x[1] …, or from the end, each recorded when its turn comes: what a loop over a Value gives."""
    return _taken(x, _row_rules(len(x), x.ndim > 1)[:: -1 if reverse else 1])


def sections(x: Value, places: int | tuple[int, ...], axis: int) -> list[Value]:
    """A value cut along an axis: into so many equal parts, or at these places."""
    return list(_taken(x, _section_rules(places, x.shape, axis)))


new = object.__new__


def _taken(x: Value, rules: Iterable[Rule]) -> Iterator[Value]:
    """The parts of `x` that the rules name; written out, for most of an unrolled network's values are such."""
    data = x._data
    if x.__class__ is Constant or present().__class__ is not tuple:
        yield from (constant(as_data(data[part.parameters["index"]])) for part in rules)
        return
    for part in rules:
        z = data[part.parameters["index"]]
        v: Value = new(Value)
        v._data = z if z.__class__ is ndarray else float(z)
        v._grad = None
        v._rule = part
        v._x = x
        v._y = None
        v._birth = next(births)
        v._label = ""
        v.scope = present()
        yield v


class Part(Rule):
    """The rule of one part; together with the others of its `whole` it makes up the input along an axis."""

    __slots__ = ("axis", "whole")
    axis: int
    whole: list[Part]  # from the last to the first, as a backward pass meets them


def _pull_part(v: Any) -> None:
    """A part leaves its gradient to be joined to the others'."""
    collecting = v._x._grad
    if collecting.__class__ is not Pending:
        collecting = pending(v._x)
    collecting.parts.append(v)


def _whole(indices: Iterable[Any], axis: int) -> tuple[Part, ...]:
    """The rules of parts that together make up an array, in order along an axis."""
    take = TABLE["take"]
    rules = tuple(Part(take, numbers.ARRAYS, (0,), {"index": index}, _pull_part) for index in indices)
    for part in rules:
        part.axis, part.whole = axis, list(reversed(rules))
    return rules


@cache
def _row_rules(n: int, of_arrays: bool) -> tuple[Rule, ...]:
    if of_arrays:
        return _whole(range(n), 0)
    return tuple(rule(TABLE["take"], True, (0,)).with_parameters({"index": k}) for k in range(n))


@cache
def _section_rules(places: int | tuple[int, ...], shape: shapes.Shape, axis: int) -> tuple[Rule, ...]:
    indices = indexing.cuts(places, shape, axis)
    (axis,), places = shapes.axes_of(len(shape), axis) or (0,), () if isinstance(places, int) else places
    if list(places) == sorted(places) and all(0 <= k <= (shape or (1,))[axis] for k in places):
        return _whole(indices, axis)
    return tuple(rule(TABLE["take"], True, (0,)).with_parameters({"index": index}) for index in indices)
