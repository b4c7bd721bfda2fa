"""The marks of a panel: lines with their bands, points, bars, counts, squares of colour."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from viz.chart import labels
from viz.chart.data import Panel, Series
from viz.chart.dress import MARKERS, Dress
from viz.chart.words import figure
from viz.look import GRID

SPARSE = 12  # numbers of a line that are marked one by one
CELLS = 1500  # squares that are drawn one by one; more are an image


def draw(ax: Any, panel: Panel, dress: Dress, points: float) -> None:
    """The panel's marks and axes."""
    ax.tick_params(labelsize=0.92 * points, length=3.5)
    ax.tick_params(which="minor", labelsize=0.8 * points)
    DRAWN[panel.kind](ax, panel, dress, points)
    labels.axes(ax, panel, is_lying(panel), points)


def is_lying(panel: Panel) -> bool:
    """Whether bars lie on their side, because their names are too long or too many to stand below them."""
    return panel.kind == "bar" and sum(len(name) + 2 for name in panel.names) > 84


def _lines(ax: Any, panel: Panel, dress: Dress, points: float) -> None:
    _scaled(ax, panel)
    for k, one in enumerate(panel.series):
        colour = dress.colour(k, panel.family)
        shown = panel.frame.drawable(one.ys) & panel.frame.drawable(one.xs, across=True)
        ys = np.where(shown, np.ma.getdata(one.ys), np.nan)
        if one.low is not None and one.high is not None:
            low, high = (np.where(panel.frame.drawable(each) & shown, each, np.nan) for each in (one.low, one.high))
            ax.fill_between(one.xs, low, high, color=colour, alpha=0.18, linewidth=0)
        ax.plot(one.xs, ys, color=colour, linestyle=dress.dash(k, panel.family), linewidth=0.16 * points, zorder=3)
        dots = shown if shown.sum() <= SPARSE else _alone(shown)
        ax.plot(one.xs[dots], ys[dots], MARKERS[k % len(MARKERS)], color=colour, markersize=0.42 * points, zorder=3.1)
        _beyond(ax, one, panel, colour, points)
    labels.named(ax, panel, dress, points)


def _scaled(ax: Any, panel: Panel) -> None:
    frame = panel.frame
    ax.set_xscale("log" if frame.log_x else "linear")
    ax.set_yscale("log" if frame.log_y else "linear")
    ax.grid(axis="y", color=GRID, alpha=0.25, linewidth=0.7)
    if frame.limits:
        ax.set_ylim(*frame.limits)
    if frame.equal:
        ax.set_aspect("equal", adjustable="datalim")


def _alone(shown: Any) -> Any:
    """Numbers without a neighbour, of which a line would show nothing."""
    padded = np.concatenate([[False], shown, [False]])
    return shown & ~padded[:-2] & ~padded[2:]


def _beyond(ax: Any, one: Series, panel: Panel, colour: str, points: float) -> None:
    """What has no place on the axis stands at its end: × NaN, ▲ ∞, ▼ −∞ or what has no logarithm."""
    there = ~np.ma.getmaskarray(one.ys) & panel.frame.drawable(one.xs, across=True)
    ys = np.ma.getdata(one.ys)
    nan, above = np.isnan(ys), ys > 1
    lost = there & ~panel.frame.drawable(one.ys)
    for which, mark, y in ((nan, "x", 0.02), (~nan & above, "^", 0.98), (~nan & ~above, "v", 0.02)):
        at = one.xs[lost & which]
        if at.size:
            place = ax.get_xaxis_transform()
            ax.plot(
                at, np.full(at.shape, y), mark, color=colour, markersize=0.5 * points, transform=place, clip_on=False
            )


def _points(ax: Any, panel: Panel, dress: Dress, points: float) -> None:
    _scaled(ax, panel)
    for k, one in enumerate(panel.series):
        shown = panel.frame.drawable(one.ys) & panel.frame.drawable(one.xs, across=True)
        size = (0.5 if len(one.xs) < 500 else 0.25) * points
        xs, ys = one.xs[shown], np.ma.getdata(one.ys)[shown]
        style = {"markersize": size, "markeredgewidth": 0, "alpha": 1.0 if len(one.xs) < 500 else 0.6}
        ax.plot(
            xs,
            ys,
            MARKERS[k % len(MARKERS)],
            color=dress.colour(k, panel.family),
            label=one.name or "_",
            zorder=3,
            **style,
        )
        _beyond(ax, one, panel, dress.colour(k, panel.family), points)
    if any(one.name for one in panel.series):
        labels.legend(ax, len(panel.series), points)


def _bars(ax: Any, panel: Panel, dress: Dress, points: float) -> None:
    lying, count = is_lying(panel), len(panel.series)
    places, wide = np.arange(len(panel.names)), 0.8 / count
    draw, scaled = (ax.barh, ax.set_xscale) if lying else (ax.bar, ax.set_yscale)
    scaled("log" if panel.frame.log_y else "linear")
    for k, one in enumerate(panel.series):
        ys = np.where(panel.frame.drawable(one.ys), np.ma.getdata(one.ys), np.nan)
        bars = draw(
            places + (k - (count - 1) / 2) * wide,
            ys,
            0.92 * wide,
            color=dress.colour(k, panel.family),
            label=one.name or "_",
        )
        if len(panel.names) * count <= 24:
            said = ["" if y is np.ma.masked else figure(y) for y in one.ys]
            ax.bar_label(bars, said, padding=2, fontsize=0.92 * points, color=dress.ink)
    (ax.set_yticks if lying else ax.set_xticks)(places, panel.names)
    if lying:
        ax.invert_yaxis()
    if panel.frame.limits:
        (ax.set_xlim if lying else ax.set_ylim)(*panel.frame.limits)
    if any(one.name for one in panel.series):
        labels.legend(ax, count, points)


def _histogram(ax: Any, panel: Panel, dress: Dress, points: float) -> None:
    (one,) = panel.series
    known = np.ma.getdata(one.ys)[panel.frame.drawable(one.ys) & panel.frame.drawable(one.ys, across=True)]
    ax.set_xscale("log" if panel.frame.log_x else "linear")
    count = int(np.clip(3 * len(known) ** (1 / 3), 5, 60))
    low, high = panel.frame.ends
    edges = np.geomspace(low, high, count + 1) if panel.frame.log_x and high > low > 0 else count
    shares = np.full(len(known), 1 / len(known))
    ax.hist(known, bins=edges, weights=shares, range=(low, high), color=dress.colour(0), linewidth=0)
    ax.grid(axis="y", color=GRID, alpha=0.25, linewidth=0.7)


def _heat(ax: Any, panel: Panel, dress: Dress, points: float) -> None:
    (one,) = panel.series
    shown = panel.frame.drawable(one.ys)
    colours, norm = labels.coloured(panel, dress)
    ys = np.ma.array(np.ma.getdata(one.ys), mask=~shown)
    edge = {"edgecolors": dress.paper, "linewidth": 0.8} if ys.size <= 400 else {"edgecolors": "face", "linewidth": 0.3}
    rows, columns = ys.shape
    if ys.size <= CELLS:
        ax.pcolormesh(np.arange(columns + 1) - 0.5, np.arange(rows + 1) - 0.5, ys, cmap=colours, norm=norm, **edge)
    else:
        ax.imshow(ys, cmap=colours, norm=norm, aspect="auto")
    ax.set_aspect("equal" if labels.is_square(panel) else "auto")
    ax.set_xlim(-0.5, columns - 0.5)
    ax.set_ylim(rows - 0.5, -0.5)
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    for side in ax.spines.values():
        side.set_visible(False)
    labels.sides(ax, panel, points)
    _cells(ax, one.ys, ys, labels.is_printed(panel), colours, norm, dress, points)


def _brief(y: float) -> float:
    """A number with two decimals, or as many as it takes for two figures: 0.013, 0.0071."""
    return round(y, 2 if not y or abs(y) >= 1 else 1 - math.floor(math.log10(abs(y)))) or y


def _cells(ax: Any, given: Any, shown: Any, small: bool, colours: Any, norm: Any, dress: Dress, points: float) -> None:
    """Numbers in the squares of a small matrix, and a sign where a number has no colour."""
    if small:
        for i, j in np.argwhere(~np.ma.getmaskarray(shown)):
            y = float(shown[i, j])
            light = np.dot(colours(norm(y))[:3], (0.299, 0.587, 0.114)) > 0.45
            ax.text(j, i, figure(_brief(y)), ha="center", va="center", fontsize=0.8 * points,
                    color="#000000" if light else "#FFFFFF")  # fmt: skip
    lost = np.argwhere(~np.ma.getmaskarray(given) & np.ma.getmaskarray(shown))
    if len(lost) <= CELLS:
        for i, j in lost:
            y = float(np.ma.getdata(given)[i, j])
            sign = "×" if np.isnan(y) else figure(y) if small else "▲" if y > 0 else "▼" if y < 0 else "0"
            ax.text(j, i, sign, ha="center", va="center", fontsize=0.8 * points, color=dress.ink)


def _image(ax: Any, panel: Panel, dress: Dress, points: float) -> None:
    (one,) = panel.series
    pixels = np.nan_to_num(np.ma.getdata(one.ys)).clip(0, 1)
    rows, columns = pixels.shape[:2]
    if rows * columns <= CELLS:
        ax.pcolormesh(np.arange(columns + 1) - 0.5, np.arange(rows + 1) - 0.5, pixels, edgecolors="face", linewidth=0.2)
        ax.set_ylim(rows - 0.5, -0.5)
    else:
        ax.imshow(pixels)
    ax.set_aspect("equal")
    ax.set(xticks=[], yticks=[])
    for side in ax.spines.values():
        side.set(visible=True, color=dress.theme.edge)


DRAWN = {"line": _lines, "scatter": _points, "bar": _bars, "histogram": _histogram, "heat": _heat, "image": _image}
