"""The plain recurrent network, in the lectures' two spellings."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tiny import functions
from autograd_tiny.functions import concatenate, relu, sigmoid, tanh
from autograd_tiny.nn.cell import Cell
from autograd_tiny.nn.initialisation import Seed
from autograd_tiny.nn.linear import OneHot, affine
from autograd_tiny.value import Operand, Value

NONLINEARITIES = {"tanh": tanh, "sigmoid": sigmoid, "relu": relu}


def nonlinearity_named(name: str) -> Any:
    """The function φ; ValueError lists the names there are."""
    if name not in NONLINEARITIES:
        raise ValueError(f"nonlinearity {name!r} is unknown; choose one of {', '.join(NONLINEARITIES)}")
    return NONLINEARITIES[name]


class RNNCell(Cell):
    """h = φ(x U + h W + b), φ = tanh, sigmoid or relu. U (D, H), W (H, H), b (H,)."""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh",
        *, learn_initial_state: bool = False, seed: Seed = 0,
    ) -> None:  # fmt: skip
        super().__init__(input_size, hidden_size, learn_initial_state)
        draw = self._drawer(seed)
        self.nonlinearity, self.phi = nonlinearity, nonlinearity_named(nonlinearity)
        self.U, self.W = draw("U", input_size, hidden_size), draw("W", hidden_size, hidden_size)
        self.b = self._bias("b", hidden_size, bias)

    def project(self, x: Operand) -> Value:
        return affine(x, self.U, self.b)  # (…, H)

    def step(self, xU: Value, h: Value) -> Value:
        h = self.phi(xU + h @ self.W)  # (B, H)
        h.label = "h"
        return h


class ConcatenatedRNNCell(Cell):
    """h = φ([x; h] W + b): one matrix W (D + H, H) for input and state together."""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh",
        *, learn_initial_state: bool = False, seed: Seed = 0,
    ) -> None:  # fmt: skip
        super().__init__(input_size, hidden_size, learn_initial_state)
        self.nonlinearity, self.phi = nonlinearity, nonlinearity_named(nonlinearity)
        self.W = self._drawer(seed)("W", input_size + hidden_size, hidden_size)
        self.b = self._bias("b", hidden_size, bias)

    def project(self, x: Operand) -> Value:
        return functions.value(np.asarray(x) if isinstance(x, OneHot) else x)

    def step(self, x: Value, h: Value) -> Value:
        h = self.phi(affine(concatenate([x, h], -1), self.W, self.b))  # (B, H)
        h.label = "h"
        return h
