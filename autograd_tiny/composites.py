"""Functions written from primitive operations: their derivatives follow from those of what they are made of."""

from __future__ import annotations

import math

import numpy as np

from autograd_tiny import messages, shapes
from autograd_tiny.arguments import annotated
from autograd_tiny.choices import where
from autograd_tiny.data import as_data
from autograd_tiny.scopes import questions
from autograd_tiny.shapes import Axis
from autograd_tiny.value import Operand, Value, apply, value


@annotated
def var(x: Operand, axis: Axis = None, *, ddof: float = 0, keepdims: bool = False) -> Value:
    """The variance over `axis`: squared distances from the mean, their sum divided by n − ddof.

    DomainError where n − ddof is not positive: NumPy warns there and gives ∞ or NaN.
    """
    away = value(x) - value(x).mean(axis, keepdims=True)
    n = math.prod(away.shape[k] for k in shapes.axes_of(away.ndim, axis))
    if n <= ddof and away.size:
        raise messages.too_few(n, ddof)
    spread: Value = (away * away).sum(axis, keepdims) / (n - ddof)
    return spread


@annotated
def std(x: Operand, axis: Axis = None, *, ddof: float = 0, keepdims: bool = False) -> Value:
    """The standard deviation over `axis`: the square root of the variance; its slope where all are equal is 0."""
    return _length(var(x, axis, ddof=ddof, keepdims=keepdims))


def dot(a: Operand, b: Operand) -> Value:
    """The inner product of vectors, the product of matrices; with a scalar, plain multiplication."""
    product: Value = value(a) @ b if value(a).ndim and value(b).ndim else value(a) * b
    return product


def outer(a: Operand, b: Operand) -> Value:
    """A bᵀ: every element of `a` times every element of `b`, shape (len(a), len(b))."""
    product: Value = value(a).reshape(-1, 1) * value(b).ravel()
    return product


@annotated
def norm(x: Operand, axis: Axis = None, keepdims: bool = False) -> Value:
    """The Euclidean length √Σx²; its slope at the zero vector, where it has a kink, is 0."""
    return _length((value(x) * x).sum(axis, keepdims))


def _length(square: Value) -> Value:
    """√square, where the square cannot be negative: at 0 the smallest of the slopes that fit a length there is 0."""
    if questions() is None and np.all(square._data):
        return square.sqrt()
    zero = square == 0
    return where(zero, 0.0, where(zero, 1.0, square).sqrt())


@annotated
def softmax(x: Operand, axis: int = -1) -> Value:
    """exp(x) / Σ exp(x) along `axis`: positive numbers that sum to 1."""
    if questions() is not None:  # a program must find the maximum anew: logsumexp does
        return log_softmax(x, axis).exp()
    e = (value(x) - as_data(np.max(value(x)._data, axis, keepdims=True, initial=-np.inf))).exp()
    shares: Value = e / e.sum(axis, keepdims=True)
    return shares


@annotated
def log_softmax(x: Operand, axis: int = -1) -> Value:
    """Log softmax(x), without overflow and without log 0."""
    logs: Value = value(x) - apply("logsumexp", x, axis, True)
    return logs
