"""What is written on each wire: the value above, the gradient below, a local derivative beside the gate it enters."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal, NamedTuple

import numpy as np

from viz.graph.circuit import Circuit, Wire
from viz.look import Look, Theme, mixed
from viz.words import figures
from viz.words.lettering import LINE, SIZE, SMALL, Line, Role, Run, clean, line, width

# Cleared, set by hand (or clipped), added to by other passes or uses, or (of what is no leaf) replaced by them; or made
# by another engine.
Origin = Literal["", "cleared", "set", "added", "replaced", "foreign"]
MARGIN, NARROWEST = 6.0, 46.0
GAP = 4.0  # points between a text and a thumbnail
QUESTION = line("?", "gradient")


@dataclass(frozen=True)
class Reading:
    """The numbers known on a wire; None is not yet computed.

    `total` is the value's whole gradient where the wire carries less, because other uses of it are not drawn; `running`
    what a branch's contribution and those before it add up to, `parts` what each use of a parameter in its gates
    brings. A gradient `asked` for has a `?` in its place. `besides` is what a gradient holds besides what comes along
    the wires drawn, and `origin` why, as far as it is known.
    """

    value: Any = None
    gradient: Any = None
    local: Any = None
    total: Any = None
    running: Any = None
    parts: tuple[Any, ...] = ()
    asked: bool = False
    besides: Any = None
    origin: Origin = ""


@dataclass(frozen=True)
class Inscription:
    """The lines on either side of a wire, first line on top, and all their digits for the tooltip."""

    above: tuple[Line, ...]
    below: tuple[Line, ...]
    local: Line
    tooltip: str
    sum: Line = ()  # the running sum, where a layout has room for it
    asked: bool = False
    heat: tuple[Thumbnail | None, Thumbnail | None] = (None, None)  # beyond the lines above, and those below

    @property
    def breadth(self) -> float:
        """Points along an LR wire that the texts need."""
        texts = [width(text) for text in (*self.above, *self.below)] + [width(self.local, SMALL)]
        return max(NARROWEST, 2 * MARGIN + max(texts + [each.width for each in self.heat if each]))

    @property
    def rise(self) -> float:
        """Points that the texts need on either side of the wire: the same on both, so that it runs in the middle."""
        below = len(self.below) * SIZE + (SMALL if self.local else 0)
        over, under = self.beyond
        return float(2 * math.ceil(max(SIZE * LINE, len(self.above) * SIZE * LINE + over, below * LINE + under) / 2))

    @property
    def beyond(self) -> tuple[float, float]:
        """Points that the thumbnails need."""
        over, under = (each.height + GAP if each else 0.0 for each in self.heat)
        return over, under


def inscribe(circuit: Circuit, readings: Mapping[str, Reading], look: Look) -> dict[str, Inscription]:
    """The inscription of every wire."""
    whole = _each_once(figures.whole)
    return {
        wire.id: _inscription(circuit, wire, readings.get(wire.id, Reading()), look, whole) for wire in circuit.wires
    }


def _each_once(told: Callable[[Any], str]) -> Callable[[Any], str]:
    """The same for each number that several wires carry; the numbers are alive as long as the readings are."""
    known: dict[int, str] = {}
    return lambda number: known.get(id(number)) or known.setdefault(id(number), told(number))


def _inscription(
    circuit: Circuit, wire: Wire, reading: Reading, look: Look, whole: Callable[[Any], str]
) -> Inscription:
    if wire.bundle:
        return Inscription((line(f"×{len(wire.bundle)}", "muted"),), (), (), f"{len(wire.bundle)} values")
    value = _print(reading.value, "value", look) if "value" in look.show else ()
    gradient = _print(reading.gradient, "gradient", look) if "gradient" in look.show else ()
    if figures.is_large(reading.gradient, look.numbers) and not value:
        gradient = gradient and (line(figures.shape(reading.gradient)), *gradient)
    if figures.is_large(reading.value, look.numbers):
        value = value and (line(figures.shape(reading.value)), *value)
    local = _print(reading.local, "local", look) if "local" in look.show else ()
    beside = (Run("local ", "local"), *local[0]) if len(local) == 1 and not np.ndim(reading.local) else ()
    running = _print(reading.running, "gradient", look) if "gradient" in look.show else ()
    so_far = running[0] if len(running) == 1 else ()
    tooltip = tooltip_of(circuit.labels[wire.value], reading, whole)
    heat = (_heat(reading.value, "value", look), _heat(reading.gradient, "gradient", look))
    return Inscription(_named(wire.name, value), gradient, beside, tooltip, so_far, reading.asked, heat)


def _heat(number: Any, what: str, look: Look) -> Thumbnail | None:
    """The thumbnail of an array that is too large to be printed, if it is asked for."""
    wanted = look.arrays == "heat" and what in look.show and number is not None
    return thumbnail(number) if wanted and figures.is_large(number, look.numbers) else None


def _print(number: Any, role: Role, look: Look) -> tuple[Line, ...]:
    if number is None:
        return ()
    if figures.is_large(number, look.numbers):
        return (line(figures.size(number, look.precision), role),)
    return tuple(line(text, role) for text in figures.lines(number, look.precision, look.numbers))


def _named(label: Line, value: tuple[Line, ...]) -> tuple[Line, ...]:
    """`x = 25.00`, or `h (3, 4)`; a matrix of several rows stands below its name."""
    if not label or not value:
        return (label, *value) if label else value
    if value[0][0].role == "ink":  # a shape
        return ((*label, Run(" "), *value[0]), *value[1:])
    if len(value) > 1:
        return ((*label, Run(" =", "value")), *value)
    sign = " " if value[0][0].text.startswith("(") else " = "
    return ((*label, Run(sign, "value"), *value[0]),)


def tooltip_of(label: str, reading: Reading, whole: Callable[[Any], str] = figures.whole) -> str:
    """What is known on a wire of the value called `label`, with all its digits."""
    label = clean(label[:2000])
    parts = [
        ("value", reading.value),
        ("gradient", reading.gradient),
        ("gradient from every use", reading.total),
        ("of it besides this pass", reading.besides),
        ("local derivative", reading.local),
    ]
    told = [f"{what} {whole(number)}" for what, number in parts if number is not None]
    return "\n".join(([label] if label else []) + told)


# Thumbnails: an array as small squares, the darker the larger; what is below zero is grey -----------------------------
# Of a large array a square stands for a block of numbers, by the one of them that is furthest from zero.


WIDE, HIGH = 72.0, 40.0  # points: no thumbnail is larger
SMALLEST, LARGEST = 3.0, 7.0  # points across a square
FAINTEST = 0.08  # of the ink: a number that is not zero is no paper


class Square(NamedTuple):
    """Neighbours of one colour, by their middle and their size."""

    x: float
    y: float
    width: float
    height: float
    colour: str


@dataclass(frozen=True)
class Thumbnail:
    """Rows of shares of the largest number, −1 to 1; NaN where there is no finite number."""

    rows: tuple[tuple[float, ...], ...]

    @property
    def side(self) -> float:
        """How large a square is."""
        return max(SMALLEST, min(LARGEST, WIDE / len(self.rows[0]), HIGH / len(self.rows)))

    @property
    def width(self) -> float:
        """In points."""
        return len(self.rows[0]) * self.side

    @property
    def height(self) -> float:
        """In points."""
        return len(self.rows) * self.side

    def squares(self, left: float, top: float, role: Role, theme: Theme) -> Iterator[Square]:
        """The squares that are not empty, neighbours of one colour as one."""
        for number, row in enumerate(self.rows):
            x = left
            for colour, run in groupby(_colour(share, role, theme) for share in row):
                wide = self.side * sum(1 for _ in run)
                if colour:
                    yield Square(x + wide / 2, top + (number + 0.5) * self.side, wide, self.side, colour)
                x += wide


def thumbnail(number: Any) -> Thumbnail | None:
    """An array's thumbnail, its last axis from left to right; None for what has no numbers."""
    array = np.asarray(number)
    if not array.size or array.dtype.kind not in "fiub":
        return None
    flat = array.astype(float).reshape(-1, array.shape[-1] if array.ndim else 1)
    blocks = _blocks(flat, int(HIGH / SMALLEST), int(WIDE / SMALLEST))
    finite = np.isfinite(blocks)
    largest = np.abs(blocks[finite]).max(initial=0.0) or 1.0
    shares = np.where(finite, blocks / largest, np.nan)
    return Thumbnail(tuple(map(tuple, shares.tolist())))


def _blocks(flat: np.ndarray[Any, Any], rows: int, columns: int) -> np.ndarray[Any, Any]:
    """At most so many rows and columns: of each block the number furthest from zero, NaN and ∞ before all others."""
    high, wide = (math.ceil(size / most) for size, most in zip(flat.shape, (rows, columns), strict=True))
    size = np.where(np.isfinite(flat), np.abs(flat), np.inf)
    found = []
    for row in range(0, flat.shape[0], high):
        line = []
        for column in range(0, flat.shape[1], wide):
            block, sizes = (each[row : row + high, column : column + wide].ravel() for each in (flat, size))
            line.append(block[sizes.argmax()])
        found.append(line)
    return np.array(found)


def _colour(share: float, role: Role, theme: Theme) -> str:
    if math.isnan(share):
        return theme.ink
    if not share:
        return ""
    ink = theme.colour(role) if share > 0 else theme.muted
    return mixed(theme.paper, ink, FAINTEST + (1 - FAINTEST) * abs(share))
