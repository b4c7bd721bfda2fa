"""What keeps training well-behaved: dropout, batch normalisation, and penalties on weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from autograd_tiny import functions
from autograd_tiny.errors.arguments import annotated
from autograd_tiny.functions import sqrt
from autograd_tiny.nn.initialisation import Seed
from autograd_tiny.nn.layer import Layer, positive, require
from autograd_tiny.scopes import questions, scope
from autograd_tiny.value import Operand, Value

Parameters = Mapping[str, Value] | Iterable[Value]


class Dropout(Layer):
    """In training, sets each number to 0 with probability p and scales the rest by 1/(1 − p); afterwards nothing.

    >>> drop = nn.Dropout(p=0.5, seed=1)
    >>> drop(np.ones(6)).data
    array([2., 2., 0., 2., 0., 0.])
    >>> drop.eval()(np.ones(6)).data
    array([1., 1., 1., 1., 1., 1.])
    """

    def __init__(self, p: float = 0.5, *, seed: Seed = 0) -> None:
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p = {p}, expected a probability in [0, 1]")
        self.p, self.rng = p, np.random.default_rng(seed)

    def __call__(self, x: Operand) -> Value:
        v = functions.value(x)
        if not self.training or self.p == 0:
            return v
        with scope(self.name):
            kept = self.rng.random(v.shape) >= self.p
            scale = 1 / (1 - self.p) if self.p < 1 else 0.0
            return functions.mul(v, (kept * scale).astype(np.result_type(v._data)))


class BatchNorm(Layer):
    """γ (x − μ) / √(σ² + eps) + β per feature, x (B, F), (B, F, L) or (B, F, H, W) (Ioffe & Szegedy, 2015).

    In training μ, σ² are those of the batch (over all axes but F), and the running ones move towards them by
    `momentum`; afterwards (`layer.eval()`) the running ones serve, so that a sample's result depends on it alone. A
    program (`trace`) computes and nothing else: it leaves the running ones alone, so let the layer itself see some
    batches.

    >>> norm = nn.BatchNorm(num_features=1)
    >>> norm([[1.0], [3.0]]).data.round(3)
    array([[-1.],
           [ 1.]])
    >>> norm.running_mean
    array([0.2])
    """

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        positive(self, num_features=num_features)
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.gamma, self.beta = Value(np.ones(num_features), "γ"), Value(np.zeros(num_features), "β")
        self.running_mean, self.running_var = np.zeros(num_features), np.ones(num_features)

    def __call__(self, x: Operand) -> Value:
        v = functions.value(x)
        require(v.ndim > 1 and v.shape[1] == self.num_features, self, "input", v.shape, f"(B, {self.num_features}, …)")
        features = (self.num_features,) + (1,) * (v.ndim - 2)
        with scope(self.name):
            if self.training:
                normal = self._normalised(v)
            else:
                scale = 1 / np.sqrt(self.running_var + self.eps)
                normal = (v - self.running_mean.reshape(features)) * scale.reshape(features)
            return normal * self.gamma.reshape(features) + self.beta.reshape(features)

    def _normalised(self, v: Value) -> Value:
        axes = (0, *range(2, v.ndim))
        n = v.size // self.num_features
        if n < 2:
            raise ValueError(f"BatchNorm: one number per feature in {v.shape} has no variance; use more, or eval()")
        deviation = v - v.mean(axes, keepdims=True)
        variance = (deviation * deviation).mean(axes, keepdims=True)
        if questions() is None:  # while a function is traced, its numbers are only examples
            self.running_mean = self._moved(self.running_mean, v._data.mean(axes))
            self.running_var = self._moved(self.running_var, variance._data.reshape(-1) * n / (n - 1))  # unbiased
        return deviation / sqrt(variance + self.eps)

    def _moved(self, running: np.ndarray, measured: np.ndarray) -> np.ndarray:
        return (1 - self.momentum) * running + self.momentum * measured


@annotated
def l1_penalty(parameters: Parameters, strength: float = 1.0) -> Value:
    """strength · Σ|w|: pushes weights to exactly 0.

    >>> nn.l1_penalty([Value([1.0, -2.0])], strength=0.5).data
    1.5
    """
    return strength * _total(functions.abs(w).sum() for w in _values(parameters))


@annotated
def l2_penalty(parameters: Parameters, strength: float = 1.0) -> Value:
    """strength · Σw²: shrinks weights; ½λ of it is what an optimiser's weight_decay=λ does.

    >>> nn.l2_penalty([Value([1.0, -2.0])], strength=0.5).data
    2.5
    """
    return strength * _total((w * w).sum() for w in _values(parameters))


def _values(parameters: Parameters) -> Iterable[Value]:
    return parameters.values() if isinstance(parameters, Mapping) else parameters


def _total(terms: Iterable[Value]) -> Value:
    total = None
    for term in terms:
        total = term if total is None else total + term
    if total is None:
        raise ValueError("penalty: there are no parameters; give a dict or a list of Values")
    return total
