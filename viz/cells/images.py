"""Convolution and pooling as sparse layers: few edges, and few weights among them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add

import numpy as np

from autograd_tiny import Value, nn
from viz.audience import announced
from viz.cells.board import Board, Record
from viz.drawing import Drawing
from viz.words import figures
from viz.words.lettering import SMALL, Line, line, name

ACROSS, RISE = 84.0, 190.0  # points between units, and between layers
NARROW = 72.0  # points between units where two networks stand side by side


@announced
def convolution(
    inputs: Sequence[float] = (0.2, 0.9, -0.4, 0.7, 1.0, -0.8, 0.3, 0.5),
    weights: Sequence[float] = (0.5, -1.0, 0.8),
    *,
    theme: str = "lecture",
    precision: int = 2,
) -> Drawing:
    """A convolution as a sparse layer h_i = tanh(Σ_j x_{i+j−1} w_j): edges of one colour share one weight; L = Σh.

    With 8 inputs and 3 weights, 18 edges instead of 48. ValueError if there are fewer inputs than weights.
    """
    if not 0 < len(weights) <= len(inputs):
        raise ValueError(f"convolution: {len(weights)} weights over {len(inputs)} inputs; give at least as many inputs")
    xs = [Value(float(x), f"x_{i}") for i, x in enumerate(inputs, 1)]
    ws = [Value(float(w), f"w_{j}") for j, w in enumerate(weights, 1)]
    products = [[x * w for x, w in zip(xs[i:], ws, strict=False)] for i in range(len(xs) - len(ws) + 1)]
    hs = [reduce(add, each).tanh() for each in products]
    board, record = Board(theme, precision), Record(reduce(add, hs))
    for i, x in enumerate(xs):
        board.unit(f"x{i}", i * ACROSS, RISE, x.data, tooltip=_tooltip(record, x))
        board.say(f"x-name{i}", i * ACROSS, RISE + 32, x.label)
    shift = (len(ws) - 1) / 2
    for i, h in enumerate(hs):
        board.unit(f"h{i}", (i + shift) * ACROSS, 0.0, h.data, tooltip=_tooltip(record, h))
        board.say(f"h-name{i}", (i + shift) * ACROSS, -32, f"h_{i + 1}")
        for j in range(len(ws)):
            board.wire(f"edge{i}-{j}", f"x{i + j}", f"h{i}", stroke=_colours(board)[j % 4], arrow=False)
    for j in range(len(ws)):  # the first window names its edges: colour is not the only sign
        left = (j + 0.30 * (shift - j)) * ACROSS - 12
        board.say(f"w-name{j}", left, RISE * 0.70, f"w_{j + 1}", size=SMALL)
    edges, full = len(hs) * len(ws), len(hs) * len(xs)
    captions = [_weight(board, record, w, [each[j] for each in products]) for j, w in enumerate(ws)]
    captions.insert(0, line(f"{edges} edges, not {full}; {len(ws)} weights, not {full}"))
    told = " ".join("".join(run.text for run in each) + "." for each in captions)
    return board.drawing("Convolution as a sparse layer", told, captions)


def _weight(board: Board, record: Record, w: Value, products: Sequence[Value]) -> Line:
    """A shared weight, and the sum of what each of its edges contributes."""
    shares = [board.number(record.shares[id(product), 1]) for product in products]
    listed = " + ".join(f"({share})" if share.startswith("−") else share for share in shares)
    total, parts = record.totals[id(w)], [record.shares[id(product), 1] for product in products]
    sign = figures.equals(total, lambda *printed: sum(printed), parts, board.precision)
    value, sums = (
        line(f" = {board.number(w.data)}", "value"),
        line(f" = {listed} {sign} {board.number(total)}", "gradient"),
    )
    return (*name(w.label), *value, *line("   ∂L/∂", "gradient"), *name(w.label, "gradient"), *sums)


def _colours(board: Board) -> tuple[str, ...]:
    return board.theme.value, board.theme.gradient, board.theme.local, board.theme.muted


def _tooltip(record: Record, v: Value) -> str:
    return f"{v.label}\nvalue {v.data!r}\ngradient {record.totals[id(v)]!r}"


@announced
def pooling(
    inputs: Sequence[float] = (0.3, 0.9, 0.5, -0.2, 0.1, 0.6),
    size: int = 3,
    *,
    theme: str = "lecture",
    precision: int = 2,
) -> Drawing:
    """Max and average pooling over windows of `size`, stride `size`: where the gradient of L = Σp goes.

    ValueError if the inputs do not fill one window.
    """
    if not 1 <= size <= len(inputs):
        raise ValueError(f"pooling: windows of {size} over {len(inputs)} inputs; give 1 ≤ size ≤ number of inputs")
    board, told = Board(theme, precision), []
    for number, (title, pool) in enumerate((("max", nn.max_pool), ("average", nn.avg_pool))):
        h = Value(np.array(inputs, float), "h")
        told.append(_pooled(board, title, h, pool(h, (size,)), size, number * (len(inputs) + 0.8) * NARROW))
    return board.drawing(f"Pooling, stride {size}", " ".join(told))


def _pooled(board: Board, title: str, h: Value, p: Value, size: int, left: float) -> str:
    record = Record(p.sum())
    values, back = np.asarray(record.of(h).value), np.asarray(record.of(h).gradient)
    rise = 0.75 * RISE
    board.say(f"{title}-title", left + (len(values) - 1) * NARROW / 2, -58, line(f"{title} pooling"))
    for k, number in enumerate(np.asarray(p.data).tolist()):
        middle = left + (k * size + (size - 1) / 2) * NARROW
        board.unit(f"{title}-p{k}", middle, 0.0, number)
        board.say(f"{title}-p-name{k}", middle, -32, f"p_{k + 1}")
    for i, (value, gradient) in enumerate(zip(values.tolist(), back.tolist(), strict=True)):
        x = left + i * NARROW
        board.unit(f"{title}-h{i}", x, rise, value)
        board.say(f"{title}-h-name{i}", x, rise + 32, f"h_{i + 1}")
        board.say(f"{title}-h{i}.gradient", x, rise + 50, line(board.number(gradient), "gradient"))
        if i // size < p.size:
            stroke = board.theme.wire if gradient else board.theme.edge
            board.wire(f"{title}-edge{i}", f"{title}-h{i}", f"{title}-p{i // size}", stroke=stroke)
    pooled, routed = (", ".join(map(board.number, np.asarray(each).tolist())) for each in (p.data, back))
    return f"{title.capitalize()}: {pooled}; gradients {routed}."
