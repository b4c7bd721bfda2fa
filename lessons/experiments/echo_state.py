"""An echo state network: a sine wave whose frequency is the input, from a reservoir that is never trained.

    h_t = tanh(x_t U + h_{t−1} W + b)     x_t = (frequency, last output)     y_t = h_t w + c

U, W and b are drawn once: W sparse, its largest |eigenvalue| below 1, so that the state echoes its past
without exploding. Only the readout (w, c) is learned, by least squares, while the true last output is fed
back (with a little noise, so that the network learns to come back to the wave). Then it runs on its own:
its outputs are its inputs.

How large W and U should be is swept: a reservoir is fitted for each spectral radius and each scale of the input.

From that start, all weights of a smaller reservoir are trained with momentum, through its own outputs. Beside it the
same network is trained from the usual start, small dense weights; each side has the best of the same rates.
(Jaeger and Haas, Harnessing nonlinearity, 2004; Sutskever, Martens, Dahl and Hinton, On the importance of
initialization and momentum, 2013. Their momentum is Nesterov's.)
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import viz
from autograd_tiny import Value, concatenate, stack
from autograd_tiny.nn import Linear, RNNCell, mse
from autograd_tiny.nn.initialisation import sparse, uniform
from autograd_tiny.optim import SGD, clip_by_norm, cosine
from lessons.experiments import console
from lessons.experiments.compiled import Learner
from lessons.experiments.console import Claim, Outcome, Report
from viz import Chart

Array = np.ndarray[Any, np.dtype[np.float64]]
SLOWEST, FASTEST = 0.1, 0.5  # radians a step: an input of 0 and of 1
HOLD = (60, 120)  # how many steps a frequency lasts
LEAD = 60  # steps in which the true wave leads, before the network runs on its own
RADII, REACHES = (0.2, 0.5, 0.8, 0.95, 1.2, 2.0), (0.05, 0.15, 0.5, 1.5, 5.0)  # from too small to too large
SWEPT = {"radius": RADII, "reach": REACHES}
RADIUS, REACH = 0.8, 0.5
RATES = (0.001, 0.003, 0.01)  # of the training of all weights: each start has the best of these


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

    def __init__(
        self, size: int, seed: int, density: float = 0.1, radius: float = RADIUS, reach: float = REACH
    ) -> None:
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
            y = self.readout(h) if t >= lead else data.sine[t][:, None]
            outputs += [y] if t >= lead else []
        return stack(outputs)[..., 0]

    def error(self, data: Waves) -> float:
        """Root mean square distance from the true waves, while the network runs on its own."""
        return float(np.sqrt(np.mean((self.alone(data).data - data.sine[LEAD:]) ** 2)))


def usual(size: int, seed: int) -> Reservoir:
    """The same network as networks usually start: dense, each weight within 1/√size."""
    network, cell = Reservoir(size, seed), RNNCell(2, size, seed=seed)
    for name, p in cell.parameters().items():
        network.cell.parameters()[name].data = p.data
    for p in network.readout.parameters().values():
        p.data = uniform(p.shape, size**-0.5, seed=seed)
    return network


def train_all(network: Reservoir, rng: np.random.Generator, steps: int, lr: float) -> Iterator[float]:
    """Train all weights by momentum, backwards through 60 steps in which the network hears itself; the losses."""
    optimizer, rate = SGD(network.parameters(), lr=0.0, momentum=0.98, nesterov=True), cosine(lr, T_max=steps)
    learner = Learner(lambda f, sine: mse(network.alone(Waves(f, sine), lead=40), sine[40:]), optimizer)
    for k in range(steps):
        batch = waves(100, 16, rng)
        loss = learner(batch.frequency, batch.sine)
        clip_by_norm(optimizer, 0.1)
        optimizer.lr = rate(k)
        optimizer.step()
        yield loss


@dataclass(frozen=True)
class Sweep:
    """Errors of large reservoirs, readout only, by spectral radius and by scale of the input weights."""

    radii: dict[float, float]
    reaches: dict[float, float]

    @staticmethod
    def gain(errors: dict[float, float], chosen: float) -> float:
        """How many times as large the error is at the better end of the sweep as where we stand."""
        ends = list(errors.values())
        return min(ends[0], ends[-1]) / errors[chosen]


@dataclass(frozen=True)
class Trained:
    """A network before and after the training of all weights, at its best rate."""

    network: Reservoir
    rate: float
    before: float
    after: float


def best_trained(
    start: Callable[[], Reservoir], test: Waves, seed: int, steps: int, report: Callable[[str], None]
) -> Trained:
    """The network trained as a whole at each rate: the one that errs least."""
    tries = []
    for lr in RATES:
        network = start()
        before = network.error(test)
        for loss in train_all(network, np.random.default_rng(seed), steps, lr):
            report(f"{network.cell.hidden_size} units, rate {lr:g}: mean squared error {loss:.3f}")
        tries.append(Trained(network, lr, before, network.error(test)))
    return min(tries, key=lambda each: each.after)


def run(report: Report, *, seed: int = 0, size: int = 300, small: int = 40, steps: int = 200) -> Outcome:
    """Sweep a large reservoir's scales; train all weights of a small one, from its start and from the usual one."""
    rng = np.random.default_rng(seed)
    lesson, test = waves(600, 10, rng), waves(LEAD + 200, 50, rng)
    count, total = itertools.count(1), len(RADII) + len(REACHES) + 2 * len(RATES) * steps

    def told(text: str) -> None:
        report(next(count), total, text)

    def fitted(units: int, care: Care, **scales: float) -> Reservoir:
        reservoir = Reservoir(units, seed, **scales)
        reservoir.fit(lesson, care, np.random.default_rng(seed))
        return reservoir

    def error(name: str, scale: float) -> float:
        found = fitted(size, LARGE, **{name: scale}).error(test)
        told(f"{size} units, {name} {scale:g}: error {found:.3f}")
        return found

    swept = Sweep(*({scale: error(name, scale) for scale in scales} for name, scales in SWEPT.items()))
    echo = best_trained(lambda: fitted(small, SMALL), test, seed, steps, told)
    plain = best_trained(lambda: usual(small, seed), test, seed, steps, told)
    return _outcome(swept, echo, plain, _picture(fitted(size, LARGE), echo.network, plain.network, test))


def _outcome(swept: Sweep, echo: Trained, plain: Trained, picture: Chart) -> Outcome:
    def row(errors: dict[float, float]) -> str:
        return "  ".join(f"{scale:g}: {error:.3f}" for scale, error in errors.items())

    ends = "how many times as large the error is with the smallest or the largest {}, the better of the two"
    return Outcome(
        "root mean square error over 200 steps alone, readout only",
        swept.radii[RADIUS],
        at_most=0.1,
        also=(
            Claim(ends.format("spectral radius"), swept.gain(swept.radii, RADIUS), at_least=2.0),
            Claim(ends.format("input scale"), swept.gain(swept.reaches, REACH), at_least=2.0),
            Claim(
                "error from the usual start, less that from the echo-state start",
                plain.after - echo.after,
                at_least=0.2,
            ),
            Claim("error after training all weights, as a share of that before", echo.after / echo.before, at_most=0.8),
        ),
        lines=(
            f"error by spectral radius:  {row(swept.radii)}",
            f"error by input scale:      {row(swept.reaches)}",
            *(
                f"all weights by momentum, {start}: error {each.before:.3f}, then {each.after:.3f} (rate {each.rate:g})"
                for start, each in (("echo-state start", echo), ("usual start", plain))
            ),
        ),
        picture=picture,
    )


def _picture(reservoir: Reservoir, echo: Reservoir, plain: Reservoir, test: Waves) -> Chart:
    small = echo.cell.hidden_size
    curves = {
        "the sine asked for": test.sine[LEAD:, 0],
        f"{reservoir.cell.hidden_size} units, readout only": reservoir.alone(test).data[:, 0],
        f"{small} units, all, echo-state start": echo.alone(test).data[:, 0],
        f"{small} units, all, usual start": plain.alone(test).data[:, 0],
        "frequency (input)": test.frequency[LEAD:, 0],
    }
    return viz.chart(curves, x="steps on its own", y="output", title="A sine whose frequency is the input")


if __name__ == "__main__":
    sys.exit(console.main(run, __doc__))
