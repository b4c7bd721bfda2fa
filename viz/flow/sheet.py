"""The sheet: strips above one another on one scale, their curves below each, then the steps and the legend."""

from __future__ import annotations

from collections.abc import Iterator

from viz.fitting import fitted
from viz.flow import legend
from viz.flow.chart import TALL, chart
from viz.flow.model import Panel, Study
from viz.flow.strip import HIGH, axis, strip
from viz.lettering import SIZE, Line, Run, line, shorten
from viz.page import Mark, Page, Text
from viz.themes import Theme

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
    yield from legend.bar(study.scale, theme, 0.0, top, legend.measured(study.loss, study.beyond))
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
