"""Derivatives along a direction: products with the Jacobian and the Hessian, no matrix formed.

Both come from running backward twice: a gradient is a graph, so a number made of it has a gradient again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_tiny import functions, refusals
from autograd_tiny.arguments import annotated
from autograd_tiny.backward import gradients_or_zero
from autograd_tiny.errors import ShapeError
from autograd_tiny.nesting import answer, evaluated, nested
from autograd_tiny.value import Operand, Value


@annotated
def jvp(f: Callable[..., Value], primals: Sequence[Operand], tangents: Sequence[Operand]) -> tuple[Any, Any]:
    """The directional derivative J·t of f at `primals` along `tangents`: (value, tangent of the value), as numbers.

    A pullback is linear in its upstream gradient u, so differentiating ⟨pullback(u), t⟩ by u gives J·t:
    backward twice makes forward. Nests as `value_and_grad` does.
    """
    output, leaves = evaluated(f, _as_list(primals))
    directions = _directions(leaves, _as_list(tangents))
    within = nested(output, *directions)
    u = Value(np.ones_like(output._data))
    along = _inner(gradients_or_zero(output, leaves, create_graph=True, seed=u), directions)
    (tangent,) = gradients_or_zero(along, [u], create_graph=within)
    return answer(output, within), answer(tangent, within)


@annotated
def hvp(f: Callable[..., Value], inputs: Sequence[Operand], vectors: Sequence[Operand]) -> tuple[Any, list[Any]]:
    """The product of f's Hessian with `vectors`, no matrix formed: (value, [one product per input]), as numbers.

    The gradient of ⟨∇f, v⟩ (Pearlmutter, Fast exact multiplication by the Hessian, 1994). Nests as `value_and_grad`.
    """
    output, leaves = evaluated(f, _as_list(inputs))
    directions = _directions(leaves, _as_list(vectors))
    within = nested(output, *directions)
    along = _inner(gradients_or_zero(output, leaves, create_graph=True), directions)
    products = gradients_or_zero(along, leaves, create_graph=within)
    return answer(output, within), [answer(product, within) for product in products]


def _as_list(given: Any) -> list[Any]:
    return list(given) if isinstance(given, list | tuple) else [given]


def _directions(leaves: list[Value], tangents: list[Operand]) -> list[Value]:
    if len(leaves) != len(tangents):
        raise ShapeError(f"tangents: {len(tangents)} for {len(leaves)} inputs; give one of each input's shape")
    return [_tangent(x, t) for x, t in zip(leaves, tangents, strict=True)]


def _tangent(x: Value, tangent: Operand) -> Value:
    t = functions.value(tangent)
    if t.shape != x.shape:
        raise refusals.wrong_tangent(t._data, x)
    return t


def _inner(values: Sequence[Value], directions: Sequence[Value]) -> Value:
    """Σ ⟨value, direction⟩ as a scalar value."""
    total: Any = 0.0
    for v, t in zip(values, directions, strict=True):
        product = v * t
        total = total + (product.sum() if product.ndim else product)
    return functions.value(total)
