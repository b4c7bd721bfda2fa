"""The operations as functions, under NumPy's and PyTorch's names: each accepts values and plain numbers alike.

Primitive ones are lines of the table; the others are written from them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_tiny import numpy_functions, shapes
from autograd_tiny.behaviour import sections
from autograd_tiny.comparisons import Answer
from autograd_tiny.compiling import arguments
from autograd_tiny.data import as_data
from autograd_tiny.errors import ShapeError, messages
from autograd_tiny.errors.arguments import annotated
from autograd_tiny.scopes import questions
from autograd_tiny.shapes import Axis, Shape
from autograd_tiny.table import TABLE, Op
from autograd_tiny.value import Operand, Value, compute, record, recorded, recorder
from autograd_tiny.value import value as value
from autograd_tiny.words import indexing
from autograd_tiny.words.texts import define
from autograd_tiny.words.words import word

_IMPORTED = frozenset(globals()) | {"apply"}

if TYPE_CHECKING:  # the operations of the table, by all their names

    def __getattr__(name: str) -> Callable[..., Value]: ...


def apply(name: str, *operands: Any, **parameters: Any) -> Value:
    """Apply operation `name` to values or numbers and record it."""
    return recorder(name)(*operands, **parameters)


def _function(op: Op) -> Callable[..., Value]:
    """An operation of the table as a function, its parameters with their defaults."""
    if not op.parameters:
        return recorder(op.name)
    letters = [f"{letter}: Operand" for letter in arguments(op)]
    letters += [f"{name}: float = {default}" for name, default in zip(op.parameters, op.defaults, strict=True)]
    given = ", ".join([*arguments(op), *(f"{name}=float({name})" for name in op.parameters)])
    source = f"def {op.name}({', '.join(letters)}):\n    return record(op, {given})\n"
    function = define(op.name, source, {"record": record, "op": op, "Operand": Operand})
    function.__doc__, function.__module__ = op.description, __name__
    return annotated(function)


# What takes further parameters that have no defaults gets a function below.
for _op in TABLE.values():
    if len(_op.parameters) == len(_op.defaults):
        globals().update(dict.fromkeys((_op.name, *word(_op.name).names.split()), _function(_op)))


def clip(x: Operand, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Value:
    """Limit x to [a_min, a_max], also called min and max; no gradient flows where it is limited, edges included.

    Where a_min > a_max it is a_max, as in NumPy. Bounds that are Values receive the gradient where they limit: then it
    is minimum(maximum(x, a_min), a_max).
    """
    return value(x).clip(a_min if min is None else min, a_max if max is None else max)  # type: ignore[no-any-return]


@annotated
def split(ary: Operand, indices_or_sections: int | Sequence[int], axis: int = 0) -> list[Value]:
    """A value cut along an axis, as `numpy.split`: into so many equal parts, or at the places given.

    ShapeError if equal parts do not come out even.

    >>> [part.data for part in split([1.0, 2.0, 3.0, 4.0], 2)]
    [array([1., 2.]), array([3., 4.])]
    """
    places = indices_or_sections if isinstance(indices_or_sections, int) else tuple(indices_or_sections)
    return sections(value(ary), places, axis)


def sum(x: Operand, axis: Axis = None, keepdims: bool = False) -> Value:
    """The sum over `axis` (None: over everything)."""
    return value(x).sum(axis, keepdims)


def mean(x: Operand, axis: Axis = None, keepdims: bool = False) -> Value:
    """The mean over `axis` (None: over everything)."""
    return value(x).mean(axis, keepdims)


def max(x: Operand, axis: Axis = None, keepdims: bool = False) -> Value:
    """The maximum over `axis`; n equal winners receive 1/n of the gradient each."""
    return value(x).max(axis, keepdims)


def min(x: Operand, axis: Axis = None, keepdims: bool = False) -> Value:
    """The minimum over `axis`: −max(−x).

    >>> x = Value([3.0, 1.0, 2.0], "x")
    >>> min(x).backward()
    >>> x.grad
    array([0., 1., 0.])
    """
    return -max(-value(x), axis, keepdims)


@annotated
def reshape(x: Operand, shape: int | Shape) -> Value:
    """The same numbers in another shape; one size may be −1."""
    return value(x).reshape(shape)


@annotated
def transpose(x: Operand, axes: Sequence[int] | None = None) -> Value:
    """The axes permuted; reversed if none are given."""
    return value(x).transpose(*(axes or ()))


@annotated
def swapaxes(x: Operand, axis1: int, axis2: int) -> Value:
    """Two axes exchanged.

    >>> swapaxes(np.zeros((2, 3, 4)), 0, 2).shape
    (4, 3, 2)
    """
    return value(x).swapaxes(axis1, axis2)


@annotated
def broadcast_to(x: Operand, shape: int | Shape) -> Value:
    """The value x repeated to `shape` by NumPy's rules of broadcasting.

    >>> broadcast_to([1.0, 2.0], (2, 2)).data
    array([[1., 2.],
           [1., 2.]])
    """
    target = (shape,) if isinstance(shape, int) else tuple(shape)
    return value(x) if value(x).shape == target else record(TABLE["broadcast"], x, shape=target)


@annotated
def expand_dims(x: Operand, axis: int) -> Value:
    """A new axis of size 1 at `axis`.

    >>> expand_dims([1.0, 2.0], 1).shape
    (2, 1)
    """
    return value(x).reshape(np.expand_dims(value(x)._data, axis).shape)


@annotated
def squeeze(x: Operand, axis: Axis = None) -> Value:
    """Without the axes of size 1 (or without `axis`, which must be one of them).

    >>> squeeze([[1.0, 2.0]]).shape
    (2,)
    """
    shape = value(x).shape
    axes = shapes.axes_of(len(shape), axis) if axis is not None else [k for k, n in enumerate(shape) if n == 1]
    if any(shape[k] != 1 for k in axes):
        raise ShapeError(f"squeeze: {shape}: axis {axis} has more than one number along it; it can only be summed away")
    return value(x).reshape([n for k, n in enumerate(shape) if k not in axes])


def ravel(x: Operand) -> Value:
    """All numbers in one row.

    >>> ravel([[1.0, 2.0], [3.0, 4.0]]).data
    array([1., 2., 3., 4.])
    """
    return value(x).reshape(-1)


@annotated
def take(x: Operand, indices: Any, axis: int | None = None) -> Value:
    """The parts of `x` that `indices` names along `axis` (None: in the raveled x); repeats add up their gradients."""
    if axis is None:
        return ravel(x)[indices]
    return value(x)[(slice(None),) * shapes.axes_of(value(x).ndim, axis)[0] + (np.asarray(indices),)]


@annotated
def scatter(x: Operand, index: Any, shape: Shape) -> Value:
    """Zeros of `shape` with `x` added at `index`: the reverse of indexing."""
    return record(TABLE["scatter"], x, index=indexing.plain_index(index), shape=tuple(shape))


@annotated
def stack(arrays: Sequence[Operand], axis: int = 0) -> Value:
    """Values of one shape joined along a new axis."""
    return apply("stack", *arrays, axis=axis)


@annotated
def concatenate(arrays: Sequence[Operand], axis: int | None = 0) -> Value:
    """Values joined along an axis they have; all numbers in one row if it is None."""
    if axis is None:
        return concatenate([ravel(x) for x in arrays])
    return apply("concatenate", *arrays, axis=axis)


@annotated
def vstack(arrays: Sequence[Operand]) -> Value:
    """Rows (or matrices) joined from top to bottom.

    >>> vstack([[1.0, 2.0], [3.0, 4.0]]).shape
    (2, 2)
    """
    return concatenate([value(x).reshape(1, -1) if value(x).ndim < 2 else value(x) for x in arrays], 0)


@annotated
def hstack(arrays: Sequence[Operand]) -> Value:
    """Vectors (or matrices) joined from left to right.

    >>> hstack([[1.0, 2.0], [3.0, 4.0]]).data
    array([1., 2., 3., 4.])
    """
    parts = [value(x).reshape(1) if value(x).ndim == 0 else value(x) for x in arrays]
    return concatenate(parts, 1 if parts and parts[0].ndim > 1 else 0)


def logsumexp(x: Operand, axis: Axis = None, keepdims: bool = False) -> Value:
    """The logarithm of Σ exp(x), computed from differences to the maximum, so that nothing overflows."""
    return apply("logsumexp", x, axis, keepdims)


# Functions written from primitive operations: their derivatives follow from those of what they are made of ------------


@annotated
def var(x: Operand, axis: Axis = None, *, ddof: float = 0, keepdims: bool = False) -> Value:
    """The variance over `axis`: squared distances from the mean, their sum divided by n − ddof.

    DomainError where n − ddof is not positive: NumPy warns there and gives ∞ or NaN.

    >>> var([1.0, 2.0, 3.0], ddof=1).data
    1.0
    """
    away = value(x) - value(x).mean(axis, keepdims=True)
    n = math.prod(away.shape[k] for k in shapes.axes_of(away.ndim, axis))
    if n <= ddof and away.size:
        raise messages.too_few(n, ddof)
    spread: Value = (away * away).sum(axis, keepdims) / (n - ddof)
    return spread


@annotated
def std(x: Operand, axis: Axis = None, *, ddof: float = 0, keepdims: bool = False) -> Value:
    """The standard deviation over `axis`: the square root of the variance; its slope where all are equal is 0.

    >>> std([1.0, 1.0, 3.0, 3.0]).data
    1.0
    """
    return _length(var(x, axis, ddof=ddof, keepdims=keepdims))


def dot(a: Operand, b: Operand) -> Value:
    """The inner product of vectors, the product of matrices; with a scalar, plain multiplication.

    Of more axes, as in NumPy, the sum over the last of `a` and the last but one of `b`; the others stay, a's first.

    >>> dot([1.0, 2.0], [3.0, 4.0]).data
    11.0
    """
    x, y = value(a), value(b)
    if y.ndim < 3 or not x.ndim:
        product: Value = x @ y if x.ndim and y.ndim else x * y
        return product
    others = (*y.shape[:-2], y.shape[-1])
    columns = y.transpose(y.ndim - 2, *range(y.ndim - 2), y.ndim - 1).reshape(y.shape[-2], math.prod(others))
    summed: Value = (x @ columns).reshape(*x.shape[:-1], *others)
    return summed


def outer(a: Operand, b: Operand) -> Value:
    """A bᵀ: every element of `a` times every element of `b`, shape (len(a), len(b)).

    >>> outer([1.0, 2.0], [3.0, 4.0]).data
    array([[3., 4.],
           [6., 8.]])
    """
    product: Value = value(a).reshape(-1, 1) * value(b).ravel()
    return product


@annotated
def _norm(x: Operand, axis: Axis = None, keepdims: bool = False) -> Value:
    """The Euclidean length √Σx²; its slope at the zero vector, where it has a kink, is 0.

    >>> x = Value([3.0, 4.0], "x")
    >>> norm(x).backward()
    >>> x.grad
    array([0.6, 0.8])
    """
    return _length((value(x) * x).sum(axis, keepdims))


def _length(square: Value) -> Value:
    """√square, where the square cannot be negative: at 0 the smallest of the slopes that fit a length there is 0."""
    if questions() is None and np.all(square._data):
        return square.sqrt()
    zero = square == 0
    return where(zero, 0.0, where(zero, 1.0, square).sqrt())


@annotated
def softmax(x: Operand, axis: int = -1) -> Value:
    """exp(x) / Σ exp(x) along `axis`: positive numbers that sum to 1.

    >>> softmax([0.0, 0.0]).data
    array([0.5, 0.5])
    """
    if questions() is not None:  # a program must find the maximum anew: logsumexp does
        return log_softmax(x, axis).exp()
    e = (value(x) - as_data(np.max(value(x)._data, axis, keepdims=True, initial=-np.inf))).exp()
    shares: Value = e / e.sum(axis, keepdims=True)
    return shares


@annotated
def log_softmax(x: Operand, axis: int = -1) -> Value:
    """Log softmax(x), without overflow and without log 0.

    >>> log_softmax([0.0, -1000.0]).data
    array([    0., -1000.])
    """
    logs: Value = value(x) - apply("logsumexp", x, axis, True)
    return logs


# Functions of each number, written from primitive operations ----------------------------------------------------------


def square(x: Operand) -> Value:
    """X².

    >>> square(3.0).data
    9.0
    """
    return value(x) ** 2


def reciprocal(x: Operand) -> Value:
    """1 / x.

    >>> reciprocal(4.0).data
    0.25
    """
    return 1.0 / value(x)


def deg2rad(x: Operand) -> Value:
    """Degrees as radians.

    >>> deg2rad(180.0).data
    3.141592653589793
    """
    return value(x) * (math.pi / 180.0)


def rad2deg(x: Operand) -> Value:
    """Radians as degrees.

    >>> rad2deg(np.pi).data
    180.0
    """
    return value(x) * (180.0 / math.pi)


@annotated
def gelu(x: Operand, approximate: str = "none") -> Value:
    """x · Φ(x), with the normal distribution Φ; approximate="tanh" is PyTorch's: x · σ(√(8/π) (x + 0.044715 x³)).

    >>> gelu(1.0, "tanh").data
    0.8411919906082768
    """
    if approximate not in ("none", "tanh"):
        raise ValueError(f"gelu: approximate={approximate!r}; it is one of none, tanh")
    return apply("gelu" if approximate == "none" else "gelu_tanh", x)


@annotated
def round(x: Operand, decimals: int = 0) -> Value:
    """The nearest number of so many decimals, the even one of two that are equally near, as `numpy.round`; slope 0.

    >>> round([0.5, 1.5, 2.5]).data
    array([0., 2., 2.])
    """
    scale = 10.0**decimals
    return apply("round", value(x) * scale) / scale if decimals else apply("round", x)


@annotated
def nan_to_num(x: Operand, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Value:
    """Replace NaN and infinities in x, these by the largest floats if nothing is said; nothing flows back there.

    >>> nan_to_num([1.0, np.nan], nan=5.0).data
    array([1., 5.])
    """
    v = value(x)
    largest = float(np.finfo(v.dtype if v.ndim else float).max)
    v = where(v <= np.inf, v, nan)  # which NaN is not
    v = where(v > largest, largest if posinf is None else posinf, v)
    return where(v < -largest, -largest if neginf is None else neginf, v)


@annotated
def glu(x: Operand, axis: int = -1) -> Value:
    """The first half along `axis`, gated by the second: a · σ(b). ShapeError if there are no halves.

    >>> glu([3.0, 0.0]).data
    array([1.5])
    """
    a, b = sections(value(x), 2, axis)
    gated: Value = a * apply("sigmoid", b)
    return gated


@annotated
def softmin(x: Operand, axis: int = -1) -> Value:
    """exp(−x) / Σ exp(−x) along `axis`.

    >>> softmin([0.0, 0.0]).data
    array([0.5, 0.5])
    """
    return softmax(-value(x), axis)


radians, degrees, around = deg2rad, rad2deg, round  # NumPy's other names

# Choices: one value or another, element by element, as a condition says -----------------------------------------------


def where(condition: Any, x: Operand, y: Operand) -> Value:
    """The numbers of x where the condition holds, else those of y; the condition (booleans) receives no gradient."""
    if condition.__class__ is Answer:
        return _following(condition, x, y)
    chosen = np.array(condition._data if isinstance(condition, Value) else condition, bool)
    return record(TABLE["where"], x, y, condition=chosen if chosen.ndim else bool(chosen))


def _following(answer: Answer, x: Operand, y: Operand) -> Value:
    """A choice that a program makes anew; recorded even between constants."""
    op, inputs, parameters = TABLE["where"], (value(x), value(y)), {"condition": answer.number}
    tracked = tuple(k for k, v in enumerate(inputs) if not v.is_constant)
    z = recorded(op, inputs, compute(op, inputs, parameters), tracked, parameters)
    if (asked := questions()) is not None:
        asked.choices[z] = answer
    return z


# By name: the operations of the table, and what is written from them; Python's own names among them.
OFFERED = {name: f for name, f in globals().items() if callable(f) and name[0] != "_" and name not in _IMPORTED}

numpy_functions.RECORDED.update(OFFERED)
