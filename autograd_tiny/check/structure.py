"""Inputs of any structure: numbers, arrays and Values, in dicts, tuples and lists, as one list of named arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_tiny.value import Value

MISSING = object()  # the gradient of what a dict of gradients does not name


class Leaf(NamedTuple):
    """One array of an input: what it is called, and its numbers."""

    name: str
    numbers: Any


def is_leaf(x: Any) -> bool:
    """Whether this is numbers (or something that has none) and no container of several things."""
    if isinstance(x, Mapping):
        return False
    return not (isinstance(x, list | tuple) and any(_holds_arrays(part) for part in x))


def _holds_arrays(x: Any) -> bool:
    if isinstance(x, list | tuple):
        return any(_holds_arrays(part) for part in x)
    return not isinstance(x, int | float | np.number | np.bool_)


def leaves(x: Any, name: str) -> Iterator[Leaf]:
    """The arrays of a structure in order, by their names."""
    if is_leaf(x):
        yield Leaf(name, x)
    elif isinstance(x, Mapping):
        for key, part in x.items():
            yield from leaves(part, f"{name}.{key}" if name else str(key))
    else:
        for key, part in zip(_keys(x), x, strict=True):
            yield from leaves(part, f"{name}{key}" if key[0] == "[" else f"{name}.{key}".lstrip("."))


def _keys(x: Sequence[Any]) -> Sequence[str]:
    return getattr(x, "_fields", None) or [f"[{k}]" for k in range(len(x))]


def rebuilt(x: Any, numbers: Iterator[Any]) -> Any:
    """The structure again, its arrays taken from `numbers` in order."""
    if is_leaf(x):
        return next(numbers)
    if isinstance(x, Mapping):
        parts = {key: rebuilt(part, numbers) for key, part in x.items()}
        return parts if type(x) is dict else _same_kind(x, parts)
    listed = [rebuilt(part, numbers) for part in x]
    return type(x)(*listed) if hasattr(x, "_fields") else type(x)(listed)


def _same_kind(x: Any, parts: dict[Any, Any]) -> Any:
    try:
        return type(x)(parts)
    except TypeError:
        return parts


def matched(gradients: Any, x: Any, name: str, refuse: Callable[[str], Exception]) -> Iterator[Any]:
    """The gradient of each array of `x`, from an answer of the same structure; None or MISSING where none is given."""
    if gradients is None or gradients is MISSING:
        yield from (gradients for _ in leaves(x, name))
    elif is_leaf(x):
        yield gradients
    elif isinstance(x, Mapping):
        if not isinstance(gradients, Mapping):
            raise refuse(f"the gradient of {name or 'the inputs'} is a {type(gradients).__name__}, not a dict by name")
        for key, part in x.items():
            place = f"{name}.{key}" if name else str(key)
            yield from matched(gradients.get(key, MISSING), part, place, refuse)
    else:
        if not isinstance(gradients, list | tuple) or len(gradients) != len(x):
            raise refuse(f"{name or 'the inputs'}: {len(x)} arrays, but {_counted(gradients)}; give one for each")
        for key, g, part in zip(_keys(x), gradients, x, strict=True):
            yield from matched(g, part, f"{name}{key}", refuse)


def _counted(gradients: Any) -> str:
    if isinstance(gradients, list | tuple):
        return f"{len(gradients)} gradients"
    return f"a gradient of type {type(gradients).__name__}"


def plain(x: Any) -> Any:
    """The numbers of a Value, and anything else as it is."""
    return x._data if isinstance(x, Value) else x
