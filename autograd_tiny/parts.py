"""Parts that are taken again and again: the rows of a sequence, the sections of a row.

Each is an ordinary `take`, as x[k] records it. But the same indices return at every training step, so their
rules are kept, which saves most of what an index costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from autograd_tiny import shapes
from autograd_tiny.errors import ShapeError
from autograd_tiny.recorders import born, here, introduce
from autograd_tiny.rules import Rule, rule
from autograd_tiny.table import TABLE
from autograd_tiny.value import Constant, Operand, Value


def rows(x: Value, reverse: bool = False) -> Iterator[Value]:
    """x[0], x[1] …, or from the end, each recorded when its turn comes: what a loop over a Value gives."""
    return _taken(x, _row_rules(len(x))[:: -1 if reverse else 1])


def split(ary: Operand, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Value]:
    """A value cut along an axis, as `numpy.split`: into so many equal parts, or at the places given.

    ShapeError if equal parts do not come out even.
    """
    x = ary if isinstance(ary, Value) else Constant(ary)
    places = indices_or_sections if isinstance(indices_or_sections, int) else tuple(indices_or_sections)
    return list(_taken(x, _section_rules(places, x.shape, axis)))


def _taken(x: Value, rules: Iterable[Rule]) -> Iterator[Value]:
    """The parts of `x` that the rules name; written out, for most of an unrolled network's values are such."""
    data = x.data
    if isinstance(x, Constant):
        yield from (Constant(data[part.parameters["index"]]) for part in rules)
        return
    for part in rules:
        z = data[part.parameters["index"]]
        if z.__class__ is not np.ndarray:
            z = float(z)
        v: Value = object.__new__(Value)
        v.data = z
        v._grad = None
        v._rule = part
        v._x = x
        v._y = None
        v._birth = born()
        v.label = ""
        v.scope = here.scope
        yield v


@cache
def _row_rules(n: int) -> tuple[Rule, ...]:
    return tuple(_part_rule(k) for k in range(n))


@cache
def _section_rules(places: int | tuple[int, ...], shape: shapes.Shape, axis: int) -> tuple[Rule, ...]:
    (axis,) = shapes.axes_of(len(shape), axis) or (0,)
    n = (shape or (1,))[axis]
    if isinstance(places, int):
        if not shape or places < 1 or n % places:
            raise ShapeError(f"split: {n} along axis {axis} of {shape} do not make {places} equal parts")
        places = tuple(range(0, n, n // places))[1:] if n else (0,) * (places - 1)
    before = () if axis == 0 else (...,) if axis == len(shape) - 1 else (slice(None),) * axis
    cuts = [slice(a, b) for a, b in pairwise((0, *places, n))]
    return tuple(_part_rule((*before, cut) if before else cut) for cut in cuts)


def _part_rule(index: Any) -> Rule:
    return rule(TABLE["take"], True, (0,)).with_parameters({"index": index})


introduce(rows=rows)
