"""Recorders: the table read as functions that compute and record in one go.

Speed lives here. A recorder is straight-line code around the table's text. Over floats it makes the
new value on the spot; arrays take a second function of the same form; whatever either cannot do,
the general `record` does, and words the error. This is the source of x * y over floats:

    def mul(x, y):
        a, b = x._data, y._data             # the numbers of the two values
        z = a * b
        …                                   # hand over unless it is finite
        v = new(Value)
        v._data, v._rule, v._x, v._y = z, rule, x, y
        return v
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from autograd_tiny import numbers
from autograd_tiny.compiling import LETTERS, Rule
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
    "present": present, "births": births, "new": object.__new__, "rule_of": rule, "Rule": Rule, "ndarray": np.ndarray,
    "error_state": flags.error_state, "USUAL": flags.USUAL, "strict": flags.strict, "vdot": np.vdot, "inf": np.inf,
    "Value": Value, "Constant": Constant, "constant": constant, "record": record, "over_objects": over_objects,
}  # fmt: skip
_KNOWN["__warningregistry__"] = flags.WATCHED
_FLOATS: dict[str, Any] = numbers.FLOATS | _KNOWN
_ARRAYS: dict[str, Any] = numbers.ARRAYS | _KNOWN


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
    return _over_floats(f"record_{name}", "x, y" if op.arity == 2 else "x", _source_over_floats, op)


@cache
def reflected(name: str) -> Callable[..., Value]:
    """The operator with a number on the left and a value on the right: called as (right, left)."""
    op = TABLE[name]
    recorder(name)
    if not op.elementwise:
        return lambda right, left: over_arrays(op)(left, right)
    return _over_floats(f"{name}_reflected", "y, x", _source_reflected, op)


def _introduce_op(op: Op) -> None:
    for world, words, arrays in ((_FLOATS, numbers.FLOATS, False), (_ARRAYS, numbers.ARRAYS, True)):
        world.update({word: words[word] for word in words.keys() - world.keys()})  # those that came later
        world[f"{op.name}_op"] = op
        rules: dict[tuple[bool, ...], Any] = {}  # by which inputs are constants
        for constants in product((False, True), repeat=op.arity or 0):
            tracked = tuple(k for k, is_constant in enumerate(constants) if not is_constant)
            rules[constants] = rule(op, arrays, tracked) if tracked else None
            name = f"{op.name}_{''.join(LETTERS[k] for k in tracked)}"
            world[name] = rules[constants]
            _FLOATS[f"{name}_of_arrays"] = rules[constants]  # of both worlds, the second stays
        world[f"{op.name}_rules"] = rules
    _FLOATS.update({f"{word}_of_arrays": numbers.ARRAYS[word] for word in _WORD.findall(op.forward)})


def _over_floats(function: str, letters: str, source: Callable[[Op], str], op: Op) -> Callable[..., Value]:
    """A recorder that is compiled when it is first called: a program uses few operations, and imports all of them."""

    def compiled() -> Callable[..., Value]:
        made.__code__ = define(function, source(op), _FLOATS).__code__
        return made

    _FLOATS[f"{function}_compiled"] = compiled
    text = f"def {function}({letters}):\n    return {function}_compiled()({letters})\n"
    made = define(function, text, _FLOATS)
    made.__name__ = made.__qualname__ = op.name
    made.__doc__ = op.description
    return made


@cache
def over_arrays(op: Op) -> Callable[..., Value]:
    """The recorder over arrays, for one or two inputs and further parameters."""
    made = _FLOATS[f"{op.name}_arrays"] = define(f"{op.name}_arrays", _source_over_arrays(op), _ARRAYS)
    made.__name__ = made.__qualname__ = op.name
    made.__doc__ = op.description
    return made


# The source of recorders: straight-line code around the table's text (`recorders` compiles it) ------------------------

VALUES = ("X", "Y")  # over arrays, the inputs themselves; x and y are their numbers, as in the table and in `pulls`
NUMBERS = {"x": "a", "y": "b"}  # over floats, the numbers of the inputs x and y: no time is left for other names


_UNARY = """\
def record_{name}(x):
    if x.__class__ is not Value:
        return {name}_arrays(x)
    rule = {name}_x
    a = x._data
"""

_BINARY = """\
def record_{name}(x, y):
    rule = {name}_xy
    if x.__class__ is not Value:
        return {name}_arrays(x, y)
    if y.__class__ is not Value:
        if y.__class__ is not float and y.__class__ is not int:
            return {name}_arrays(x, y)
        y = constant(y)
        rule = {name}_x
    a = x._data
    b = y._data
"""

_REFLECTED = """\
def {name}_reflected(y, x):
    if (x.__class__ is not float and x.__class__ is not int) or y.__class__ is not Value:
        return {name}_arrays(x, y)
    x = constant(x)
    rule = {name}_y
    a = x._data
    b = y._data
"""

# Signs mean the same over floats and arrays; what z is tells which they were.
_SIGNS = """\
    try:
        z = {text}
    except (ArithmeticError, ValueError, TypeError):
        return record({name}_op, {inputs})
    if z.__class__ is float:
        if z * 0.0:  # infinite or NaN
            return record({name}_op, {inputs})
    elif z.__class__ is ndarray and error_state() is USUAL:
        rule = {array_rule}
    else:
        return {name}_arrays({inputs})
"""

# The other function checks its inputs once more before it computes the same: what most arrays need is done on the spot.
_WORDS = """\
    if {some_array}:
{unless_usual}        try:
            z = {over_arrays}
        except (ArithmeticError, ValueError, TypeError):
            return record({name}_op, {inputs})
        if z.__class__ is not ndarray:
            return record({name}_op, {inputs})
        rule = {array_rule}
    else:
        try:
            z = {text}
        except (ArithmeticError, ValueError, TypeError):
            return record({name}_op, {inputs})
        if z * 0.0:  # infinite or NaN
            return record({name}_op, {inputs})
"""

_UNLESS_USUAL = """\
        if error_state() is not USUAL:
            return {name}_arrays({inputs})
"""

_NEW_VALUE = """\
    scope = present()
    if scope and scope.__class__ is not tuple:
        return constant(z)
    v = new(Value)
    v._data = z
    v._grad = None
    v._rule = rule
    v._x = {X}
    v._y = {Y}
    v._birth = next(births)
    v._label = ""
    v.scope = scope
    return v
"""

_OF_ARRAYS = """\
def {name}_arrays({letters}{given}):
    {inputs} = {letters}
    rule = {name}_{slots}
    if {converted}:
        try:
            {convert}
        except TypeError as error:
            return over_objects(record, error, {name}_op, {inputs}{named})
        rule = {name}_rules[{constant}]
    {read}
    try:
{computed}    except (ArithmeticError, ValueError, IndexError, TypeError, AttributeError):
        return record({name}_op, {inputs}{named})
    if {is_scalar}:
        {scalar}
    if rule is None:
        return constant(z)
{rest}"""

_MANY = """\
def {name}_arrays(*xs{given}):
    X = xs
    if set(map(type, X)) != {{Value}}:
        X = tuple([v if isinstance(v, Value) else Constant(v) for v in X])
    xs = tuple([v._data for v in X])
    try:
        z = {text}
    except (ArithmeticError, ValueError, IndexError, TypeError):
        return record({name}_op, *X{named})
    tracked = tuple([k for k, v in enumerate(X) if v.__class__ is not Constant])
    if not tracked:
        return constant(z)
    rule = rule_of({name}_op, True, tracked)
{rest}"""

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
        if x.size + y.size > 100000 or (z.ndim > 1 and z.size * x.shape[-1] >= 262144):
            if not vdot(z, z) < inf:
                return record({name}_op, {inputs})
"""

# What gives back numbers that are there, or numbers within bounds, raises no flag.
_BOUNDED = frozenset(word.name for word in WORDS.values() if word.bounded)


def _source_over_floats(op: Op) -> str:
    """The source that records an operation over floats and hands everything else over."""
    if op.arity == 1:
        return _filled(_UNARY, op, f"{op.name}_x_of_arrays")
    return _filled(_BINARY, op, f"{op.name}_xy_of_arrays if rule is {op.name}_xy else {op.name}_x_of_arrays")


def _source_reflected(op: Op) -> str:
    """The same for an operator with a number on the left and a value on the right."""
    return _filled(_REFLECTED, op, f"{op.name}_y_of_arrays")


def _filled(head: str, op: Op, array_rule: str) -> str:
    inputs, letters = ", ".join(LETTERS[: op.arity]), [NUMBERS[letter] for letter in LETTERS[: op.arity]]
    return (head + (_WORDS if _WORD.search(op.forward) else _SIGNS) + _NEW_VALUE).format(
        name=op.name,
        text=_of_numbers(as_float_text(op.forward)),
        over_arrays=_WORD.sub(r"\g<0>_of_arrays", _of_numbers(op.forward)),
        array_rule=array_rule,
        some_array=" or ".join(f"{letter}.__class__ is not float" for letter in letters),
        unless_usual="" if _is_bounded(op) else _UNLESS_USUAL.format(name=op.name, inputs=inputs),
        inputs=inputs,
        X="x",
        Y="y" if op.arity == 2 else None,
    )


def _of_numbers(text: str) -> str:
    return re.sub(r"\b[xy]\b", lambda letter: NUMBERS[letter[0]], text)


_WORD = re.compile(r"\b[a-z]\w*(?=\()")


def _source_over_arrays(op: Op) -> str:
    """The source that records an operation over arrays, for any inputs and further parameters."""
    operands = VALUES[: op.arity]
    parameters = ", ".join(f"{p}={p}" for p in op.parameters)
    named = ", ".join(f"{p!r}: {p}" for p in op.parameters)
    rest = f"    rule = Rule(rule.op, rule.world, rule.tracked, {{{named}}}, rule.pull)\n"  # as `with_parameters`
    return ((_MANY if op.arity is None else _OF_ARRAYS) + _NEW_VALUE).format(
        name=op.name,
        text=op.forward,
        letters=", ".join(LETTERS[: op.arity]),
        slots="".join(LETTERS[: op.arity]),
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
        rest=rest if parameters else "",
        X="X",
        Y="Y" if op.arity == 2 else None,
    )


def _computed(op: Op, inputs: str) -> str:
    """The lines that compute z, or raise an error where a flag is raised."""
    form, text = _QUIET if _is_bounded(op) else _FLAGGED, op.forward
    if op.name == "matmul":  # of a matrix and a vector `dot` is the same, but sooner begun
        form += _PRODUCT
        text = f"x.dot(y) if x.ndim + y.ndim == 3 else {text}" if flags.watched_in_dot() else text
    return form.format(name=op.name, text=text, inputs=inputs)


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
