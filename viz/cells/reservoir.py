"""An echo state network: a reservoir of loosely coupled units that is never trained, and a readout that is."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_tiny import Value, nn
from autograd_tiny.nn.initialisation import sparse
from viz.audience import announced
from viz.cells.board import Board, Record
from viz.drawing import Drawing
from viz.page.strokes import between
from viz.words.lettering import SMALL, line

MOST, CLEAR = 24, 24.0  # units; points that a line from one of them to the next but one keeps from the one between
LEAD, RIDGE = 10, 1e-4  # steps before the fit begins; how much large weights are held back


@announced
def reservoir(
    units: int = 12, density: float = 0.15, *, spectral_radius: float = 0.9, steps: int = 60, seed: int = 0,
    theme: str = "lecture", precision: int = 2,
) -> Drawing:  # fmt: skip
    """An echo state network after `steps` of a slow sine: fixed sparse weights inside, a learned readout.

    W has `density` of its weights and that largest |eigenvalue|; the readout is fitted by least squares to predict the
    next input. In each unit its last state. ValueError for sizes that make no reservoir.
    """
    if not (2 <= units <= MOST and steps > units + 10):
        raise ValueError(
            f"reservoir: units={units}, steps={steps}: give 2 to {MOST} units and at least {units + 11} steps"
        )
    cell = nn.RNNCell(1, units, bias=False, seed=0)
    cell.W.data[...] = sparse(units, density, spectral_radius, seed=seed)
    np.fill_diagonal(cell.W.data, 0.0)  # no unit hears itself: its line could not be seen
    cell.W.data *= spectral_radius / max(np.abs(np.linalg.eigvals(cell.W.data)).max(), 1e-3)
    cell.U.data[...] = np.random.default_rng(seed).uniform(-0.6, 0.6, (1, units))
    cell.U.data[:, ::2] = 0.0  # every other unit hears the input only through the others
    signal = np.sin(0.3 * np.arange(steps + 1))[:, None]
    states, _ = nn.unroll(cell, [Value(x, "u") for x in signal[:-1]])
    heard, wanted = np.array([h.data for h in states])[LEAD:], signal[LEAD + 1 :, 0]
    fitted = np.linalg.solve(heard.T @ heard + RIDGE * np.eye(units), heard.T @ wanted)
    w = Value(fitted, "w")
    error = float(np.sqrt(np.mean((heard @ fitted - wanted) ** 2)))
    return _drawn(Board(theme, precision), cell, (states[-1], w, states[-1] @ w), signal[-2:], error)


def _drawn(board: Board, cell: nn.RNNCell, values: tuple[Value, ...], signal: Any, error: float) -> Drawing:
    h, w, y = values
    record, size = Record(y), h.size
    radius = max(120.0, CLEAR / (1 - math.cos(2 * math.pi / size))) if size > 2 else 120.0
    inside = between(-radius - 44, radius + 44, -radius - 50, radius + 44)
    board.gates["reservoir"] = inside
    board.box("reservoir", inside, "reservoir: drawn once, never trained")
    told = zip(np.asarray(h.data).tolist(), cell.U.data[0].tolist(), w.data.tolist(), strict=True)
    for k, (state, heard, read) in enumerate(told):
        angle = 2 * math.pi * k / size
        tooltip = f"unit {k + 1}\nstate {state!r}\ninput weight {heard!r}\nreadout weight {read!r}"
        board.unit(f"h{k}", radius * math.cos(angle), radius * math.sin(angle), state, tooltip=tooltip)
    for j, k in np.argwhere(cell.W.data).tolist():
        board.wire(f"W{j}-{k}", f"h{j}", f"h{k}")
    edge, far = radius + 44, radius + 230
    board.unit("u", -far, 0.0, signal[0, 0], tooltip="the input")
    board.unit("y", far, 0.0, y.data, tooltip="the output")
    board.say("u-name", -far, -34, "u_t")
    board.say("y-name", far, -34, "y_t")
    board.wire("U", "u", (-edge, 0.0), stroke=board.theme.muted)
    board.wire("w", (edge, 0.0), "y", stroke=board.theme.value)
    board.say("U-name", -(edge + far) / 2 + 10, 16, line("fixed", "muted"), size=SMALL)
    board.say("w-name", (edge + far) / 2 - 10, 16, line("learned", "value"), size=SMALL)
    count, largest = int(np.count_nonzero(cell.W.data)), np.abs(np.linalg.eigvals(cell.W.data)).max()
    steepest = np.abs(np.asarray(record.totals[id(h)])).max()
    captions = (
        line(f"{count} of {size**2} weights inside, the largest |eigenvalue| {largest:.3g}", "muted"),
        line(f"{size} readout weights fitted by least squares: error {board.number(error)}", "value"),
        line(f"|∂y/∂h| = |w| ≤ {board.number(steepest)}", "gradient"),
    )
    words = " ".join("".join(run.text for run in each) + "." for each in captions)
    aim = f"The next input is {board.number(signal[1, 0])}, the output {board.number(y.data)}."
    return board.drawing("Echo state network", f"{words} {aim}", captions)
