"""The sheet: strips above one another on one scale, their curves below each, then the steps and the legend."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from viz.flow import legend
from viz.flow.legend import CURVES, shade
from viz.flow.model import Overlay, Panel, Study
from viz.flow.sizes import Scale, power
from viz.flow.strip import HIGH, axis, cell_width, strip
from viz.layout.geometry import Path, Point
from viz.look import Theme
from viz.page.page import Curve, Mark, Page, Text
from viz.page.strokes import fitted, straight
from viz.words.lettering import SIZE, SMALL, Line, Run, line, shorten

SPACE = 14.0  # points between two models
NOTE = 11.0


def sheet(study: Study, theme: Theme, title: str, description: str) -> Page:
    """All panels of a study on a page."""
    marks: list[Mark] = []
    top = 0.0
    for number, panel in enumerate(study.panels):
        marks += _panel(f"model{number}", panel, study, theme, top)
        top += _height(panel) + SPACE
    marks += axis(study, theme, top - SPACE + 6)
    marks += _legend(study, theme, top + 50)
    return fitted(marks, theme, title, description)


def _panel(key: str, panel: Panel, study: Study, theme: Theme, top: float) -> Iterator[Mark]:
    """A model's name, strip, curves and notes, from `top` down."""
    if panel.name:
        yield Text(f"{key}.name", 0.0, top + 10, line(shorten(panel.name, 60)), SIZE + 1, "start", panel.name)
        top += 24
    yield from strip(key, panel, study, theme, top)
    top += HIGH * len(panel.rows)
    if panel.overlays:
        yield from chart(f"{key}-chart", panel, study, theme, top + 12)
        top += TALL + 12
    for note in panel.notes:
        yield Text(f"{key}.note", 0.0, top + 12, line(note, "muted"), NOTE, "start")


def _height(panel: Panel) -> float:
    curves = TALL + 12 if panel.overlays else 0.0
    return (24 if panel.name else 0) + HIGH * len(panel.rows) + curves + 20 * len(panel.notes)


def _legend(study: Study, theme: Theme, top: float) -> Iterator[Mark]:
    kinds = {size.kind for panel in study.panels for size in panel.sizes} - {"length"}
    overlays = {overlay.kind for panel in study.panels for overlay in panel.overlays}
    yield from legend.bar(study.scale, theme, 0.0, top, legend.measured(study.loss, study.beyond, study.relative))
    top += 66
    if kinds:
        yield from legend.marks(kinds, study.scale, theme, 0.0, top + 6)
        top += 30
    shown = [(kind, text) for kind, text in _curves(study.over, study.loss).items() if kind in overlays]
    yield from legend.curves(shown, theme, 0.0, top + 8)


def _curves(over: str, loss: str) -> dict[str, Line]:
    """What each curve shows: s is the state, T the last step."""
    last = (Run(" · "), *_size(loss, "T"))
    product = (Run("Π‖∂"), *_letter("s", "k"), Run("/∂"), *_letter("s", "k−1"), Run("‖"))
    gammas = (Run("("), *_letter("γ", "W"), Run(" "), *_letter("γ", "φ"), Run(")"))
    power = Run(f"T−{over}", italic=True, shift=1)
    return {
        "gradient": (*_size(loss, over), Run(": the gradient of the state "), *_letter("s", over)),
        "jacobians": (*product, *last, Run(": the most that can come back from the last step")),
        "bound": (*gammas, power, *last, Run(": the lecture’s bound on it")),
    }


def _size(loss: str, step: str) -> Line:
    return (Run("‖∂"), Run(loss, italic=True), Run("/∂"), *_letter("s", step), Run("‖"))


def _letter(letter: str, index: str) -> Line:
    return (Run(letter, italic=True), Run(index, italic=True, shift=-1))


# Curves below a strip, over the same steps: the state's gradient, the product of the Jacobians' norms, the bound -----


TALL = 132.0  # points


def chart(key: str, panel: Panel, study: Study, theme: Theme, top: float) -> Iterator[Mark]:
    """The curves of a model in a frame from `top` down, small lengths at its bottom."""
    steps, scale = len(study.steps), study.scale
    right = cell_width(steps) * steps
    for exponent in scale.ticks:
        y = top + TALL * (1 - (exponent - scale.low) / (scale.high - scale.low))
        yield Curve(f"{key}.grid{exponent}", Path(straight([(0.0, y), (right, y)])), theme.edge, thickness=0.5)
        yield Text(f"{key}.level{exponent}", -8.0, y, power(exponent), SMALL, "end")
    yield Curve(f"{key}.frame", Path(straight([(0.0, top), (0.0, top + TALL), (right, top + TALL)])), theme.wire)
    for overlay in reversed(panel.overlays):
        yield from _curve(key, overlay, steps, scale, theme, top)


def _curve(key: str, overlay: Overlay, steps: int, scale: Scale, theme: Theme, top: float) -> Iterator[Mark]:
    """A stretch per run of lengths that have a place."""
    wide = cell_width(steps)
    dash, thick = CURVES[overlay.kind]
    places: list[Point | None] = [
        None
        if size is None or size.kind != "length"
        else ((k + 0.5) * wide, top + TALL * (1 - scale.share(size.length)))
        for k, size in enumerate(overlay.sizes)
    ]
    for there, run in groupby(places, lambda point: point is not None):
        points = [point for point in run if point is not None]
        if there and len(points) > 1:
            yield Curve(f"{key}.{overlay.kind}", Path(straight(points)), shade(overlay.kind, theme), "", thick, dash)
