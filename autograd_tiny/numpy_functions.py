"""NumPy's own functions record too: `np.tanh(v)`, `np.add(v, 1)`, `np.sum(v)`, `np.stack([...])`."""

from __future__ import annotations

import dis
import math
from collections.abc import Callable
from functools import cache, lru_cache
from inspect import Parameter, Signature, signature
from itertools import takewhile
from typing import Any

import numpy as np

from autograd_tiny.table import TABLE, Op

# The operations by name; `functions` enters them.
RECORDED: dict[str, Callable[..., Any]] = {}

_COMPARISONS = {  # by the methods of what stands on the left, and on the right
    "less": ("__lt__", "__gt__"), "less_equal": ("__le__", "__ge__"), "greater": ("__gt__", "__lt__"),
    "greater_equal": ("__ge__", "__le__"), "equal": ("__eq__", "__eq__"), "not_equal": ("__ne__", "__ne__"),
}  # fmt: skip
_STEPWISE = {
    "isnan", "isinf", "isfinite", "signbit", "logical_not", "logical_and", "logical_or",
}  # fmt: skip
_FUNCTIONS = {
    "sum", "mean", "reshape", "transpose", "stack", "concatenate", "where", "clip", "outer", "dot", "take", "swapaxes",
    "broadcast_to", "vstack", "hstack", "expand_dims", "squeeze", "ravel", "split", "var", "std", "norm", "max", "min",
    "sinc", "fix", "round", "around", "nan_to_num",
}  # fmt: skip
_REARRANGED = {
    "flip", "fliplr", "flipud", "roll", "rot90", "repeat", "tile", "moveaxis", "rollaxis", "diagonal",
    "atleast_1d", "atleast_2d", "atleast_3d", "delete",
}  # fmt: skip
# Which functions and methods of NumPy turn what they are given into an array of numbers, without asking a value first.
_STORING = {
    "array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray", "astype", "fill", "full", "fromiter",
    "frombuffer", "put", "itemset", "setfield",
}  # fmt: skip
_RENAMED = {"amax": "max", "amin": "min"}
# What has no derivative, or 0 wherever it has one, is answered from the data in plain numbers.
_ANSWERED = {
    "shape", "ndim", "size", "argmax", "argmin", "argsort", "any", "all", "isclose", "allclose", "array_equal",
    "zeros_like", "ones_like", "full_like", "count_nonzero", "nonzero", "unique", "searchsorted", "array_repr",
    "array_str",
}  # fmt: skip
_OF_SHAPES = {"shape", "ndim", "size", "zeros_like", "ones_like"}
# What records in place of NumPy's functions that do not.
_INSTEAD = {
    "inner": "dot", "average": "mean", "add.reduce": "sum", "maximum.reduce": "max",
    "minimum.reduce": "min", "logaddexp.reduce": "logsumexp", "multiply.outer": "outer", "add.at": "scatter",
    "select": "where", "choose": "where", "piecewise": "where", "array_split": "split", "hsplit": "split",
    "vsplit": "split", "column_stack": "stack", "dstack": "stack", "cross": "stack",
    "einsum": "matmul",
    "tensordot": "matmul", "linalg.multi_dot": "matmul", "append": "concatenate", "ptp": "max",
}  # fmt: skip


def apply_ufunc(ufunc: Any, method: str, operands: Any, options: Any) -> Any:
    """Record a universal function called on values; comparisons compare data."""
    name = ufunc.__name__
    if any(isinstance(x, np.ndarray) and x.dtype.kind == "O" for x in operands):
        return getattr(ufunc, method)(*(_boxed(x) for x in operands), **options)
    if method == "__call__" and not options:
        if name in _COMPARISONS:
            return _compared(_COMPARISONS[name], *operands)
        if name in _STEPWISE:
            return ufunc(*map(_data, operands))
        if name == "positive":
            return operands[0]
        if name in RECORDED:
            return RECORDED[name](*operands)
    raise _refused(ufunc, method, options)


def _compared(methods: tuple[str, str], left: Any, right: Any) -> Any:
    """What a comparison says; it is the values' own, so that whoever traces hears of it."""
    return getattr(left, methods[0])(right) if hasattr(left, "_rule") else getattr(right, methods[1])(left)


def _data(x: Any) -> Any:
    return x.leaving() if hasattr(x, "_rule") else x


def _shaped(x: Any) -> Any:
    return x._data if hasattr(x, "_rule") else x


def _boxed(x: Any) -> Any:
    """A value as an object array of no axes, so that NumPy pairs it with every element."""
    if isinstance(x, np.ndarray):
        return x
    box = np.empty((), object)
    box[()] = x
    return box


def over_objects(record: Any, error: TypeError, op: Op, *operands: Any, **parameters: Any) -> Any:
    """An operation on an object array of values: element by element, as NumPy has it with the array on the left.

    Anything else that is no number raises `error`.
    """
    if not op.elementwise or not any(isinstance(x, np.ndarray) and x.dtype == object for x in operands):
        raise error
    try:
        return np.frompyfunc(lambda *elements: record(op, *elements, **parameters), len(operands), 1)(*operands)
    except TypeError as inner:
        raise inner from None


def apply_function(function: Any, operands: Any, options: Any) -> Any:
    """Record one of NumPy's array functions called on values; shapes are answered from the data."""
    name = function.__name__
    if name in _ANSWERED:
        data = _shaped if name in _OF_SHAPES else _data
        return function(*map(data, operands), **{key: data(given) for key, given in options.items()})
    if name in _REARRANGED and operands and hasattr(operands[0], "_rule"):
        return _rearranged(function, *operands, **options)
    name = _RENAMED.get(name, name)
    if name not in _FUNCTIONS:
        raise _refused(function)
    alike, ours = _in_common(function, name)
    if len(operands) > alike or not ours.issuperset(options):
        operands, options = _translated(function, ours, operands, options)
    return RECORDED[name](*operands, **options)


@cache
def _in_common(function: Any, name: str) -> tuple[int, frozenset[str]]:
    """How many parameters may be given by position to both NumPy's function and ours, and the names of all of ours."""
    ours, theirs = list(signature(RECORDED[name]).parameters), list(_signature(function).parameters)
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(ours[1:], theirs[1:], strict=False))
    return 1 + sum(1 for _ in alike), frozenset(ours[1:])


def _signature(function: Any) -> Signature:
    """The parameters of one of NumPy's functions; those written in C do not say."""
    try:
        return signature(function)
    except ValueError:
        return signature(_WRITTEN_IN_C[function.__name__])


_WRITTEN_IN_C: dict[str, Callable[..., None]] = {
    "where": lambda condition, x=None, y=None: None,
    "concatenate": lambda arrays, axis=0, out=None, *, dtype=None, casting="same_kind": None,
    "dot": lambda a, b, out=None: None,
}


def _translated(function: Any, ours: frozenset[str], operands: Any, options: Any) -> tuple[Any, dict[str, Any]]:
    """NumPy's arguments as ours: those that only repeat a default are left out, those that we lack are refused."""
    theirs = _signature(function)
    try:
        first, *given = theirs.bind(*operands, **options).arguments.items()
    except TypeError:
        raise _refused(function, options=options) from None
    named: dict[str, Any] = {}
    for name, argument in given:
        if theirs.parameters[name].kind is Parameter.VAR_KEYWORD:
            named |= argument
        elif argument is not theirs.parameters[name].default:
            named[name] = argument
    if lacking := named.keys() - ours:
        raise _refused(function, options=sorted(lacking))
    return (first[1],), named


def _rearranged(function: Any, v: Any, *others: Any, **options: Any) -> Any:
    """What only moves numbers about is asked where each of them goes."""
    places = np.arange(v.size).reshape(v.shape)
    return RECORDED["ravel"](v)[function(places, *others, **options)]


def _refused(function: Any, method: str = "__call__", options: Any = ()) -> TypeError:
    """The error for a NumPy function, or a way to call one, that the table does not know."""
    module = getattr(function, "__module__", None)
    name = ("linalg." if module == "numpy.linalg" else "fft." if module == "numpy.fft" else "") + function.__name__
    name += "" if method == "__call__" else f".{method}"
    given = " with " + ", ".join(f"{option}=" for option in options) if options else ""
    instead = f"autograd_tiny.{_INSTEAD[name]}" if name in _INSTEAD else "operations of autograd_tiny"
    remedy = "leave that out" if options and method == "__call__" else f"write it with {instead}"
    return TypeError(f"numpy.{name}{given} does not record a gradient; {remedy}, or use v.data for numbers")


def asker(frame: Any) -> str:
    """Who asks a value for its float: "store", NumPy that puts it into an array; a function of `math`; "" anybody else.

    NumPy offers no other way to be refused, so the instruction that runs in the caller's `frame` is looked at.
    """
    return _asker(frame.f_code, frame.f_lasti)


@lru_cache(4096)
def _asker(code: Any, offset: int) -> str:
    before, name = [], ""
    for instruction in dis.get_instructions(code):
        if instruction.offset == offset:
            break
        before.append(instruction)
    else:
        return name
    if instruction.opname in ("STORE_SUBSCR", "STORE_SLICE"):
        return "store"
    if instruction.opname.startswith("CALL"):
        name = _called(instruction, before)
    known = name in TABLE and hasattr(math, name) and not TABLE[name].is_step
    return "store" if name in _STORING else name if known else ""


def _called(call: Any, before: list[Any]) -> str:
    """The name of the function that an instruction calls: what was loaded last from where the call's text begins."""
    where = call.positions
    loads = (x for x in reversed(before) if x.opname.startswith("LOAD_") and isinstance(x.argval, str))
    if where is None or where.lineno is None:
        return ""
    begin = (where.lineno, where.col_offset)
    return next((x.argval for x in loads if (x.positions.lineno, x.positions.col_offset) == begin), "")
