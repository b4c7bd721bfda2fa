"""Literals: numbers, arrays and indices as Python text that NumPy evaluates to the same again."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

MOST = 64  # numbers of an array that is written out; a larger one goes by a name
NAMES = frozenset(
    "array zeros slice nan inf True False None bool float32 int8 int16 int32 uint8".split()
)  # what they use


def literal(given: Any, names: Mapping[int, str]) -> str:
    """A parameter or constant as Python text; `names` are those of the arrays too large to be written, by id."""
    if isinstance(given, np.ndarray) and given.ndim:
        return names.get(id(given)) or _array(given)
    if isinstance(given, tuple):
        parts = [literal(part, names) for part in given]
        return f"({', '.join(parts)}{',' * (len(parts) == 1)})"
    if isinstance(given, slice):
        ends = [given.start, given.stop] + [given.step] * (given.step is not None)
        return f"slice({', '.join(map(str, ends))})"
    if isinstance(given, np.ndarray | np.generic):
        given = given.item()
    return "..." if given is Ellipsis else decimal(given) if isinstance(given, float) else str(given)


def index(given: Any, names: Mapping[int, str]) -> str:
    """What stands between the brackets of x[…]."""
    parts = given if isinstance(given, tuple) else (given,)
    written = [_cut(part) if isinstance(part, slice) else literal(part, names) for part in parts]
    return ", ".join(written) + "," * (isinstance(given, tuple) and len(parts) == 1) if parts else "()"


def large_arrays(given: Any) -> Iterator[Any]:
    """The arrays in a constant or parameter that are too large to be written out."""
    if isinstance(given, tuple):
        for part in given:
            yield from large_arrays(part)
    elif isinstance(given, np.ndarray) and given.size > MOST:
        yield given


def decimal(c: float) -> str:
    """A number as briefly as it is exact: 2, 0.5, 1e-07, and -0.0, from whose side some functions arrive elsewhere."""
    return str(int(c)) if abs(c) < 1e15 and c == int(c) and not is_minus_zero(c) else repr(float(c))


def is_minus_zero(c: float) -> bool:
    """Whether it is -0.0, which equals 0.0."""
    return c == 0.0 and math.copysign(1.0, c) < 0.0


def _array(x: np.ndarray[Any, Any]) -> str:
    name = "int" if x.dtype == int else x.dtype.name
    kind = "" if x.dtype == float or (x.size and x.dtype in (int, bool)) else f", {name}"
    return f"array({_list(x)}{kind})" if x.size else f"zeros({x.shape}{kind})"


def _list(x: Any) -> str:
    """Nested lists of numbers, each as short as its own precision allows."""
    return f"[{', '.join(map(_list, x))}]" if np.ndim(x) else str(x)


def _cut(part: slice) -> str:
    ends = ["" if end is None else str(end) for end in (part.start, part.stop)]
    return ":".join(ends) + ("" if part.step is None else f":{part.step}")
