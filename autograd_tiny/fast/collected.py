"""Gradients while they arrive: contributions that are cheaper to add up together than one by one.

A weight that is used at every time step receives one outer product per step. Their sum is a single
product of matrices, Σ_t δ_t h_tᵀ = Δᵀ H with the rows δ_t and h_t, so the rows are collected and
multiplied once. Likewise parts of an array are added in place instead of each in a large array of zeros.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from autograd_tiny import shapes
from autograd_tiny.words.indexing import add_at

# What a training step frees, glibc returns to the system, and gets it back page by page in the next one: a third of
# the time of an LSTM on 32 texts. Having seen so large an array freed (nothing is written to it), it keeps more.
np.empty(4_000_000)


class Room:
    """Where the next gradient of a leaf may be written: an array whose numbers no longer count.

    Memory that is used again is faster than memory that the system has to map anew at every step.
    """

    __slots__ = ("array",)

    def __init__(self, array: Any) -> None:
        self.array = array


class Pending:
    """The gradient of one value while contributions arrive; `complete` adds them up."""

    __slots__ = ("data", "outer", "owned", "parts", "room", "total")

    def __init__(self, data: Any, before: Any) -> None:
        self.data = data
        self.total: Any = before if before.__class__ is ndarray else None
        self.owned = False  # `total` may be an array that others hold too: copied before it is added to
        self.room = before.array if before.__class__ is Room and _fits(before.array, data) else None
        self.outer: list[tuple[Any, Any]] = []  # the two vectors of each outer product
        self.parts: list[Any] = []  # the values that are parts of a whole, each with its gradient

    def add(self, c: Any) -> None:
        """Add a contribution of the full shape."""
        if self.owned:
            self.total += c
        elif self.total is None:
            self._own()[...] = c
        else:
            self.total, self.owned = self.total + c, True

    def add_product(self, a: Any, b: Any) -> None:
        """Add the product of two matrices."""
        if self.total is None:
            np.matmul(a, b, self._own())
        else:
            self.add(a @ b)

    def add_part(self, index: Any, c: Any) -> None:
        """Add a contribution to the part at `index`, in place."""
        if not self.owned:
            before = self.total
            self._own()[...] = 0.0 if before is None else before
        if index.__class__ is int or index.__class__ is slice:
            self.total[index] += c
        else:
            add_at(self.total, index, c)

    def complete(self) -> Any:
        """The sum of all contributions, once: who completes a gradient puts the sum in its place."""
        if self.outer:
            rows, columns = (
                np.concatenate(vectors).reshape(len(vectors), -1) for vectors in zip(*self.outer, strict=True)
            )
            self.add_product(rows.T, columns)
        if self.parts:
            self._join()
        return np.zeros_like(self.data) if self.total is None else self.total

    def _join(self) -> None:
        """Add the parts: joined where each part of the whole has arrived once, else each in its place."""
        rules = [v._rule for v in self.parts]
        gradients = [completed(v) for v in self.parts]
        if rules == getattr(rules[0], "whole", None):  # a part that somebody has looked at has a rule of its own
            joined = np.concatenate(gradients[::-1], rules[0].axis).reshape(self.data.shape)
            if self.total is None and self.room is None:
                self.total, self.owned = joined, True
            else:
                self.add(joined)
        else:
            for rule, c in zip(rules, gradients, strict=True):
                self.add_part(rule.parameters["index"], c)

    def _own(self) -> Any:
        """Memory of our own for the total."""
        self.total = np.empty_like(self.data) if self.room is None else self.room  # in memory as the data lie
        self.owned = True
        return self.total


def _fits(array: Any, data: Any) -> Any:
    return array.shape == data.shape and array.dtype == data.dtype


def pending(value: Any) -> Pending:
    """The pending gradient of `value`, begun if there is none."""
    gradient = value._grad
    if gradient.__class__ is not Pending:
        gradient = value._grad = Pending(value._data, gradient)
    return gradient


def completed(v: Any) -> Any:
    """The gradient of a value all of whose consumers have given; what was pending is added up."""
    if v._grad.__class__ is Pending:
        v._grad = v._grad.complete()
    return v._grad


def give(value: Any, c: Any) -> None:
    """Add the contribution `c` to a value's gradient, undoing broadcasting. The lecture's "ADD gradients"."""
    data, before = value._data, value._grad
    if data.__class__ is not ndarray:
        value._grad = before + shapes.unbroadcast(c, ())
        return
    if c.shape != data.shape:
        c = shapes.unbroadcast(c, data.shape)
    if c.dtype is not data.dtype:
        c = c.astype(data.dtype)
    if before.__class__ is Pending:
        before.add(c)
    else:
        value._grad = c if before.__class__ is float else before + c  # an array's float gradient is the fresh 0
