"""Derivatives along a direction: products with the Jacobian and the Hessian, no matrix formed.

Both come from running backward twice: a gradient is a graph, so a number made of it has a gradient again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_tiny import functions, refusals
from autograd_tiny.backward import fresh, gradients_or_zero
from autograd_tiny.data import as_data
from autograd_tiny.errors import ShapeError
from autograd_tiny.value import Operand, Value


def jvp(f: Callable[..., Value], primals: Sequence[Operand], tangents: Sequence[Operand]) -> tuple[Any, Any]:
    """The directional derivative J·t of f at `primals` along `tangents`: (value, tangent of the value), as numbers.

    A pullback is linear in its upstream gradient u, so differentiating ⟨pullback(u), t⟩ by u gives J·t:
    backward twice makes forward.
    """
    leaves = fresh(_as_list(primals))
    directions = _directions(leaves, _as_list(tangents))
    output = functions.value(f(*leaves))
    u = Value(np.ones(output.shape))
    pulled = gradients_or_zero(output, leaves, create_graph=True, seed=u)
    along = _inner(pulled, directions)
    return output._data, gradients_or_zero(along, [u])[0]._data


def hvp(f: Callable[..., Value], inputs: Sequence[Operand], vectors: Sequence[Operand]) -> tuple[Any, list[Any]]:
    """The product of f's Hessian with `vectors`, no matrix formed: (value, [one product per input]), as numbers.

    The gradient of ⟨∇f, v⟩ (Pearlmutter, Fast exact multiplication by the Hessian, 1994).
    """
    leaves = fresh(_as_list(inputs))
    directions = _directions(leaves, _as_list(vectors))
    output = functions.value(f(*leaves))
    along = _inner(gradients_or_zero(output, leaves, create_graph=True), directions)
    return output._data, [product._data for product in gradients_or_zero(along, leaves)]


def _as_list(given: Any) -> list[Any]:
    return list(given) if isinstance(given, list | tuple) else [given]


def _directions(leaves: list[Value], tangents: list[Operand]) -> list[Any]:
    if len(leaves) != len(tangents):
        raise ShapeError(f"tangents: {len(tangents)} for {len(leaves)} inputs; give one of each input's shape")
    return [_tangent(x, t) for x, t in zip(leaves, tangents, strict=True)]


def _tangent(x: Value, tangent: Operand) -> Any:
    t = as_data(tangent._data if isinstance(tangent, Value) else tangent)
    if np.shape(t) != x.shape:
        raise refusals.wrong_tangent(t, x)
    return t


def _inner(values: Sequence[Value], directions: Sequence[Any]) -> Value:
    """Σ ⟨value, direction⟩ as a scalar value."""
    total: Any = 0.0
    for v, t in zip(values, directions, strict=True):
        product = v * t
        total = total + (product.sum() if product.ndim else product)
    return functions.value(total)
