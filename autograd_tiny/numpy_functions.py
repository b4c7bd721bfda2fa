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

from autograd_tiny.errors import BoundsError
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
    "flip", "fliplr", "flipud", "roll", "rot90", "repeat", "tile", "diagonal",
    "atleast_1d", "atleast_2d", "atleast_3d", "delete", "take_along_axis", "resize", "compress", "extract",
    "rollaxis", "trim_zeros",
}  # fmt: skip
# Which functions and methods of NumPy turn what they are given into an array of numbers, without asking a value first.
_STORING = {
    "array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray", "astype", "fill", "full", "fromiter",
    "frombuffer", "put", "itemset", "setfield",
}  # fmt: skip
_RENAMED = {
    "amax": "max", "amin": "min", "permute_dims": "transpose", "concat": "concatenate", "row_stack": "vstack",
}  # fmt: skip
# What a ufunc takes together along an axis, and what it gives on the way.
_ALONG = {
    "add": ("sum", "cumsum"), "multiply": ("prod", "cumprod"), "maximum": ("max", "cummax"),
    "minimum": ("min", "cummin"), "logaddexp": ("logsumexp", "logcumsumexp"),
}  # fmt: skip
_AS_GIVEN = {"einsum", "gradient"}  # whose own arguments are as NumPy's
# What has no derivative, or 0 wherever it has one, is answered from the data in plain numbers.
_ANSWERED = {
    "shape", "ndim", "size", "argmax", "argmin", "argsort", "any", "all", "isclose", "allclose", "array_equal",
    "zeros_like", "ones_like", "full_like", "count_nonzero", "nonzero", "unique", "searchsorted", "array_repr",
    "array_str",
}  # fmt: skip
_OF_SHAPES = {"shape", "ndim", "size", "zeros_like", "ones_like"}
# What records in place of NumPy's functions that do not.
_INSTEAD = {
    "add.at": "scatter", "select": "where", "choose": "where", "piecewise": "where",
    "linalg.qr": "linalg.cholesky", "linalg.lstsq": "linalg.pinv", "linalg.eig": "linalg.eigh",
    "linalg.eigvals": "linalg.eigvalsh", "linalg.cond": "linalg.svdvals", "linalg.tensorinv": "linalg.inv",
    "linalg.tensorsolve": "linalg.solve", "insert": "concatenate", "block": "concatenate",
    "convolve": "nn.conv", "correlate": "nn.conv", "cov": "var", "corrcoef": "var", "interp": "where",
    "nansum": "where", "nanmean": "where", "nanvar": "where", "nanstd": "where", "nanprod": "where",
    "nanmax": "where", "nanmin": "where", "unstack": "split", "apply_along_axis": "stack", "trapezoid": "sum",
}  # fmt: skip


def record_as(*functions: Callable[..., Any]) -> None:
    """Let NumPy's functions of these names record: ours have the same meaning and parameters."""
    RECORDED.update({f.__name__: f for f in functions})
    _FUNCTIONS.update(f.__name__ for f in functions)


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
    if method in ("reduce", "accumulate") and ufunc.__name__ in _ALONG:
        return _taken_along(ufunc, method, *operands, **options)
    if method == "outer" and not options:
        left, right = operands
        return ufunc(RECORDED["reshape"](left, (*np.shape(left), *(1 for _ in np.shape(right)))), right)
    raise _refused(ufunc, method, options)


def _taken_along(ufunc: Any, method: str, array: Any, axis: Any = 0, dtype: Any = None, out: Any = None, *rest: Any,
                 **options: Any) -> Any:  # fmt: skip
    """`np.add.reduce` and its like, as functions; their axis is the first if none is given."""
    given = {"dtype": dtype, "out": out, **dict(zip(("keepdims", "initial", "where"), rest, strict=False)), **options}
    given = {name: x for name, x in given.items() if x is not None}
    total, running = _ALONG[ufunc.__name__]
    if given.keys() - ({"keepdims"} if method == "reduce" else set()):
        raise _refused(ufunc, method, sorted(given))
    return RECORDED[total if method == "reduce" else running](array, axis=axis, **given)


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
        return rearranged(function, *operands, **options)
    if name == "matrix_transpose":
        return RECORDED["swapaxes"](*operands, -1, -2)
    name = _RENAMED.get(name, name)
    if name not in _FUNCTIONS:
        raise _refused(function)
    if function is np.linalg.trace:
        return RECORDED["trace"](operands[0], options.get("offset", 0), -2, -1)
    if name in _AS_GIVEN:
        lacking = {key: given for key, given in options.items() if given is not None} if name == "einsum" else {}
        if lacking.keys() - {"optimize"}:
            raise _refused(function, options=sorted(lacking.keys() - {"optimize"}))
        return RECORDED[name](
            *operands, **{key: given for key, given in options.items() if key in ("axis", "optimize")}
        )
    alike, ours = _in_common(function, name)
    if function.__module__ == "numpy.linalg" and ours.issuperset(options):  # whose arrays have no names
        return RECORDED[name](*operands, **options)
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
        return signature(_WRITTEN_IN_C.get(function.__name__, RECORDED[function.__name__]))


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


def rearranged(function: Any, v: Any, *others: Any, **options: Any) -> Any:
    """What only moves numbers about is asked where each of them goes; several arrays come as a list of values."""
    if any(hasattr(x, "_rule") for x in (*others, *options.values())):
        raise TypeError(f"{function.__name__}: a Value among the arguments; places are plain numbers, as in v.data")
    rows = RECORDED["ravel"](v)
    places = np.arange(rows.size).reshape(v.shape if hasattr(v, "_rule") else np.shape(v))
    try:
        found = function(places, *others, **options)
    except (ValueError, IndexError, OverflowError, MemoryError) as error:
        raise BoundsError(f"{function.__name__}: {places.shape}: {error}") from None
    except (TypeError, AttributeError, KeyError) as error:
        raise TypeError(f"{function.__name__}: {places.shape}: {error}") from None
    return [rows[each] for each in found] if isinstance(found, list | tuple) else rows[found]


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
