"""How a value behaves among Python's and NumPy's own things: it prints, compares, converts, has parts and sums."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Self

import numpy as np

from autograd_tiny import numpy_functions, shapes
from autograd_tiny.arrays.methods import ArrayMethods
from autograd_tiny.comparisons import Answer
from autograd_tiny.data import owned
from autograd_tiny.errors import messages
from autograd_tiny.scopes import questions
from autograd_tiny.words import indexing


def rows(x: Any, reverse: bool = False) -> Iterator[Any]:
    """x[0], x[1] …, or from the end, each recorded when its turn comes: what a loop over a value gives."""
    return (x[k] for k in range(len(x))[:: -1 if reverse else 1])


def sections(x: Any, places: int | tuple[int, ...], axis: int) -> list[Any]:
    """A value cut along an axis: into so many equal parts, or at these places."""
    return [x[index] for index in indexing.cuts(places, x.shape, axis)]


class Behaviour(ArrayMethods):
    """How a `Value` prints, compares and converts, its shape, its parts and its sums."""

    __slots__ = ()

    _data: Any
    _label: str
    _grad: Any
    has_grad: Any
    _record: Callable[..., Self]  # records an operation of the table on this value

    def __repr__(self) -> str:
        shown = [f"data={_shown(self._data)}"]
        shown += [f"grad={_shown(self._grad)}"] if self.has_grad else []
        shown += [f"label={_shortened(str(self.label))!r}"] if self.label else []
        return f"{type(self).__name__}({', '.join(shown)})"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return bundle(self)

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec else repr(self)

    @property
    def label(self) -> str:
        """The name in pictures, formulas and errors; whatever is assigned becomes text, None none."""
        return self._label

    @label.setter
    def label(self, label: Any) -> None:
        self._label = as_text(label)  # type: ignore[misc]  # a slot of Value

    # Comparisons compare data; equality of identity is `is`, and hashing goes by identity.

    def __lt__(self, other: Any) -> Any:
        return _answer(self, "<", other)

    def __le__(self, other: Any) -> Any:
        return _answer(self, "<=", other)

    def __gt__(self, other: Any) -> Any:
        return _answer(self, ">", other)

    def __ge__(self, other: Any) -> Any:
        return _answer(self, ">=", other)

    def __eq__(self, other: object) -> Any:
        return _answer(self, "==", other)

    def __ne__(self, other: object) -> Any:
        return _answer(self, "!=", other)

    __hash__ = object.__hash__

    def leaving(self) -> Any:
        """The data, for whoever computes with it outside the graph: a program is right only where it is the same."""
        if questions() is not None and _follows(self):
            Answer(self._data == self._data, "{0} == {1}", (self, self._data)).guarded()
        return self._data

    def __bool__(self) -> bool:
        return bool(_answer(self, "!=", 0.0))

    def __float__(self) -> float:
        if _follows(self) and (asker := numpy_functions.asker(sys._getframe(1))):
            raise messages.into_storage(self) if asker == "store" else messages.plain_function(asker, self)
        return float(self.leaving())

    def __int__(self) -> int:
        return int(self.leaving())

    def __round__(self, digits: int | None = None) -> Any:
        return round(float(self.leaving()), digits)

    def item(self) -> float:
        """The one number of this value as a float."""
        return float(np.asarray(self.leaving()).item())

    def __len__(self) -> int:
        if self._data.__class__ is float:
            raise TypeError("len: a scalar Value has no length")
        return len(self._data)

    def __iter__(self) -> Iterator[Any]:
        if self._data.__class__ is float:
            raise messages.not_iterable(self)
        return rows(self)

    def __contains__(self, number: Any) -> bool:
        return bool(np.any(_answer(self, "==", number)))

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any, **options: Any) -> Any:
        return numpy_functions.apply_ufunc(ufunc, method, operands, options)

    def __array_function__(self, function: Any, types: Any, operands: Any, options: Any) -> Any:
        return numpy_functions.apply_function(function, operands, options)

    def __pos__(self) -> Self:
        return self

    conjugate = __pos__  # asked for by np.var of an object array

    # The same numbers in another shape or order, and parts of them: names and meanings are NumPy's.

    shape = property(lambda self: () if self._data.__class__ is float else self._data.shape)
    ndim = property(lambda self: 0 if self._data.__class__ is float else self._data.ndim)
    size = property(lambda self: 1 if self._data.__class__ is float else self._data.size)
    # A float has no dtype: if it had, NumPy would make floats of the values in np.mean([v, w]).
    dtype = property(lambda self: self._data.dtype)

    def ravel(self) -> Self:
        """All numbers in one row."""
        return self.reshape(-1)

    flatten = ravel

    def reshape(self, *shape: Any) -> Self:
        """The same numbers in another shape, as `numpy.reshape`; one size may be −1."""
        target = shapes.resolved(shape[0] if len(shape) == 1 else shape, self)
        return self if target == self.shape else self._record("reshape", shape=target)

    def transpose(self, *axes: Any) -> Self:
        """The axes permuted (default: reversed), as `numpy.transpose`."""
        chosen = axes[0] if len(axes) == 1 and isinstance(axes[0], tuple | list) else axes
        order = shapes.axes_of(self.ndim, tuple(chosen) or tuple(reversed(range(self.ndim))))
        return self if self.ndim < 2 else self._record("transpose", axes=order)

    def swapaxes(self, a: int, b: int) -> Self:
        """Two axes exchanged, as `numpy.swapaxes`."""
        order = list(range(self.ndim))
        (a,), (b,) = shapes.axes_of(self.ndim, a), shapes.axes_of(self.ndim, b)
        order[a], order[b] = order[b], order[a]
        return self.transpose(*order)

    @property
    def T(self) -> Self:
        """The transpose: axes reversed."""
        return self._record("transpose", axes=(1, 0)) if self.ndim == 2 else self.transpose()

    def __setitem__(self, index: Any, number: Any) -> None:
        raise messages.no_items(self)

    def __getitem__(self, index: Any) -> Self:
        return self._record("take", index=indexing.plain_index(index))

    # Several numbers taken together, and limited.

    def sum(self, axis: shapes.Axis = None, keepdims: bool = False) -> Self:
        """The sum over `axis` (None: over everything), as `numpy.sum`."""
        return self._record("sum", axis=axis, keepdims=keepdims)

    def mean(self, axis: shapes.Axis = None, keepdims: bool = False) -> Self:
        """The mean over `axis` (None: over everything), as `numpy.mean`."""
        return self._record("mean", axis=axis, keepdims=keepdims)

    def max(self, axis: shapes.Axis = None, keepdims: bool = False) -> Self:
        """The maximum over `axis`; where n numbers are equal winners, each receives 1/n of the gradient."""
        return self._record("max", axis=axis, keepdims=keepdims)

    def min(self, axis: shapes.Axis = None, keepdims: bool = False) -> Self:
        """The minimum over `axis`: −max(−self)."""
        return self._record("neg").max(axis, keepdims)._record("neg")

    def clip(self, min: Any = None, max: Any = None) -> Any:
        """Limited to [min, max]; no gradient flows where it is limited, edges included.

        Bounds that are Values receive the gradient where they limit: then it is minimum(maximum(self, min), max).
        """
        low, high = (b._data if getattr(b, "is_constant", False) else b for b in (min, max))
        if isinstance(low, Behaviour) or isinstance(high, Behaviour):
            raised = self if low is None else self._record("maximum", low)
            return raised if high is None else raised._record("minimum", high)
        low, high = -np.inf if low is None else low, np.inf if high is None else high
        return self._record("clip", low=owned(low), high=owned(high))


def as_text(label: Any) -> str:
    """A label as it is kept."""
    return "" if label is None else str(label)


_COMPARISONS = {"<": lt, "<=": le, ">": gt, ">=": ge, "==": eq, "!=": ne}


def _answer(v: Any, sign: str, other: Any) -> Any:
    """Compare the data; whoever traces wants to know what was asked, because a branch may follow from it."""
    answer = _COMPARISONS[sign](v._data, _number(other))
    if questions() is None or answer is NotImplemented or not (_follows(v) or _follows(other)):
        return answer
    return Answer(answer, f"{{0}} {sign} {{1}}", (v, other))


def _follows(x: Any) -> bool:
    return not getattr(x, "is_constant", True)


def _number(other: Any) -> Any:
    return other._data if isinstance(other, Behaviour) else other


def _shortened(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _shown(number: Any) -> str:
    """A float as Python prints it; an array on one line, long ones shortened in the middle."""
    if not isinstance(number, np.ndarray):
        return repr(number)
    edge = 2 if number.ndim < 3 else 1
    text = np.array2string(number, precision=4, threshold=12, edgeitems=edge, separator=", ")
    suffix = "" if number.size <= 12 else f", shape={number.shape}"
    return _shortened(" ".join(text.split()), 240) + suffix


# How a notebook shows a value: with the face that an installed package of pictures offers, else as text ---------------


Face = Callable[[Any], Mapping[str, str] | None]


@cache
def faces() -> tuple[Face, ...]:
    """The functions from a value to its pictures that packages name in the group `autograd_tiny.display`."""
    from importlib.metadata import entry_points  # which takes longer than the engine's own files

    return tuple(point.load() for point in entry_points(group="autograd_tiny.display"))


def picture(value: Any) -> Mapping[str, str]:
    """The value's picture by MIME type; nothing where no package draws, or where the graph reads better as text."""
    return next((shown for face in faces() if (shown := face(value))), {})


def bundle(value: Any) -> dict[str, str]:
    """What IPython shows: the circuit where there is one, the text everywhere else."""
    return {"text/plain": repr(value), **picture(value)}
