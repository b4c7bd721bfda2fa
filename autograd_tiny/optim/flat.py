"""One flat array of which every parameter's data, or every gradient, is a part.

An update rule is elementwise, so it need not know where one parameter ends and the next begins: one
ufunc over the flat array serves all of them at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from sys import getrefcount
from typing import Any
from weakref import ref

import numpy as np

from autograd_tiny.changes import UNKNOWN, hold, kept, latest, mark, mark_each, renewed
from autograd_tiny.data import lined_up, room
from autograd_tiny.errors import GraphError, ShapeError
from autograd_tiny.value import Constant, Value

# Who holds a part whose gradient nobody kept: the list of parts, its parameter, a local name, getrefcount's argument.
HOLDERS = 4

ALL = slice(None)  # of a flat array

Array = np.ndarray[Any, np.dtype[Any]]
Parameters = Mapping[str, Value] | Sequence[Value]


def named(parameters: Parameters) -> dict[str, Value]:
    """The parameters by name (a list's by label, or by place), each once even if two names share it.

    TypeError and GraphError name what is not a leaf Value.
    """
    if isinstance(parameters, Value) or not isinstance(parameters, Iterable):
        kind = type(parameters).__name__
        raise TypeError(f"parameters: expected a dict or list of leaf Values, such as layer.parameters(), not a {kind}")
    pairs = parameters.items() if isinstance(parameters, Mapping) else _labelled(list(parameters))
    found: dict[str, Value] = {}
    for name, p in pairs:
        _check_leaf(name, p)
        if not any(p is q for q in found.values()):
            found[name] = p
    if not found:
        raise ValueError("there are no parameters; give a dict or a list of leaf Values")
    return found


def _labelled(values: list[Value]) -> Iterator[tuple[str, Value]]:
    labels = [getattr(v, "label", "") for v in values]
    for k, (label, v) in enumerate(zip(labels, values, strict=True)):
        yield (label if label and labels.count(label) == 1 else str(k)), v


def _check_leaf(name: str, p: Any) -> None:
    if not isinstance(p, Value) or isinstance(p, Constant):
        raise TypeError(f"parameter {name!r} is a {type(p).__name__}, not a Value")
    if p.op:
        raise GraphError(f"parameter {name!r} was computed (by {p.op}): only leaves, Value(data), can be trained")


class Flat:
    """A flat array, and its parts in the parameters' shapes."""

    def __init__(self, parameters: Mapping[str, Value], dtype: Any) -> None:
        self.names = list(parameters)
        self.values = list(parameters.values())
        ends = np.cumsum([0, *(math.prod(p.shape) for p in self.values)]).tolist()
        self.array: Array = lined_up((ends[-1],), dtype)
        self.slices = [slice(a, b) for a, b in pairwise(ends)]
        self.parts: list[Array] = [
            self.array[s].reshape(p.shape) for s, p in zip(self.slices, self.values, strict=True)
        ]
        self.scalars = [(part, p) for part, p in zip(self.parts, self.values, strict=True) if not part.ndim]
        self.arrays = [p for part, p in zip(self.parts, self.values, strict=True) if part.ndim]

    def part(self, k: int, given: Any) -> Array:
        """Part `k`, after taking over the numbers of `given`; ShapeError if they do not fit."""
        part = self.parts[k]
        if np.shape(given) != part.shape:
            raise ShapeError(f"parameter {self.names[k]!r}: expected shape {part.shape}, got {np.shape(given)}")
        part[...] = given
        return part


class FlatData(Flat):
    """All the parameters' numbers: each `p.data` is a part of one array, so updating that array updates them."""

    marked = -1  # when the parameters were last marked as changed

    def __init__(self, parameters: Mapping[str, Value], dtype: Any) -> None:
        super().__init__(parameters, dtype)
        self.memory = self.array.base  # of which the array, its parts and whatever is taken of these are views
        self.held = getrefcount(self.memory)  # as long as nobody else has taken a view

    def collect(self) -> Array:
        """The flat array, after adopting whatever somebody assigned to a `p.data` meanwhile."""
        for k, p in enumerate(self.values):
            if p._data is not self.parts[k]:
                part = self.part(k, p._data)
                if part.ndim:
                    p._data = part
                    hold(p, ref(self))
        self.before = kept(self.array)
        return self.array

    def hand_back(self) -> None:
        """Give the scalars their new numbers, as a float cannot be a part of an array; the others know of theirs."""
        self.marked = renewed(self.marked) if self.before is UNKNOWN and not self.scalars else -1
        if self.marked >= 0:
            return
        if self.before is UNKNOWN:
            mark_each(self.arrays, ref(self))
        else:
            for s, part, p in zip(self.slices, self.parts, self.values, strict=True):
                if part.ndim:
                    mark(p, self.before[s].reshape(part.shape), ref(self))
        for part, p in self.scalars:
            p.data = float(part)
        self.before, self.marked = kept(self.array), latest()


class FlatGradient(Flat):
    """All the parameters' gradients; after `collect`, each array `p.grad` is a part of one array."""

    def collect(self) -> Array:
        """The flat array, after copying into it what the backward passes left."""
        for k, p in enumerate(self.values):
            if p._grad is not self.parts[k]:
                arrived = p.has_grad
                part = self.part(k, p.grad)
                if part.ndim and arrived:
                    p._grad = part
        return self.array

    def hand_back(self) -> None:
        """Give the scalars their gradients back, after the flat array was changed."""
        for part, p in self.scalars:
            if p.has_grad and p._grad != part:
                p.grad = float(part)

    def release(self) -> None:
        """Forget the gradients; the next ones may be written where they stood, unless somebody holds on to them."""
        for k, p in enumerate(self.values):
            part = self.parts[k]
            p._grad = room(part) if p._grad is part and getrefcount(part) == HOLDERS else None
            if p._rule.gradient != "cleared":
                p._rule = p._rule.with_gradient("cleared")

    def arrived(self) -> list[slice]:
        """Where gradients have arrived: one slice in the ordinary case that every parameter has one."""
        if all(p.has_grad for p in self.values):
            return [ALL]
        return [s for s, p in zip(self.slices, self.values, strict=True) if p.has_grad]


def by_dtype(parameters: Mapping[str, Value]) -> dict[Any, dict[str, Value]]:
    """The parameters in groups of one dtype each, which can share a flat array."""
    groups: dict[Any, dict[str, Value]] = {}
    for name, p in parameters.items():
        groups.setdefault(np.result_type(p._data), {})[name] = p
    return groups
