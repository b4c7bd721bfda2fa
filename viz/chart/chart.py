"""A chart: numbers as a picture, and the files it can become."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from autograd_tiny import files
from viz.audience import announced
from viz.chart import page, plot, printing, words
from viz.chart.data import Frame, Panel, panels
from viz.chart.dress import Dress
from viz.chart.plot import Plan
from viz.look import look
from viz.output import display

FITS: dict[str, tuple[float, float | None]] = {"page": (860.0, None), "slide": (1280.0, 720.0)}  # pixels
SHARP = 144.0  # dots per inch of a PNG: twice a page's points

Fit = str | tuple[float, float] | None


@dataclass(frozen=True, repr=False, eq=False)
class Chart:
    """A picture of numbers: notebooks show it, `save` writes it; `figure` is matplotlib's."""

    plan: Plan
    title: str
    description: str

    @property
    def panels(self) -> tuple[Panel, ...]:
        """What is drawn, one pair of axes each."""
        return self.plan.panels

    @cached_property
    def svg(self) -> str:
        """The chart as an SVG document."""
        return str(self._printed(lambda made: printing.svg(made, self.title, self.description)))

    @property
    def html(self) -> str:
        """The chart as a page, with its description and its numbers as tables."""
        return page.page(self.title, self.svg, self.description, self.panels, self.plan.dress.theme)

    def words(self) -> str:
        """The chart for a terminal."""
        return words.text(self.panels, self.title, self.plan.note)

    def figure(self) -> Any:
        """The chart as a matplotlib Figure of one's own, to be changed at will."""
        return plot.figure(self.plan)

    def png(self, dpi: float = SHARP) -> bytes:
        """The chart in pixels, so many to the inch; its page has 96."""
        return bytes(self._printed(lambda made: printing.png(made, self.title, dpi)))

    def pdf(self) -> bytes:
        """The chart as one page."""
        return bytes(self._printed(lambda made: printing.pdf(made, self.title)))

    def save(self, path: str | os.PathLike[str], *, dpi: float | None = None, width: int | None = None) -> Path:
        """Write the chart; the suffix says what: .svg, .png, .pdf, .html, .txt; a PNG with `dpi`, or `width` in pixels.

        ValueError for another suffix, FileNotFoundError if the folder does not exist.
        """
        suffix = Path(path).suffix.lower()
        if suffix not in FORMATS:
            raise ValueError(f"cannot save {path}: suffix {suffix!r} is unknown; known: {', '.join(FORMATS)}")
        if suffix == ".png" and (dpi or width):
            return files.write(path, self.png(dpi or plot.PIXELS * float(width or 0) / self.plan.size[0]))
        return files.write(path, FORMATS[suffix](self))

    def _printed(self, form: Callable[[Any], Any]) -> Any:
        made = plot.figure(self.plan)
        with plot.settings(self.plan.dress):
            return form(made)

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return display.drawn(self, repr(self))

    def __str__(self) -> str:
        return self.words()

    def __repr__(self) -> str:
        return f"<Chart {self.title!r}: save it as {', '.join(FORMATS)}>"


# Another format is another line here.
FORMATS: Mapping[str, Callable[[Chart], bytes | str]] = {
    ".svg": lambda chart: chart.svg,
    ".png": lambda chart: chart.png(),
    ".pdf": lambda chart: chart.pdf(),
    ".html": lambda chart: chart.html,
    ".txt": lambda chart: chart.words(),
}


@announced
def chart(
    data: Any,
    *,
    kind: str | None = None,
    x: str = "",
    y: str = "",
    xs: Any = None,
    log: bool | str = False,
    limits: tuple[float, float] | None = None,
    middle: float | None = None,
    equal: bool = False,
    names: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    printed: bool | None = None,
    across: int | None = None,
    title: str = "",
    note: str = "",
    fit: Fit = "page",
    theme: str = "lecture",
    background: str | None = None,
) -> Chart:
    """Numbers as lines, points, bars, counts, matrices or images, each series named where it ends.

    >>> import viz
    >>> print(viz.chart({"plain": [4, 2, 1], "momentum": [4, 1, 0.25]}, x="step", y="loss", log="y", title="Losses"))
    Losses
    <BLANKLINE>
    loss over step: ▁ 0.25 … █ 4, log scale
                0 2
         plain  █▆▅  4     1
      momentum  █▅▁  4  0.25
    <BLANKLINE>

    data: a row of numbers, shape (N,), a line; a matrix, a heat map; {name: number}, bars; {name: any of these},
    several; {panel: {name: row}}, small multiples with the same axes; a list of charts, small multiples with their own.
    A row may be a list, an array, a Value, a pair (xs, ys) or {x: y}; `kind` says where it is to be something else:

    kind      a series is
    line      (N,), or several runs (R, N): their median within the band from the smallest to the largest
    scatter   points (N, 2), a pair, or (N,)
    bar       (N,), a bar for each of `names`
    histogram numbers of any shape, a panel each
    heat      (rows, columns), a panel each; `names` are those of rows
    image     (rows, columns, 3), numbers from 0 to 1

    x, y: what lies along the axes, in words; xs: where the numbers stand, otherwise 0, 1, 2 …; log: "x", "y", "xy", or
    True: the numbers' axis, or colours; limits: its ends; middle: where colours are white, else 0 if both signs occur;
    equal: one scale for both axes; names: of points, bars, rows; columns: of columns; printed: whether
    numbers stand in a matrix's squares, where nothing is said if there is room; across: panels side by side;
    note: a line below; fit: "page" (860 pixels wide), "slide" (1280 × 720), or (width, height) in pixels; theme,
    background: as in `draw`.

    NaN and ∞ are marked at the axes' ends, and so is what has no logarithm; None is a gap. TypeError for what is no
    number, ValueError names the series and what was expected.
    """
    log_x, log_y = _logs(log)
    if log_y and middle is not None and middle <= 0:
        raise ValueError(f"chart: middle={middle}: a log scale has no such number")
    frame = Frame(x, y, log_x, log_y, _ends(limits, log_y), middle, equal)
    found = _panels(data, kind, xs, names, columns, printed, frame)
    dress = Dress(look(theme=theme, background=background).theme)
    if across is not None and across < 1:
        raise ValueError(f"chart: across={across}: at least one panel stands in a row")
    plan = Plan(found, title, note, _room(fit), across, dress)
    return Chart(plan, title or _title(found), words.described(found, note))


def _panels(
    data: Any, kind: str | None, xs: Any, names: Any, columns: Any, printed: bool | None, frame: Frame
) -> tuple[Panel, ...]:
    if isinstance(data, list | tuple) and data and all(isinstance(each, Chart) for each in data):
        return tuple(
            replace(panel, title=panel.title or each.plan.title) if len(each.panels) == 1 else panel
            for each in data
            for panel in each.panels
        )
    found = panels(data, kind, xs, names, columns)
    if found[0].kind == "histogram":  # what is counted lies along x
        frame = replace(frame, log_x=frame.log_x or frame.log_y, log_y=False)
    frame = replace(frame, reach=_reach(found, frame))
    return tuple(replace(panel, frame=frame, printed=printed) for panel in found)


def _logs(log: bool | str) -> tuple[bool, bool]:
    if log not in (True, False, "", "x", "y", "xy"):
        raise ValueError(f'chart: log={log!r} is unknown; known: "x", "y", "xy", True, False')
    return (False, log) if isinstance(log, bool) else ("x" in log, "y" in log)


def _ends(limits: tuple[float, float] | None, log: bool) -> tuple[float, float] | None:
    if limits is None:
        return None
    low, high = map(float, limits)
    if not low < high or (log and low <= 0):
        raise ValueError(f"chart: limits={limits}: " + ("a log scale begins above 0" if low < high else
                         "the first must be below the second"))  # fmt: skip
    return low, high


def _room(fit: Fit) -> tuple[float, float | None]:
    if fit is None or isinstance(fit, str):
        if fit is not None and fit not in FITS:
            raise ValueError(f"chart: fit={fit!r} is unknown; known: {', '.join(FITS)}, or (width, height) in pixels")
        return FITS[fit or "page"]
    wide, high = map(float, fit)
    if not (200 <= wide <= 8000 and 120 <= high <= 8000):
        raise ValueError(f"chart: fit={fit}: give 200 to 8000 pixels across and 120 to 8000 down")
    return wide, high


def _reach(found: Sequence[Panel], frame: Frame) -> tuple[float, float]:
    """The smallest and the largest number of all panels; ValueError where one could not be drawn."""
    known = []
    for panel in found:
        shown = [np.ma.getdata(one.ys)[frame.drawable(one.ys)] for one in panel.series]
        if not any(numbers.size for numbers in shown):
            what = "positive" if frame.log_y else "finite"
            raise ValueError(f"chart: {panel.title or 'the data'}: there is no {what} number to draw")
        known += shown
    numbers = np.concatenate(known)
    return float(numbers.min()), float(numbers.max())


def _title(found: Sequence[Panel]) -> str:
    """What a chart is called that has no title."""
    frame = found[0].frame
    over = f" over {frame.x}" if frame.x else ""
    return f"{frame.y or found[0].kind.capitalize()}{over}"
