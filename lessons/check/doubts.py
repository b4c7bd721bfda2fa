"""Whether a claim can fail at all: it is read once more with other numbers in the names that it uses.

`abs(100 / 101 - 0.99) < 0.01` is true of every engine and in every lesson; it claims nothing. So a claim must be false,
or impossible to read, where its names stand for something else.
"""

from __future__ import annotations

import ast
import copy
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

import autograd_tiny
from autograd_tiny import Value
from lessons.format.lesson import LessonError
from lessons.judging.right import Names, evaluate

Change = Callable[[Any], Any]  # of a number
CHANGES: tuple[Change, ...] = (lambda x: 0 * x, lambda x: -x, lambda x: 3 * x + 1, lambda x: x / 10 - 7)
FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, type)


def can_fail(claim: str, names: Names) -> bool:
    """Whether the claim, which is true, would not be so with something else in the names that it uses, one or all."""
    known = {name: getattr(autograd_tiny, name) for name in autograd_tiny.__all__} | dict(names)
    used = {node.id for node in ast.walk(ast.parse(claim.strip(), mode="eval")) if isinstance(node, ast.Name)}
    mine = {name: known[name] for name in used & known.keys()}
    return any(not _true(claim, {**known, **others}) for others in _instead(mine))


def _true(claim: str, names: Names) -> bool:
    try:
        with np.errstate(all="ignore"):
            return bool(evaluate(claim, names))
    except LessonError:
        return False


def _instead(mine: Names) -> Iterator[Names]:
    """What the names might stand for instead, each by itself, then all together."""
    for name, value in mine.items():
        yield from ({name: other} for other in _others(value))
    things = {name: value for name, value in mine.items() if not isinstance(value, types.ModuleType)}
    yield from ({name: changed(value, change) for name, value in things.items()} for change in CHANGES)


def _others(value: Any) -> Iterator[Any]:
    """What a name might stand for instead: other numbers, the first entry lost, a function that does nothing."""
    if isinstance(value, types.ModuleType):
        if value.__name__.startswith("autograd_tiny"):  # NumPy stays: nothing is claimed of it
            yield types.SimpleNamespace(**dict.fromkeys(vars(value), _idle))
        return
    yield from (changed(value, change) for change in CHANGES)
    if isinstance(value, FUNCTIONS):
        yield _idle
    elif isinstance(value, Mapping):
        yield dict(list(value.items())[1:])
    elif isinstance(value, list | tuple) or (isinstance(value, np.ndarray | Value) and value.shape):
        yield value[1:]


def _idle(*args: Any, **_: Any) -> Any:
    return args[0] if args else None


def changed(value: Any, change: Change) -> Any:
    """The same with every number in it changed: in lists, dictionaries, Values, in what a function returns."""
    if isinstance(value, bool | np.bool_):
        return not value
    if isinstance(value, int | float | np.number):
        return type(value)(change(value))
    if isinstance(value, str):
        return value[::-1] + "?"
    if isinstance(value, np.ndarray):
        return change(value) if np.issubdtype(value.dtype, np.number) else value
    if isinstance(value, Value):
        return Value(change(value.data), f"{value.label}?")
    if isinstance(value, Mapping):
        return {key: changed(each, change) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [changed(each, change) for each in value]
    if isinstance(value, FUNCTIONS):
        return lambda *args, **kwargs: changed(value(*args, **kwargs), change)
    return _object(value, change)


def _object(value: Any, change: Change) -> Any:
    """An object with its own numbers changed, as the runs of a training are; what else it keeps stays."""
    twin = copy.copy(value)
    for name, each in getattr(value, "__dict__", {}).items():
        if isinstance(each, int | float | str | np.ndarray | Mapping | list | tuple):
            object.__setattr__(twin, name, changed(each, change))
    return twin
