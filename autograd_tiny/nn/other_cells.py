"""Cells of other kinds: multiplicative connections, and the mutants of an evolutionary search."""

from __future__ import annotations

import math

import numpy as np

from autograd_tiny import functions
from autograd_tiny.functions import exp, sigmoid, tanh
from autograd_tiny.nn.cell import Cell
from autograd_tiny.nn.initialisation import Seed, normal, uniform
from autograd_tiny.nn.layer import Layer, positive, require, require_last
from autograd_tiny.nn.linear import OneHot, affine
from autograd_tiny.scopes import scope
from autograd_tiny.value import Operand, Value

# A character that chooses the transition matrix: multiplicative connections through three-way factors -----------------


class MultiplicativeRNNCell(Cell):
    """h = tanh(x U + ((x W_xf)⊙(h W_hf)) W_fh + b): F factors, each a product of what it sees of x and of h.

    In the lecture's letters factor f has w_f (column f of W_xf (D, F)), u_f (column f of W_hf (H, F)) and v_f
    (row f of W_fh (F, H)); U is (D, H), b (H,). Each input x thereby has a transition matrix of its own,
    Σ_f (x·w_f) u_f v_fᵀ, a sum of rank-1 matrices that all inputs share (Sutskever, Martens & Hinton, 2011).

    >>> cell = nn.MultiplicativeRNNCell(3, 4, factors=5)
    >>> cell(np.ones((2, 3))).shape, cell.W_xf.shape
    ((2, 4), (3, 5))
    """

    def __init__(
        self, input_size: int, hidden_size: int, factors: int | None = None, bias: bool = True,
        *, learn_initial_state: bool = False, seed: Seed = 0,
    ) -> None:  # fmt: skip
        super().__init__(input_size, hidden_size, learn_initial_state)
        F = self.factors = hidden_size if factors is None else factors
        positive(self, factors=F)
        draw = self._drawer(seed)
        self.U, self.W_xf = draw("U", input_size, hidden_size), draw("W_xf", input_size, F)
        self.W_hf, self.W_fh = draw("W_hf", hidden_size, F), draw("W_fh", F, hidden_size)
        self.b = self._bias("b", hidden_size, bias)

    def project(self, x: Operand) -> tuple[Value, Value]:
        return affine(x, self.U, self.b), affine(x, self.W_xf)  # (…, H), (…, F)

    def step(self, projected: tuple[Value, Value], h: Value) -> Value:
        xU, gains = projected
        h = tanh(xU + (gains * (h @ self.W_hf)) @ self.W_fh)  # (B, H)
        h.label = "h"
        return h

    def transition(self, x: Operand) -> Value:
        """The matrix (H, H) by which one input x (D,) multiplies the state: W_hf diag(x W_xf) W_fh."""
        self.check_input(x)
        require(np.ndim(x) == 1, self, "input", np.shape(x), f"({self.input_size},)")
        return (self.W_hf * affine(x, self.W_xf)) @ self.W_fh


# The three mutants that an evolutionary search over recurrent cells found best (Jozefowicz et al., 2015) --------------
#
# The lecture's slide prints their equations with slips: W_xx for both W_xz and W_xr, W_hx for W_hz, and b_x or
# b_t for b_z and b_r. Here are the paper's. In all of them z = 1 writes, z = 0 keeps (the GRU's z, reversed).


Projected = tuple[Value, Value, Value]  # what z, r and h̃ need of x, (…, H) each


class Mutant(Cell):
    """What the mutants share: weights W_ab (from a to b), h = h̃⊙z + h⊙(1 − z), and P.

    MUT1 and MUT2 add x itself to hidden units, so D must be H. Where it is not, P (D, H) brings x to that
    size in that one place; with one-hot x, P is an embedding, which is what the paper feeds in.
    """

    def __init__(
        self, input_size: int, hidden_size: int, weights: str, bias: bool,
        learn_initial_state: bool, seed: Seed,
    ) -> None:  # fmt: skip
        super().__init__(input_size, hidden_size, learn_initial_state)
        draw = self._drawer(seed)
        for name in weights.split():
            if name != "P" or input_size != hidden_size:
                rows = hidden_size if name.startswith("W_h") else input_size
                setattr(self, name, draw(name, rows, hidden_size))
        for name in ("b_z", "b_r", "b_h"):
            setattr(self, name, self._bias(name, hidden_size, bias))

    P: Value | None = None
    W_xz: Value
    W_xr: Value
    W_xh: Value
    W_hz: Value
    W_hr: Value
    W_hh: Value
    b_z: Value | None
    b_r: Value | None
    b_h: Value | None

    def _written(self, z: Value, r: Value, xh: Value, h: Value) -> Value:
        candidate = tanh((r * h) @ self.W_hh + xh)
        h = candidate * z + h * (1 - z)  # (B, H)
        r.label, z.label, candidate.label, h.label = "r", "z", "h̃", "h"
        return h

    def _itself(self, x: Operand) -> Operand:
        """The input in the size of the hidden units."""
        if self.P is not None:
            return affine(x, self.P)
        return x.__array__() if isinstance(x, OneHot) else x


class MUT1Cell(Mutant):
    """z = σ(x W_xz + b_z), r = σ(x W_xr + h W_hr + b_r), h̃ = tanh((r⊙h) W_hh + tanh(x) + b_h).

    >>> nn.MUT1Cell(4, 4)(np.ones((2, 4))).shape
    (2, 4)
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True,
        *, learn_initial_state: bool = False, seed: Seed = 0,
    ) -> None:  # fmt: skip
        weights = "W_xz W_xr W_hr W_hh P"
        super().__init__(input_size, hidden_size, weights, bias, learn_initial_state, seed)

    def project(self, x: Operand) -> Projected:
        z = sigmoid(affine(x, self.W_xz, self.b_z))
        itself = tanh(self._itself(x))
        return z, affine(x, self.W_xr, self.b_r), itself if self.b_h is None else itself + self.b_h

    def step(self, projected: Projected, h: Value) -> Value:
        z, xr, xh = projected
        r = sigmoid(xr + h @ self.W_hr)  # (B, H)
        return self._written(z, r, xh, h)


class MUT2Cell(Mutant):
    """z = σ(x W_xz + h W_hz + b_z), r = σ(x + h W_hr + b_r), h̃ = tanh((r⊙h) W_hh + x W_xh + b_h).

    >>> nn.MUT2Cell(4, 4)(np.ones((2, 4))).shape
    (2, 4)
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True,
        *, learn_initial_state: bool = False, seed: Seed = 0,
    ) -> None:  # fmt: skip
        weights = "W_xz W_hz W_hr W_hh W_xh P"
        super().__init__(input_size, hidden_size, weights, bias, learn_initial_state, seed)

    def project(self, x: Operand) -> Projected:
        xr = self._itself(x) if self.b_r is None else self._itself(x) + self.b_r
        return affine(x, self.W_xz, self.b_z), xr, affine(x, self.W_xh, self.b_h)

    def step(self, projected: Projected, h: Value) -> Value:
        xz, xr, xh = projected
        z = sigmoid(xz + h @ self.W_hz)  # (B, H)
        r = sigmoid(xr + h @ self.W_hr)
        return self._written(z, r, xh, h)


class MUT3Cell(Mutant):
    """z = σ(x W_xz + tanh(h) W_hz + b_z), r = σ(x W_xr + h W_hr + b_r), h̃ = tanh((r⊙h) W_hh + x W_xh + b_h).

    >>> nn.MUT3Cell(3, 4)(np.ones((2, 3))).shape
    (2, 4)
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True,
        *, learn_initial_state: bool = False, seed: Seed = 0,
    ) -> None:  # fmt: skip
        weights = "W_xz W_hz W_xr W_hr W_hh W_xh"
        super().__init__(input_size, hidden_size, weights, bias, learn_initial_state, seed)

    def project(self, x: Operand) -> Projected:
        gates = affine(x, self.W_xz, self.b_z), affine(x, self.W_xr, self.b_r)
        return (*gates, affine(x, self.W_xh, self.b_h))

    def step(self, projected: Projected, h: Value) -> Value:
        xz, xr, xh = projected
        z = sigmoid(xz + tanh(h) @ self.W_hz)  # (B, H)
        r = sigmoid(xr + h @ self.W_hr)
        return self._written(z, r, xh, h)


# Units of another kind than φ(x W + b): maxout and radial basis functions ---------------------------------------------


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
