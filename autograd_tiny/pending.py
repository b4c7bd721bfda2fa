"""Gradients that are cheaper to add up together than one by one.

A weight that is used at every time step receives one outer product per step. Their sum is a single
product of matrices, Σ_t δ_t h_tᵀ = Δᵀ H with the rows δ_t and h_t, so the rows are collected and
multiplied once. Likewise parts of an array are added in place instead of each in a large array of zeros.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tiny.numbers import add_at


class Pending:
    """The gradient of one value while contributions arrive; `complete` adds them up."""

    __slots__ = ("data", "left", "owned", "right", "total")

    def __init__(self, data: Any, before: Any) -> None:
        self.data = data
        self.total = before if before.__class__ is np.ndarray else None
        self.owned = False  # `total` may be an array that others hold too: copied before it is added to
        self.left: list[Any] = []
        self.right: list[Any] = []

    def add(self, c: Any) -> None:
        """Add a contribution of the full shape."""
        self.total = c.copy() if self.total is None else self.total + c

    def add_outer(self, left: Any, right: Any) -> None:
        """Add the outer product of two vectors, later."""
        self.left.append(left)
        self.right.append(right)

    def add_part(self, index: Any, c: Any) -> None:
        """Add a contribution to the part at `index`, in place."""
        if not self.owned:
            self.total = np.zeros(self.data.shape, self.data.dtype) if self.total is None else self.total.copy()
            self.owned = True
        add_at(self.total, index, c)

    def complete(self) -> Any:
        """The sum of all contributions."""
        if self.left:
            rows, columns = (np.concatenate(vs).reshape(len(vs), -1) for vs in (self.left, self.right))
            product = (rows.T @ columns).astype(self.data.dtype, copy=False)
            self.total = product if self.total is None else self.total + product
            self.left, self.right = [], []
        return np.zeros_like(self.data) if self.total is None else self.total


def pending(value: Any) -> Pending:
    """The pending gradient of `value`, begun if there is none."""
    gradient = value._grad
    if gradient.__class__ is not Pending:
        gradient = value._grad = Pending(value.data, gradient)
    return gradient
