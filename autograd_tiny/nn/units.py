"""Units of another kind than φ(x W + b): maxout and radial basis functions."""

from __future__ import annotations

import math

import numpy as np

from autograd_tiny import functions
from autograd_tiny.functions import exp
from autograd_tiny.nn.initialisation import Seed, normal, uniform
from autograd_tiny.nn.layer import Layer, positive, require_last
from autograd_tiny.nn.linear import affine
from autograd_tiny.scopes import scope
from autograd_tiny.value import Operand, Value


class Maxout(Layer):
    """max_k (x W_k + b_k): a convex function made of `pieces` straight ones, learned (Goodfellow et al., 2013).

    W (in_features, out_features · pieces), the pieces of a unit side by side; b (out_features · pieces,).

    >>> nn.Maxout(3, 2, pieces=4)(np.ones((5, 3))).shape
    (5, 2)
    """

    def __init__(self, in_features: int, out_features: int, pieces: int = 2, bias: bool = True, *, seed: Seed = 0):
        positive(self, in_features=in_features, out_features=out_features, pieces=pieces)
        rng, bound = np.random.default_rng(seed), 1 / math.sqrt(in_features)
        self.in_features, self.out_features, self.pieces = in_features, out_features, pieces
        self.W = Value(uniform((in_features, out_features * pieces), bound, seed=rng), "W")
        self.b = Value(uniform(out_features * pieces, bound, seed=rng), "b") if bias else None

    def __call__(self, x: Operand) -> Value:
        require_last(self, "input", x, self.in_features)
        with scope(self.name):
            z = affine(x, self.W, self.b)
            return z.reshape(*z.shape[:-1], self.out_features, self.pieces).max(-1)  # (…, out_features)


class RBF(Layer):
    """exp(−γ‖x − c‖²): units that answer near their centre c. c (out_features, in_features), γ (out_features,).

    >>> units = nn.RBF(in_features=2, out_features=1)
    >>> units(units.c.data).data      # at its centre
    array([[1.]])
    """

    def __init__(self, in_features: int, out_features: int, gamma: float = 1.0, *, seed: Seed = 0) -> None:
        positive(self, in_features=in_features, out_features=out_features)
        self.in_features, self.out_features = in_features, out_features
        self.c = Value(normal((out_features, in_features), seed=seed), "c")
        self.gamma = Value(np.full(out_features, float(gamma)), "γ")

    def __call__(self, x: Operand) -> Value:
        require_last(self, "input", x, self.in_features)
        with scope(self.name):
            away = functions.reshape(x, (*np.shape(x)[:-1], 1, self.in_features)) - self.c
            return exp(-self.gamma * (away * away).sum(-1))  # (…, out_features)
