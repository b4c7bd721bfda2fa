"""A function of plain arrays, run over Values: its graph, and what it calls its values."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

from autograd_tiny.check.subject import Subject
from autograd_tiny.errors.flags import quiet
from autograd_tiny.value import Value

# Where nobody's own functions are: this package, NumPy, Python's library.
ELSEWHERE = tuple(
    {str(Path(__file__).parents[2]), *(str(Path(str(m.__file__)).parent) for m in (np, os)), "<autograd_tiny"}
)


class Recorded(NamedTuple):
    """A function's graph, its leaves, and what it calls its values."""

    output: Value
    leaves: list[Value]
    names: dict[Value, str]


def recorded(s: Subject, points: Sequence[Any], value: Any) -> Recorded | None:
    """f over Values; None where f is not a function of those.

    A function that gives its gradients, too, may fail on its way back; then its value is among its locals.
    """
    leaves = [Value(x if np.ndim(x) else float(x), name) for x, name in zip(points, s.names, strict=True)]
    names: dict[Value, str] = {}
    output: Any = None
    with _locals_of(s.f, names), suppress(Exception), quiet():  # whatever Values do not do
        output = s.output(s.f(*s.arguments(leaves)))
    if not isinstance(output, Value):
        output = max((v for v in names if v.inputs and _is(v, value)), key=lambda v: v.birth, default=None)
    if output is None or not _is(output, value):
        return None
    return Recorded(output, leaves, names)


@contextmanager
def _locals_of(f: Callable[..., Any], names: dict[Value, str]) -> Iterator[None]:
    """Inside, the names that people's functions give to Values are collected, when these return or fail."""
    code = getattr(f, "__code__", None)
    own: dict[Value, str] = {}

    def returning(frame: FrameType, event: str, _: Any) -> None:
        if event == "return" and not frame.f_code.co_filename.startswith(ELSEWHERE):
            into = own if frame.f_code is code else names
            for name, x in frame.f_locals.items():
                items = x.items() if isinstance(x, dict) else enumerate(x) if isinstance(x, list) else ()
                into.update({v: f"{name}[t]" for key, v in items if isinstance(v, Value) and isinstance(key, int)})
                if isinstance(x, Value):
                    into[x] = name

    before = sys.getprofile()
    sys.setprofile(returning)
    try:
        yield
    finally:
        sys.setprofile(before)
        for v, name in own.items():  # f's own names count before those of functions that it calls, and come last
            names.pop(v, None)
            names[v] = name


def _is(v: Value, value: Any) -> bool:
    numbers = np.asarray(v._data)
    return numbers.size == np.size(value) and np.allclose(numbers.ravel(), np.ravel(value), rtol=1e-9, atol=0)
