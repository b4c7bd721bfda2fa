"""Losses: one number to make small. Means over all samples unless `reduction` says "sum" or "none"."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tiny import functions
from autograd_tiny.errors import DomainError, ShapeError
from autograd_tiny.functions import log, log_softmax, logsumexp, relu, softplus, where
from autograd_tiny.nn.layer import require
from autograd_tiny.nn.linear import indices
from autograd_tiny.scopes import questions
from autograd_tiny.shapes import shape_of
from autograd_tiny.value import Operand, Value
from autograd_tiny.words.indexing import counting


def reduced(losses: Value, reduction: str) -> Value:
    """The mean or sum of losses, or the losses themselves."""
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    if reduction == "none":
        return losses
    raise ValueError(f"reduction {reduction!r} is unknown; choose mean, sum or none")


def mse(prediction: Operand, target: Operand, reduction: str = "mean") -> Value:
    """The mean squared error; shapes must be equal, because broadcasting here is nearly always a mistake.

    >>> nn.mse([1.0, 2.0], [1.0, 4.0]).data
    2.0
    """
    shape, wanted = shape_of(target), shape_of(prediction)
    require(shape == wanted, "mse", "target", shape, wanted)
    difference = functions.value(prediction) - target
    return reduced(difference * difference, reduction)


def cross_entropy(logits: Operand, classes: Any, reduction: str = "mean") -> Value:
    """−log softmax(logits)[class] in nats, from logits (…, C) and whole numbers (…) or probabilities (…, C).

    Of probabilities t it is −Σ t log softmax(logits), whether they sum to 1 or not. The last axis holds the classes
    (PyTorch: the second). Stable: nothing overflows and no log 0 arises.

    >>> nn.cross_entropy([[0.0, 0.0], [0.0, 0.0]], [0, 1]).data      # log 2: it knows nothing yet
    0.6931471805599453
    """
    scores = functions.value(logits)
    target = classes if isinstance(classes, Value) else np.asarray(classes)
    if not scores.ndim:
        raise ShapeError("cross_entropy: logits has shape (), expected (…, C), one score per class")
    if target.shape == scores.shape and (isinstance(target, Value) or target.dtype.kind == "f"):
        return reduced(-(log_softmax(scores) * target).sum(-1), reduction)
    require(target.shape == scores.shape[:-1], "cross_entropy", "classes", target.shape, scores.shape[:-1])
    chosen = picked(scores, indices("cross_entropy", target, scores.shape[-1]))
    return reduced(logsumexp(scores, -1) - chosen, reduction)


def picked(scores: Value, classes: np.ndarray) -> Value:
    """Of each row of scores (…, C) the one at its class (…)."""
    if not classes.ndim:
        return scores[int(classes)]
    rows = (counting(len(classes)),) if classes.ndim == 1 else np.ix_(*map(np.arange, classes.shape))
    return scores[(*rows, classes)]


def hinge(scores: Operand, targets: Any, margin: float = 1.0, reduction: str = "mean") -> Value:
    """The price of a margin that is not kept: nothing once the right answer leads by `margin`.

    One score s per sample and targets ±1 of the same shape: max(0, margin − t·s). Scores (…, C) and classes
    (…): Σ_j max(0, s_j − s_class + margin) over the wrong classes j, the lectures' multiclass SVM.

    >>> nn.hinge([2.0, 0.5, -1.0], [1, 1, 1], reduction="none").data
    array([0. , 0.5, 2. ])
    """
    s, target = functions.value(scores), np.asarray(targets)
    if target.shape == s.shape:
        if not np.all(np.abs(target) == 1):
            raise ValueError("hinge: targets of the scores' shape must be +1 or −1")
        return reduced(relu(margin - target.astype(float) * s), reduction)
    expected = f"{s.shape} with ±1, or {s.shape[:-1]} with classes"
    require(bool(s.shape) and target.shape == s.shape[:-1], "hinge", "targets", target.shape, expected)
    right = picked(s, indices("hinge", target, s.shape[-1]))
    losses = relu(s - right.reshape(*target.shape, 1) + margin)
    return reduced(losses.sum(-1) - max(margin, 0.0), reduction)  # the right class itself gives just the margin


def binary_cross_entropy(probability: Operand, target: Any, reduction: str = "mean") -> Value:
    """−t log p − (1 − t) log(1 − p), p in [0, 1]; from logits, binary_cross_entropy_with_logits is exact and safe.

    As in PyTorch no logarithm is less than −100, and by p no slope is steeper than 1e12; programs (`trace`), which
    cannot look at their numbers, take the logarithms as they are.

    >>> nn.binary_cross_entropy([0.5, 0.9], [0.0, 1.0], reduction="none").data
    array([0.69314718, 0.10536052])
    """
    p, t = functions.value(probability), functions.value(target)
    require(t.shape == p.shape, "binary_cross_entropy", "target", t.shape, p.shape)
    return reduced(-(t * _limited_log(p) + (1 - t) * _limited_log(1 - p)), reduction)


def _limited_log(p: Value) -> Value:
    """Log p; within 1e-12 of 0 and 1 a straight line through max(log p, −100), of slope (1 − p) / 1e-12."""
    steep = (p.data < _STEEP) | (p.data > 1 - _STEEP)
    if questions() is not None or not np.any(steep):
        return log(p)
    if not np.all((p.data >= 0) & (p.data <= 1)):
        raise DomainError("binary_cross_entropy: a probability is not in [0, 1]; of logits use the function for them")
    level = np.maximum(np.log(np.maximum(p._data, 1e-44)), -100.0)
    line = (p - p._data) * ((1 - p._data) / _STEEP) + level
    return where(steep, line, log(where(steep, 0.5, p)))


_STEEP = 1e-12


def binary_cross_entropy_with_logits(logit: Operand, target: Any, reduction: str = "mean") -> Value:
    """The same with p = σ(logit), computed as softplus(logit) − t·logit: nothing overflows, no log 0 arises.

    >>> nn.binary_cross_entropy_with_logits([0.0, 1000.0], [0.0, 1.0], reduction="none").data
    array([0.69314718, 0.        ])
    """
    x, t = functions.value(logit), functions.value(target)
    require(t.shape == x.shape, "binary_cross_entropy_with_logits", "target", t.shape, x.shape)
    return reduced(softplus(x) - t * x, reduction)
