"""Recorders: the table read as functions that compute and record in one go.

Speed lives here. A recorder is straight-line code around the table's text. Over floats it makes the
new value on the spot; arrays take a second function of the same form; whatever either cannot do,
the general `record` does, and words the error. This is the source of x * y over floats:

    def mul(left, right):
        …                                   # hand over unless both are finite floats
        z = x * y
        v = new(Value)
        v._data, v._rule, v._x, v._y = z, rule, left, right
        return v
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from autograd_tiny import flags, numbers
from autograd_tiny.compiling import LETTERS, define
from autograd_tiny.fast import templates
from autograd_tiny.fast.pulls import rule
from autograd_tiny.scopes import births, present
from autograd_tiny.table import TABLE, Op
from autograd_tiny.value import Constant, Value, constant, over_objects, record

# What recorders know beside the numbers' functions.
_KNOWN: numbers.World = {
    "present": present, "births": births, "new": object.__new__, "rule_of": rule, "ndarray": np.ndarray,
    "error_state": flags.error_state, "USUAL": flags.USUAL, "strict": flags.strict, "vdot": np.vdot, "inf": np.inf,
    "Value": Value, "Constant": Constant, "constant": constant, "record": record, "over_objects": over_objects,
}  # fmt: skip
_FLOATS: numbers.World = numbers.FLOATS | _KNOWN
_ARRAYS: numbers.World = numbers.ARRAYS | _KNOWN | {"__warningregistry__": flags.WATCHED}


@cache
def recorder(name: str) -> Callable[..., Value]:
    """The function that applies operation `name` to values or numbers and records it."""
    op = TABLE[name]
    _introduce_op(op)
    if op.elementwise and op.parameters:
        return lambda *operands, **parameters: record(op, *operands, **parameters)
    if not op.elementwise:
        return over_arrays(op)
    _FLOATS[f"{name}_arrays"] = lambda *operands: over_arrays(op)(*operands)  # until it is compiled, when first needed
    return _over_floats(f"record_{name}", templates.over_floats(op), op)


def reflected(name: str) -> Callable[..., Value]:
    """The operator with a number on the left and a value on the right: called as (right, left)."""
    op = TABLE[name]
    recorder(name)
    if not op.elementwise:
        return lambda right, left: over_arrays(op)(left, right)
    return _over_floats(f"{name}_reflected", templates.reflected(op), op)


def _introduce_op(op: Op) -> None:
    for world, arrays in ((_FLOATS, False), (_ARRAYS, True)):
        world[f"{op.name}_op"] = op
        rules: dict[tuple[bool, ...], Any] = {}  # by which inputs are constants
        for constants in product((False, True), repeat=op.arity or 0):
            tracked = tuple(k for k, is_constant in enumerate(constants) if not is_constant)
            rules[constants] = rule(op, arrays, tracked) if tracked else None
            world[f"{op.name}_{''.join(LETTERS[k] for k in tracked)}"] = rules[constants]
        world[f"{op.name}_rules"] = rules


def _over_floats(function: str, source: str, op: Op) -> Callable[..., Value]:
    made = define(function, source, _FLOATS)
    made.__name__, made.__doc__ = op.name, op.description
    return made


@cache
def over_arrays(op: Op) -> Callable[..., Value]:
    """The recorder over arrays, for one or two inputs and further parameters."""
    made = _FLOATS[f"{op.name}_arrays"] = define(f"{op.name}_arrays", templates.over_arrays(op), _ARRAYS)
    made.__name__, made.__doc__ = op.name, op.description
    return made
