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

import ast
from collections.abc import Callable
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from autograd_tiny import numbers
from autograd_tiny.compiling import LETTERS
from autograd_tiny.errors import flags
from autograd_tiny.fast.pulls import rule
from autograd_tiny.numpy_functions import over_objects
from autograd_tiny.scopes import births, present
from autograd_tiny.table import TABLE, Op
from autograd_tiny.value import Constant, Value, constant, record
from autograd_tiny.value import recorder as plain
from autograd_tiny.words import WORDS
from autograd_tiny.words.texts import define
from autograd_tiny.words.texts import over_floats as as_float_text

# What recorders know beside the numbers' functions.
_KNOWN: dict[str, Any] = {
    "present": present, "births": births, "new": object.__new__, "rule_of": rule, "ndarray": np.ndarray,
    "error_state": flags.error_state, "USUAL": flags.USUAL, "strict": flags.strict, "vdot": np.vdot, "inf": np.inf,
    "Value": Value, "Constant": Constant, "constant": constant, "record": record, "over_objects": over_objects,
}  # fmt: skip
_FLOATS: dict[str, Any] = numbers.FLOATS | _KNOWN
_ARRAYS: dict[str, Any] = numbers.ARRAYS | _KNOWN | {"__warningregistry__": flags.WATCHED}


@cache
def recorder(name: str) -> Callable[..., Value]:
    """The function that applies operation `name` to values or numbers and records it."""
    op = TABLE[name]
    _introduce_op(op)
    if op.elementwise and op.parameters:
        return plain(name)
    if not op.elementwise:
        return over_arrays(op)
    _FLOATS[f"{name}_arrays"] = lambda *operands: over_arrays(op)(*operands)  # until it is compiled, when first needed
    return _over_floats(f"record_{name}", _source_over_floats(op), op)


def reflected(name: str) -> Callable[..., Value]:
    """The operator with a number on the left and a value on the right: called as (right, left)."""
    op = TABLE[name]
    recorder(name)
    if not op.elementwise:
        return lambda right, left: over_arrays(op)(left, right)
    return _over_floats(f"{name}_reflected", _source_reflected(op), op)


def _introduce_op(op: Op) -> None:
    for world, words, arrays in ((_FLOATS, numbers.FLOATS, False), (_ARRAYS, numbers.ARRAYS, True)):
        world.update({word: words[word] for word in words.keys() - world.keys()})  # those that came later
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
    made = _FLOATS[f"{op.name}_arrays"] = define(f"{op.name}_arrays", _source_over_arrays(op), _ARRAYS)
    made.__name__, made.__doc__ = op.name, op.description
    return made


# The source of recorders: straight-line code around the table's text (`recorders` compiles it) ------------------------


_UNARY = """\
def record_{name}(left):
    x = left._data if left.__class__ is Value else None
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
    x = left._data
    y = right._data
    if x.__class__ is not float or y.__class__ is not float:
        return {name}_arrays(left, right)
"""

_REFLECTED = """\
def {name}_reflected(right, left):
    y = right._data
    if (left.__class__ is not float and left.__class__ is not int) or y.__class__ is not float:
        return {name}_arrays(left, right)
    left = constant(left)
    x = left._data
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
    scope = present()
    if scope.__class__ is not tuple:
        return constant(z)
    v = new(Value)
    v._data = z
    v._grad = None
    v._rule = rule
    v._x = left
    v._y = right
    v._birth = next(births)
    v._label = ""
    v.scope = scope
    return v
"""

_OF_ARRAYS = """\
def {name}_arrays({inputs}{given}):
    rule = {name}_{letters}
    if {converted}:
        try:
            {convert}
        except TypeError as error:
            return over_objects(record, error, {name}_op, {inputs}{named})
        rule = {name}_rules[{constant}]
    {read}
    try:
{computed}    except (ArithmeticError, ValueError, IndexError, TypeError):
        return record({name}_op, {inputs}{named})
    if {is_scalar}:
        {scalar}
    if rule is None:
        return constant(z)
{rest}"""

_MANY = """\
def {name}_arrays(*left{given}):
    if set(map(type, left)) != {{Value}}:
        left = tuple([v if isinstance(v, Value) else Constant(v) for v in left])
    xs = tuple([v._data for v in left])
    try:
        z = {text}
    except (ArithmeticError, ValueError, IndexError, TypeError):
        return record({name}_op, *left{named})
    tracked = tuple([k for k, v in enumerate(left) if v.__class__ is not Constant])
    if not tracked:
        return constant(z)
    right = None
    rule = rule_of({name}_op, True, tracked).with_parameters(dict({parameters}))
"""

_QUIET = """\
        z = {text}
"""

_FLAGGED = """\
        if error_state() is USUAL:
            z = {text}
        else:
            with strict():
                z = {text}
"""

# A large product is computed by several threads, and a flag is seen by the thread that raised it alone. Threads are
# worth it from 64³ multiplications of matrices on, of a matrix and a vector from some 400 × 400.
_PRODUCT = """\
        if x.size > 100000 or y.size > 100000 or (z.ndim > 1 and (x.size > 4096 or y.size > 4096)):
            if not vdot(z, z) < inf:
                return record({name}_op, {inputs})
"""

# What gives back numbers that are there, or numbers within bounds, raises no flag.
_BOUNDED = frozenset(word.name for word in WORDS.values() if word.bounded)


def _source_over_floats(op: Op) -> str:
    """The source that records an operation over floats and hands everything else over."""
    return _filled(_UNARY if op.arity == 1 else _BINARY, op)


def _source_reflected(op: Op) -> str:
    """The same for an operator with a number on the left and a value on the right."""
    return _filled(_REFLECTED, op)


def _filled(head: str, op: Op) -> str:
    inputs = "left" if op.arity == 1 else "left, right"
    return (head + _OVER_FLOATS + _NEW_VALUE).format(name=op.name, text=as_float_text(op.forward), inputs=inputs)


def _source_over_arrays(op: Op) -> str:
    """The source that records an operation over arrays, for any inputs and further parameters."""
    operands = ["left", "right"][: op.arity]
    parameters = ", ".join(f"{p}={p}" for p in op.parameters)
    rest = ["right = None"] * (op.arity == 1)
    rest += [f"rule = rule.with_parameters(dict({parameters}))"] if parameters else []
    return ((_MANY if op.arity is None else _OF_ARRAYS) + _NEW_VALUE).format(
        name=op.name,
        text=op.forward,
        letters="".join(LETTERS[: op.arity]),
        inputs=", ".join(operands),
        given="".join(f", {p}" for p in op.parameters),
        named=f", {parameters}" if parameters else "",
        parameters=parameters,
        converted=" or ".join(f"{v}.__class__ is not Value" for v in operands),
        convert="; ".join(f"{v} = {v} if isinstance({v}, Value) else Constant({v})" for v in operands),
        constant=", ".join(f"{v}.__class__ is Constant" for v in operands) + ",",
        read="; ".join(f"{x} = {v}._data" for x, v in zip(LETTERS, operands, strict=False)),
        computed=_computed(op, ", ".join(operands)),
        is_scalar="z.__class__ is not ndarray" + " or not z.ndim" * (not _gives_numbers(op)),
        scalar="z = float(z)" if not op.elementwise else f"return record({op.name}_op, {', '.join(operands)})",
        rest="".join(f"    {line}\n" for line in rest),
    )


def _computed(op: Op, inputs: str) -> str:
    """The lines that compute z, or raise an error where a flag is raised."""
    form = _QUIET if _is_bounded(op) else _FLAGGED
    product = _PRODUCT if op.name == "matmul" else ""
    return (form + product).format(name=op.name, text=op.forward, inputs=inputs)


def _gives_numbers(op: Op) -> bool:
    """Whether NumPy gives what has no axes as a number of its own class: of signs, universal functions, products."""
    root = ast.parse(op.forward, mode="eval").body
    if isinstance(root, ast.Call) and isinstance(root.func, ast.Name):
        return (not op.elementwise and op.arity != 1) or isinstance(numbers.ARRAYS[root.func.id], np.ufunc)
    return True


def _is_bounded(op: Op) -> bool:
    nodes = list(ast.walk(ast.parse(op.forward, mode="eval")))
    called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    return called <= _BOUNDED and not any(isinstance(node, ast.BinOp) for node in nodes)
