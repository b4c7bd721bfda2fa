"""The lecture's char-RNN by hand: forward, backward through time, Adagrad, in plain NumPy, one time step after another.

    V characters, H hidden units, T time steps; columns: x (V, 1) one-hot, h (H, 1)

It follows the algorithm of the lecture's 112 lines (CS231n, lecture 10, min-char-rnn): a one-hot column per character,
an outer product per step added to each weight's gradient, clipping by value, Adagrad per array. The same for an LSTM.
A step of either is the yardstick: 1×.
"""

from typing import Any

import numpy as np

Array = np.ndarray
Weights = dict[str, Array]
CLIP, RATE = 5.0, 0.1


def rnn_weights(hidden: int, characters: int, seed: int = 0) -> Weights:
    """Small Gaussian matrices, zero biases."""
    rng = np.random.default_rng(seed)
    return {
        "Wxh": rng.normal(0.0, 0.01, (hidden, characters)),
        "Whh": rng.normal(0.0, 0.01, (hidden, hidden)),
        "Why": rng.normal(0.0, 0.01, (characters, hidden)),
        "bh": np.zeros((hidden, 1)),
        "by": np.zeros((characters, 1)),
    }


def lstm_weights(hidden: int, characters: int, seed: int = 0) -> Weights:
    """The same shapes with four gates, rows i | f | o | g."""
    rng = np.random.default_rng(seed)
    return {
        "Wx": rng.normal(0.0, 0.01, (4 * hidden, characters)),
        "Wh": rng.normal(0.0, 0.01, (4 * hidden, hidden)),
        "Why": rng.normal(0.0, 0.01, (characters, hidden)),
        "b": np.zeros((4 * hidden, 1)),
        "by": np.zeros((characters, 1)),
    }


def one_hot(index: int, size: int) -> Array:
    """A column of zeros with a single 1."""
    column = np.zeros((size, 1))
    column[index] = 1.0
    return column


def softmax(scores: Array) -> Array:
    """Scores as probabilities."""
    return np.exp(scores) / np.sum(np.exp(scores))


def rnn_pass(w: Weights, inputs: list[int], targets: list[int], h0: Array) -> tuple[float, Weights, Array]:
    """Loss, gradients and last hidden state of one stretch of text."""
    V, T = len(w["by"]), len(inputs)
    x, h, p, loss = {}, {-1: h0}, {}, 0.0
    for t in range(T):
        x[t] = one_hot(inputs[t], V)
        h[t] = np.tanh(np.dot(w["Wxh"], x[t]) + np.dot(w["Whh"], h[t - 1]) + w["bh"])
        p[t] = softmax(np.dot(w["Why"], h[t]) + w["by"])
        loss -= np.log(p[t][targets[t], 0])
    d = {name: np.zeros_like(array) for name, array in w.items()}
    from_later = np.zeros_like(h0)
    for t in reversed(range(T)):
        dy = p[t].copy()
        dy[targets[t]] -= 1.0
        d["Why"] += np.dot(dy, h[t].T)
        d["by"] += dy
        dh = np.dot(w["Why"].T, dy) + from_later
        da = (1 - h[t] * h[t]) * dh
        d["bh"] += da
        d["Wxh"] += np.dot(da, x[t].T)
        d["Whh"] += np.dot(da, h[t - 1].T)
        from_later = np.dot(w["Whh"].T, da)
    return float(loss), d, h[T - 1]


def sigmoid(x: Array) -> Array:
    """1 / (1 + e⁻ˣ)."""
    return 1.0 / (1.0 + np.exp(-x))


def lstm_pass(
    w: Weights, inputs: list[int], targets: list[int], state: tuple[Array, Array]
) -> tuple[float, Weights, tuple[Array, Array]]:
    """The same for an LSTM: c = f c + i g, h = o tanh(c)."""
    V, T, H = len(w["by"]), len(inputs), len(state[0])
    x, h, c, gates, p, loss = {}, {-1: state[0]}, {-1: state[1]}, {}, {}, 0.0
    for t in range(T):
        x[t] = one_hot(inputs[t], V)
        a = np.dot(w["Wx"], x[t]) + np.dot(w["Wh"], h[t - 1]) + w["b"]
        i, f, o = sigmoid(a[:H]), sigmoid(a[H : 2 * H]), sigmoid(a[2 * H : 3 * H])
        g = np.tanh(a[3 * H :])
        gates[t] = i, f, o, g
        c[t] = f * c[t - 1] + i * g
        h[t] = o * np.tanh(c[t])
        p[t] = softmax(np.dot(w["Why"], h[t]) + w["by"])
        loss -= np.log(p[t][targets[t], 0])
    d = {name: np.zeros_like(array) for name, array in w.items()}
    h_later, c_later = np.zeros_like(state[0]), np.zeros_like(state[1])
    for t in reversed(range(T)):
        dy = p[t].copy()
        dy[targets[t]] -= 1.0
        d["Why"] += np.dot(dy, h[t].T)
        d["by"] += dy
        i, f, o, g = gates[t]
        dh = np.dot(w["Why"].T, dy) + h_later
        shown = np.tanh(c[t])
        dc = c_later + dh * o * (1 - shown * shown)
        da = np.concatenate([
            dc * g * i * (1 - i), dc * c[t - 1] * f * (1 - f), dh * shown * o * (1 - o), dc * i * (1 - g * g),
        ])  # fmt: skip
        d["b"] += da
        d["Wx"] += np.dot(da, x[t].T)
        d["Wh"] += np.dot(da, h[t - 1].T)
        h_later, c_later = np.dot(w["Wh"].T, da), dc * f
    return float(loss), d, (h[T - 1], c[T - 1])


class StepByHand:
    """Each call trains on the next stretch of the text and returns its loss; the weights are changed in place."""

    def __init__(self, text: str, weights: Weights, seq_length: int, rate: float) -> None:
        self.text, self.weights, self.seq_length, self.rate = text, weights, seq_length, rate
        self.place = {character: k for k, character in enumerate(sorted(set(text)))}
        self.memory = {name: np.zeros_like(array) for name, array in weights.items()}
        self.run: Any = lstm_pass if "Wx" in weights else rnn_pass
        self.at = len(text)

    def start(self) -> Any:
        """The hidden state where the text begins."""
        column = np.zeros((self.weights["Why"].shape[1], 1))
        return (column, column) if self.run is lstm_pass else column

    def __call__(self) -> float:
        if self.at + self.seq_length + 1 >= len(self.text):
            self.at, self.state = 0, self.start()
        to = self.at + self.seq_length
        inputs = [self.place[character] for character in self.text[self.at : to]]
        targets = [self.place[character] for character in self.text[self.at + 1 : to + 1]]
        loss: float
        loss, gradients, self.state = self.run(self.weights, inputs, targets, self.state)
        for name, w in self.weights.items():
            d = gradients[name]
            np.clip(d, -CLIP, CLIP, out=d)
            self.memory[name] += d * d
            w += -self.rate * d / np.sqrt(self.memory[name] + 1e-8)
        self.at = to
        return loss


def make_step(text: str, weights: Weights, seq_length: int = 25, rate: float = RATE) -> StepByHand:
    """A step from these weights."""
    return StepByHand(text, weights, seq_length, rate)
