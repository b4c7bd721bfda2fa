"""The source of recorders: straight-line code around the table's text (`recorders` compiles it).

A name in braces is filled in from an operation's line; `{text}` is its z = …
"""

from __future__ import annotations

from autograd_tiny.readings import LETTERS, names_in
from autograd_tiny.readings import over_floats as as_float_text
from autograd_tiny.table import Op

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


def over_floats(op: Op) -> str:
    """The source that records an operation over floats and hands everything else over."""
    return _filled(_UNARY if op.arity == 1 else _BINARY, op)


def reflected(op: Op) -> str:
    """The same for an operator with a number on the left and a value on the right."""
    return _filled(_REFLECTED, op)


def _filled(head: str, op: Op) -> str:
    inputs = "left" if op.arity == 1 else "left, right"
    return (head + _OVER_FLOATS + _NEW_VALUE).format(name=op.name, text=as_float_text(op.forward), inputs=inputs)


def over_arrays(op: Op) -> str:
    """The source that records an operation over arrays, for one or two inputs and further parameters."""
    letters = ["left", "right"][: op.arity]
    risky = bool(op.domain or names_in(op.forward) & _MAY_OVERFLOW)
    return (_ARRAYS_HEAD + (_ONE_RULE if op.arity == 1 else _TWO_RULES) + _NEW_VALUE).format(
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
