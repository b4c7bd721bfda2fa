"""A chart drawn by matplotlib, the same on every machine: its own font, no style of the user's, a size in pixels."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

from viz.chart import labels, marks
from viz.chart.data import Panel
from viz.chart.dress import Dress

WIDE = 860.0  # pixels of a page
BASE = 12.5  # pixels of a text on it
PIXELS = 96.0  # to the inch
_drawing = Lock()  # matplotlib's settings are the process's

RULES = {
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "text.parse_math": False,  # a dollar is a dollar
    "svg.fonttype": "none",
    "svg.hashsalt": "viz.chart",
    "pdf.fonttype": 42,
    "path.simplify": True,
    "axes.unicode_minus": True,
    "image.interpolation": "nearest",
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": False,
    "figure.constrained_layout.use": True,
}


@dataclass(frozen=True, eq=False)
class Plan:
    """What a figure is made from: panels, words around them, the room in pixels (None: as high as needed), colours."""

    panels: tuple[Panel, ...]
    title: str
    note: str
    room: tuple[float, float | None]
    across: int | None
    dress: Dress

    @property
    def columns(self) -> int:
        """How many panels stand side by side."""
        if self.across:
            return min(self.across, len(self.panels))
        wide = self.room[0] / self.scale
        return max(1, min(len(self.panels), *(int(wide // _narrowest(panel)) for panel in self.panels)))

    @property
    def scale(self) -> float:
        """How large a text is, that of a page being 1: a slide is read from further away."""
        wide, high = self.room
        return float(min(max((wide * (high or 480) / (WIDE * 480)) ** 0.5, 0.8), 2.5))

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in pixels."""
        wide, high = self.room
        if high:
            return wide, high
        columns = self.columns
        rows = [self.panels[k : k + columns] for k in range(0, len(self.panels), columns)]
        head = 46 * bool(self.title) + 26 * bool(self.note) + 8
        return wide, head + sum(max(_height(panel, wide / columns) for panel in row) for row in rows)


def _narrowest(panel: Panel) -> float:
    """How many pixels a panel of a page needs."""
    if panel.kind == "heat":
        return max(200.0, min(34.0 * int(panel.series[0].ys.shape[1]) + 80, 420.0))
    named = max((len(one.name) for one in panel.series), default=0) if panel.kind == "line" else 0
    return {"line": 300.0 + 6 * named, "image": 210.0, "histogram": 250.0}.get(panel.kind, 400.0)


def _height(panel: Panel, wide: float) -> float:
    """How many pixels high a panel of that width is drawn."""
    if panel.kind in ("heat", "image"):
        rows, columns = panel.series[0].ys.shape[:2]
        room = min(wide - 110, 640.0 if panel.kind == "heat" else 170.0)
        cell = min(room / columns, 44.0) if panel.kind == "heat" else room / columns
        tall: float = cell * rows if labels.is_square(panel) else min(max(18.0 * rows, 120.0), 480.0)
        return min(max(tall, 90.0), 640.0) + (96.0 if panel.kind == "heat" else 34.0)
    if panel.kind == "bar" and marks.is_lying(panel):
        return 60.0 + 26.0 * len(panel.names) * max(1, len(panel.series) * 0.7)
    if panel.kind == "histogram":
        return 220.0
    crowd = 17.0 * len(panel.series) + 90 if panel.kind == "line" else 0.0
    return max(min(0.5 * wide + 60, 430.0) if panel.kind != "scatter" else min(0.75 * wide, 600.0), min(crowd, 640.0))


@contextmanager
def settings(dress: Dress) -> Iterator[None]:
    """matplotlib as it came, with our rules."""
    import matplotlib

    with _drawing, matplotlib.rc_context():
        matplotlib.rcdefaults()
        rules: Any = RULES | dress.rules
        matplotlib.rcParams.update(rules)
        yield


def figure(plan: Plan) -> Any:
    """The chart as a matplotlib Figure."""
    with settings(plan.dress):
        return _figure(plan)


def _figure(plan: Plan) -> Any:
    from matplotlib.figure import Figure

    wide, high = plan.size
    points = BASE * plan.scale * 72 / PIXELS
    made: Any = Figure((wide / PIXELS, high / PIXELS), facecolor=plan.dress.ground)
    if all(panel.kind == "heat" and labels.is_square(panel) for panel in plan.panels):
        made.set_layout_engine("compressed")  # what has a shape of its own stands together
    made.get_layout_engine().set(w_pad=0.12, h_pad=0.1, wspace=0.03, hspace=0.03)
    columns = plan.columns
    grid = made.subplots(-(-len(plan.panels) // columns), columns, squeeze=False).ravel()
    for ax in grid[len(plan.panels) :]:
        ax.remove()
    for ax, panel in zip(grid, plan.panels, strict=False):
        marks.draw(ax, panel, plan.dress, points)
        _head(ax, panel, plan, points)
    _share(grid, plan.panels, columns)
    labels.scales(made, grid, plan.panels, plan.dress, points)
    _words(made, plan, points)
    made.draw_without_rendering()  # now everything has its place
    made.set_layout_engine("none")
    for ax, panel in zip(grid, plan.panels, strict=False):
        labels.settle(ax, panel, plan.dress, points)
    return made


def _share(axes: Any, panels: Sequence[Panel], columns: int) -> None:
    """Panels of one frame have the same ends."""
    for kind in ("line", "scatter", "bar", "histogram"):
        groups: dict[int, list[Any]] = {}
        for ax, panel in zip(axes, panels, strict=False):
            if panel.kind == kind:
                groups.setdefault(id(panel.frame), []).append(ax)
        for first, *others in groups.values():
            for ax in others:
                ax.sharey(first)
                if list(axes).index(ax) % columns:
                    ax.set_ylabel("")
                if kind != "bar":
                    ax.sharex(first)
                first.autoscale_view()


def _head(ax: Any, panel: Panel, plan: Plan, points: float) -> None:
    """A panel's title, as wide as the panel; below an image's lie only words."""
    weight, size = ("normal", points) if panel.kind == "image" else ("bold", 1.05 * points)
    wide = plan.size[0] / plan.columns / (size * PIXELS / 72)
    lines = textwrap.wrap(panel.title, max(12, int(wide / (0.56 if panel.kind == "image" else 0.66))))
    if lines:
        ax.set_title("\n".join(lines), loc="left", fontsize=size, fontweight=weight, color=plan.dress.ink)


def _words(made: Any, plan: Plan, points: float) -> None:
    """The title above everything and the note below, wrapped to the width."""
    letters = plan.size[0] / (points * PIXELS / 72 * 0.62)
    if plan.title:
        lines = "\n".join(textwrap.wrap(plan.title, int(letters / 1.2)) or [plan.title])
        made.suptitle(lines, x=0.012, ha="left", fontsize=1.2 * points, fontweight="bold", color=plan.dress.ink)
    if plan.note:
        lines = "\n".join(textwrap.wrap(plan.note, int(letters)))
        made.supxlabel(lines, x=0.012, ha="left", fontsize=points, color=plan.dress.muted)
