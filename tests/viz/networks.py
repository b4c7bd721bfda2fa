"""Networks as people record them, small: what a picture must be able to show on one page."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np

from autograd_tiny import Value, nn, relu, scope, sigmoid, stack, tanh


def numbers(*shape: int) -> np.ndarray:
    """The same numbers each time."""
    return np.random.default_rng(0).normal(size=shape)


def total(losses: list[Any]) -> Any:
    """Their sum, called L, with its gradients."""
    loss = sum(losses[1:], losses[0])
    loss.label = "L"
    loss.backward()
    return loss


def scalar_rnn(steps: int) -> Any:
    """The lecture's: s = σ(U x + W s), o = σ(V s), L = Σo."""
    U, W, V = Value(0.5, "U"), Value(-1.0, "W"), Value(2.0, "V")
    s, outputs = Value(0.0, "s_0"), []
    for t in range(1, steps + 1):
        with scope(f"t={t}"):
            x = Value(float(numbers(steps)[t - 1]), f"x_{t}")
            s = sigmoid(U * x + W * s)
            o = sigmoid(V * s)
            s.label, o.label = f"s_{t}", f"o_{t}"
        outputs.append(o)
    return total(outputs)


def recurrent(cell: Any, steps: int) -> Any:
    """A loss at each step."""
    out = nn.Linear(4, 1, seed=2)
    hs, _ = nn.unroll(cell, list(numbers(steps, 1, 2)))
    return total([nn.mse(out(h), np.zeros((1, 1))) for h in hs])


def embedded(cell: Any, steps: int, batch: tuple[int, ...] = ()) -> Any:
    """Letters in, the next letters out: a table of vectors, a cell of 4 inputs and 6 units, a layer, losses."""
    table, out, rng = nn.Embedding(8, 4), nn.Linear(6, 8, seed=2), np.random.default_rng(steps)
    hs, _ = nn.unroll(cell, [table(rng.integers(0, 8, batch)) for _ in range(steps)])
    return total([nn.cross_entropy(out(h), rng.integers(0, 8, batch)) for h in hs])


def stacked() -> Any:
    """Two layers, one after the other."""
    hs, _ = nn.unroll(nn.RNNCell(2, 4, seed=1), list(numbers(3, 1, 2)))
    hs, _ = nn.unroll(nn.RNNCell(4, 4, seed=2), hs)
    return total([nn.mse(hs[-1], np.zeros((1, 4)))])


def stacked_cells() -> Any:
    """Two LSTMs in one cell."""
    cell = nn.StackedCells([nn.LSTMCell(2, 4, seed=1), nn.LSTMCell(4, 4, seed=2)])
    hs, _ = nn.unroll(cell, list(numbers(3, 1, 2)))
    return total([nn.mse(hs[-1], np.zeros((1, 4)))])


def bidirectional() -> Any:
    """Both ways."""
    hs, _ = nn.Bidirectional(nn.RNNCell(2, 3, seed=1), nn.RNNCell(2, 3, seed=2))(list(numbers(3, 1, 2)))
    return total([nn.mse(h, np.zeros((1, 6))) for h in hs])


def encoder_decoder() -> Any:
    """A state handed on."""
    encoder, decoder, out = nn.RNNCell(2, 4, seed=1), nn.RNNCell(2, 4, seed=2), nn.Linear(4, 2, seed=3)
    with scope("encoder"):
        _, h = nn.unroll(encoder, list(numbers(3, 1, 2)))
    with scope("decoder"):
        hs, _ = nn.unroll(decoder, list(numbers(3, 1, 2)), h)
    return total([nn.mse(out(h), np.zeros((1, 2))) for h in hs])


def mlp() -> Any:
    """Four layers."""
    x: Any = Value(numbers(5, 3), "x")
    for k, (d, h) in enumerate([(3, 8), (8, 8), (8, 8), (8, 2)]):
        x = nn.Linear(d, h, seed=k)(x if not k else tanh(x))
    return total([nn.mse(x, np.zeros((5, 2)))])


def residual() -> Any:
    """Three blocks that are gone around."""
    x: Any = Value(numbers(5, 8), "x")
    for k in (1, 2, 3):
        with scope(f"block {k}"):
            inner = relu(nn.Linear(8, 8, seed=k)(x))
            x = x + nn.Linear(8, 8, seed=10 + k)(inner)
    return total([nn.mse(x, np.zeros((5, 8)))])


def batch_norm() -> Any:
    """Normalised between two layers."""
    x: Any = Value(numbers(5, 3), "x")
    x = relu(nn.BatchNorm(8)(nn.Linear(3, 8, seed=1)(x)))
    return total([nn.mse(nn.Linear(8, 2, seed=2)(x), np.zeros((5, 2)))])


def convolution() -> Any:
    """An image, a filter bank, pooling and a layer."""
    x: Any = Value(numbers(1, 1, 8, 8), "x")
    x = nn.max_pool(relu(nn.Conv2d(1, 4, 3, seed=1)(x)), 2)
    return total([nn.mse(nn.Linear(36, 2, seed=2)(x.reshape(1, 36)), np.zeros((1, 2)))])


def blocks(count: int, name: str = "block {}") -> Any:
    """Equal blocks, one after another."""
    x: Any = Value(numbers(2, 4), "x")
    for k in range(1, count + 1):
        with scope(name.format(k)):
            x = tanh(nn.Linear(4, 4, seed=k)(x))
    return total([nn.mse(x, np.zeros((2, 4)))])


def leaf_added(steps: int) -> Any:
    """y = tanh(w y + x): an input that goes straight to the sum, without a gate of its own."""
    w, y = Value(0.5, "w"), Value(0.1, "y_0")
    for t in range(1, steps + 1):
        with scope(f"t={t}"):
            x = Value(0.2 * t, f"x_{t}")
            y = tanh(w * y + x)
    return total([y])


# Rows within scopes, as people nest them ------------------------------------------------------------------------------


def rows_in_scopes(steps: int, first: str, second: str) -> Any:
    """Two rows of `nn`'s cells, each in a scope of its own; the second begins where the first ends."""
    cells, out = [nn.GRUCell(2, 4, seed=seed) for seed in (1, 2)], nn.Linear(4, 2, seed=3)
    with scope(first):
        hs, h = nn.unroll(cells[0], list(numbers(steps, 1, 2)))
    with scope(second):
        hs, _ = nn.unroll(cells[1], list(numbers(steps, 1, 2)), h)
    return total([nn.mse(out(h), np.zeros((1, 2))) for h in hs])


def both_ways(steps: int) -> Any:
    """Two rows of single numbers over one sequence, the second one backward; a loop enters their scopes each time."""
    weights = [[Value(0.1 * k + j, f"{letter}_{j}") for k, letter in enumerate("UWV")] for j in (1, 2)]
    xs = [Value(float(x), f"x_{t}") for t, x in enumerate(numbers(steps), 1)]
    states: list[list[Any]] = [[], []]
    for j, order in enumerate((range(steps), reversed(range(steps)))):
        s: Any = Value(0.0, f"s_{j + 1}0")
        for t in order:
            with scope(("forward", "backward")[j]), scope(f"t={t + 1}"):
                s = tanh(weights[j][0] * xs[t] + weights[j][1] * s)
            states[j].append(s)
    return total([(f * weights[0][2] + b) ** 2 for f, b in zip(states[0], reversed(states[1]), strict=True)])


def layers_of_steps(steps: int, layers: int = 2) -> Any:
    """layer=1/t=1, …"""
    hs = list(numbers(steps, 1, 2))
    for k in range(layers):
        with scope(f"layer={k + 1}"):
            hs, _ = nn.unroll(nn.RNNCell(4 if k else 2, 4, seed=k), hs)
    return total([nn.mse(h, np.zeros((1, 4))) for h in hs])


def two_losses(steps: int) -> Any:
    """Both ways, a loss of all states, and one of the last."""
    cells = nn.RNNCell(2, 3, seed=1), nn.LSTMCell(2, 3, seed=2)
    hs, _ = nn.Bidirectional(*cells)(list(numbers(steps, 1, 2)))
    losses = [total([nn.mse(h, np.zeros((1, 6))) for h in hs]), total([nn.mse(hs[-1], np.ones((1, 6)))])]
    losses[1].label = "M"
    return losses


def attending(steps: int, within: bool) -> Any:
    """A decoder that looks at all states of the encoder: in its steps, or in what stands on top of them."""
    encoder, decoder, attention = nn.RNNCell(2, 4, seed=1), nn.RNNCell(4, 4, seed=2), nn.Attention(4, score="dot")
    with scope("encoder"):
        hs, h = nn.unroll(encoder, list(numbers(steps, 2)))
    keys, losses = stack(hs), []
    for t in range(1, steps + 1):
        with scope("decoder"), scope(f"t={t}"):
            context = attention(h, keys)[0] if within else Value(numbers(4), f"y_{t}")
            h = decoder(context, h)
        losses.append(nn.mse(h if within else attention(h, keys)[0], np.zeros(4)))
    return total(losses)


# Where there is little room ----------------------------------------------------------------------------------------


def row_in_steps(steps: int, depth: int = 3, family: str = "layer={}") -> Any:
    """A row inside each step: layers, one on another, each with a state of its own; a loss at each step."""
    weights = [(Value(0.5, f"w_{k}"), Value(0.3, f"u_{k}")) for k in range(1, depth + 1)]
    states: list[Any] = [Value(0.1, f"h_{k}0") for k in range(1, depth + 1)]
    losses = []
    for t in range(1, steps + 1):
        y: Any = Value(0.1 * t, f"x_{t}")
        with scope(f"t={t}"):
            for k, (w, u) in enumerate(weights):
                with scope(family.format(k + 1)):
                    y = states[k] = tanh(w * y + u * states[k])
        losses.append((y - 1.0) ** 2)
    return total(losses)


def read_both_ways(steps: int, ways: tuple[str, ...] = ("forward", "backward"), last: str = "") -> Any:
    """Two rows of single numbers, in scopes or in none, and a readout of both, of several gates."""
    weights = [[Value(0.1 * k + j, f"{letter}_{j}") for k, letter in enumerate("UWVb")] for j in (1, 2)]
    xs = [Value(float(x), f"x_{t}") for t, x in enumerate(numbers(steps), 1)]
    states: list[list[Any]] = [[], []]
    for j, order in enumerate((range(steps), reversed(range(steps)))):
        u, w, _, b = weights[j]
        s: Any = Value(0.0, f"s_{j + 1}0")
        for t in order:
            with scope(*ways[j : j + 1], f"t={t + 1}"):
                s = tanh(u * xs[t] + w * s + b)
            states[j].append(s)
    losses = []
    for t, (f, g) in enumerate(zip(states[0], reversed(states[1]), strict=True), 1):
        o = tanh(f * weights[0][2] + g * weights[1][2] + weights[1][3])
        with scope(last.format(t)) if last else nullcontext():
            losses.append((o - 1.0) ** 2)
    return total(losses)


def translating(steps: int, cell: Any = nn.RNNCell, outside: bool = False) -> Any:
    """An encoder and a decoder that read letters: their tables in their scopes, or before them."""
    tables, rng = [nn.Embedding(8, 4, seed=seed) for seed in (4, 5)], np.random.default_rng(steps)
    cells, out = [cell(4, 6, seed=seed) for seed in (1, 2)], nn.Linear(6, 8, seed=3)
    h, hs, before = None, [], [[table(rng.integers(0, 8)) for _ in range(steps)] for table in tables if outside]
    for k, name in enumerate(("encoder", "decoder")):
        with scope(name):
            xs = before[k] if outside else [tables[k](rng.integers(0, 8)) for _ in range(steps)]
            hs, h = nn.unroll(cells[k], xs, h)
    return total([nn.cross_entropy(out(h), rng.integers(0, 8)) for h in hs])


def two_bidirectional(steps: int, cell: Any = nn.RNNCell) -> Any:
    """Two layers, each both ways."""
    hs: Any = list(numbers(steps, 1, 2))
    for k in range(2):
        width = 6 if k else 2
        hs, _ = nn.Bidirectional(cell(width, 3, seed=2 * k + 1), cell(width, 3, seed=2 * k + 2))(hs)
    return total([nn.mse(h, np.zeros((1, 6))) for h in hs])


CROWDED: dict[str, Callable[[int], Any]] = {
    "a row in each step": row_in_steps,
    "neurons in each step": lambda steps: row_in_steps(steps, 4, "neuron {}"),
    "both ways": both_ways,
    "both ways, readouts": read_both_ways,
    "both ways, no scopes": lambda steps: read_both_ways(steps, ()),
    "both ways, losses in steps": lambda steps: read_both_ways(steps, last="t={}"),
    "both ways, all in steps": lambda steps: read_both_ways(steps, (), "t={}"),
    "attention within": lambda steps: attending(steps, True),
    "attention on top": lambda steps: attending(steps, False),
    "translating": translating,
    "translating, LSTM": lambda steps: translating(steps, nn.LSTMCell),
    "translating, tables outside": lambda steps: translating(steps, nn.LSTMCell, True),
    "two bidirectional layers": two_bidirectional,
    "two bidirectional LSTMs": lambda steps: two_bidirectional(steps, nn.LSTMCell),
}


NESTINGS: dict[str, Callable[[int], Any]] = {
    "encoder, decoder": lambda steps: rows_in_scopes(steps, "encoder", "decoder"),
    "question, answer": lambda steps: rows_in_scopes(steps, "question", "answer"),
    "a loop's scopes": both_ways,
    "layer=1, layer=2": layers_of_steps,
    "two losses": two_losses,
    "attention within": lambda steps: attending(steps, True),
    "attention on top": lambda steps: attending(steps, False),
}


NETWORKS: dict[str, Callable[[], Any]] = {
    **{f"scalar RNN, T = {steps}": (lambda steps=steps: scalar_rnn(steps)) for steps in (3, 10, 30, 100)},
    "a leaf added": lambda: leaf_added(3),
    "RNN": lambda: recurrent(nn.RNNCell(2, 4, seed=1), 3),
    "RNN, T = 10": lambda: recurrent(nn.RNNCell(2, 4, seed=1), 10),
    "LSTM": lambda: recurrent(nn.LSTMCell(2, 4, seed=1), 3),
    "GRU": lambda: recurrent(nn.GRUCell(2, 4, seed=1), 3),
    "LSTM, T = 30": lambda: recurrent(nn.LSTMCell(2, 4, seed=1), 30),
    "stacked": stacked,
    "stacked cells": stacked_cells,
    "bidirectional": bidirectional,
    "encoder–decoder": encoder_decoder,
    "MLP": mlp,
    "residual": residual,
    "batch norm": batch_norm,
    "convolution": convolution,
    "96 blocks": lambda: blocks(96),
    "layers": lambda: blocks(12, "layer={}"),
}
