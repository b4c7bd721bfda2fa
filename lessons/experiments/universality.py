"""One hidden layer builds any curve: each unit is a step, and steps side by side build a staircase along the curve.

    y = Σ_j v_j σ(w_j (x − s_j)) + c

A unit with a large w_j is a step of height v_j at s_j. First the staircase is built by hand, from the curve's rises at
n random places; then backpropagation moves, softens and weighs the same units. More steps, a smaller error; trained
steps beat those laid by hand.

Source: "Universality" in Neural Networks IV (Deep Learning 2017, Kulis and Saenko), which refers to chapter 4 of
Nielsen's Neural Networks and Deep Learning; the curve is the one of that chapter.
"""

from __future__ import annotations

import sys

import numpy as np

import viz
from autograd_tiny import Value
from autograd_tiny.functions import sigmoid
from autograd_tiny.nn import Layer, mse
from autograd_tiny.optim import Adam, cosine
from lessons.experiments import console
from lessons.experiments.compiled import Learner
from lessons.experiments.console import Outcome, Report

GRID = np.linspace(0.0, 1.0, 401)
STEEP, SOFT = 40.0, 4.0  # w times the width of a stair: a corner, and a slope that a gradient can feel


def curve(x: np.ndarray) -> np.ndarray:
    """What is to be built, on 0 … 1."""
    y: np.ndarray = 0.2 + 0.4 * x**2 + 0.3 * x * np.sin(15 * x) + 0.05 * np.cos(50 * x)
    return y


class Staircase(Layer):
    """y = Σ_j v_j σ(w_j (x − s_j)) + c: places s, heights v and steepnesses w, (n,) each."""

    def __init__(self, places: np.ndarray, steepness: float) -> None:
        corners = np.concatenate([[0.0], (places[1:] + places[:-1]) / 2, [1.0]])  # a step climbs what lies around it
        self.s = Value(places, "s")
        self.v = Value(np.diff(curve(corners)), "v")
        self.w = Value(np.full(places.shape, steepness), "w")
        self.c = Value(curve(np.zeros(1)), "c")

    def __call__(self, x: np.ndarray) -> Value:
        h = sigmoid(self.w * (x[:, None] - self.s))  # (B, n)
        return h @ self.v + self.c  # (B,)


def places(n: int, seed: int) -> np.ndarray:
    """Where n steps stand: one somewhere in each n-th part of 0 … 1."""
    return (np.arange(n) + np.random.default_rng(seed).random(n)) / n


def largest_error(net: Staircase) -> float:
    """The largest distance from the curve."""
    return float(np.abs(net(GRID).data - curve(GRID)).max())


def train(net: Staircase, report: Report, *, steps: int) -> float:
    """Least squares over the whole grid at once; the last mean squared error."""
    rate = cosine(0.01, T_max=steps)
    optimizer, loss = Adam(net.parameters()), np.inf
    learner = Learner(lambda: mse(net(GRID), curve(GRID)), optimizer)
    for step in range(1, steps + 1):
        optimizer.lr = rate(step)
        loss = learner()
        optimizer.step()
        report(step, steps, f"mean squared error {loss:.2e}")
    return loss


def run(report: Report, *, seed: int = 0, units: int = 30, steps: int = 3000) -> Outcome:
    """The number is the largest distance from the curve after training; the curve spans about 0.6."""
    by_hand = Staircase(places(units, seed), STEEP * units)
    trained = Staircase(places(units, seed), SOFT * units)
    train(trained, report, steps=steps)
    lines = [f"{n:4d} steps laid by hand: error at most {largest_error(Staircase(places(n, seed), STEEP * n)):.4f}"
             for n in (10, 20, 40, 80, 160, 320)]  # fmt: skip
    lines.append(f"{units:4d} steps laid by hand: error at most {largest_error(by_hand):.4f}")
    curves = {"the curve": curve(GRID), "steps laid by hand": by_hand(GRID), "the same, trained": trained(GRID)}
    claim = f"largest error of {units} trained steps"
    title = f"One hidden layer of {units} units builds a curve"
    picture = viz.chart(curves, xs=GRID, x="x", y="y", title=title)
    return Outcome(claim, largest_error(trained), at_most=0.02, lines=tuple(lines), picture=picture)


if __name__ == "__main__":
    sys.exit(console.main(run, __doc__))
