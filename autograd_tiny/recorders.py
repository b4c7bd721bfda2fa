"""Recorders: the table read as functions that compute and record in one go.

Speed lives here. A recorder is straight-line code around the table's text. Over floats it makes the
new value on the spot; arrays take a second function of the same form; whatever either cannot do,
the general `recording.record` does, and words the error. This is the source of x * y over floats:

    def mul(left, right):
        …                                   # hand over unless both are finite floats
        z = x * y
        v = new(Value)
        v.data, v._rule, v._x, v._y = z, rule, left, right
        return v
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_tiny import numbers
from autograd_tiny.readings import LETTERS, define, names_in, over_floats
from autograd_tiny.rules import rule
from autograd_tiny.table import TABLE, Op

if TYPE_CHECKING:
    from autograd_tiny.value import Value


class Here:
    """The scope in which values are being recorded at the moment."""

    scope: tuple[str, ...] = ()


here = Here()

# What recorders know beside the numbers' functions; `recording` adds Value, Constant, constant and record.
_KNOWN: numbers.World = {
    "here": here, "born": count().__next__, "new": object.__new__, "ndarray": np.ndarray, "errstate": np.errstate,
}  # fmt: skip
_FLOATS: numbers.World = numbers.FLOATS | _KNOWN
_ARRAYS: numbers.World = numbers.ARRAYS | _KNOWN | {"__name__": "autograd_tiny.arrays"}
# What NumPy only warns of inside these functions, mostly overflow, is an error there; watching for it costs nothing.
warnings.filterwarnings("error", category=RuntimeWarning, module=r"autograd_tiny\.(arrays|numbers)$")
born: Callable[[], int] = _KNOWN["born"]


def introduce(**names: Any) -> None:
    """Tell the recorders of the classes and functions that are defined after them."""
    _FLOATS.update(names)
    _ARRAYS.update(names)


def known(name: str) -> Any:
    """One of the names that were introduced."""
    return _FLOATS[name]


_UNARY = """\
def record_{name}(left):
    x = left.data if left.__class__ is Value else None
    if x.__class__ is not float:
        return {name}_arrays(left)
    right = None
    rule = {name}_x
"""

_BINARY = """\
def record_{name}(left, right):
    rule = {name}_xy
    if left.__class__ is not Value:
        return {name}_arrays(left, right)
    if right.__class__ is not Value:
        if right.__class__ is not float and right.__class__ is not int:
            return {name}_arrays(left, right)
        right = constant(right)
        rule = {name}_x
    x = left.data
    y = right.data
    if x.__class__ is not float or y.__class__ is not float:
        return {name}_arrays(left, right)
"""

_REFLECTED = """\
def {name}_reflected(right, left):
    y = right.data
    if (left.__class__ is not float and left.__class__ is not int) or y.__class__ is not float:
        return {name}_arrays(left, right)
    left = constant(left)
    x = left.data
    if right.__class__ is not Value:
        return record({name}_op, left, right)
    rule = {name}_y
"""

_OVER_FLOATS = """\
    try:
        z = {text}
    except (ArithmeticError, ValueError, TypeError):
        return record({name}_op, {inputs})
    if z * 0.0:  # infinite or NaN
        return record({name}_op, {inputs})
"""

_NEW_VALUE = """\
    v = new(Value)
    v.data = z
    v._grad = None
    v._rule = rule
    v._x = left
    v._y = right
    v._birth = born()
    v.label = ""
    v.scope = here.scope
    return v
"""


@cache
def recorder(name: str) -> Callable[..., Value]:
    """The function that applies operation `name` to values or numbers and records it."""
    op = TABLE[name]
    _introduce_op(op)
    if op.arity is None or (op.elementwise and op.parameters):
        return lambda *operands, **parameters: known("record")(op, *operands, **parameters)
    if not op.elementwise:
        return over_arrays(op)
    _FLOATS[f"{name}_arrays"] = lambda *operands: over_arrays(op)(*operands)  # until it is compiled, when first needed
    return _over_floats(f"record_{name}", _UNARY if op.arity == 1 else _BINARY, op)


def reflected(name: str) -> Callable[..., Value]:
    """The operator with a number on the left and a value on the right: called as (right, left)."""
    op = TABLE[name]
    recorder(name)
    if not op.elementwise:
        return lambda right, left: over_arrays(op)(left, right)
    return _over_floats(f"{name}_reflected", _REFLECTED, op)


def apply(name: str, *operands: Any, **parameters: Any) -> Value:
    """Apply operation `name` to values or numbers and record it."""
    return recorder(name)(*operands, **parameters)


def _introduce_op(op: Op) -> None:
    for world, arrays in ((_FLOATS, False), (_ARRAYS, True)):
        world[f"{op.name}_op"] = op
        for tracked in ((0,), (1,), (0, 1))[: 1 if op.arity == 1 else 3]:
            world[f"{op.name}_{''.join(LETTERS[k] for k in tracked)}"] = rule(op, arrays, tracked)


def _over_floats(function: str, template: str, op: Op) -> Callable[..., Value]:
    inputs = "left" if op.arity == 1 else "left, right"
    source = template + _OVER_FLOATS + _NEW_VALUE
    source = source.format(name=op.name, text=over_floats(op.forward), inputs=inputs)
    made = define(function, source, _FLOATS)
    made.__name__, made.__doc__ = op.name, op.description
    return made


_ARRAYS_HEAD = """\
def {name}_arrays({inputs}{given}):
    try:
        {convert}
    except TypeError as error:
        return over_objects(error, {name}_op, {inputs}{named})
    {read}
    try:
        {guard}z = {text}
    except (ArithmeticError, ValueError, IndexError, TypeError, RuntimeWarning):
        return record({name}_op, {inputs}{named})
    if z.__class__ is not ndarray or not z.ndim:
        {scalar}
"""

_ONE_RULE = """\
    if left.__class__ is Constant:
        return Constant(z)
    right = None
    rule = {name}_x{bound}
"""

_TWO_RULES = """\
    if left.__class__ is Constant:
        if right.__class__ is Constant:
            return Constant(z)
        rule = {name}_y
    elif right.__class__ is Constant:
        rule = {name}_x
    else:
        rule = {name}_xy
"""

_MAY_OVERFLOW = {"exp", "sinh", "cosh", "pow"}


@cache
def over_arrays(op: Op) -> Callable[..., Value]:
    """The recorder over arrays, for one or two inputs and further parameters."""
    letters = ["left", "right"][: op.arity]
    risky = bool(op.domain or names_in(op.forward) & _MAY_OVERFLOW)
    source = (_ARRAYS_HEAD + (_ONE_RULE if op.arity == 1 else _TWO_RULES) + _NEW_VALUE).format(
        name=op.name,
        text=op.forward,
        inputs=", ".join(letters),
        given="".join(f", {p}" for p in op.parameters),
        named="".join(f", {p}={p}" for p in op.parameters),
        convert="; ".join(f"{v} = {v} if isinstance({v}, Value) else Constant({v})" for v in letters),
        read="; ".join(f"{x} = {v}.data" for x, v in zip(LETTERS, letters, strict=False)),
        guard='with errstate(over="raise", divide="raise", invalid="raise"): ' if risky else "",
        scalar="z = float(z)" if not op.elementwise else f"return record({op.name}_op, {', '.join(letters)})",
        bound=f".with_parameters(dict({', '.join(f'{p}={p}' for p in op.parameters)}))" if op.parameters else "",
    )
    made = _FLOATS[f"{op.name}_arrays"] = define(f"{op.name}_arrays", source, _ARRAYS)
    made.__name__, made.__doc__ = op.name, op.description
    return made
