"""Networks compared by how far back their gradients reach: small multiples with presets.

    h_t = φ(h_{t−1} W)        the lecture's network without inputs; gain: the largest |eigenvalue| of W

A random gradient sets out from the last state. Lines are ‖∂L/∂h_t‖ in units of it, over the steps back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

import autograd_tiny
from autograd_tiny import Value, nn, scope
from viz.audience import announced
from viz.chart import Chart, chart
from viz.flow.charts import told
from viz.flow.model import Wanted, panel
from viz.flow.sizes import Size

Activation = Callable[[Value], Value]
Array = np.ndarray[Any, np.dtype[np.float64]]

ACTIVATIONS, GAINS = ("tanh", "relu", "sigmoid"), (0.5, 1.0, 1.5)
OPEN = 4.0  # the bias of gates that keep: σ(4) = 0.98
CELLS: Mapping[str, Callable[[int, int], Any]] = {
    "RNN": lambda hidden, seed: nn.RNNCell(1, hidden, seed=seed),
    "GRU": lambda hidden, seed: nn.GRUCell(1, hidden, seed=seed),
    "LSTM": lambda hidden, seed: nn.LSTMCell(1, hidden, seed=seed),
    "LSTM, forget bias 4": lambda hidden, seed: nn.LSTMCell(1, hidden, forget_bias=OPEN, seed=seed),
}


@announced
def compare(
    *,
    activations: Sequence[str] | Mapping[str, Activation] | None = None,
    gains: Sequence[float] | None = None,
    cells: Sequence[str] | Mapping[str, Any] | None = None,
    steps: int = 50,
    hidden: int = 32,
    seed: int = 0,
    limits: tuple[float, float] | None = (1e-12, 1e6),
    fit: str | tuple[float, float] | None = "page",
    theme: str = "lecture",
    background: str | None = None,
    title: str = "How far back a gradient reaches",
) -> Chart:
    """How far back gradients reach through networks of several activations, gains and cells, as small multiples.

    >>> import viz
    >>> drawn = viz.flow.compare(activations=["tanh"], gains=[0.5, 1], steps=20)
    >>> [panel.title for panel in drawn.panels], [line.name for line in drawn.panels[0].series]
    (['tanh'], ['gain 0.5', 'gain 1'])

    Without anything: tanh, relu and sigmoid with gains 0.5, 1 and 1.5, and the cells. activations: names of functions,
    or functions of a Value by name: a panel each; gains: the largest |eigenvalue| of W: a line each; cells: "RNN",
    "GRU", "LSTM", "LSTM, forget bias 4", or cells of `nn` by name: a panel for all of them, each as it is initialised
    and without inputs. steps: how many; hidden: how many units; limits: the ends of the axis, None for all there is;
    fit, theme, background: as in `viz.chart`. ValueError names what is unknown, and what is known.
    """
    if steps < 2 or hidden < 1:
        raise ValueError(f"compare: steps={steps}, hidden={hidden}: at least two steps and one unit are needed")
    if activations is None and gains is None and cells is None:
        activations, gains, cells = ACTIVATIONS, GAINS, tuple(CELLS)
    panels: dict[str, dict[str, Sequence[Size | None]]] = {}
    if activations is not None or gains is not None:
        functions = _functions(activations if activations is not None else ("tanh",))
        panels = _networks(functions, tuple(gains) if gains is not None else (1.0,), steps, hidden, seed)
    if cells is not None:
        made = {name: _from_cell(cell, steps, seed) for name, cell in _cells(cells, hidden, seed).items()}
        panels["cells"] = {name: _sizes(loss) for name, loss in made.items()}
    drawn = {
        name: {line: [_number(s) for s in sizes] for line, sizes in lines.items()} for name, lines in panels.items()
    }
    made_of = chart(drawn, kind="line", x="steps back", y="‖∂L/∂h‖, relative to the last step", log="y", limits=limits,
                    title=title, fit=fit, theme=theme, background=background)  # fmt: skip
    said = [f"{name}, {line}: {told(sizes)}." for name, lines in panels.items() for line, sizes in lines.items()]
    return replace(made_of, description=f"{made_of.description} {' '.join(said)}")


def _networks(
    functions: Mapping[str, Activation], gains: Sequence[float], steps: int, hidden: int, seed: int
) -> dict[str, dict[str, Sequence[Size | None]]]:
    """A panel per activation, a line per gain; a panel for all activations if there is one gain."""
    drawn = np.random.default_rng(seed).normal(size=(hidden, hidden))
    W = drawn / np.abs(np.linalg.eigvals(drawn)).max()
    found = {(name, gain): _sizes(_chain(phi, float(gain) * W, steps, seed)) for name, phi in functions.items()
             for gain in gains}  # fmt: skip
    if len(gains) == 1:
        return {f"gain {gains[0]:g}": {name: found[name, gains[0]] for name in functions}}
    return {name: {f"gain {gain:g}": found[name, gain] for gain in gains} for name in functions}


def _chain(phi: Activation, W: Array, steps: int, seed: int) -> Value:
    """A loss of the last state of h_t = φ(h_{t−1} W)."""
    rng, matrix = np.random.default_rng(seed + 1), Value(W, "W")
    h = Value(rng.normal(size=len(W)), "h0")
    for t in range(1, steps + 1):
        with scope(f"t={t}"):
            h = phi(h @ matrix)
            h.label = "h"
    return (h * rng.normal(size=len(W))).sum()


def _from_cell(cell: Any, steps: int, seed: int) -> Value:
    """A loss of the last state of a cell that sees no input."""
    rng, state = np.random.default_rng(seed + 1), cell.initial_state()
    for part in state if isinstance(state, tuple) else (state,):
        part.data = rng.normal(size=part.shape)
    _, last = nn.unroll(cell, [np.zeros(cell.input_size)] * steps, state)
    first, *others = last if isinstance(last, tuple) else (last,)
    loss: Value = (first * rng.normal(size=first.shape)).sum()
    for part in others:
        loss = loss + (part * rng.normal(size=part.shape)).sum()
    return loss


def _sizes(loss: Value) -> Sequence[Size | None]:
    """The state's gradients over the steps back, in units of the last."""
    wanted = Wanted("t", "state", False, False, False, False, None, (), relative=True, whole=True)
    found = panel("", loss, wanted)
    return (found.whole or ())[::-1]


def _number(size: Size | None) -> float | None:
    return None if size is None or size.kind == "none" else size.number


def _functions(activations: Sequence[str] | Mapping[str, Activation]) -> Mapping[str, Activation]:
    if isinstance(activations, Mapping):
        return activations
    names = (activations,) if isinstance(activations, str) else tuple(activations)
    for name in names:
        if not callable(getattr(autograd_tiny, str(name), None)):
            raise ValueError(f"compare: activations={name!r} is unknown; known: {', '.join(ACTIVATIONS)} and other "
                             "functions of autograd_tiny, or give {name: function}")  # fmt: skip
    return {name: getattr(autograd_tiny, name) for name in names}


def _cells(cells: Sequence[str] | Mapping[str, Any], hidden: int, seed: int) -> Mapping[str, Any]:
    if isinstance(cells, Mapping):
        return cells
    names = (cells,) if isinstance(cells, str) else tuple(cells)
    spelled = {name.casefold(): name for name in CELLS}
    for name in names:
        if str(name).casefold() not in spelled:
            known = ", ".join(map(repr, CELLS))
            raise ValueError(f"compare: cells={name!r} is unknown; known: {known}, or give {{name: cell}}")
    chosen = dict.fromkeys(spelled[name.casefold()] for name in names)
    return {name: CELLS[name](hidden, seed) for name in chosen}
