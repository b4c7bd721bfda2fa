"""Gradient clipping: an exploding gradient is easy to see, and cut."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from autograd_tiny.errors import DomainError
from autograd_tiny.errors.arguments import annotated
from autograd_tiny.optim.flat import FlatGradient, Parameters, by_dtype, named
from autograd_tiny.optim.optimizer import Optimizer


@annotated
def clip_by_value(target: Parameters | Optimizer, limit: float) -> None:
    """Cut every number of the gradients to [−limit, limit].

    `target` is a dict or list of parameters; an optimiser is faster, for its gradients lie in one array.

    >>> w = Value([1.0, -20.0], "w")
    >>> (w * w).sum().backward()
    >>> clip_by_value([w], 5.0)
    >>> w.grad
    array([ 2., -5.])
    """
    _check_positive("clip_by_value", limit=limit)
    for gradient in _gradients(target):
        g = gradient.collect()
        g.clip(-limit, limit, out=g)
        gradient.hand_back()


@annotated
def clip_by_norm(target: Parameters | Optimizer, max_norm: float) -> float:
    """Scale all gradients together so that their common norm is at most `max_norm`; the norm before.

    The direction stays. A gradient that is not finite has none: DomainError names the parameter.

    >>> w = Value([3.0, 4.0], "w")
    >>> (w * w).sum().backward()
    >>> clip_by_norm([w], 1.0), w.grad
    (10.0, array([0.6, 0.8]))
    """
    _check_positive("clip_by_norm", max_norm=max_norm)
    gradients = _gradients(target)
    norm = math.hypot(*(float(np.linalg.norm(gradient.collect())) for gradient in gradients))
    if not math.isfinite(norm):
        raise _without_direction(gradients, norm)
    if norm > max_norm:
        for gradient in gradients:
            gradient.array *= max_norm / norm
            gradient.hand_back()
    return norm


def _gradients(target: Parameters | Optimizer) -> Sequence[FlatGradient]:
    if isinstance(target, Optimizer):
        return [b.gradient for b in target.buffers]
    return [FlatGradient(group, dtype) for dtype, group in by_dtype(named(target)).items()]


def _check_positive(function: str, **given: float) -> None:
    for name, x in given.items():
        if not x > 0:
            raise ValueError(f"{function}: {name} = {x}: expected a number above 0")


def _without_direction(gradients: Sequence[FlatGradient], norm: float) -> DomainError:
    for gradient in gradients:
        for name, part in zip(gradient.names, gradient.parts, strict=True):
            if not np.isfinite(part).all():
                return DomainError(f"clip_by_norm: the gradient of {name!r} is not finite; use a smaller learning rate")
    return DomainError(f"clip_by_norm: the gradients' norm is {norm}: too large for a float")
