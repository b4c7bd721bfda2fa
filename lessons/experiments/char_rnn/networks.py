"""A cell and a readout: from characters to a score for each character that may come next.

V characters, H hidden units, T time steps        x (T,) and y (T,): the places of characters in the alphabet
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_tiny import Value, nn
from autograd_tiny.functions import tanh
from autograd_tiny.nn.cell import Cell
from autograd_tiny.nn.initialisation import normal

# The lecture's programs start from Gaussian numbers of this size: every character is equally likely at first.
SMALL = 0.01


class ColumnRNNCell(Cell):
    """h = tanh(Wxh x + Whh h + bh), weights on the left of columns: Wxh (H, V), Whh (H, H), bh (H, 1); h (H,)."""

    def __init__(self, input_size: int, hidden_size: int, *, seed: Any = 0) -> None:
        super().__init__(input_size, hidden_size)
        rng, H = np.random.default_rng(seed), hidden_size
        self.Wxh = Value(normal((H, input_size), SMALL, seed=rng), "Wxh")
        self.Whh = Value(normal((H, H), SMALL, seed=rng), "Whh")
        self.bh = Value(np.zeros((H, 1)), "bh")

    def project(self, x: Any) -> Value:
        return nn.affine(x, self.Wxh.T, self.bh.reshape(-1))  # (T, H)

    def step(self, projected: Value, h: Value) -> Value:
        return tanh(projected + self.Whh @ h)  # (H,)


CELLS: dict[str, Callable[..., Cell]] = {
    "rnn": ColumnRNNCell,
    "lstm": nn.LSTMCell,
    "gru": nn.GRUCell,
    "mut1": nn.MUT1Cell,
    "mut2": nn.MUT2Cell,
    "mut3": nn.MUT3Cell,
    "multiplicative": nn.MultiplicativeRNNCell,
}


class Network:
    """A cell over one-hot characters, and the readout y = Why h + by, Why (V, H), by (V, 1)."""

    def __init__(self, cell: str, characters: int, hidden: int, seed: int = 0) -> None:
        if cell not in CELLS:
            raise ValueError(f"cell {cell!r} is unknown; choose one of {', '.join(CELLS)}")
        rng = np.random.default_rng(seed)
        self.characters = characters
        self.cell: Any = CELLS[cell](characters, hidden, seed=rng)
        self.Why = Value(normal((characters, hidden), SMALL, seed=rng), "Why")
        self.by = Value(np.zeros((characters, 1)), "by")

    def parameters(self) -> dict[str, Value]:
        """All parameters by name: the cell's weights, Why, the cell's biases, by."""
        own = self.cell.parameters()
        weights = {name: p for name, p in own.items() if not name.startswith("b")}
        return (
            weights | {"Why": self.Why} | {name: p for name, p in own.items() if name not in weights} | {"by": self.by}
        )

    def __call__(self, x: Any, state: Any = None) -> tuple[Value, Value, Any]:
        """The scores (T, V) of what follows each character, the outputs h (T, H), and the last state."""
        h, state = nn.unroll(self.cell, nn.OneHot(x, self.characters), state)
        return h @ self.Why.T + self.by.reshape(-1), h, state


def detached(state: Any) -> Any:
    """A state's numbers without the graph that made them: where the next stretch of text begins."""
    return tuple(part.data for part in state) if isinstance(state, tuple) else state.data


def in_parts(state: Any) -> tuple[Any, ...]:
    """The parts of a state: (h,) of an RNN, (h, c) of an LSTM."""
    return state if isinstance(state, tuple) else (state,)
