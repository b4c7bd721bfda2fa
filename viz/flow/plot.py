"""The strips as a matplotlib figure, for papers that have their own style: extra `plots`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from viz.flow import palette
from viz.flow.model import Panel, Study
from viz.flow.sizes import MARKS, Scale
from viz.flow.strip import labelled
from viz.look import Theme

INCHES = (9.0, 0.32, 1.4, 1.9)  # width; height of a row, of curves, and of all else
STYLES = {"gradient": "-", "jacobians": "--", "bound": ":"}
NAMES = {"gradient": "gradient of the state", "jacobians": "product of the Jacobians' norms", "bound": "bound"}


def figure(study: Study, theme: Theme, title: str) -> Any:
    """A Figure: an axes per strip, and one below it for its curves; all on one scale."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError("figure: matplotlib is not installed: pip install 'autograd-tiny[plots]'") from None
    heights = [height for panel in study.panels for height in _heights(panel)]
    made = Figure((INCHES[0], sum(heights) + INCHES[3]), facecolor=theme.paper, layout="constrained")
    axes = made.subplots(len(heights), 1, squeeze=False, height_ratios=heights, sharex=True)[:, 0]
    made.suptitle(_literal(title), color=theme.ink)
    places = iter(axes)
    for panel in study.panels:
        image = _strip(next(places), panel, study.scale, theme)
        if panel.overlays:
            _curves(next(places), panel, study.scale, theme)
    _steps(axes[-1], study.steps, study.over)
    bar = made.colorbar(image, ax=list(axes), label="|gradient|, log scale")
    bar.set_ticks([10.0**k for k in study.scale.ticks])
    for each in (*axes, bar.ax):
        _dress(each, theme)
    return made


def _heights(panel: Panel) -> list[float]:
    return [INCHES[1] * len(panel.rows), *([INCHES[2]] if panel.overlays else [])]


def _strip(axes: Any, panel: Panel, scale: Scale, theme: Theme) -> Any:
    from matplotlib.colors import ListedColormap, LogNorm

    sizes = [[np.nan if s is None or s.kind != "length" else s.length for s in row.sizes] for row in panel.rows]
    shades = [palette.colour(k / 255, theme) for k in range(256)]
    colours = ListedColormap(shades).with_extremes(bad=theme.paper)
    norm = LogNorm(10.0**scale.low, 10.0**scale.high, clip=True)
    image = axes.imshow(np.ma.masked_invalid(sizes), aspect="auto", cmap=colours, norm=norm, interpolation="nearest")
    for y, row in enumerate(panel.rows):
        for x, size in enumerate(row.sizes):
            if size is not None and size.kind != "length":
                axes.text(x, y, MARKS[size.kind][1], ha="center", va="center", color=theme.ink, fontsize=8)
    axes.set_yticks(range(len(panel.rows)), [_literal(row.name) for row in panel.rows])
    axes.set_title(_literal(panel.name), loc="left", fontsize=10, color=theme.ink)
    return image


def _curves(axes: Any, panel: Panel, scale: Scale, theme: Theme) -> None:
    for overlay in panel.overlays:
        lengths = [np.nan if s is None or s.kind != "length" else s.length for s in overlay.sizes]
        shade = theme.gradient if overlay.kind == "gradient" else theme.ink
        axes.plot(lengths, STYLES[overlay.kind], color=shade, label=NAMES[overlay.kind])
    axes.set_yscale("log")
    axes.set_ylim(10.0**scale.low, 10.0**scale.high)
    axes.legend(fontsize=8, facecolor=theme.paper, labelcolor=theme.ink, edgecolor=theme.edge)


def _steps(axes: Any, steps: Sequence[str], over: str) -> None:
    shown = labelled(steps, 432.0 / len(steps))
    axes.set_xticks(shown, [_literal(steps[k]) for k in shown])
    axes.set_xlabel(_literal(over))


def _dress(axes: Any, theme: Theme) -> None:
    axes.set_facecolor(theme.paper)
    axes.tick_params(colors=theme.ink)
    for text in (axes.xaxis.label, axes.yaxis.label):
        text.set_color(theme.ink)
    for spine in axes.spines.values():
        spine.set_color(theme.edge)


def _literal(text: str) -> str:
    """A name as it is: to matplotlib, dollars would begin a formula."""
    return text.replace("$", r"\$")
