"""How a value behaves among Python's and NumPy's own things: printing, comparing, converting, copying."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from operator import eq, ge, gt, le, lt, ne
from typing import Any

import numpy as np

from autograd_tiny import archive, display, protocols, refusals
from autograd_tiny.answers import Answer
from autograd_tiny.recorders import known
from autograd_tiny.scopes import questions


class Manners:
    """The parts of `Value` that are not mathematics."""

    __slots__ = ()

    _data: Any
    label: str
    _grad: Any
    has_grad: Any

    def __repr__(self) -> str:
        shown = [f"data={_shown(self._data)}"]
        shown += [f"grad={_shown(self._grad)}"] if self.has_grad else []
        shown += [f"label={_shortened(str(self.label))!r}"] if self.label else []
        return f"{type(self).__name__}({', '.join(shown)})"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return display.bundle(self)

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec else repr(self)

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
        if _follows(self) and (asker := protocols.asker(sys._getframe(1))):
            raise refusals.into_storage(self) if asker == "store" else refusals.plain_function(asker, self)
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
        return known("rows")(self)  # type: ignore[no-any-return]

    def __contains__(self, number: Any) -> bool:
        return bool(np.any(_answer(self, "==", number)))

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any, **options: Any) -> Any:
        return protocols.apply_ufunc(ufunc, method, operands, options)

    def __array_function__(self, function: Any, types: Any, operands: Any, options: Any) -> Any:
        return protocols.apply_function(function, operands, options)

    def __copy__(self) -> Any:
        return archive.shallow_copy(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return archive.deep_copy(self, memo)

    def __reduce__(self) -> Any:
        return archive.flattened(self)


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
    return other._data if isinstance(other, Manners) else other


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
