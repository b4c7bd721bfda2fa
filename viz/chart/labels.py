"""What is written in a chart: ticks, names at the ends of lines and beside points, scales of colours."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from viz.chart.data import Panel
from viz.chart.dress import Dress
from viz.chart.words import figure

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
NUMBERED = (14, 14)  # rows and columns of a matrix whose numbers are printed
Box = tuple[float, float, float, float]  # left, bottom, right, top, in pixels


def power(x: float, plain: bool = False) -> str:
    """A tick of a log axis: 1, 10⁻⁷, 2×10⁻⁷; with `plain` 0.01 for 10⁻²."""
    exponent = math.floor(math.log10(x) + 1e-9)
    digit = round(x / 10.0**exponent) if exponent > -300 else 1
    if plain or x == 1:
        return figure(x)
    raised = f"10{str(exponent).translate(RAISED)}"
    return raised if digit == 1 else f"{digit}×{raised}"


def axes(ax: Any, panel: Panel, lying: bool, points: float) -> None:
    """The axes' names and the numbers along them."""
    frame = panel.frame
    x, y = frame.x, frame.y or ("share of numbers" if panel.kind == "histogram" else "")
    ax.set_xlabel(y if lying else x, fontsize=points)
    ax.set_ylabel(x if lying else y, fontsize=points)
    if panel.kind in ("line", "scatter", "histogram"):
        _numbered(ax.xaxis, frame.log_x)
    if panel.kind in ("line", "scatter", "histogram", "bar"):
        _numbered(ax.xaxis if lying else ax.yaxis, frame.log_y and panel.kind != "histogram")
    if panel.kind == "line" and panel.names:
        every = -(-len(panel.names) // 12)
        ax.set_xticks(panel.series[0].xs[::every], panel.names[::every])
        return
    whole = panel.kind == "line" and all((one.xs == np.round(one.xs)).all() for one in panel.series)
    if whole and not frame.log_x:
        ax.xaxis.get_major_locator().set_params(integer=True)


def _numbered(axis: Any, log: bool) -> None:
    from matplotlib import ticker

    if log:
        axis.set_major_locator(_decades())
        axis.set_major_formatter(ticker.FuncFormatter(lambda x, _: power(x, _is_plain(axis))))
        axis.set_minor_formatter(ticker.FuncFormatter(lambda x, _: _between(axis, x)))
        return
    axis.set_major_locator(ticker.MaxNLocator(6, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(_formatter())


def _is_plain(axis: Any) -> bool:
    """Whether an axis is so short that nobody needs powers of ten."""
    low, high = sorted(axis.get_view_interval())
    return bool(low > 2e-4 and high < 2e5)


def _between(axis: Any, x: float) -> str:
    """A tick between powers of ten is named where there are few of them."""
    low, high = sorted(axis.get_view_interval())
    return (
        power(x, _is_plain(axis))
        if high / low < 100 and x > 0 and round(x / 10 ** math.floor(math.log10(x))) in (2, 5)
        else ""
    )


def _decades() -> Any:
    from matplotlib import ticker

    class Decades(ticker.Locator):
        """Powers of ten, every one or every n-th, 1 among them."""

        def __call__(self) -> Any:
            axis: Any = self.axis
            return self.tick_values(*sorted(axis.get_view_interval()))

        def tick_values(self, vmin: float, vmax: float) -> Any:
            low, high = math.ceil(math.log10(vmin) - 1e-9), math.floor(math.log10(vmax) + 1e-9)
            every = -(-(high - low) // 7) or 1
            return [10.0**k for k in range(-(-low // every) * every, high + 1, every)]

    return Decades()


def _formatter() -> Any:
    from matplotlib import ticker

    class Plain(ticker.Formatter):
        """All ticks with as many decimals as tell them apart."""

        def __call__(self, x: float, pos: Any = None) -> str:
            return figure(x)

        def format_ticks(self, values: Sequence[float]) -> list[str]:
            step = min(np.diff(values), default=0.0)
            largest = max(map(abs, values), default=0.0)
            if not step or largest >= 1e6 or step < 1e-5:
                return [figure(x) if abs(x) > 1e-9 * largest else "0" for x in values]
            decimals = max(0, -math.floor(math.log10(step) + 1e-9))
            return [f"{round(x, decimals) + 0.0:,.{decimals}f}".replace("-", "−") for x in values]

    return Plain()


def legend(ax: Any, count: int, points: float) -> None:
    """The series' names above the axes, each in front of its mark."""
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=min(count, 6), fontsize=points, handletextpad=0.3,
              columnspacing=1.2, borderaxespad=0.2, handlelength=1.2)  # fmt: skip


# Names at the ends of lines: first their room is reserved, then, when the axes stand, they are spread apart -----------


def named(ax: Any, panel: Panel, dress: Dress, points: float) -> None:
    """Each line's name, for now somewhere at the right edge."""
    for k, one in enumerate(panel.series):
        if one.name:
            note = ax.annotate(one.name, (1.0, 0.5), (8, 0), xycoords="axes fraction", textcoords="offset points",
                               va="center", fontsize=points, color=dress.letters(k, panel.family))  # fmt: skip
            note.set_gid(f"series{k}")


def settle(ax: Any, panel: Panel, dress: Dress, points: float) -> None:
    """The names of lines beside their ends, those of points beside their points, none on another."""
    if panel.kind == "line":
        _ends(ax, panel, dress, points)
    elif panel.kind == "scatter" and panel.names:
        _beside(ax, panel, dress, points)
    elif panel.kind == "heat":
        _thinned(ax.xaxis, panel.columns, ax.get_window_extent().width)
        _thinned(ax.yaxis, panel.names, ax.get_window_extent().height)


def _thinned(axis: Any, names: Sequence[str], room: float) -> None:
    """Names as close as they can be read: all of them, or every 2nd, 5th, 10th …"""
    if not names or not axis.get_ticklabels():
        return
    boxes = [label.get_window_extent() for label in axis.get_ticklabels()]
    turned = axis.get_ticklabels()[0].get_rotation() != 0
    upright = axis.axis_name == "y" or turned
    wide = max(box.height for box in boxes) if upright and not turned else min(max(box.width for box in boxes), 26.0)
    every = next(
        n for n in (1, 2, 5, 10, 20, 50, 100, len(names)) if n * room / len(names) >= 1.15 * wide or n >= len(names)
    )
    if every > 1:
        shown = [k for k, name in enumerate(names) if (int(name) if name.isdigit() else k) % every == 0]
        axis.set_ticks(shown, [names[k] for k in shown])


def _ends(ax: Any, panel: Panel, dress: Dress, points: float) -> None:
    box, to_pixels = ax.get_window_extent(), ax.transData.transform
    notes = {text.get_gid(): text for text in ax.texts}
    found = []
    for k, one in enumerate(panel.series):
        shown = panel.frame.drawable(one.ys) & panel.frame.drawable(one.xs, across=True)
        if shown.any() and f"series{k}" in notes:
            last = int(np.flatnonzero(shown)[-1])
            x, y = to_pixels((one.xs[last], float(np.ma.getdata(one.ys)[last])))
            found.append((float(min(max(y, box.y0), box.y1)), float(x), k))
    gap = 1.32 * points * ax.figure.dpi / 72
    found.sort()
    for note in notes.values():
        note.set_visible(False)
    page = ax.figure.bbox
    low, high = max(box.y0 - gap, page.y0 + gap / 2), min(box.y1 + gap, page.y1 - gap / 2)
    kept = found if len(found) * gap <= box.height + 2 * gap else found[:: math.ceil(len(found) * gap / box.height)]
    for (y, x, k), at in zip(kept, _spread([y for y, _, _ in kept], gap, low, high), strict=True):
        note = notes[f"series{k}"]
        note.set_visible(True)
        note.xy = (1.0, (at - box.y0) / box.height)
        if abs(at - y) > 0.3 * gap or box.x1 - x > 0.06 * box.width:
            way = np.array([[x, y], [box.x1 + 6 * ax.figure.dpi / 72, at]])
            ax.plot(*ax.transAxes.inverted().transform(way).T, transform=ax.transAxes, clip_on=False, linewidth=0.6,
                    color=dress.colour(k, panel.family), linestyle=(0, (1, 1.5)))  # fmt: skip


def _spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Rising places moved as little as needed to stand `gap` apart between two ends."""
    groups: list[list[float]] = []  # each the places that touch: they stand around their mean
    for place in places:
        groups.append([place])
        while len(groups) > 1 and _top(groups[-2], gap) + gap > _bottom(groups[-1], gap):
            groups[-2:] = [groups[-2] + groups[-1]]
    found = [_bottom(group, gap) + k * gap for group in groups for k in range(len(group))]
    for k in range(len(found)):
        found[k] = max(found[k], low + k * gap)
    for k in range(len(found)):
        found[-1 - k] = min(found[-1 - k], high - k * gap)
    return found


def _bottom(group: Sequence[float], gap: float) -> float:
    return sum(group) / len(group) - (len(group) - 1) * gap / 2


def _top(group: Sequence[float], gap: float) -> float:
    return _bottom(group, gap) + (len(group) - 1) * gap


def _beside(ax: Any, panel: Panel, dress: Dress, points: float) -> None:
    """A free place for each point's name: beside it, or on growing rings around it, with a thin line back."""
    pixel = ax.figure.dpi / 72
    spots = [
        (*ax.transData.transform(place), dress.colour(k, panel.family))
        for k, one in enumerate(panel.series)
        for place in np.column_stack([one.xs, np.ma.getdata(one.ys)])
    ]
    reach = 0.3 * points * pixel
    taken: list[Box] = [(x - reach, y - reach, x + reach, y + reach) for x, y, _ in spots]
    room = ax.get_window_extent()
    for (x, y, colour), name in zip(spots, panel.names, strict=True):
        note = ax.text(0, 0, name, fontsize=0.95 * points, color=colour, ha="center", va="center", transform=None)
        size = note.get_window_extent()
        half, up = size.width / 2 + 2 * pixel, 0.6 * points * pixel
        free = (box for box in _rings(x, y, half, up, room) if not any(_overlap(box, other) for other in taken))
        box = next(free, (x - half, y + up, x + half, y + 3 * up))
        taken.append(box)
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        note.set_transform(ax.transAxes)
        note.set_position(ax.transAxes.inverted().transform(middle))
        if math.dist((min(max(x, box[0]), box[2]), middle[1]), (x, y)) > 2.2 * up:
            way = np.array([[x, y], [min(max(x, box[0]), box[2]), middle[1]]])
            ax.plot(*ax.transAxes.inverted().transform(way).T, transform=ax.transAxes, color=dress.muted, linewidth=0.5)


def _rings(x: float, y: float, half: float, up: float, room: Any) -> Iterator[Box]:
    for ring in range(12):
        for turn in range(16):
            angle = turn * math.pi / 8
            cx, cy = x + math.cos(angle) * (half + (1 + 2 * ring) * up), y + math.sin(angle) * (2.1 + 2 * ring) * up
            if room.x0 < cx - half and cx + half < room.x1 and room.y0 < cy - up and cy + up < room.y1:
                yield cx - half, cy - up, cx + half, cy + up


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


# Matrices: names along the sides, and what the colours mean -----------------------------------------------------------


def is_square(panel: Panel) -> bool:
    """Whether a matrix is drawn with square cells."""
    rows, columns = panel.series[0].ys.shape[:2]
    return bool(0.4 <= rows / columns <= 2.5 or max(rows, columns) <= 12)


def is_printed(panel: Panel) -> bool:
    """Whether a matrix's numbers stand in its squares."""
    rows, columns = panel.series[0].ys.shape
    return panel.printed if panel.printed is not None else rows <= NUMBERED[0] and columns <= NUMBERED[1]


def sides(ax: Any, panel: Panel, points: float) -> None:
    """The names of rows and columns, or their numbers."""
    from matplotlib import ticker

    for axis, names in ((ax.yaxis, panel.names), (ax.xaxis, panel.columns)):
        if names and len(names) <= 60:
            axis.set_ticks(range(len(names)), names, fontsize=0.92 * points)
            if axis is ax.xaxis and max(map(len, names)) > 4:
                for label in axis.get_ticklabels():
                    label.set(rotation=45, ha="left")
            continue
        axis.set_major_locator(ticker.MaxNLocator(8, integer=True, steps=[1, 2, 5, 10]))
        if names:
            said = dict(enumerate(names))
            axis.set_major_formatter(ticker.FuncFormatter(lambda k, _, said=said: said.get(round(k), "")))
    ax.tick_params(length=0, pad=3)


def coloured(panel: Panel, dress: Dress) -> tuple[Any, Any]:
    """A matrix's colour map and scale; with both signs, or around a middle, the map diverges."""
    from matplotlib.colors import LogNorm, Normalize

    frame = panel.frame
    low, high = frame.ends
    gaps = any(bool(np.ma.getmaskarray(one.ys).any()) for one in panel.series)
    middle = frame.middle if frame.middle is not None else 0.0 if low < 0 < high and not frame.log_y else None
    if middle is None:
        high = high if high > low else low + 1 if not frame.log_y else 10 * low
        return dress.ramp(gaps), (LogNorm if frame.log_y else Normalize)(low, high, clip=True)
    if frame.log_y:
        far = max(high / middle, middle / low, 1.01)
        return dress.diverging(gaps), LogNorm(middle / far, middle * far, clip=True)
    far = max(high - middle, middle - low) or 1.0
    return dress.diverging(gaps), Normalize(middle - far, middle + far, clip=True)


def scales(made: Any, grid: Any, panels: Sequence[Panel], dress: Dress, points: float) -> None:
    """A bar of colours beside each matrix whose numbers are not printed."""
    done: set[int] = set()
    for ax, panel in zip(grid, panels, strict=False):
        shown = [*ax.images, *ax.collections]
        if panel.kind != "heat" or not shown or id(panel.frame) in done or is_printed(panel):
            continue
        done.add(id(panel.frame))
        peers = [other for other, its in zip(grid, panels, strict=False) if its.frame is panel.frame]
        bar = made.colorbar(shown[0], ax=peers, shrink=0.9, aspect=24, pad=0.02)
        bar.outline.set_visible(False)
        bar.ax.tick_params(labelsize=0.92 * points)
        _numbered(bar.ax.yaxis, panel.frame.log_y)
