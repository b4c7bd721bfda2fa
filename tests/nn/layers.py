"""What the tests of layers share: every kind of cell, and a layer as a function of its parameters."""

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_tiny import Value, nn

D, H, T, B = 3, 4, 3, 2  # inputs, hidden units, time steps, samples: all different or telling

CELLS: dict[str, Callable[..., nn.Cell]] = {
    "RNN tanh": lambda **o: nn.RNNCell(D, H, **o),
    "RNN sigmoid": lambda **o: nn.RNNCell(D, H, nonlinearity="sigmoid", **o),
    "RNN relu": lambda **o: nn.RNNCell(D, H, nonlinearity="relu", **o),
    "concatenated": lambda **o: nn.ConcatenatedRNNCell(D, H, **o),
    "LSTM": lambda **o: nn.LSTMCell(D, H, **o),
    "LSTM peephole": lambda **o: nn.LSTMCell(D, H, peephole=True, **o),
    "GRU": lambda **o: nn.GRUCell(D, H, **o),
    "GRU reset after": lambda **o: nn.GRUCell(D, H, reset_after=True, **o),
    "MUT1": lambda **o: nn.MUT1Cell(D, H, **o),
    "MUT2": lambda **o: nn.MUT2Cell(D, H, **o),
    "MUT3": lambda **o: nn.MUT3Cell(D, H, **o),
    "multiplicative": lambda **o: nn.MultiplicativeRNNCell(D, H, 5, **o),
}  # fmt: skip


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def stacked(**options: Any) -> nn.Cell:
    """Two different cells on top of each other, wired residually."""
    return nn.StackedCells([nn.LSTMCell(D, H, seed=1), nn.GRUCell(H, H, seed=2), nn.RNNCell(H, H, seed=3)], **options)


def in_terms_of(layer: nn.Layer, run: Callable[..., Value]) -> tuple[Callable[..., Value], list[np.ndarray]]:
    """`run(*inputs)` as a function of the layer's parameters and the inputs, and the parameters' present numbers."""
    names = list(layer.parameters())
    points = [p.data.copy() for p in layer.parameters().values()]

    def f(*leaves: Value) -> Value:
        for name, leaf in zip(names, leaves, strict=False):
            put(layer, name, leaf)
        return run(*leaves[len(names) :])

    return f, points


def put(layer: Any, name: str, leaf: Value) -> None:
    """Let `leaf` be the parameter of that dotted name."""
    *path, last = name.split(".")
    for step in path:
        layer = layer[int(step)] if step.isdigit() else getattr(layer, step)
    setattr(layer, last, leaf)


def mixed(outputs: Value) -> Value:
    """A scalar in which every output counts differently, so that no error cancels."""
    return (outputs * normal(*outputs.shape, seed=99)).sum()
