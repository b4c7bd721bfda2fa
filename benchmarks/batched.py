"""The LSTM over 32 texts at once, by hand: in the manner of the lecture's program, and as fast as NumPy goes.

V characters, H hidden units, T time steps, B texts; columns: x (V, B) one-hot, h (H, B); rows: h (B, H)
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.handwritten import CLIP, RATE, Array, Weights, sigmoid
from benchmarks.task import Step, stretches, weights

State = tuple[Array, Array]
Pass = Callable[[Weights, Array, Array, State], tuple[float, Weights, State]]


def in_columns(w: Weights, inputs: Array, targets: Array, state: State) -> tuple[float, Weights, State]:
    """`handwritten.lstm_pass` with B columns: a one-hot column per character, each weight's gradient added up."""
    V, (T, B), H = len(w["by"]), inputs.shape, len(state[0])
    x, h, c, gates, p, loss, texts = {}, {-1: state[0]}, {-1: state[1]}, {}, {}, 0.0, np.arange(B)
    for t in range(T):
        x[t] = np.zeros((V, B))
        x[t][inputs[t], texts] = 1.0
        a = np.dot(w["Wx"], x[t]) + np.dot(w["Wh"], h[t - 1]) + w["b"]
        i, f, o = sigmoid(a[:H]), sigmoid(a[H : 2 * H]), sigmoid(a[2 * H : 3 * H])
        g = np.tanh(a[3 * H :])
        gates[t] = i, f, o, g
        c[t] = f * c[t - 1] + i * g
        h[t] = o * np.tanh(c[t])
        y = np.dot(w["Why"], h[t]) + w["by"]
        p[t] = np.exp(y) / np.sum(np.exp(y), axis=0)
        loss -= np.sum(np.log(p[t][targets[t], texts]))
    d = {name: np.zeros_like(array) for name, array in w.items()}
    h_later, c_later = np.zeros_like(state[0]), np.zeros_like(state[1])
    for t in reversed(range(T)):
        dy = p[t].copy()
        dy[targets[t], texts] -= 1.0
        d["Why"] += np.dot(dy, h[t].T)
        d["by"] += np.sum(dy, axis=1, keepdims=True)
        i, f, o, g = gates[t]
        dh = np.dot(w["Why"].T, dy) + h_later
        shown = np.tanh(c[t])
        dc = c_later + dh * o * (1 - shown * shown)
        da = np.concatenate([
            dc * g * i * (1 - i), dc * c[t - 1] * f * (1 - f), dh * shown * o * (1 - o), dc * i * (1 - g * g),
        ])  # fmt: skip
        d["b"] += np.sum(da, axis=1, keepdims=True)
        d["Wx"] += np.dot(da, x[t].T)
        d["Wh"] += np.dot(da, h[t - 1].T)
        h_later, c_later = np.dot(w["Wh"].T, da), dc * f
    return float(loss), d, (h[T - 1], c[T - 1])


def in_rows(w: Weights, inputs: Array, targets: Array, state: State) -> tuple[float, Weights, State]:
    """The same, quickly: rows gathered, all outputs in one product, and each weight's gradient in one, at the end."""
    (T, B), H = inputs.shape, len(state[0])
    h, c, shown = np.empty((T + 1, B, H)), np.empty((T + 1, B, H)), np.empty((T, B, H))
    h[0], c[0] = state[0].T, state[1].T
    a = np.ascontiguousarray(w["Wx"].T)[inputs]  # (T, B, 4H), gates in place
    a += w["b"][:, 0]
    W = np.ascontiguousarray(w["Wh"].T)
    for t in range(T):
        a[t] += h[t] @ W
        a[t, :, : 3 * H] = sigmoid(a[t, :, : 3 * H])
        np.tanh(a[t, :, 3 * H :], out=a[t, :, 3 * H :])
        i, f, o, g = (a[t, :, k * H : (k + 1) * H] for k in range(4))
        c[t + 1] = f * c[t] + i * g
        np.tanh(c[t + 1], out=shown[t])
        np.multiply(o, shown[t], out=h[t + 1])
    outputs, rows = h[1:].reshape(T * B, H), np.arange(T * B)
    p = np.exp(outputs @ w["Why"].T + w["by"][:, 0])  # (T·B, V)
    p /= p.sum(1, keepdims=True)
    loss = -np.log(p[rows, targets.ravel()]).sum()
    p[rows, targets.ravel()] -= 1.0
    dh, h_later, c_later = (p @ w["Why"]).reshape(T, B, H), 0.0, np.zeros((B, H))
    slopes = np.concatenate([a[..., : 3 * H] * (1 - a[..., : 3 * H]), 1 - a[..., 3 * H :] ** 2], axis=2)
    for t in reversed(range(T)):
        i, f, o, g = (a[t, :, k * H : (k + 1) * H].copy() for k in range(4))
        d_h = dh[t] + h_later
        dc = c_later + d_h * o * (1 - shown[t] * shown[t])
        a[t] = np.concatenate([dc * g, dc * c[t], d_h * shown[t], dc * i], axis=1) * slopes[t]
        h_later, c_later = a[t] @ w["Wh"], dc * f
    da = a.reshape(T * B, 4 * H)
    order = np.argsort(inputs, axis=None, kind="stable")
    found, first = np.unique(inputs.ravel()[order], return_index=True)
    d = {
        "Wx": np.zeros_like(w["Wx"]),
        "Wh": da.T @ h[:-1].reshape(T * B, H),
        "Why": p.T @ outputs,
        "b": da.sum(0)[:, None],
        "by": p.sum(0)[:, None],
    }
    d["Wx"].T[found] = np.add.reduceat(da[order], first)
    return float(loss), d, (h[T].T, c[T].T)


def by_hand(one_pass: Pass, network: str, batch: int) -> Step:
    """A training step: clipping and Adagrad per array, as in the lecture's program."""
    w, pairs = weights(network), stretches(batch)
    memory = {name: np.zeros_like(array) for name, array in w.items()}
    state: Any = (np.zeros((w["Why"].shape[1], batch)),) * 2

    def step() -> float:
        nonlocal state
        loss, gradients, state = one_pass(w, *next(pairs), state)
        for name, d in gradients.items():
            np.clip(d, -CLIP, CLIP, out=d)
            memory[name] += d * d
            w[name] += -RATE * d / np.sqrt(memory[name] + 1e-8)
        return loss

    return step
