"""The recurrent cells of the lectures: the plain one in two spellings, LSTM and GRU."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tiny import functions
from autograd_tiny.functions import concatenate, relu, sigmoid, split, tanh
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
    """h = φ(x U + h W + b), φ = tanh, sigmoid or relu. U (D, H), W (H, H), b (H,).

    >>> cell = nn.RNNCell(input_size=3, hidden_size=4)
    >>> h = cell(np.ones((2, 3)))       # (B, D) -> (B, H)
    >>> h.shape, cell(np.ones((2, 3)), h).shape
    ((2, 4), (2, 4))
    """

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
    """h = φ([x; h] W + b): one matrix W (D + H, H) for input and state together.

    >>> cell = nn.ConcatenatedRNNCell(3, 4)
    >>> cell(np.ones((2, 3))).shape, cell.W.shape
    ((2, 4), (7, 4))
    """

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


# Cells with gates: LSTM and GRU. All gates of a kind come from one product; columns stand side by side ----------------
#
# Gates and states carry their letters as labels, so that a picture of a step reads like the equations.


class LSTMCell(Cell):
    """c = f⊙c + i⊙g, h = o⊙tanh(c): a memory c that gates write (i), keep (f) and read (o). State (h, c).

    U (D, 4H), W (H, 4H), b (4H,): columns i | f | o | g. `forget_bias` is where b of f starts (1 makes a
    new cell remember). With `peephole`, gates see the memory: i and f the old c through p_i, p_f, o the
    new one through p_o, each (H,). Source: Hochreiter & Schmidhuber 1997; peepholes: Gers & Schmidhuber 2000.

    >>> cell = nn.LSTMCell(input_size=3, hidden_size=4, forget_bias=1.0)
    >>> h, c = cell(np.ones((2, 3)))
    >>> h.shape, c.shape, cell.U.shape
    ((2, 4), (2, 4), (3, 16))
    """

    memory = ("h", "c")

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True,
        *, forget_bias: float = 0.0, peephole: bool = False, learn_initial_state: bool = False, seed: Seed = 0,
    ) -> None:  # fmt: skip
        super().__init__(input_size, hidden_size, learn_initial_state)
        draw, H = self._drawer(seed), hidden_size
        self.U, self.W, self.b = draw("U", input_size, 4 * H), draw("W", H, 4 * H), self._bias("b", 4 * H, bias)
        if self.b is not None:
            self.b.data[H : 2 * H] = forget_bias
        elif forget_bias:
            raise ValueError(f"LSTMCell: forget_bias = {forget_bias} needs bias=True")
        self.peephole = peephole
        if peephole:
            self.p_i, self.p_f, self.p_o = draw("p_i", H), draw("p_f", H), draw("p_o", H)

    def project(self, x: Operand) -> Value:
        return affine(x, self.U, self.b)  # (…, 4H)

    def step(self, xU: Value, state: tuple[Value, Value]) -> tuple[Value, Value]:
        h, c = state
        a = xU + h @ self.W  # (B, 4H)
        if self.peephole:
            return self._peeping(a, c)
        gates, g = split(a, (3 * self.hidden_size,), -1)
        i, f, o = split(sigmoid(gates), 3, -1)
        g = tanh(g)
        c = f * c + i * g
        h = o * tanh(c)  # (B, H) as all of these
        i.label, f.label, o.label, g.label, c.label, h.label = "ifogch"
        return h, c

    def _peeping(self, a: Value, c: Value) -> tuple[Value, Value]:
        i, f, o, g = split(a, 4, -1)
        i = sigmoid(i + c * self.p_i)
        f = sigmoid(f + c * self.p_f)
        g = tanh(g)
        c = f * c + i * g
        o = sigmoid(o + c * self.p_o)
        h = o * tanh(c)
        i.label, f.label, o.label, g.label, c.label, h.label = "ifogch"
        return h, c


class GRUCell(Cell):
    """h = z⊙h + (1 − z)⊙h̃ with h̃ = tanh(x U + (r⊙h) W_h + b), as the lecture prints it (Cho et al., 2014).

    U (D, 3H), b (3H,): columns r | z | h̃; W (H, 2H): columns r | z; W_h (H, H). PyTorch and cuDNN reset after
    the product instead, h̃ = tanh(x U + r⊙(h W_h + b_h) + b): that is `reset_after=True`.

    >>> cell = nn.GRUCell(input_size=3, hidden_size=4)
    >>> cell(np.ones((2, 3))).shape
    (2, 4)
    >>> {name: p.shape for name, p in cell.parameters().items()}
    {'U': (3, 12), 'W': (4, 8), 'W_h': (4, 4), 'b': (12,)}
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True,
        *, reset_after: bool = False, learn_initial_state: bool = False, seed: Seed = 0,
    ) -> None:  # fmt: skip
        super().__init__(input_size, hidden_size, learn_initial_state)
        draw, H = self._drawer(seed), hidden_size
        self.U, self.W, self.W_h = draw("U", input_size, 3 * H), draw("W", H, 2 * H), draw("W_h", H, H)
        self.b = self._bias("b", 3 * H, bias)
        self.b_h = Value(np.zeros(H), "b_h") if bias and reset_after else None
        self.reset_after = reset_after

    def project(self, x: Operand) -> Value:
        return affine(x, self.U, self.b)  # (…, 3H)

    def step(self, xU: Value, h: Value) -> Value:
        xU, candidate = split(xU, (2 * self.hidden_size,), -1)
        r, z = split(sigmoid(xU + h @ self.W), 2, -1)  # (B, H) each
        recalled = r * affine(h, self.W_h, self.b_h) if self.reset_after else (r * h) @ self.W_h
        candidate = tanh(candidate + recalled)
        h = z * h + (1 - z) * candidate  # (B, H)
        r.label, z.label, candidate.label, h.label = "r", "z", "h̃", "h"
        return h
