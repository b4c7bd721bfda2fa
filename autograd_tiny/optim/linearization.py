"""A recorded graph as the linear map that it is near its point: J t forward, Jᵀ u backward, no matrix formed.

    t   a tangent: the direction in which a value moves        u   a cotangent: a gradient that flows back

`jvp` records its function anew at every call. Here the graph is walked once; each wire becomes a linear
map and its transpose, and both directions then cost about one evaluation of the graph, as often as wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_tiny import gradients
from autograd_tiny.errors import GraphError
from autograd_tiny.optim.wires import Array, wires
from autograd_tiny.shapes import Shape
from autograd_tiny.value import Value, ancestors
from autograd_tiny.words.indexing import add_at


class Linearization:
    """The derivative of `outputs` by `inputs` at the point where they were recorded.

    A value among `inputs` may be an inner one: the graph is cut there. GraphError if no output depends
    on an input.
    """

    def __init__(self, outputs: Sequence[Value], inputs: Sequence[Value]) -> None:
        order = _dependent(ancestors(*outputs), inputs)
        place = {v: k for k, v in enumerate(order)}
        if not any(v in place for v in outputs):
            raise GraphError("linearization: no output depends on an input")
        self.shapes = [v.shape for v in order]
        self.outputs, self.inputs = [place.get(v) for v in outputs], [place[v] for v in inputs]
        self.output_shapes = [v.shape for v in outputs]
        cut = set(inputs)
        self.wires = [wire for v in order if v not in cut for wire in wires(v, place)]

    def push(self, tangents: Sequence[Array]) -> list[Array]:
        """J t: how the outputs move when the inputs move along `tangents`."""
        moved = _Sums(self.shapes)
        for k, t in zip(self.inputs, tangents, strict=True):
            moved.add(k, t)
        for w in self.wires:
            t = moved.totals[w.source]
            if t is not None:
                moved.add(w.target, w.push(t), w.put)
        return [moved.at(k, shape) for k, shape in zip(self.outputs, self.output_shapes, strict=True)]

    def pull(self, cotangents: Sequence[Array]) -> list[Array]:
        """Jᵀ u: the gradient of ⟨outputs, u⟩ by each input."""
        arrived = _Sums(self.shapes)
        for k, u in zip(self.outputs, cotangents, strict=True):
            if k is not None:
                arrived.add(k, u)
        for w in reversed(self.wires):
            u = arrived.totals[w.target]
            if u is not None:
                arrived.add(w.source, w.pull(u), w.taken)
        return [arrived.at(k, self.shapes[k]) for k in self.inputs]


class _Sums:
    """What arrives at each place of the tape, added up; None where nothing has."""

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self.shapes = shapes
        self.totals: list[Any] = [None] * len(shapes)
        self.owned: set[int] = set()  # the places whose array nobody else holds, so that parts may be added in place

    def add(self, k: int, c: Array, part: Any = None) -> None:
        """Add a contribution to place `k`, or to a part of it."""
        before = self.totals[k]
        if part is None:
            self.totals[k] = c if before is None else before + c
            return
        if k not in self.owned:
            self.totals[k] = np.zeros(self.shapes[k]) if before is None else before.copy()
            self.owned.add(k)
        add_at(self.totals[k], part, c)

    def at(self, k: int | None, shape: Shape) -> Array:
        """The sum at a place; zeros if nothing arrived there, or if there is no such place."""
        total = None if k is None else self.totals[k]
        return np.zeros(shape) if total is None else total


def _dependent(order: Sequence[Value], inputs: Sequence[Value]) -> list[Value]:
    """The inputs, and in order of birth every value that depends on one of them."""
    given = set(inputs)
    return [*inputs, *(v for v in gradients.way_to(list(inputs), list(order)) if v not in given)]
