"""Cells with gates as the lectures draw them: the memory is a straight highway on top, the gates stand below."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tiny import Value, nn
from viz.audience import announced
from viz.cells.board import FLOOR, Board, Carried, Record, checked, given, pitch, told
from viz.drawing import Drawing
from viz.page.strokes import between

NARROW = 0.88  # of the usual distance: a GRU has many columns, and all of them have room on a page


@announced
def lstm(
    cell: nn.LSTMCell | None = None, x: Any = None, state: Any = None, *, theme: str = "lecture", precision: int = 2
) -> Drawing:
    """One step of an LSTM: c on its highway, i, f, o and g below, all numbers of the recorded step.

    `cell` (without peepholes) takes x (D,) and the state (h, c), each (H,); L = Σh + Σc. TypeError for another cell.
    """
    cell = checked("lstm", cell if cell is not None else nn.LSTMCell(1, 1, forget_bias=1.0, seed=4), nn.LSTMCell)
    if cell.peephole:
        raise TypeError(
            "lstm: a cell with peepholes has more wires than this picture; draw(cell(x, state)[0]) shows it"
        )
    h0, c0 = (None, None) if state is None else state
    x = given(x, cell.input_size, 1.0, "x_t")
    h0, c0 = given(h0, cell.hidden_size, 0.4, "h_t−1"), given(c0, cell.hidden_size, 0.9, "c_t−1")
    h, c = cell(x, (h0, c0))
    return _lstm(Board(theme, precision), cell, (x, h0, c0, h, c))


def _lstm(board: Board, cell: nn.LSTMCell, values: tuple[Value, ...]) -> Drawing:
    x, h0, c0, h, c = values
    record = Record(h.sum() + c.sum())
    kept, written = c.inputs
    o, squashed = h.inputs
    g, a = written.inputs[1], written.inputs[1].inputs[0].inputs[0]
    p, (top, middle, low, bus) = pitch(board, cell.hidden_size), [FLOOR * k for k in range(4)]
    board.box("cell", between(0.45 * p, 7.3 * p, -44, bus + 27), "LSTM")
    _affine(board, record, (x, h0), p, bus)
    for k, key in enumerate("ifog"):
        across = {"f": 2.0, "i": 3.0, "g": 4.0, "o": 5.2}[key] * p
        board.gate(f"gate-{key}", across, low, "tanh" if key == "g" else "σ")
        part = slice(k * cell.hidden_size, (k + 1) * cell.hidden_size)
        board.wire(f"to-{key}", "affine", (across, bus), f"gate-{key}", carries=record.of(a, "", (..., part)), at=1)
    board.gate("keep", 2 * p, top, "×", "keep: f times the old memory")
    board.gate("write", 4 * p, middle, "×", "write: i times what is new, g")
    board.gate("add", 4 * p, top, "+", "the new memory")
    board.fan("sum-c", 6.2 * p, top)
    board.gate("tanh-c", 6.2 * p, middle, "tanh")
    board.gate("read", 6.2 * p, low, "×", "read: o times the memory")
    board.say("c0", -0.45 * p, top, "c_t−1", "end")
    board.wire("c0-wire", (-0.4 * p, top), "keep", carries=record.of(c0))
    board.wire("f", "gate-f", "keep", carries=record.into(kept, 0, "f"))
    board.wire("kept", "keep", "add", carries=record.of(kept))
    board.wire("i", "gate-i", (3 * p, middle), "write", carries=record.into(written, 0, "i"), at=1)
    board.wire("g", "gate-g", "write", carries=record.of(g, "g"))
    board.wire("written", "write", "add", carries=record.of(written))
    board.wire("c", "add", "sum-c", arrow=False, carries=record.of(c, "c_t"))
    board.wire("c-out", "sum-c", (7.7 * p, top), carries=Carried(c.data, np.ones(c.shape)))
    board.wire("c-in", "sum-c", "tanh-c", carries=record.into(squashed, 0))
    board.wire("squashed", "tanh-c", "read", carries=record.of(squashed))
    board.wire("o", "gate-o", "read", carries=record.of(o, "o"))
    board.wire("h", "read", (7.7 * p, low), carries=record.of(h))
    board.say("c-end", 7.75 * p, top, "c_t", "start")
    board.say("h-end", 7.75 * p, low, "h_t", "start")
    words = told(record, board, values, "x_t h_t−1 c_t−1 h_t c_t")
    return board.drawing("LSTM cell", f"c_t = f·c_t−1 + i·g and h_t = o·tanh(c_t); L = Σh + Σc. {words}")


@announced
def gru(
    cell: nn.GRUCell | None = None, x: Any = None, state: Any = None, *, theme: str = "lecture", precision: int = 2
) -> Drawing:
    """One step of a GRU: h on its highway, the update z that keeps it, the reset r before what is new; L = Σh.

    `cell` (resetting before the product) takes x (D,) and the state h (H,). TypeError for another cell.
    """
    cell = checked("gru", cell if cell is not None else nn.GRUCell(1, 1, seed=5), nn.GRUCell)
    if cell.reset_after:
        raise TypeError("gru: this picture resets before the product; viz.draw(cell(x, state)) shows reset_after=True")
    x, h0 = given(x, cell.input_size, 1.0, "x_t"), given(state, cell.hidden_size, 0.7, "h_t−1")
    return _gru(Board(theme, precision), cell, (x, h0, cell(x, h0)))


def _gru(board: Board, cell: nn.GRUCell, values: tuple[Value, ...]) -> Drawing:
    x, h0, h = values
    record, H = Record(h.sum()), cell.hidden_size
    kept, new = h.inputs
    z, (rest, candidate) = kept.inputs[0], new.inputs
    inner, sums = candidate.inputs[0], z.inputs[0].inputs[0]
    recalled = inner.inputs[1]
    reset = recalled.inputs[0]
    p, (top, middle, low, bus) = NARROW * pitch(board, H), [FLOOR * k for k in range(4)]
    board.box("cell", between(0.42 * p, 7.6 * p, -44, bus + 27), "GRU")
    board.fan("sum-h", p, top)
    board.say("h0", -0.75 * p, top, "h_t−1", "end")
    board.wire("h0-wire", (-0.7 * p, top), "sum-h", arrow=False, carries=record.of(h0))
    board.gate("affine", p, bus, "xU, hW, b", "what the input and the old state say to r, z and h̃")
    board.say("x", p, bus + FLOOR - 6, "x_t")
    board.wire("x-wire", (p, bus + FLOOR - 18), "affine", carries=record.of(x))
    board.wire("h-affine", "sum-h", (p, middle), "affine", carries=record.into(sums.inputs[1], 0), at=1)
    for key, across, carried in (
        ("r", 2.2, record.of(sums, "", (..., slice(None, H)))),
        ("z", 5.9, record.of(sums, "", (..., slice(H, None)))),
    ):
        board.gate(f"gate-{key}", across * p, low, "σ")
        board.wire(f"to-{key}", "affine", (across * p, bus), f"gate-{key}", carries=carried, at=1)
    _gru_candidate(board, record, (reset, recalled, inner, candidate), p)
    board.gate("keep", 5.9 * p, top, "×", "keep: z times the old state")
    board.fan("sum-z", 5.9 * p, low - 0.5 * FLOOR)
    board.gate("rest", 7 * p, low, "1−", "1 − z: what z does not keep is new")
    board.gate("new", 7 * p, middle, "×")
    board.gate("add", 7 * p, top, "+", "the new state")
    board.wire("z-stem", "gate-z", "sum-z", arrow=False)
    board.wire("z", "sum-z", (5.9 * p, middle), "keep", carries=record.into(kept, 0, "z"), at=1)
    board.wire("z-rest", "sum-z", (6.45 * p, low - 0.5 * FLOOR), (6.45 * p, low), "rest")
    board.wire("rest-wire", "rest", "new", carries=record.of(rest))
    board.wire("h-keep", "sum-h", "keep", carries=record.into(kept, 1))
    board.wire("kept", "keep", "add", carries=record.of(kept))
    board.wire("candidate-wire", "candidate", (5.9 * p, middle), "new", carries=record.of(candidate, "h̃"), at=1)
    board.wire("new-wire", "new", "add", carries=record.of(new))
    board.wire("h", "add", (8.7 * p, top), carries=record.of(h))
    board.say("h-end", 8.75 * p, top, "h_t", "start")
    words = told(record, board, values, "x_t h_t−1 h_t")
    return board.drawing("GRU cell", f"h_t = z·h_t−1 + (1 − z)·h̃ with h̃ = tanh(xU + (r·h_t−1)W_h + b); L = Σh. {words}")


def _gru_candidate(board: Board, record: Record, values: tuple[Value, ...], p: float) -> None:
    """The way of what is new: reset, product, sum with the input's part, tanh."""
    reset, recalled, inner, _ = values
    middle, bus = FLOOR, 3 * FLOOR
    board.gate("reset", 2.2 * p, middle, "×", "reset: r times the old state")
    board.gate("product", 3.3 * p, middle, "@W_h")
    board.gate("inner", 4.25 * p, middle, "+")
    board.gate("candidate", 5.2 * p, middle, "tanh")
    board.wire("h-reset", "sum-h", (p, middle), "reset", carries=record.into(reset, 1), at=1)
    board.wire("r", "gate-r", "reset", carries=record.into(reset, 0, "r"))
    board.wire("reset-wire", "reset", "product", carries=record.of(reset))
    board.wire("recalled", "product", "inner", carries=record.of(recalled))
    board.wire("to-inner", "affine", (4.25 * p, bus), "inner", carries=record.into(inner, 0), at=1)
    board.wire("inner-wire", "inner", "candidate", carries=record.of(inner))


def _affine(board: Board, record: Record, inputs: tuple[Value, Value], p: float, y: float) -> None:
    """The input from below and the old state from the left, in one product."""
    x, h0 = inputs
    board.gate("affine", p, y, "xU+hW+b", "what the input and the old state say to all gates")
    board.say("h0", -0.45 * p, y, "h_t−1", "end")
    board.wire("h0-wire", (-0.4 * p, y), "affine", carries=record.of(h0))
    board.say("x", p, y + FLOOR - 6, "x_t")
    board.wire("x-wire", (p, y + FLOOR - 18), "affine", carries=record.of(x))
