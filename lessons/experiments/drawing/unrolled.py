"""An unrolled network with its numbers: a column per time step, layers from the bottom up, as the lectures draw it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lessons.experiments.drawing.canvas import arrowhead, document, rectangle, stroke, text
from lessons.experiments.drawing.chart import INK, PAPER
from viz.words.figures import number

CELL, BOX, PITCH, GAP = 20.0, 62.0, 140.0, 44.0
LEFT, TOP = 150.0, 76.0
RIGHT_ANSWER, GIVEN = "#CCE8D8", "#E8EEF4"


@dataclass(frozen=True)
class Column:
    """One time step: what is read, the vectors of all layers (the input first), the right class and its name."""

    read: str
    layers: tuple[np.ndarray, ...]
    right: int
    wanted: str


def columns(title: str, names: Sequence[str], arrows: Sequence[str], steps: Sequence[Column], classes: str) -> str:
    """The steps as an SVG document. `names` are the layers', `arrows` the weights' between them.

    Layer 1 is the hidden one: its last arrow, named last, goes on in time. Layers as long as there are classes have
    their numbers named after them.
    """
    sizes = [len(vector) for vector in steps[0].layers]
    bottoms = _bottoms(sizes)
    marks = [arrowhead(), *_names(names, sizes, bottoms, classes)]
    for t, step in enumerate(steps):
        x = LEFT + t * PITCH
        marks += [*_column(step, x, bottoms), *_upward(arrows, x, sizes, bottoms)]
        if t:
            middle = bottoms[1] - sizes[1] * CELL / 2
            marks.append(stroke(f"M{x - PITCH + BOX:.1f} {middle:.1f}H{x:.1f}", arrow=True))
            marks.append(text(x - (PITCH - BOX) / 2, middle - 10, arrows[-1], size=10))
    told = ". ".join(f"After {s.read} comes {s.wanted}, probability {s.layers[-1][s.right]:.4f}" for s in steps)
    return document(title, told + ".", LEFT + PITCH * len(steps) - (PITCH - BOX) + 24, bottoms[0] + 56, marks)


def _bottoms(sizes: Sequence[int]) -> list[float]:
    """Where each layer ends below; the input, the first layer, lies lowest."""
    places, y = [], TOP
    for size in reversed(sizes):
        places.append(y + size * CELL)
        y += size * CELL + GAP
    return places[::-1]


def _names(names: Sequence[str], sizes: Sequence[int], bottoms: Sequence[float], classes: str) -> Iterator[str]:
    yield text(16, TOP - 28, "wanted", anchor="start")
    yield text(16, bottoms[0] + 30, "read", anchor="start")
    for name, size, bottom in zip(names, sizes, bottoms, strict=True):
        yield text(16, bottom - size * CELL / 2, name, anchor="start")
        for k in range(size if size == len(classes) else 0):
            yield text(LEFT - 14, bottom - (size - k - 0.5) * CELL, classes[k], size=10)


def _column(step: Column, x: float, bottoms: Sequence[float]) -> Iterator[str]:
    middle = x + BOX / 2
    yield text(middle, bottoms[0] + 30, step.read, weight="bold", size=16)
    yield stroke(f"M{middle:.1f} {bottoms[0] + 20:.1f}v-18", arrow=True)
    yield text(middle, TOP - 28, step.wanted, weight="bold", size=16)
    yield stroke(f"M{middle:.1f} {TOP - 2:.1f}v-14", arrow=True)
    for layer, (vector, bottom) in enumerate(zip(step.layers, bottoms, strict=True)):
        top = bottom - CELL * len(vector)
        for k, entry in enumerate(vector.tolist()):
            right = layer > 1 and k == step.right
            fill = RIGHT_ANSWER if right else GIVEN if layer == 0 and entry else PAPER
            yield rectangle(x, top + k * CELL, BOX, CELL, fill, INK, tip=repr(entry))
            yield text(
                middle, top + (k + 0.5) * CELL, number(entry, 2 if layer < 3 else 4), weight="bold" if right else ""
            )


def _upward(arrows: Sequence[str], x: float, sizes: Sequence[int], bottoms: Sequence[float]) -> Iterator[str]:
    """An arrow from each layer to the one above, with its weights' name."""
    for k, name in enumerate(arrows[:-1]):
        start, end, middle = bottoms[k] - sizes[k] * CELL, bottoms[k + 1], x + BOX / 2
        yield stroke(f"M{middle:.1f} {start:.1f}V{end:.1f}", arrow=True)
        yield text(middle + 8, (start + end) / 2, name, anchor="start", size=10)
