"""Networks over sequences: what goes in and comes out when, and attention between two of them."""

from __future__ import annotations

from typing import Any

import autograd_tiny as at
from autograd_tiny import Value, nn
from viz.audience import announced
from viz.cells.board import Board, Record
from viz.drawing import Drawing
from viz.layout.geometry import Point, Rectangle
from viz.look import mixed
from viz.words.lettering import line, name

WIDE, HIGH = 58.0, 62.0  # of a block with a name, a value and a gradient
STEP, FLOOR = 84.0, 104.0  # points between steps, and between input, state and output
ROW = 8  # steps side by side, as wide as a page
STOREY = 3 * FLOOR + 60  # from one row of patterns to the next

# Which steps have an input, and which an output.
PATTERNS = {
    "one to one": ("x", "y"),
    "one to many": ("x··", "yyy"),
    "many to one": ("xxx", "··y"),
    "many to many, one after the other": ("xxx··", "··yyy"),
    "many to many, step by step": ("xxx", "yyy"),
}


@announced
def patterns(
    cell: nn.RNNCell | None = None, readout: nn.Linear | None = None, *, theme: str = "lecture", precision: int = 2
) -> Drawing:
    """The five patterns of inputs and outputs, each a recorded network; in every box value and gradient of L = Σy.

    `cell` takes and `readout` gives vectors; one cell serves them all. A step without input takes zeros.
    """
    cell, readout = cell or nn.RNNCell(1, 1, seed=3), readout or nn.Linear(1, 1, seed=2)
    board, left, low, steps, told = Board(theme, precision), 0.0, 0.0, 0, []
    for number, (title, (reads, writes)) in enumerate(PATTERNS.items(), 1):
        steps += len(reads)
        if steps > ROW:
            left, low, steps = 0.0, low + STOREY, len(reads)
        told.append(_pattern(board, (cell, readout), number, (left, low), reads, writes))
        middle = left + (len(reads) - 1) * STEP / 2
        for row, words in enumerate(title.split(", ")):
            board.say(f"title{number}-{row}", middle, low - FLOOR - 66 + 17 * row, line(words))
        left += len(reads) * STEP + 46
    words = " ".join(f"{title}: {each}." for title, each in zip(PATTERNS, told, strict=True))
    return board.drawing("Five patterns of inputs and outputs", words)


def _pattern(board: Board, layers: tuple[Any, Any], number: int, place: Point, reads: str, writes: str) -> str:
    (cell, readout), (left, low) = layers, place
    xs = [Value([(1.0, -0.5, 0.8)[t % 3]] * cell.input_size, f"x_{t + 1}") for t in range(len(reads))]
    hs, _ = nn.unroll(cell, [x if read == "x" else 0.0 * x.data for x, read in zip(xs, reads, strict=True)])
    ys = [readout(h) if write == "y" else None for h, write in zip(hs, writes, strict=True)]
    shown = [y for y in ys if y is not None]
    record = Record(at.concatenate(shown, -1).sum())
    for t, (x, h, y) in enumerate(zip(xs, hs, ys, strict=True), 1):
        key, across = f"{number}-{t}", left + (t - 1) * STEP
        _cell_block(board, record, f"h{key}", (across, low), f"h_{t}", h)
        if reads[t - 1] == "x":
            _cell_block(board, record, f"x{key}", (across, low + FLOOR), f"x_{t}", x)
            board.wire(f"in{key}", f"x{key}", f"h{key}")
        if y is not None:
            _cell_block(board, record, f"y{key}", (across, low - FLOOR), f"y_{t}", y)
            board.wire(f"out{key}", f"h{key}", f"y{key}")
        if t > 1:
            board.wire(f"on{key}", f"h{number}-{t - 1}", f"h{key}")
    inputs = sum(read == "x" for read in reads)
    counts = {"input": inputs, "output": len(shown), "step": len(reads)}
    return ", ".join(f"{count} {thing}{'s' * (count > 1)}" for thing, count in counts.items())


def _cell_block(board: Board, record: Record, key: str, place: tuple[float, float], label: str, value: Value) -> None:
    carried = record.of(value)
    numbers = (line(board.number(carried.value), "value"), line(board.number(carried.gradient), "gradient"))
    board.block(key, Rectangle(*place, WIDE, HIGH), [name(label), *numbers])


@announced
def seq2seq(
    encoder: nn.RNNCell | None = None, decoder: nn.RNNCell | None = None, *, theme: str = "lecture", precision: int = 2
) -> Drawing:
    """Sequence to sequence with attention: each output asks all encoder states, weights a that add to 1; L = Σy.

    `decoder` takes the context (H,) as its input and has states of the encoder's size.
    """
    encoder, decoder = encoder or nn.RNNCell(1, 1, seed=3), decoder or nn.RNNCell(1, 1, seed=7)
    xs = [Value([number] * encoder.input_size, f"x_{t}") for t, number in enumerate((1.0, -1.5, 2.0), 1)]
    hs, state = nn.unroll(encoder, xs)
    attention, readout = nn.Attention(encoder.hidden_size, score="dot"), nn.Linear(decoder.hidden_size, 1, seed=2)
    keys, outputs = at.stack(hs), []
    for _ in range(3):
        context, weights = attention(state, keys)
        state = decoder(context, state)
        outputs.append((context, weights, state, readout(state)))
    record = Record(at.concatenate([y for *_, y in outputs], -1).sum())
    board, wide = Board(theme, precision), 2.0 * STEP
    for t, (x, h) in enumerate(zip(xs, hs, strict=True), 1):
        _cell_block(board, record, f"h{t}", (t * wide, 0.0), f"h_{t}", h)
        _cell_block(board, record, f"x{t}", (t * wide, FLOOR), f"x_{t}", x)
        board.wire(f"in{t}", f"x{t}", f"h{t}")
        if t > 1:
            board.wire(f"on{t}", f"h{t - 1}", f"h{t}")
    for j, step in enumerate(outputs, 1):
        _decoding(board, record, j, step, (j + 0.5) * wide)
    left, end, low = wide - WIDE, 3 * wide + WIDE, FLOOR + 58
    board.wire("start", "h3", (end, 0.0), (end, low), (left, low), (left, -3.2 * FLOOR), "s1")
    shown = "; ".join(f"output {j}: weights {board.number(step[1].data)}" for j, step in enumerate(outputs, 1))
    return board.drawing("Sequence to sequence with attention", f"Each output weighs all encoder states. {shown}.")


def _decoding(board: Board, record: Record, j: int, step: tuple[Value, ...], across: float) -> None:
    context, weights, state, y = step
    board.gate(f"c{j}", across, -1.9 * FLOOR, "Σa·h", "context: the weighted mean of the encoder's states")
    for t, weight in enumerate(weights.data.tolist(), 1):
        stroke = mixed(board.theme.paper, board.theme.ink, 0.25 + 0.75 * weight)
        text = line(board.number(weight), "value")
        board.tagged(f"a{j}-{t}", f"h{t}", f"c{j}", 0.30 + 0.13 * (j - 1), text, stroke)
    _cell_block(board, record, f"s{j}", (across, -3.2 * FLOOR), f"s_{j}", state)
    _cell_block(board, record, f"y{j}", (across, -4.2 * FLOOR), f"y_{j}", y)
    board.wire(f"context{j}", f"c{j}", f"s{j}", carries=record.of(context))
    board.wire(f"out{j}", f"s{j}", f"y{j}")
    if j > 1:
        board.wire(f"next{j}", f"s{j - 1}", f"s{j}")
