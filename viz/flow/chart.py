"""Curves below a strip, over the same steps: the state's gradient, the product of the Jacobians' norms, the bound."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from viz.cells.strokes import straight
from viz.flow.legend import CURVES, shade
from viz.flow.model import Overlay, Panel, Study
from viz.flow.scale import Scale, power
from viz.flow.strip import cell_width
from viz.geometry import Path, Point
from viz.lettering import SMALL
from viz.page import Curve, Mark, Text
from viz.themes import Theme

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
