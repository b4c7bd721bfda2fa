"""Attention: a weighted mean of values, the weights chosen by how well each key answers a query."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_tiny import functions
from autograd_tiny.functions import softmax, tanh, where
from autograd_tiny.nn.initialisation import Seed, glorot_uniform
from autograd_tiny.nn.layer import Layer, positive, require
from autograd_tiny.nn.linear import affine
from autograd_tiny.scopes import scope
from autograd_tiny.value import Operand, Value

UNSEEN = -1e30  # the score of a masked place: its weight underflows to exactly 0, and unlike −∞ it is a number


class Attention(Layer):
    """Soft attention over a sequence: weights a = softmax_t(score(query, key_t)), context = Σ_t a_t value_t.

    score="additive": v·tanh(q W_q + k W_k), W_q (Q, A), W_k (K, A), v (A,) (Bahdanau et al., 2015).
    score="dot": q·k / √K, which has no parameters and needs Q = K.

    attention(query, keys, values=keys, mask=None) -> (context, weights); query (B, Q), keys (T, B, K),
    values (T, B, V), mask (T, B) false where not to look, context (B, V), weights (T, B). Without B as well.

    >>> attend = nn.Attention(query_size=4, key_size=3)
    >>> context, weights = attend(np.ones(4), np.ones((5, 3)))   # five equal keys: equal weights
    >>> context.shape, weights.data
    ((3,), array([0.2, 0.2, 0.2, 0.2, 0.2]))
    """

    def __init__(
        self, query_size: int, key_size: int | None = None, attention_size: int | None = None,
        *, score: str = "additive", seed: Seed = 0,
    ) -> None:  # fmt: skip
        self.query_size, self.key_size = query_size, query_size if key_size is None else key_size
        size = self.attention_size = self.key_size if attention_size is None else attention_size
        positive(self, query_size=query_size, key_size=self.key_size, attention_size=size)
        if score not in ("additive", "dot"):
            raise ValueError(f"Attention: score {score!r} is unknown; choose additive or dot")
        if score == "dot" and query_size != self.key_size:
            raise ValueError(f"Attention: score='dot' needs query_size {query_size} = key_size {self.key_size}")
        self.score = score
        if score == "additive":
            rng = np.random.default_rng(seed)
            self.W_q = Value(glorot_uniform((query_size, size), seed=rng), "W_q")
            self.W_k = Value(glorot_uniform((self.key_size, size), seed=rng), "W_k")
            self.v = Value(glorot_uniform((size, 1), seed=rng)[:, 0], "v")

    def __call__(self, query: Operand, keys: Operand, values: Operand = None, mask: Any = None) -> tuple[Value, Value]:
        batch = np.shape(query)[:-1]
        require(np.shape(query) == (*batch, self.query_size), self, "query", np.shape(query), f"(…, {self.query_size})")
        expected = (*np.shape(keys)[:1], *batch, self.key_size)
        require(
            np.shape(keys) == expected and np.ndim(keys) > 1, self, "keys", np.shape(keys), _shown("T", *expected[1:])
        )
        seen = functions.value(keys if values is None else values)
        require(seen.shape[:-1] == expected[:-1], self, "values", seen.shape, _shown(*expected[:-1], "V"))
        with scope(self.name):
            weights = _weights(self, self.scores(query, keys), mask, 0)  # (T, B)
            weights.label = "a"
            context: Value = (weights.reshape(*weights.shape, 1) * seen).sum(0)
            return context, weights  # (B, V), (T, B)

    def scores(self, query: Operand, keys: Operand) -> Value:
        """How well each key answers the query, (T, B). Keys that many queries ask are best projected once."""
        if self.score == "dot":
            return functions.mul(keys, query).sum(-1) / math.sqrt(self.key_size)
        return functions.matmul(tanh(affine(query, self.W_q) + affine(keys, self.W_k)), self.v)


def _shown(*sizes: object) -> str:
    return f"({', '.join(map(str, sizes))})"


def scaled_dot_product_attention(query: Operand, key: Operand, value: Operand, mask: Any = None) -> Value:
    """softmax(q kᵀ / √E) v for many queries at once: query (…, L, E), key (…, S, E), value (…, S, V) -> (…, L, V).

    `mask` (…, L, S) is false where a query must not look (if nowhere, it gets 0); a mask of floats (0, or −∞ where
    not to look) is added to the scores. Both as in PyTorch (Vaswani et al., 2017).

    >>> q, k, v = np.ones((2, 4)), np.ones((3, 4)), np.arange(6.0).reshape(3, 2)
    >>> nn.scaled_dot_product_attention(q, k, v).data     # equal keys: the mean of the values
    array([[2., 3.],
           [2., 3.]])
    """
    q, k = functions.value(query), functions.value(key)
    require(q.ndim > 1, "attention", "query", q.shape, "(…, L, E)")
    require(k.ndim > 1 and k.shape[-1] == q.shape[-1], "attention", "key", k.shape, f"(…, S, {q.shape[-1]})")
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])  # (…, L, S)
    if mask is not None and _is_float(mask):
        _require_fits("attention", mask, scores)
        return functions.matmul(softmax(scores + mask), value)
    return functions.matmul(_weights("attention", scores, mask, -1), value)


def _weights(who: object, scores: Value, mask: Any, axis: int) -> Value:
    """The softmax of the scores where the mask, which may be broadcast, is true; 0 elsewhere."""
    if mask is None:
        return softmax(scores, axis)
    if _is_float(mask):
        raise TypeError("Attention: the mask holds floats; give booleans, such as mask > 0, false where not to look")
    _require_fits(who, mask, scores)
    return where(mask, softmax(where(mask, scores, UNSEEN), axis), 0.0)


def _is_float(mask: Any) -> bool:
    dtype: np.dtype[Any] = mask.dtype if hasattr(mask, "dtype") else np.asarray(mask).dtype
    return dtype.kind == "f"


def _require_fits(who: object, mask: Any, scores: Value) -> None:
    shape = np.shape(mask)
    fits = len(shape) <= scores.ndim and all(m in (1, n) for m, n in zip(shape[::-1], scores.shape[::-1], strict=False))
    require(fits, who, "mask", shape, scores.shape)
