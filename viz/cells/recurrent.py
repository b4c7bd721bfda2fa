"""The plain cell, and the memory cell that came before the LSTM."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_tiny import Value, nn
from viz.audience import announced
from viz.cells.board import FLOOR, PITCH, Board, Record, checked, given, pitch, told
from viz.drawing import Drawing
from viz.layout.geometry import Point
from viz.page.strokes import between


@announced
def vanilla(
    cell: nn.RNNCell | None = None, x: Any = None, state: Any = None, *, theme: str = "lecture", precision: int = 2
) -> Drawing:
    """One step of the plain cell h = φ(xU + hW + b), all numbers of the recorded step; L = Σh.

    `cell` takes x (D,) and the state h (H,). TypeError for another cell.
    """
    cell = checked("vanilla", cell if cell is not None else nn.RNNCell(1, 1, seed=3), nn.RNNCell)
    x, h0 = given(x, cell.input_size, 1.0, "x_t"), given(state, cell.hidden_size, 0.7, "h_t−1")
    h = cell(x, h0)
    record, board = Record(h.sum()), Board(theme, precision)
    a = h.inputs[0]
    from_x, from_h = a.inputs
    p, (top, middle, low) = pitch(board, cell.hidden_size), (0.0, FLOOR, 2 * FLOOR)
    board.box("cell", between(0.3 * p, 3.95 * p, -44, middle + 30), "RNN")
    board.gate("W", 0.9 * p, top, "@W")
    board.gate("U", 0.9 * p, middle, "@U")
    board.gate("add", 2.4 * p, top, "+")
    board.gate(
        "phi", 3.5 * p, top, "tanh" if cell.nonlinearity == "tanh" else "σ" if "s" in cell.nonlinearity else "ReLU"
    )
    board.say("h0", -0.95 * p, top, "h_t−1", "end")
    board.wire("h0-wire", (-0.9 * p, top), "W", carries=record.of(h0))
    board.say("x", 0.9 * p, low + 28, "x_t")
    board.wire("x-wire", (0.9 * p, low + 16), "U", carries=record.of(x))
    board.wire("from-h", "W", "add", carries=record.of(from_h))
    if cell.b is None:
        board.wire("from-x", "U", (2.4 * p, middle), "add", carries=record.of(from_x), at=1)
    else:
        board.gate("b", 2.4 * p, middle, "+b")
        board.wire("product", "U", "b", carries=record.of(from_x.inputs[0]))
        board.wire("from-x", "b", "add", carries=record.of(from_x))
    board.wire("sum", "add", "phi", carries=record.of(a))
    board.wire("h", "phi", (5 * p, top), carries=record.of(h))
    board.say("h-end", 5.05 * p, top, "h_t", "start")
    words = told(record, board, (x, h0, h), "x_t h_t−1 h_t")
    return board.drawing("RNN cell", f"h_t = {cell.nonlinearity}(xU + hW + b); L = Σh. {words}")


@announced
def memory(
    inputs: Sequence[float] = (1.7, 0.6, -0.4, 0.9),
    write: Sequence[float] = (1, 0, 0, 0),
    keep: Sequence[float] = (0, 1, 1, 0),
    read: Sequence[float] = (0, 0, 1, 0),
    *,
    theme: str = "lecture",
    precision: int = 2,
) -> Drawing:
    """The memory cell through time: c = keep·c + write·x, y = read·c; a self-link of weight 1 holds the number.

    One entry per step in each list; gates are numbers from 0 to 1, such as logistic units give. L = Σy. ValueError if
    the lists are not equally long.
    """
    lists = (inputs, write, keep, read)
    if len({len(each) for each in lists}) != 1 or not inputs:
        raise ValueError(
            f"memory: lists of {', '.join(str(len(each)) for each in lists)} steps; give one entry per step"
        )
    c: Value = Value(0.0, "c_0")
    start, steps, outputs = c, [], []
    for t, numbers in enumerate(zip(*lists, strict=True), 1):
        x, w, k, r = (Value(float(v), f"{name}_{t}") for v, name in zip(numbers, ("x", "w", "k", "r"), strict=True))
        kept, written = k * c, w * x
        c = kept + written
        outputs.append(r * c)
        steps.append((kept, written, c, outputs[-1]))
    loss = sum(outputs[1:], outputs[0])
    board, record = Board(theme, precision), Record(loss)
    for t, step in enumerate(steps, 1):
        _memory_step(board, record, t, step)
    for t, step in enumerate(steps, 1):
        _memory_uses(board, record, t, step, last=t == len(steps))
        if t < len(steps):
            board.wire(f"on{t}", f"sum{t}", *_onward(t), f"keep{t + 1}", carries=record.into(steps[t][0], 1), at=0)
    board.say("c0", -1.2 * PITCH, 0.0, "c_0", "end")
    board.wire("c0-wire", (-1.15 * PITCH, 0.0), "keep1", carries=record.of(start))
    shown = "; ".join(
        f"step {t}: write {w:g}, keep {k:g}, read {r:g}, memory {board.number(step[2].data)}, "
        f"its gradient {board.number(record.totals[id(step[2])])}"
        for t, (step, w, k, r) in enumerate(zip(steps, write, keep, read, strict=True), 1)
    )
    return board.drawing("Memory cell with write, keep and read gates", f"c = keep·c + write·x, y = read·c. {shown}.")


IN_ROW = 2  # steps


def _start(t: int) -> Point:
    """Where a step's memory comes in."""
    row, place = divmod(t - 1, IN_ROW)
    return place * 4 * PITCH, row * 5.2 * FLOOR


def _onward(t: int) -> list[Point]:
    """The corners of the memory's way to the next step: at the end of a row back below it, to the start of the next."""
    (x, y), (_, below) = _start(t), _start(t + 1)
    if y == below:
        return []
    right, lane, left = x + 3.4 * PITCH, y + 2.5 * FLOOR, -0.8 * PITCH
    return [(right, y), (right, lane), (left, lane), (left, below)]


def _memory_step(board: Board, record: Record, t: int, step: tuple[Value, ...]) -> None:
    kept, written, _, y = step
    p = PITCH
    left, level = _start(t)
    high, low = level - 1.45 * FLOOR, level + 1.2 * FLOOR
    board.box(f"box{t}", between(left - 0.38 * p, left + 2.8 * p, level - 2.15 * FLOOR, level + 1.85 * FLOOR), f"t={t}")
    board.gate(f"keep{t}", left, level, "×", "keep")
    board.gate(f"add{t}", left + 1.05 * p, level, "+")
    board.gate(f"write{t}", left + 1.05 * p, low, "×", "write")
    board.gate(f"read{t}", left + 2.2 * p, high, "×", "read")
    board.say(f"k{t}", left, level + 0.75 * FLOOR, "keep")
    board.wire(f"k-wire{t}", (left, level + 0.75 * FLOOR - 10), f"keep{t}", carries=record.of(kept.inputs[0]))
    board.say(f"w{t}", left - 0.02 * p, low, "write")
    board.wire(f"w-wire{t}", (left + 0.2 * p, low), f"write{t}", carries=record.of(written.inputs[0]))
    board.say(f"x{t}", left + 1.05 * p, low + 0.95 * FLOOR, f"x_{t}")
    board.wire(
        f"x-wire{t}", (left + 1.05 * p, low + 0.95 * FLOOR - 12), f"write{t}", carries=record.of(written.inputs[1])
    )
    board.wire(f"kept{t}", f"keep{t}", f"add{t}", carries=record.of(kept))
    board.wire(f"written{t}", f"write{t}", f"add{t}", carries=record.of(written))
    board.say(f"r{t}", left + 0.95 * p, high, "read")
    board.wire(f"r-wire{t}", (left + 1.18 * p, high), f"read{t}", carries=record.of(y.inputs[0]))
    board.say(f"y{t}", left + 2.2 * p, high - 0.9 * FLOOR, f"y_{t}")
    board.wire(f"y-wire{t}", f"read{t}", (left + 2.2 * p, high - 0.9 * FLOOR + 12), carries=record.of(y))


def _memory_uses(board: Board, record: Record, t: int, step: tuple[Value, ...], last: bool) -> None:
    """The memory is read and kept for the next step; after the last, it is only read."""
    *_, c, y = step
    left, level = _start(t)
    corner, carried = (left + 2.2 * PITCH, level), record.of(c, f"c_{t}")
    if last:
        board.wire(f"c{t}", f"add{t}", corner, f"read{t}", carries=carried, at=0)
        return
    board.fan(f"sum{t}", *corner)
    board.wire(f"c{t}", f"add{t}", f"sum{t}", arrow=False, carries=carried)
    board.wire(f"seen{t}", f"sum{t}", f"read{t}", carries=record.into(y, 1))
