"""The legend: the colours of the scale with their lengths, and every mark that occurs with its meaning."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from viz.flow import palette
from viz.flow.sizes import MARKS, Kind, Scale, Size, power
from viz.flow.strip import HIGH, cell
from viz.layout.geometry import Path
from viz.look import Theme
from viz.page.page import Curve, Mark, Shape, Text
from viz.page.strokes import between, straight
from viz.words.lettering import SIZE, SMALL, Line, Run, line, width

LONG, DEEP = 320.0, 14.0  # points of the colour bar
PIECES = 96  # rectangles of one colour in it
GAP = 22.0

# How each curve is drawn, and what it says.
CURVES = {
    "gradient": ("", 1.8),
    "jacobians": ("dashed", 1.4),
    "bound": ("dotted", 1.8),
}


def bar(scale: Scale, theme: Theme, left: float, top: float, what: Line) -> Iterator[Mark]:
    """The colours from left to right, what they measure above them, and their lengths below."""
    yield Text("scale.name", left, top + 8, what, SIZE, "start")
    top += 20
    yield from _ramp(scale, theme, left, top)
    frame = between(left, left + LONG, top, top + DEEP)
    corners = [(frame.x + sx * LONG / 2, frame.y + sy * DEEP / 2) for sx, sy in _AROUND]
    yield Curve("scale.frame", Path(straight(corners)), theme.edge)
    for exponent in scale.ticks:
        x = left + LONG * (exponent - scale.low) / (scale.high - scale.low)
        yield Curve(f"scale{exponent}.tick", Path(straight([(x, top + DEEP), (x, top + DEEP + 4)])), theme.wire)
        yield Text(f"scale{exponent}.name", x, top + DEEP + 14, power(exponent), SMALL)


_AROUND = ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))


def _ramp(scale: Scale, theme: Theme, left: float, top: float) -> Iterator[Mark]:
    for k in range(PIECES):
        fill = palette.colour((k + 0.5) / PIECES, theme, scale.diverging)
        place = between(left + k * LONG / PIECES, left + (k + 1) * LONG / PIECES, top, top + DEEP)
        yield Shape(f"scale-{k}", place, fill, fill, boxed=True, corner=0.0)


def marks(kinds: Collection[Kind], scale: Scale, theme: Theme, left: float, y: float) -> Iterator[Mark]:
    """Each mark that occurs, in its cell, and what it says."""
    for kind in (kind for kind in MARKS if kind in kinds):
        yield from cell(f"legend-{kind}", (left, left + HIGH), y, Size(kind), scale, theme)
        words = line(MARKS[kind][0])
        yield Text(f"legend-{kind}.name", left + HIGH + 6, y, words, SIZE, "start")
        left += HIGH + 6 + width(words) + GAP


def curves(kinds: Sequence[tuple[str, Line]], theme: Theme, left: float, top: float) -> Iterator[Mark]:
    """Each kind of curve that occurs, a line below the other."""
    for number, (kind, words) in enumerate(kinds):
        y = top + number * 20
        dash, thick = CURVES[kind]
        yield Curve(f"legend-{kind}", Path(straight([(left, y), (left + 34, y)])), shade(kind, theme), "", thick, dash)
        yield Text(f"legend-{kind}.name", left + 42, y, words, SIZE, "start")


def shade(kind: str, theme: Theme) -> str:
    """A curve's colour: a gradient's own, ink for what bounds it."""
    return theme.gradient if kind == "gradient" else theme.ink


def measured(loss: str, beyond: bool = False, relative: bool = False) -> Line:
    """What the colours show: ‖∂L/∂v‖; and, where some lie `beyond` the scale, what is done with them."""
    how = "‖, relative to the last step, log scale" if relative else "‖, log scale"
    size = (Run("‖∂"), Run(loss, italic=True), Run("/∂"), Run("v", italic=True), Run(how, "ink"))
    return (*size, Run("; what lies beyond has the colour of its end", "muted")) if beyond else size
