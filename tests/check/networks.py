"""Hand-written backpropagation with switches for its classic bugs: a character RNN and an LSTM."""

from collections.abc import Callable
from typing import Any

import numpy as np

Params = dict[str, Any]
V, H, T, B, D = 6, 4, 5, 2, 3


def rnn_params(scale: float = 0.5, seed: int = 0) -> Params:
    normal = np.random.default_rng(seed).normal
    shapes = {"Wxh": (H, V), "Whh": (H, H), "Why": (V, H)}
    return {name: scale * normal(size=shape) for name, shape in shapes.items()} | {
        "bh": np.zeros((H, 1)),
        "by": np.zeros((V, 1)),
    }


def rnn(bug: str = "", seed: int = 1) -> Callable[[Params], Any]:
    """The loss of a character RNN, its gradients and its last state, as in the well-known hundred lines."""
    rng = np.random.default_rng(seed)
    inputs, targets, hprev = rng.integers(0, V, T), rng.integers(0, V, T), 0.1 * rng.normal(size=(H, 1))

    def loss_and_grads(p: Params) -> Any:
        Wxh, Whh, Why, bh, by = (p[name] for name in ("Wxh", "Whh", "Why", "bh", "by"))
        xs: dict[int, Any] = {}
        hs: dict[int, Any] = {-1: np.copy(hprev)}
        ps: dict[int, Any] = {}
        loss = 0.0
        for t in range(T):
            xs[t] = np.zeros((V, 1))
            xs[t][inputs[t]] = 1
            hs[t] = np.tanh(np.dot(Wxh, xs[t]) + np.dot(Whh, hs[t - 1]) + bh)
            y = np.dot(Why, hs[t]) + by
            ps[t] = np.exp(y) / np.sum(np.exp(y))
            loss += -np.log(ps[t][targets[t], 0])
        dWxh, dWhh, dWhy, dbh, dby = (np.zeros_like(x) for x in (Wxh, Whh, Why, bh, by))
        dhnext = np.zeros_like(hs[0])
        for t in reversed(range(T)):
            dy = np.copy(ps[t])
            if bug != "no target":
                dy[targets[t]] -= 1
            dWhy += np.dot(dy, hs[t].T)
            dby = dy if bug == "= for +=" else dby + dy
            dh = np.dot(Why.T, dy) + (0 if bug == "no dhnext" else dhnext)
            local = {"no tanh'": 1.0, "1 - h": 1 - hs[t]}.get(bug, 1 - hs[t] * hs[t])
            dhraw = local * dh
            dbh += dhraw
            dWxh += np.dot(dhraw, xs[t].T)
            dWhh += np.dot(dhraw, hs[t if bug == "hs[t]" else t - 1].T)
            dhnext = np.dot(Whh if bug == "no transpose" else Whh.T, dhraw)
        grads = {"Wxh": dWxh, "Whh": dWhh, "Why": dWhy, "bh": dbh, "by": dby}
        if bug == "clipped":
            grads = {name: np.clip(g, -0.3, 0.3) for name, g in grads.items()}
        if bug == "mean":
            grads = {name: g / T for name, g in grads.items()}
        if bug == "sign":
            grads = {name: -g for name, g in grads.items()}
        return loss, grads, hs[T - 1]

    return loss_and_grads


RNN_BUGS = {  # the bug, in which parameters it shows, and what has to be said
    "no target": ("Wxh Whh Why bh by", "subtract 1 at the target"),
    "no dhnext": ("Wxh Whh bh", "nothing comes back from later time steps: the path through Whh @ hs[t] is missing"),
    "no tanh'": ("Wxh Whh bh", "the derivative of tanh is missing"),
    "1 - h": ("Wxh Whh bh", "1 − s stands for the derivative of tanh"),
    "hs[t]": ("Whh", "takes the hs[t] of the step after it"),
    "no transpose": ("Wxh Whh bh", "Whh stands where its transpose belongs"),
    "= for +=": ("by", "only the first of its 5 uses counts"),
    "clipped": ("by", "clipped to ±0.3"),
    "mean": ("Wxh Whh Why bh by", "5 times too small, as a mean where the sum belongs"),
    "sign": ("Wxh Whh Why bh by", "wrong sign"),
}


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def lstm_params(seed: int = 0) -> Params:
    normal = np.random.default_rng(seed).normal
    return {"Wx": 0.4 * normal(size=(D, 4 * H)), "Wh": 0.4 * normal(size=(H, 4 * H)), "b": np.zeros(4 * H)}


def lstm(bug: str = "", seed: int = 1) -> Callable[[Params], Any]:
    """Half the squared error of an LSTM over a batch, and its gradients."""
    rng = np.random.default_rng(seed)
    X, Y = rng.normal(size=(T, B, D)), rng.normal(size=(T, B, H))

    def loss_and_grads(p: Params) -> Any:
        Wx, Wh, b = p["Wx"], p["Wh"], p["b"]
        h, c, cache, loss = np.zeros((B, H)), np.zeros((B, H)), [], 0.0
        for t in range(T):
            a = X[t] @ Wx + h @ Wh + b
            i, f, o = sigmoid(a[:, :H]), sigmoid(a[:, H : 2 * H]), sigmoid(a[:, 2 * H : 3 * H])
            g = np.tanh(a[:, 3 * H :])
            c_new = f * c + i * g
            tanh_c = np.tanh(c_new)
            h_new = o * tanh_c
            cache.append((h, c, i, f, o, g, c_new, tanh_c, h_new))
            loss = loss + 0.5 * np.sum((h_new - Y[t]) ** 2)
            h, c = h_new, c_new
        dWx, dWh, db = np.zeros(Wx.shape), np.zeros(Wh.shape), np.zeros(b.shape)
        dh_next, dc_next = np.zeros((B, H)), np.zeros((B, H))
        for t in reversed(range(T)):
            h, c, i, f, o, g, c_new, tanh_c, h_new = cache[t]
            dh = h_new - Y[t] + (0 if bug == "no dh_next" else dh_next)
            dc = dh * o * (1 if bug == "no tanh'" else 1 - tanh_c**2) + (0 if bug == "no dc_next" else dc_next)
            di, df, dg = dc * (i if bug == "own factor" else g), dc * (c_new if bug == "c[t]" else c), dc * i
            parts = [
                di * i * (1 - i),
                df * (f if bug == "f for f(1 - f)" else f * (1 - f)),
                dh * tanh_c * (1 - o * o if bug == "tanh' for o" else o * (1 - o)),
                dg * (g * (1 - g) if bug == "sigmoid' for g" else 1 - g * g),
            ]
            da = np.concatenate([di, df, dh * tanh_c, parts[3]] if bug == "no sigmoid'" else parts, 1)
            dWx += X[t].T @ da
            dWh += h.T @ da
            db = db + (da[0] if bug == "first of batch" else da if bug == "no sum" else da.sum(0))
            dh_next = da @ Wh.T
            dc_next = dc if bug == "no f" else dc * f
        return loss, {"Wx": dWx, "Wh": dWh, "b": db}

    return loss_and_grads


LSTM_BUGS = {
    "no dh_next": ("Wx Wh b", "the path through h @ Wh is missing"),
    "no dc_next": ("Wx Wh b", "the path through f * c is missing"),
    "no tanh'": ("Wx Wh b", "the derivative of tanh in tanh_c is missing"),
    "c[t]": ("Wx Wh b", "the gradient of f takes the c of the step after it"),
    "own factor": ("Wx Wh b", "i itself is the factor, where g belongs"),
    "f for f(1 - f)": ("Wx Wh b", "s stands for the derivative of sigmoid in f; it is s(1 − s)"),
    "tanh' for o": ("Wx Wh b", "1 − s² stands for the derivative of sigmoid in o"),
    "sigmoid' for g": ("Wx Wh b", "s(1 − s) stands for the derivative of tanh in g"),
    "no sigmoid'": ("Wx Wh b", "the derivative of sigmoid is missing"),
    "first of batch": ("b", "only the first row of what flows back is added"),
    "no sum": ("b", "not summed over where it is repeated: sum over axis 0"),
    "no f": ("Wx Wh b", "the factor f is missing"),
}
