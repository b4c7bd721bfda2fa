"""An echo state network: a sine wave whose frequency is the input, from a reservoir that is never trained.

    h_t = tanh(x_t U + h_{t−1} W + b)     x_t = (frequency, last output)     y_t = h_t w + c

U, W and b are drawn once: W sparse, its largest |eigenvalue| below 1, so that the state echoes its past
without exploding. Only the readout (w, c) is learned, by least squares, while the true last output is fed
back (with a little noise, so that the network learns to come back to the wave). Then it runs on its own:
its outputs are its inputs.

From that start, all weights of a smaller reservoir are trained with momentum, through its own outputs.
(Jaeger and Haas, Harnessing nonlinearity, 2004; Sutskever, Martens, Dahl and Hinton, 2013.)
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

import viz
from autograd_tiny import Value, concatenate, stack
from autograd_tiny.nn import Linear, RNNCell, mse
from autograd_tiny.nn.initialisation import sparse, uniform
from autograd_tiny.optim import SGD, clip_by_norm, cosine
from lessons.experiments import console
from lessons.experiments.console import Outcome, Report
from viz import Chart

Array = np.ndarray[Any, np.dtype[np.float64]]
SLOWEST, FASTEST = 0.1, 0.5  # radians a step: an input of 0 and of 1
HOLD = (60, 120)  # how many steps a frequency lasts
LEAD = 60  # steps in which the true wave leads, before the network runs on its own


@dataclass(frozen=True)
class Care:
    """How the readout is kept from trusting its own past too much: noise on what is fed back, and a ridge."""

    noise: float
    ridge: float


LARGE, SMALL = Care(0.01, 1e-6), Care(0.05, 1e-2)  # a small reservoir needs more of it


@dataclass(frozen=True)
class Waves:
    """Inputs (T, B), which change now and then, and sines of that frequency (T, B)."""

    frequency: Array
    sine: Array


def waves(steps: int, batch: int, rng: np.random.Generator) -> Waves:
    """Each wave has its own phase, and a new frequency every 60 to 120 steps."""
    frequency = np.empty((steps, batch))
    for column in frequency.T:
        t = 0
        while t < steps:
            n = int(rng.integers(*HOLD))
            column[t : t + n] = rng.uniform()
            t += n
    phase = np.cumsum(SLOWEST + (FASTEST - SLOWEST) * frequency, axis=0)
    return Waves(frequency, np.sin(phase + rng.uniform(0, 2 * np.pi, batch)))


class Reservoir:
    """A recurrent network drawn by the lecture's recipe, with a linear readout that starts at 0."""

    def __init__(self, size: int, seed: int, density: float = 0.1, radius: float = 0.8, reach: float = 0.5) -> None:
        rng = np.random.default_rng(seed)
        self.cell, self.readout = RNNCell(2, size), Linear(size, 1)
        drawn = {"U": uniform((2, size), reach, seed=rng), "b": uniform(size, 0.2, seed=rng)}
        drawn["W"] = sparse(size, density, radius, seed=rng)
        for name, array in drawn.items():
            self.cell.parameters()[name].data = array
        for p in self.readout.parameters().values():
            p.data = np.zeros_like(p.data)

    def parameters(self) -> dict[str, Value]:
        """All weights: of the reservoir and of the readout."""
        parts = {"cell": self.cell, "readout": self.readout}
        return {f"{name}.{k}": v for name, part in parts.items() for k, v in part.parameters().items()}

    def states(self, data: Waves, noise: float, rng: np.random.Generator) -> Array:
        """The states while the true wave, a little noisy, is fed back: (T, B, H)."""
        U, W, b = (self.cell.parameters()[name].data for name in "UWb")
        h, states = np.zeros((data.sine.shape[1], len(W))), []
        last = np.concatenate([np.zeros_like(data.sine[:1]), data.sine[:-1]])
        for x_t in np.stack([data.frequency, last + noise * rng.normal(size=last.shape)], axis=-1):
            h = np.tanh(x_t @ U + h @ W + b)  # (B, H)
            states.append(h)
        return np.stack(states)

    def fit(self, data: Waves, care: Care, rng: np.random.Generator) -> None:
        """Learn the readout by least squares, the true wave being fed back."""
        h = self.states(data, care.noise, rng)[LEAD:].reshape(-1, self.cell.hidden_size)
        A, y = np.column_stack([h, np.ones(len(h))]), data.sine[LEAD:].ravel()
        solution = np.linalg.solve(A.T @ A + care.ridge * np.eye(A.shape[1]), A.T @ y)
        w, c = self.readout.parameters().values()
        w.data, c.data = solution[:-1, None], solution[-1:]

    def alone(self, data: Waves, lead: int = LEAD) -> Value:
        """The outputs after `lead` steps, from where on the network hears only itself: (T − lead, B)."""
        h, y, outputs = None, Value(np.zeros((data.sine.shape[1], 1))), []
        for t, frequency in enumerate(data.frequency):
            h = self.cell(concatenate([frequency[:, None], y], axis=1), h)
            y = self.readout(h) if t >= lead else Value(data.sine[t][:, None])
            outputs += [y] if t >= lead else []
        return stack(outputs)[..., 0]

    def error(self, data: Waves) -> float:
        """Root mean square distance from the true waves, while the network runs on its own."""
        return float(np.sqrt(np.mean((self.alone(data).data - data.sine[LEAD:]) ** 2)))


def train_all(network: Reservoir, report: Report, rng: np.random.Generator, steps: int) -> None:
    """Train all weights by momentum, backwards through 60 steps in which the network hears itself."""
    optimizer, rate = SGD(network.parameters(), lr=0.0, momentum=0.98, nesterov=True), cosine(0.003, T_max=steps)
    for k in range(steps):
        batch = waves(100, 16, rng)
        optimizer.zero_grad()
        loss = mse(network.alone(batch, lead=40), batch.sine[40:])
        loss.backward()
        clip_by_norm(optimizer, 0.1)
        optimizer.lr = rate(k)
        optimizer.step()
        report(k + 1, steps, f"all weights: mean squared error {loss.data:.3f}")


def run(report: Report, *, seed: int = 0, size: int = 300, small: int = 40, steps: int = 400) -> Outcome:
    """Fit the readout of a large reservoir; train all weights of a small one; hear both run alone for 200 steps."""
    rng = np.random.default_rng(seed)
    lesson, test = waves(600, 10, rng), waves(LEAD + 200, 50, rng)
    reservoir, network = Reservoir(size, seed), Reservoir(small, seed)
    reservoir.fit(lesson, LARGE, rng)
    network.fit(lesson, SMALL, rng)
    before = network.error(test)
    train_all(network, report, rng, steps)
    error, after = reservoir.error(test), network.error(test)
    lines = (
        f"{size} units, readout by least squares: error {error:.3f}",
        f"{small} units, readout by least squares: error {before:.3f}",
        f"{small} units, then all weights by momentum: error {after:.3f}",
    )
    return Outcome(
        f"root mean square error over 200 steps alone, {size} units, readout only",
        error,
        at_most=0.1,
        lines=lines,
        picture=_picture(reservoir, network, test),
    )


def _picture(reservoir: Reservoir, network: Reservoir, test: Waves) -> Chart:
    curves = {
        "the sine asked for": test.sine[LEAD:, 0],
        f"{reservoir.cell.hidden_size} units, readout": reservoir.alone(test).data[:, 0],
        f"{network.cell.hidden_size} units, all": network.alone(test).data[:, 0],
        "frequency (input)": test.frequency[LEAD:, 0],
    }
    return viz.chart(curves, x="steps on its own", y="output", title="A sine whose frequency is the input")


if __name__ == "__main__":
    sys.exit(console.main(run, __doc__))
