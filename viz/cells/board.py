"""A board to draw on by hand: gates and wires where the lectures have them, with a recorded graph's own numbers.

Lengths are points, y runs downwards. A wire runs through corners; its numbers stand on its longest piece, the value
above (or left of it), the gradient below (or right).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np

from autograd_tiny import Value, backward_steps
from viz.drawing import Drawing
from viz.graph import folding
from viz.layout.dot import FAN, GATE
from viz.layout.geometry import Path, Point, Rectangle, outermost, polyline
from viz.look import theme_named
from viz.output import plate
from viz.page.page import BORDER, Curve, Mark, Page, Shape, Text, moved
from viz.page.strokes import extent, length, right_angled, short, straight
from viz.wires.inscriptions import MARGIN
from viz.words import figures
from viz.words.lettering import LINE, SIZE, SMALL, Line, line, name, width

TIP = 6.0  # points that an arrowhead needs
FEW = 3  # numbers of an array that are printed; beyond, its shape


class Board:
    """Marks at their places, in layers: boxes, wires, gates, texts."""

    def __init__(self, theme: str = "lecture", precision: int = 2) -> None:
        self.theme, self.precision = theme_named(theme), precision
        self.gates: dict[str, Rectangle] = {}
        self.boxes: list[Mark] = []
        self.curves: list[Mark] = []
        self.shapes: list[Mark] = []
        self.texts: list[Mark] = []

    # Gates and names -------------------------------------------------------------------------------------------------

    def gate(self, key: str, x: float, y: float, face: str | Line, tooltip: str = "") -> str:
        """A circle with its symbol, or an ellipse where the symbol is long."""
        text = line(face) if isinstance(face, str) else face
        size = folding.size_of(text)
        wide = width(text, size)
        self.gates[key] = Rectangle(x, y, GATE if wide <= folding.ROOM else wide + 16, GATE)
        self.shapes.append(Shape(key, self.gates[key], self.theme.gate, self.theme.wire, tooltip=tooltip))
        self.texts.append(Text(f"{key}.face", x, y, text, size, tooltip=tooltip))
        return key

    def fan(self, key: str, x: float, y: float) -> str:
        """A Σ: what comes back from its branches ADDs."""
        self.gates[key] = Rectangle(x, y, FAN, FAN)
        tooltip = "gradients of the branches ADD"
        self.shapes.append(Shape(key, self.gates[key], self.theme.gate, self.theme.gradient, tooltip=tooltip))
        self.texts.append(Text(f"{key}.face", x, y, line("Σ", "gradient"), SMALL, tooltip=tooltip))
        return key

    def unit(self, key: str, x: float, y: float, number: Any, fill: str = "", tooltip: str = "") -> str:
        """A neuron: a circle with its activation inside."""
        self.gates[key] = Rectangle(x, y, 40.0, 40.0)
        self.shapes.append(Shape(key, self.gates[key], fill or self.theme.gate, self.theme.wire, tooltip=tooltip))
        self.texts.append(Text(f"{key}.value", x, y, line(self.number(number), "value"), SMALL, tooltip=tooltip))
        return key

    def block(self, key: str, place: Rectangle, lines: Sequence[Line], tooltip: str = "") -> str:
        """A box with lines of text in it."""
        self.gates[key] = place
        self.shapes.append(Shape(key, place, self.theme.box, self.theme.wire, boxed=True, tooltip=tooltip))
        top = place.y - (len(lines) - 1) * SIZE * LINE / 2
        for number, text in enumerate(lines):
            self.texts.append(Text(f"{key}.face{number}", place.x, top + number * SIZE * LINE, text))
        return key

    def box(self, key: str, place: Rectangle, caption: str) -> None:
        """A box behind everything, with its caption at the top left."""
        self.boxes.append(Shape(key, place, self.theme.box, self.theme.edge, boxed=True))
        x, y = place.x - place.width / 2 + 10, place.y - place.height / 2 + 12
        self.boxes.append(Text(f"{key}.caption", x, y, line(caption, "muted"), SMALL, "start"))

    def say(self, key: str, x: float, y: float, text: str | Line, anchor: str = "middle", size: float = SIZE) -> None:
        """A text; a plain one is a name, set as mathematics sets it."""
        self.texts.append(Text(key, x, y, name(text) if isinstance(text, str) else text, size, anchor))

    # Wires -----------------------------------------------------------------------------------------------------------

    def wire(
        self,
        key: str,
        *places: str | Point,
        carries: Carried | None = None,
        arrow: bool = True,
        stroke: str = "",
        at: int | None = None,
    ) -> None:
        """A wire from place to place, a gate's key or a corner; numbers on piece number `at`, or the longest."""
        corners = [self._middle(place) for place in places]
        corners[0] = self._border(places[0], corners[0], corners[1])
        corners[-1] = self._border(places[-1], corners[-1], corners[-2])
        drawn = [*corners[:-1], short(corners[-1], corners[-2], TIP)] if arrow else corners
        course = polyline(drawn) if right_angled(drawn) else Path(straight(drawn))
        path = Path(course.points, corners[-1] if arrow else None)
        self.curves.append(Curve(key, path, stroke or self.theme.wire))
        if carries:
            self._inscribe(key, carries, corners, at)

    def tagged(self, key: str, tail: str, head: str, share: float, text: Line, stroke: str = "") -> None:
        """A straight wire with a small text in it, `share` of its way along."""
        (x0, y0), (x1, y1) = self._middle(tail), self._middle(head)
        x, y = x0 + share * (x1 - x0), y0 + share * (y1 - y0)
        wide, high = width(text, SMALL) / 2, SMALL * LINE / 2
        reach = min(wide / (abs(x1 - x0) or 1e-9), high / (abs(y1 - y0) or 1e-9))
        gap = reach * (x1 - x0), reach * (y1 - y0)
        self.wire(f"{key}-0", tail, (x - gap[0], y - gap[1]), arrow=False, stroke=stroke)
        self.wire(f"{key}-1", (x + gap[0], y + gap[1]), head, stroke=stroke)
        self.texts.append(Text(f"{key}.value", x, y, text, SMALL))

    def _inscribe(self, key: str, carried: Carried, corners: Sequence[Point], at: int | None) -> None:
        pieces = list(pairwise(corners))
        (x0, y0), (x1, y1) = pieces[at] if at is not None else max(pieces, key=length)
        x, y, step = (x0 + x1) / 2, (y0 + y1) / 2, SIZE * LINE / 2
        for number, role, side in ((carried.value, "value", -1), (carried.gradient, "gradient", 1)):
            if number is None:
                continue
            text = line(self.number(number), "value" if role == "value" else "gradient")
            if role == "value" and carried.label:
                text = (*name(carried.label, "value"), *line(" = ", "value"), *text)
            if abs(x1 - x0) > abs(y1 - y0):
                self.texts.append(Text(f"{key}.{role}", x, y + side * (step + 1), text))
            else:
                anchor = "end" if side < 0 else "start"
                self.texts.append(Text(f"{key}.{role}", x + side * MARGIN, y, text, anchor=anchor))

    def number(self, number: Any) -> str:
        """A number; few of them in brackets, the shape of more."""
        array = np.asarray(number)
        if array.size == 1:
            return figures.number(float(array.reshape(())), self.precision)
        return figures.inline(array, self.precision) if array.size <= FEW else f"({', '.join(map(str, array.shape))})"

    def _middle(self, place: str | Point) -> Point:
        return (self.gates[place].x, self.gates[place].y) if isinstance(place, str) else place

    def _border(self, place: str | Point, middle: Point, toward: Point) -> Point:
        """Where a wire meets the border of what it comes from or goes to."""
        if not isinstance(place, str):
            return middle
        gate = self.gates[place]
        dx, dy = toward[0] - middle[0], toward[1] - middle[1]
        boxed = any(isinstance(mark, Shape) and mark.id == place and mark.boxed for mark in self.shapes)
        reach = (abs(dx) / (gate.width / 2), abs(dy) / (gate.height / 2))
        scale = max(reach) if boxed else (reach[0] ** 2 + reach[1] ** 2) ** 0.5
        return (middle[0] + dx / scale, middle[1] + dy / scale) if scale else middle

    # The drawing -----------------------------------------------------------------------------------------------------

    def drawing(self, title: str, description: str, captions: Sequence[Line] = ()) -> Drawing:
        """Everything on a page as large as it needs."""
        marks = [*self.boxes, *self.curves, *self.shapes, *self.texts]
        around = outermost([extent(mark) for mark in marks])
        wide = max([around.width, *map(width, captions)])
        left = BORDER + (wide - around.width) / 2 - (around.x - around.width / 2)
        top = BORDER - (around.y - around.height / 2)
        foot = BORDER + around.height + (10 if captions else 0)
        high = foot + len(captions) * SIZE * LINE + BORDER
        placed = tuple(moved(mark, left, top) for mark in marks)
        page = Page(wide + 2 * BORDER, high, placed, self.theme, title, description, foot).captioned(captions)
        return Drawing(page, partial(plate.document, page), lambda: f"{title}\n{description}\n")


# A recorded graph's numbers, by wire: what it carries forward, and what comes back along it --------------------------


@dataclass(frozen=True)
class Carried:
    """The numbers on a wire, and the name before them."""

    value: Any = None
    gradient: Any = None
    label: str = ""


class Record:
    """A backward pass from `output`, by which each wire's own contribution is known; no recorded gradient changes."""

    def __init__(self, output: Value) -> None:
        self.totals: dict[int, Any] = {}
        self.shares: dict[tuple[int, int], Any] = {}
        for step in backward_steps(output):
            self.totals[id(step.value)] = step.upstream
            for share in step.contributions:
                self.totals[id(share.input)] = share.total
                self.shares[id(share.consumer), share.slot] = share.contribution

    def of(self, value: Value, label: str = "", part: Any = ...) -> Carried:
        """A value with its whole gradient; or only a `part` of an array."""
        return Carried(np.asarray(value.data)[part], np.asarray(self.totals[id(value)])[part], label)

    def into(self, consumer: Value, slot: int, label: str = "") -> Carried:
        """What enters a gate, with the gradient that comes back from there alone."""
        return Carried(consumer.inputs[slot].data, self.shares[id(consumer), slot], label)


# Numbers for cells that are drawn without any given, and how far apart their wires must be ---------------------------


PITCH, FLOOR = 104.0, 92.0  # points between columns and between floors
Kind = TypeVar("Kind")


def given(x: Any, size: int, first: float, label: str) -> Value:
    """The input or state given, as a value with a label; if none is, `size` numbers of which `first` is the first."""
    x = first * np.cos(np.arange(size)) if x is None else x
    value = x if isinstance(x, Value) else Value(x)
    if value.shape != (size,):
        raise ValueError(f"{label}: shape {value.shape}, expected ({size},): a cell is drawn for one sample")
    value.label = value.label or label
    return value


def checked(who: str, cell: Kind, kind: type[Any]) -> Kind:
    """The cell, if it is of that kind; else TypeError."""
    if not isinstance(cell, kind):
        raise TypeError(f"{who}: expected nn.{kind.__name__}, got {type(cell).__name__}")
    return cell


def pitch(board: Board, size: int) -> float:
    """How far apart columns are, so that numbers of that many units fit between them."""
    return max(PITCH, 2 * width(line(board.number(np.full(size, -0.25)))) + 24)


def told(record: Record, board: Board, values: Sequence[Value], labels: str) -> str:
    """The numbers in words."""
    named = zip(values, labels.split(), strict=True)
    parts = [(label, board.number(v.data), board.number(record.totals[id(v)])) for v, label in named]
    return " ".join(f"{label} = {value}, its gradient {gradient}." for label, value, gradient in parts)
