"""Gradient flow: how far back in time a gradient reaches, in plain recurrent networks, LSTMs and GRUs.

The lecture's network (H = 5, T = 50, no inputs): h_t = φ(h_{t−1} W). Going back one step multiplies the
gradient by a Jacobian:

    ∂L/∂h_{t−1} = ∂L/∂h_t · J_t      J_t = diag(φ'(s_t)) Wᵀ,  s_t = h_{t−1} W

so after n steps it is at most (γ_W γ_φ)ⁿ times as long as it was: γ_W is the largest singular value of W,
γ_φ the largest slope of φ (1 for tanh and relu). Below 1 it must vanish; above 1 it may explode. A network that
explodes on its way forward ends before its numbers leave what a float can hold.

An LSTM or a GRU keeps its state as far as a gate is open, and how open a new one is its bias says: 0 (half open,
σ = 0.5), 1 (0.73) or 4 (0.98). Only the gate that is wide open remembers; the name of the cell does not.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
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
CLOSED, OPEN = "LSTM, bias 0", "LSTM, bias 4"
LARGEST = 1e150  # beyond it a walk ends: its gradient, about as large again, and their product are to be finite, too


@dataclass(frozen=True)
class Flow:
    """The gradients ∂L/∂h_t of a network without inputs, t = 0 … T, and the Jacobians between them."""

    W: Array
    gradients: tuple[Array, ...]
    jacobians: tuple[Array, ...]

    @property
    def steps(self) -> int:
        """How far it went."""
        return len(self.jacobians)

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
    """Run h_t = φ(h_{t−1} W) and send a random gradient (times `scale`) back from the last state.

    It ends early where the states grow too large.
    """
    act = {"relu": relu, "tanh": tanh}[phi]
    hs = [Value(rng.normal(size=len(W)), "h0")]
    for t in range(1, steps + 1):
        with scope(f"t={t}"):
            hs.append(act(hs[-1] @ Value(W, "W")))
            hs[-1].label = "h"
        if np.abs(hs[-1].data).max() > LARGEST:
            break
    loss = (hs[-1] * (scale * rng.normal(size=len(W)))).sum()
    loss.backward()
    slopes = [np.where(h.data > 0, 1.0, 0.0) if phi == "relu" else 1 - h.data**2 for h in hs[1:]]
    return Flow(W, tuple(h.grad for h in hs), tuple(slope[:, None] * W.T for slope in slopes))


def bound(W: Array, steps: int, last: float) -> list[float]:
    """(γ_W γ_φ)^{T−t} times the last gradient's size, t = 0 first."""
    return jacobians.bound([float(np.linalg.norm(W, 2))] * steps, last)


def radius(W: Array) -> float:
    """The largest |eigenvalue|."""
    return float(np.abs(np.linalg.eigvals(W)).max())


def through_cell(cell: Any, steps: int, rng: np.random.Generator) -> list[float]:
    """The sizes of ∂L/∂state at t = 0 … T for a cell that sees no input; an LSTM's state is (h, c)."""
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
    return [float(np.linalg.norm([part.grad for part in _parts(state)])) for state in states]


def _parts(state: Any) -> Sequence[Value]:
    return state if isinstance(state, tuple) else (state,)


def cells(hidden: int, seed: int) -> dict[str, Any]:
    """A plain network and gated ones with their usual first weights; a gate's bias says how open it is."""
    return {name: make(hidden, seed) for name, make in KINDS.items()}


def lstm(bias: float, hidden: int, seed: int) -> LSTMCell:
    """An LSTM whose forget gates begin with this bias."""
    return LSTMCell(1, hidden, forget_bias=bias, seed=seed)


def gru(bias: float, hidden: int, seed: int) -> GRUCell:
    """A GRU whose gate z, the share that is kept, begins with this bias."""
    cell = GRUCell(1, hidden, seed=seed)
    cell.parameters()["b"].data[hidden : 2 * hidden] = bias
    return cell


KINDS: dict[str, Callable[[int, int], Any]] = {
    "tanh network": lambda hidden, seed: RNNCell(1, hidden, seed=seed),
    CLOSED: partial(lstm, 0.0), "LSTM, bias 1": partial(lstm, 1.0), OPEN: partial(lstm, 4.0),
    "GRU, bias 0": partial(gru, 0.0), "GRU, bias 4": partial(gru, 4.0),
}  # fmt: skip


def run(report: Report, *, seed: int = 0, hidden: int = 5, steps: int = 50) -> Outcome:
    """Send gradients back through relu and tanh networks that grow or shrink them, and through LSTMs and GRUs."""
    drawn = np.random.default_rng(seed).normal(size=(hidden, hidden))
    plain, gated = dict[str, Flow](), dict[str, list[float]]()
    for phi, target in NETWORKS:
        W, name = drawn * (target / radius(drawn)), f"{phi}, |λ| = {target:g}"
        plain[name] = flow(W, phi, steps, np.random.default_rng(seed + 1))
        report(len(plain), len(NETWORKS) + len(KINDS), f"{name}: {_ratio(plain[name].sizes):.1e} is left")
    for name, cell in cells(hidden, seed).items():
        gated[name] = through_cell(cell, steps, np.random.default_rng(seed + 2))
        report(len(NETWORKS) + len(gated), len(NETWORKS) + len(KINDS), f"{name}: {_ratio(gated[name]):.1e} is left")
    agreement = max(found.disagreement() for found in plain.values())
    lines = [*_spectrum(drawn), HEADING]
    lines += [line for name, found in plain.items() for line in _walked(name, found, steps)]
    lines += [_row(name, sizes) for name, sizes in gated.items()]
    lines.append(f"Backpropagation and the product of the Jacobians differ by {agreement:.0e}.")
    ahead = float(np.log10(_ratio(gated[OPEN]) / max(_ratio(gated[CLOSED]), 1e-300)))
    return Outcome(CLAIM, ahead, at_least=5.0, lines=tuple(lines), picture=_picture(plain, gated))


def _picture(plain: Mapping[str, Flow], gated: Mapping[str, Sequence[float]]) -> viz.Chart:
    """Gradients over the steps back, plain networks with the bound of the smaller weights, and the gated cells."""
    name, last = list(plain.items())[-1]
    lengths = {each: found.sizes[::-1] for each, found in plain.items()}
    lengths[f"bound, {name.partition(', ')[2]}"] = bound(last.W, last.steps, last.sizes[-1])[::-1]
    left = {each: [size / sizes[-1] for size in reversed(sizes)] for each, sizes in gated.items()}
    axes: dict[str, Any] = {"x": "steps back in time", "log": "y"}
    panels = [
        viz.chart(lengths, y="gradient's length", title="Plain networks, with a bound", **axes),
        viz.chart(left, y="what is left of the last step's", title="By how open a new gate is", **axes),
    ]
    return viz.chart(panels, across=1, title="How far back a gradient reaches")


CLAIM = "orders of magnitude more that an LSTM keeps of its gradient with bias 4 than with bias 0"
HEADING = f"{'network':<18}{'‖∂L/∂h_0‖ / ‖∂L/∂h_T‖':>24}{'γ_W':>8}{'(γ_W γ_φ)^T':>14}"


def _ratio(sizes: Sequence[float]) -> float:
    """How much of the last step's gradient arrives at the first."""
    return sizes[0] / sizes[-1]


def _row(name: str, sizes: Sequence[float], gamma: str = "", most: str = "") -> str:
    return f"{name:<18}{_ratio(sizes):>24.1e}{gamma:>8}{most:>14}".rstrip()


def _walked(name: str, found: Flow, steps: int) -> Iterator[str]:
    """A plain network's row, and where it ended if that was early."""
    yield _row(name, found.sizes, f"{np.linalg.norm(found.W, 2):.2f}", f"{bound(found.W, found.steps, 1.0)[0]:.0e}")
    if found.steps < steps:
        yield f"{'':<18}(its states exceed {LARGEST:g} after {found.steps} steps, and it ends there)"


def _spectrum(W: Array) -> list[str]:
    eigenvalues, singular = np.abs(np.linalg.eigvals(W)), np.linalg.svd(W, compute_uv=False)
    parts = {"|eigenvalues|": np.sort(eigenvalues)[::-1], "singular values": singular}
    return [f"W as drawn: {name} " + " ".join(f"{x:.2f}" for x in numbers) for name, numbers in parts.items()]


if __name__ == "__main__":
    sys.exit(console.main(run, __doc__))
