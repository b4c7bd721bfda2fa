"""A character that chooses the transition matrix: multiplicative connections through three-way factors."""

from __future__ import annotations

import numpy as np

from autograd_tiny.functions import tanh
from autograd_tiny.nn.cell import Cell
from autograd_tiny.nn.initialisation import Seed
from autograd_tiny.nn.layer import positive, require
from autograd_tiny.nn.linear import affine
from autograd_tiny.value import Operand, Value


class MultiplicativeRNNCell(Cell):
    """h = tanh(x U + ((x W_xf)⊙(h W_hf)) W_fh + b): F factors, each a product of what it sees of x and of h.

    In the lecture's letters factor f has w_f (column f of W_xf (D, F)), u_f (column f of W_hf (H, F)) and v_f
    (row f of W_fh (F, H)); U is (D, H), b (H,). Each input x thereby has a transition matrix of its own,
    Σ_f (x·w_f) u_f v_fᵀ, a sum of rank-1 matrices that all inputs share (Sutskever, Martens & Hinton, 2011).
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
