"""Losses: one number to make small. Means over all samples unless `reduction` says "sum" or "none"."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tiny import functions
from autograd_tiny.errors import ShapeError
from autograd_tiny.functions import log, logsumexp, relu, softplus
from autograd_tiny.nn.layer import require
from autograd_tiny.nn.linear import indices
from autograd_tiny.value import Operand, Value


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
    """The mean squared error; shapes must be equal, because broadcasting here is nearly always a mistake."""
    require(np.shape(prediction) == np.shape(target), "mse", "target", np.shape(target), str(np.shape(prediction)))
    difference = functions.value(prediction) - target
    return reduced(difference * difference, reduction)


def cross_entropy(logits: Operand, classes: Any, reduction: str = "mean") -> Value:
    """−log softmax(logits)[class] in nats, from logits (…, C) and whole numbers (…) or probabilities (…, C).

    The last axis holds the classes (PyTorch: the second). Stable: nothing overflows and no log 0 arises.
    """
    scores = functions.value(logits)
    target = classes if isinstance(classes, Value) else np.asarray(classes)
    if not scores.ndim:
        raise ShapeError("cross_entropy: logits has shape (), expected (…, C), one score per class")
    if target.shape == scores.shape and (isinstance(target, Value) or target.dtype.kind == "f"):
        return reduced(logsumexp(scores, -1) - (scores * target).sum(-1), reduction)  # probabilities sum to 1
    require(target.shape == scores.shape[:-1], "cross_entropy", "classes", target.shape, str(scores.shape[:-1]))
    chosen = picked(scores, indices("cross_entropy", target, scores.shape[-1]))
    return reduced(logsumexp(scores, -1) - chosen, reduction)


def picked(scores: Value, classes: np.ndarray) -> Value:
    """Of each row of scores (…, C) the one at its class (…)."""
    if not classes.ndim:
        return scores[int(classes)]
    rows = np.ix_(*map(np.arange, classes.shape))
    return scores[(*rows, classes)]


def hinge(scores: Operand, targets: Any, margin: float = 1.0, reduction: str = "mean") -> Value:
    """max(0, margin − t·s) for one score s per sample and t = ±1; the price of a margin not kept."""
    signs = np.asarray(targets, float)
    require(np.shape(scores) == signs.shape, "hinge", "targets", signs.shape, str(np.shape(scores)))
    if not np.all(np.abs(signs) == 1):
        raise ValueError("hinge: targets must be +1 or −1; for classes 0 … C−1 use multiclass_hinge")
    return reduced(relu(margin - signs * functions.value(scores)), reduction)


def multiclass_hinge(scores: Operand, classes: Any, margin: float = 1.0, reduction: str = "mean") -> Value:
    """Σ_j max(0, s_j − s_class + margin) over the wrong classes j, from scores (…, C) and classes (…)."""
    s, target = functions.value(scores), np.asarray(classes)
    require(target.shape == s.shape[:-1], "multiclass_hinge", "classes", target.shape, str(s.shape[:-1]))
    right = picked(s, indices("multiclass_hinge", target, s.shape[-1]))
    losses = relu(s - right.reshape(*target.shape, 1) + margin)
    return reduced(losses.sum(-1) - max(margin, 0.0), reduction)  # the right class itself gives just the margin


def binary_cross_entropy(probability: Operand, target: Any, reduction: str = "mean") -> Value:
    """−t log p − (1 − t) log(1 − p), p in (0, 1); from logits, binary_cross_entropy_with_logits is exact and safe."""
    p, t = functions.value(probability), np.asarray(target, float)
    require(t.shape == p.shape, "binary_cross_entropy", "target", t.shape, str(p.shape))
    return reduced(-(t * log(p) + (1 - t) * log(1 - p)), reduction)


def binary_cross_entropy_with_logits(logit: Operand, target: Any, reduction: str = "mean") -> Value:
    """The same with p = σ(logit), computed as softplus(logit) − t·logit: nothing overflows, no log 0 arises."""
    x, t = functions.value(logit), np.asarray(target, float)
    require(t.shape == x.shape, "binary_cross_entropy_with_logits", "target", t.shape, str(x.shape))
    return reduced(softplus(x) - t * x, reduction)
