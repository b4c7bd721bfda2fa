"""Gradient flow: how far back in time a gradient reaches, in a plain recurrent network, an LSTM and a GRU.

The lecture's network (H = 5, T = 50, no inputs): h_t = φ(h_{t−1} W). Going back one step multiplies the
gradient by a Jacobian:

    ∂L/∂h_{t−1} = ∂L/∂h_t · J_t      J_t = diag(φ'(s_t)) Wᵀ,  s_t = h_{t−1} W

so after n steps it is at most (γ_W γ_φ)ⁿ times as long as it was: γ_W is the largest singular value of W,
γ_φ the largest slope of φ (1 for tanh and relu). Below 1 it must vanish; above 1 it may explode.
The LSTM and the GRU keep most of their state from step to step (their gates start open: σ(4) = 0.98).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import viz
from autograd_tiny import Value, relu, scope, tanh
from autograd_tiny.nn import GRUCell, LSTMCell, RNNCell
from lessons.experiments import console
from lessons.experiments.console import Outcome, Report
from viz.flow import jacobians

Array = np.ndarray[Any, np.dtype[np.float64]]
GROWING, SHRINKING = 3.0, 0.6  # the largest |eigenvalue| of W
NETWORKS = (("relu", GROWING), ("tanh", GROWING), ("relu", SHRINKING), ("tanh", SHRINKING))
OPEN = 4.0  # the bias of the gates that keep: σ(4) = 0.98 of the state stays at each step


@dataclass(frozen=True)
class Flow:
    """The gradients ∂L/∂h_t of a network without inputs, t = 0 … T, and the Jacobians between them."""

    loss: Value
    gradients: tuple[Array, ...]
    jacobians: tuple[Array, ...]

    @property
    def sizes(self) -> list[float]:
        """How long each gradient is, t = 0 first."""
        return [float(np.linalg.norm(g)) for g in self.gradients]

    def disagreement(self) -> float:
        """The largest relative difference between backpropagation and the product of Jacobians."""
        expected, worst = self.gradients[-1], 0.0
        for g, J in zip(reversed(self.gradients[:-1]), reversed(self.jacobians), strict=True):
            expected = expected @ J
            worst = max(worst, float(np.abs(g - expected).max() / max(np.abs(expected).max(), 1e-300)))
        return worst


def flow(W: Array, phi: str, steps: int, rng: np.random.Generator, scale: float = 1.0) -> Flow:
    """Run h_t = φ(h_{t−1} W) and send a random gradient (times `scale`) back from the last state."""
    act = {"relu": relu, "tanh": tanh}[phi]
    hs = [Value(rng.normal(size=len(W)), "h0")]
    for t in range(1, steps + 1):
        with scope(f"t={t}"):
            hs.append(act(hs[-1] @ Value(W, "W")))
            hs[-1].label = "h"
    loss = (hs[-1] * (scale * rng.normal(size=len(W)))).sum()
    loss.backward()
    slopes = [np.where(h.data > 0, 1.0, 0.0) if phi == "relu" else 1 - h.data**2 for h in hs[1:]]
    return Flow(loss, tuple(h.grad for h in hs), tuple(slope[:, None] * W.T for slope in slopes))


def bound(W: Array, steps: int, last: float) -> list[float]:
    """(γ_W γ_φ)^{T−t} times the last gradient's size, t = 0 first."""
    return jacobians.bound([float(np.linalg.norm(W, 2))] * steps, last)


def radius(W: Array) -> float:
    """The largest |eigenvalue|."""
    return float(np.abs(np.linalg.eigvals(W)).max())


def through_cell(cell: Any, steps: int, rng: np.random.Generator) -> tuple[Value, list[float]]:
    """A loss of the last state, and the sizes of ∂L/∂state at t = 0 … T, for a cell that sees no input.

    An LSTM's state is (h, c).
    """
    state = cell.initial_state()
    for part in _parts(state):
        part.data = rng.normal(size=part.shape)
    states = [state]
    for t in range(1, steps + 1):
        with scope(f"t={t}"):
            states.append(cell(np.zeros(1), states[-1]))
    last = _parts(states[-1])
    loss = sum((part * rng.normal(size=part.shape)).sum() for part in last)
    loss.backward()
    return loss, [float(np.linalg.norm([part.grad for part in _parts(state)])) for state in states]


def _parts(state: Any) -> Sequence[Value]:
    return state if isinstance(state, tuple) else (state,)


def cells(hidden: int, seed: int) -> dict[str, Any]:
    """The three networks with their usual first weights, and with gates that keep the state open."""
    lstm, gru = LSTMCell(1, hidden, forget_bias=OPEN, seed=seed), GRUCell(1, hidden, seed=seed)
    gru.parameters()["b"].data[hidden : 2 * hidden] = OPEN  # the columns of z, the share that is kept
    return {"tanh network": RNNCell(1, hidden, seed=seed), "GRU": gru, "LSTM": lstm}


def run(report: Report, *, seed: int = 0, hidden: int = 5, steps: int = 50) -> Outcome:
    """Send gradients back through relu and tanh networks that grow or shrink them, a GRU and an LSTM."""
    drawn = np.random.default_rng(seed).normal(size=(hidden, hidden))
    lines, curves, agreement = [*_spectrum(drawn), HEADING], dict[str, list[float]](), 0.0
    losses: dict[str, Value] = {}
    for k, (phi, target) in enumerate(NETWORKS):
        W, name = drawn * (target / radius(drawn)), f"{phi}, |λ| = {target:g}"
        report(k, len(NETWORKS), name)
        found = flow(W, phi, steps, np.random.default_rng(seed + 1))
        agreement = max(agreement, found.disagreement())
        losses[name] = found.loss
        curves[name] = found.sizes[::-1]
        lines.append(_row(name, found.sizes, f"{np.linalg.norm(W, 2):.2f}", f"{bound(W, steps, 1.0)[0]:.0e}"))
    curves[f"bound, |λ| = {target:g}"] = bound(W, steps, found.sizes[-1])[::-1]
    rng = np.random.default_rng(seed + 2)
    passes = {name: through_cell(cell, steps, rng) for name, cell in cells(hidden, seed).items()}
    losses |= {name: loss for name, (loss, _) in passes.items()}
    gated = {name: sizes for name, (_, sizes) in passes.items()}
    report(len(NETWORKS), len(NETWORKS), "gates")
    curves |= {name: sizes[::-1] for name, sizes in gated.items()}
    lines += [_row(name, sizes) for name, sizes in gated.items()]
    lines.append(f"Backpropagation and the product of the Jacobians differ by {agreement:.0e}.")
    ahead = float(np.log10(gated["LSTM"][0] / gated["tanh network"][0]))
    lengths = viz.chart(curves, x="steps back in time", y="gradient's length", log="y", title="With the bound")
    paces = viz.flow(losses, kind="lines", relative=True, title="In units of the last step's")
    picture = viz.chart([lengths, paces], across=1, title=TITLE)
    return Outcome(CLAIM, ahead, at_least=5.0, lines=tuple(lines), picture=picture)


TITLE = "How far back a gradient reaches"
CLAIM = "orders of magnitude that the LSTM's gradient at t = 0 is ahead of the tanh network's"
HEADING = f"{'network':<18}{'‖∂L/∂h_0‖ / ‖∂L/∂h_T‖':>24}{'γ_W':>8}{'(γ_W γ_φ)^T':>14}"


def _row(name: str, sizes: Sequence[float], gamma: str = "", most: str = "") -> str:
    return f"{name:<18}{sizes[0] / sizes[-1]:>24.1e}{gamma:>8}{most:>14}".rstrip()


def _spectrum(W: Array) -> list[str]:
    eigenvalues, singular = np.abs(np.linalg.eigvals(W)), np.linalg.svd(W, compute_uv=False)
    parts = {"|eigenvalues|": np.sort(eigenvalues)[::-1], "singular values": singular}
    return [f"W as drawn: {name} " + " ".join(f"{x:.2f}" for x in numbers) for name, numbers in parts.items()]


if __name__ == "__main__":
    sys.exit(console.main(run, __doc__))
