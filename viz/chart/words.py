"""A chart in sentences, for who can't see it, and in characters, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from rich.cells import cell_len

from viz.chart.data import Array, Frame, Panel, Series
from viz.words.blocks import BLOCKS, blocks
from viz.words.columns import aligned, cut
from viz.words.figures import short

SHADES = "·░▒▓█"
COLUMNS, ROWS = 60, 30  # of characters
LINE = 80  # … of a whole line, with names and numbers beside the curve
TOLD = 24  # series, bars or rows that are told one by one


def figure(x: float) -> str:
    """A number with three figures: 0.0123, 1.23, 12,300, 1.23e−7."""
    x = float(x)
    if 1000 <= abs(x) < 1e6:
        return f"{x:,.0f}".replace("-", "−")
    return short(float(f"{x:.3g}")) if np.isfinite(x) else short(x)


# Sentences ------------------------------------------------------------------------------------------------------------


def described(panels: Sequence[Panel], note: str = "") -> str:
    """Every panel in sentences: what lies along its axes, where each series begins, ends and is extreme."""
    return " ".join([*(" ".join(_panel(panel)) for panel in panels), *([note] if note else [])])


def _panel(panel: Panel) -> Iterator[str]:
    title, frame = f"{panel.title}: " if panel.title else "", panel.frame
    what = {"line": "lines", "scatter": "points", "bar": "bars", "histogram": "histogram", "heat": "heat map"}
    over = f" of {frame.y}" if frame.y else ""
    over += f" over {frame.x}" if frame.x else ""
    logs = ("", ", on a log scale", ", x on a log scale", ", both on log scales")
    scale = logs[frame.log_y + 2 * frame.log_x]
    head = f"{title}{what.get(panel.kind, 'image')}{over}{scale}."
    yield head if title else head[:1].upper() + head[1:]
    told = list(_TOLD[panel.kind](panel))
    yield from told[:TOLD]
    if len(told) > TOLD:
        yield f"And {len(told) - TOLD} more."


def _lines(panel: Panel) -> Iterator[str]:
    for one in panel.series:
        shown = panel.frame.drawable(one.ys)
        whose = f"{one.name}: " if one.name else ""
        whose += f"median of {one.runs} runs, " if one.runs > 1 else ""
        yield f"{whose}{_course(one, shown)}{_strange(one.ys, panel.frame)}."


def _course(one: Series, shown: Any) -> str:
    if not shown.any():
        return "nothing that could be drawn"
    xs, ys = one.xs[shown], np.ma.getdata(one.ys)[shown]
    if len(ys) == 1:
        return f"{figure(ys[0])} at {figure(xs[0])}"
    low, high = int(ys.argmin()), int(ys.argmax())
    inner = [f"{word} {figure(ys[k])} at {figure(xs[k])}" for word, k in (("lowest", low), ("highest", high))
             if ys[k] not in (ys[0], ys[-1])]  # fmt: skip
    ends = f"from {figure(ys[0])} at {figure(xs[0])} to {figure(ys[-1])} at {figure(xs[-1])}"
    return ", ".join([ends, *inner])


def _strange(ys: Any, frame: Frame) -> str:
    """What has no place on the axis."""
    found = np.ma.compressed(ys)
    kinds = [("NaN", np.isnan(found)), ("∞", found == np.inf), ("−∞", found == -np.inf)]
    kinds += [("not above 0", (found <= 0) & np.isfinite(found))] if frame.log_y else []
    kinds += [("beyond the axis", ~np.any([frame.drawable(found), *(which for _, which in kinds)], axis=0))]
    return "".join(f"; {int(which.sum())} {name}" for name, which in kinds if which.any())


def _points(panel: Panel) -> Iterator[str]:
    names = iter(panel.names)
    for one in panel.series:
        whose = f"{one.name}: " if one.name else ""
        if panel.names:
            yield f"{whose}{', '.join(next(names) for _ in one.xs)}."
            continue
        shown = panel.frame.drawable(one.ys) & panel.frame.drawable(one.xs, across=True)
        ends = [f"{axis} from {figure(zs[shown].min())} to {figure(zs[shown].max())}"
                for axis, zs in (("x", one.xs), ("y", np.ma.getdata(one.ys))) if shown.any()]  # fmt: skip
        yield f"{whose}{_counted(len(one.xs), 'point')}, {', '.join(ends)}{_strange(one.ys, panel.frame)}."


def _counted(n: int, what: str) -> str:
    return f"{n:,} {what}{'s' if n != 1 else ''}"


def _bars(panel: Panel) -> Iterator[str]:
    for one in panel.series:
        told = ", ".join(f"{name} {figure(y)}" for name, y in zip(panel.names, np.ma.getdata(one.ys), strict=True))
        yield f"{one.name}: {told}." if one.name else f"{told}."


def _histogram(panel: Panel) -> Iterator[str]:
    for one in panel.series:
        found = np.ma.compressed(one.ys)
        finite = found[np.isfinite(found)]
        if not finite.size:
            yield f"nothing finite{_strange(one.ys, panel.frame)}."
            continue
        low, middle, high = np.quantile(finite, [0.25, 0.5, 0.75])
        yield (
            f"{_counted(found.size, 'number')} from {figure(finite.min())} to {figure(finite.max())}, median "
            f"{figure(middle)}, half of them between {figure(low)} and {figure(high)}{_strange(one.ys, panel.frame)}."
        )


def _heat(panel: Panel) -> Iterator[str]:
    (one,) = panel.series
    rows, columns = one.ys.shape
    shown = panel.frame.drawable(one.ys)
    ys = np.where(shown, np.ma.getdata(one.ys), np.nan)
    if not shown.any():
        yield f"{rows} rows, {columns} columns, nothing that could be drawn{_strange(one.ys, panel.frame)}."
        return
    low, high = (np.unravel_index(find(ys), ys.shape) for find in (np.nanargmin, np.nanargmax))
    ends = ", ".join(
        f"{word} {figure(ys[at])} at {_place(panel, at)}" for word, at in (("lowest", low), ("highest", high))
    )
    yield f"{rows} rows, {columns} columns, {ends}{_strange(one.ys, panel.frame)}."
    if panel.names and rows <= TOLD:
        best = [int(np.nanargmax(row)) if np.isfinite(row).any() else -1 for row in ys]
        told = [f"{name}: {_column(panel, k)} {figure(ys[i, k])}"
                for i, (name, k) in enumerate(zip(panel.names, best, strict=True)) if k >= 0]  # fmt: skip
        yield f"Largest in each row: {', '.join(told)}."


def _place(panel: Panel, at: Any) -> str:
    row, column = map(int, at)
    return f"row {panel.names[row] if panel.names else row}, {_column(panel, column)}"


def _column(panel: Panel, k: int) -> str:
    return f"column {k + 1} ({panel.columns[k]})" if panel.columns else f"column {k}"


def _image(panel: Panel) -> Iterator[str]:
    rows, columns = panel.series[0].ys.shape[:2]
    yield f"{columns} × {rows} pixels."


_TOLD = {
    "line": _lines, "scatter": _points, "bar": _bars, "histogram": _histogram, "heat": _heat,
    "image": _image,
}  # fmt: skip


# Characters -----------------------------------------------------------------------------------------------------------


def text(panels: Sequence[Panel], title: str, note: str = "") -> str:
    """The chart for a terminal: lines and histograms as rows of blocks, bars, points on a grid, matrices as shades."""
    parts = [title] if title else []
    for panel in panels:
        parts += ["", *([panel.title] if panel.title else []), *_DRAWN[panel.kind](panel)]
    return "\n".join([*parts, *(["", note] if note else [])]).strip("\n") + "\n"


def shares(ys: Any, low: float, high: float, log: bool) -> Array:
    """Where numbers lie between two, 0 … 1; NaN stays."""
    with np.errstate(divide="ignore", invalid="ignore"):
        y, start, end = (np.log10(each) if log else np.asarray(each, float) for each in (ys, low, high))
        found: Array = (y - start) / (end - start) if end > start else np.where(np.isnan(y), np.nan, 0.5)
    return found


def _scale(panel: Panel, signs: str) -> str:
    low, high = panel.frame.ends
    what = (
        f"{panel.frame.y} over {panel.frame.x}" if panel.frame.x and panel.frame.y else panel.frame.y or panel.frame.x
    )
    log = ", log scale" if panel.frame.log_y else ""
    return f"{what + ': ' if what else ''}{signs[0]} {figure(low)} … {signs[-1]} {figure(high)}{log}"


def _line_text(panel: Panel) -> Iterator[str]:
    low, high = panel.frame.ends
    yield _scale(panel, BLOCKS)
    xs = np.concatenate([one.xs[panel.frame.drawable(one.xs, across=True)] for one in panel.series])
    left, right = (float(xs.min()), float(xs.max())) if xs.size else (0.0, 1.0)
    ends = [_ends(one, panel.frame) for one in panel.series]
    beside = [
        max(map(cell_len, column))
        for column in zip(*((s.name, *e) for s, e in zip(panel.series, ends, strict=True)), strict=True)
    ]
    wide = min(COLUMNS, len(np.unique(xs)), max(LINE - sum(beside) - 2 * 4, COLUMNS // 3)) or 1
    rows = [("", _ruler(left, right, wide), "", "")]
    for one, (first, last) in zip(panel.series, ends, strict=True):
        at = shares(one.xs, left, right, panel.frame.log_x)
        row = _sampled(at, one.ys, wide, panel.frame)
        signs = blocks(shares(row, low, high, panel.frame.log_y))
        signs = "".join("×" if np.isinf(y) else sign for y, sign in zip(row, signs, strict=True))
        rows.append((one.name, signs.rstrip(), first, last))
    yield from (f"  {row}" for row in aligned(rows, "><>>", COLUMNS + 4))


def _ends(one: Series, frame: Frame) -> tuple[str, str]:
    """The first number that is drawn, and the last."""
    known = np.ma.getdata(one.ys)[frame.drawable(one.ys)]
    return (figure(known[0]), figure(known[-1])) if known.size else ("", "")


def _sampled(at: Array, ys: Any, wide: int, frame: Frame) -> Array:
    """The mean of the numbers in each column; ∞ where none of them can be drawn, NaN where there are none."""
    row = np.full(wide, np.nan)
    shown, there = frame.drawable(ys), ~np.ma.getmaskarray(ys) & np.isfinite(at)
    places = np.round(np.where(np.isfinite(at), at, 0) * (wide - 1)).astype(int)
    for k in range(wide):
        here = (places == k) & there
        known = np.ma.getdata(ys)[here & shown]
        if known.size:
            row[k] = 10 ** np.log10(known).mean() if frame.log_y else known.mean()
        elif here.any():
            row[k] = np.inf
    return row


def _ruler(left: float, right: float, wide: int) -> str:
    first, last = figure(left), figure(right)
    return first + last.rjust(wide - len(first)) if wide > len(first) + len(last) else first


def _bar_text(panel: Panel) -> Iterator[str]:
    low, high = panel.frame.ends
    low = low if panel.frame.log_y else min(low, 0.0)
    for one in panel.series:
        if one.name:
            yield one.name
        ys = np.ma.getdata(one.ys)
        parts = shares(
            np.where(panel.frame.drawable(one.ys), ys, np.nan), low, max(high, 0.0) or 1.0, panel.frame.log_y
        )
        rows = [(name, figure(y), "█" * (0 if np.isnan(part) else max(round(40 * part), int(y > 0))))
                for name, y, part in zip(panel.names, ys, parts, strict=True)]  # fmt: skip
        yield from (f"  {row}" for row in aligned(rows, "<><", COLUMNS))


def _histogram_text(panel: Panel) -> Iterator[str]:
    (one,) = panel.series
    known = np.ma.compressed(one.ys)
    known = known[np.isfinite(known)]
    if known.size:
        counts, edges = np.histogram(known, bins=30, range=panel.frame.ends)
        yield f"  {figure(edges[0])} {blocks(counts / max(counts.max(), 1))} {figure(edges[-1])}"
    yield from (f"  {told}" for told in _histogram(panel))


def _heat_text(panel: Panel) -> Iterator[str]:
    (one,) = panel.series
    rows, columns = one.ys.shape
    down, across = (np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(int))
                    for n, most in ((rows, ROWS), (columns, COLUMNS)))  # fmt: skip
    picked = one.ys[np.ix_(down, across)]
    names = [panel.names[k] if panel.names else str(k) for k in down]
    if columns <= 10:
        head = ("", *(panel.columns or map(str, range(columns))))
        cells = [
            (name, *("" if y is np.ma.masked else figure(y) for y in row))
            for name, row in zip(names, picked, strict=True)
        ]
        yield from (f"  {row}" for row in aligned([head, *cells], ">" * (columns + 1), 12))
        return
    yield _scale(panel, SHADES)
    low, high = panel.frame.ends
    shown = np.where(panel.frame.drawable(picked), np.ma.getdata(picked), np.nan)
    for name, row in zip(names, shares(shown, low, high, panel.frame.log_y), strict=True):
        signs = "".join(" " if np.isnan(part) else SHADES[round(4 * min(max(part, 0), 1))] for part in row)
        yield f"  {cut(name, 12):>12} {signs}"


def _scatter_text(panel: Panel) -> Iterator[str]:
    """Points on a grid of characters, a letter for each series."""
    marks = "●○▲△■□◆◇"
    grid = [[" "] * COLUMNS for _ in range(16)]
    shown = [panel.frame.drawable(one.ys) & panel.frame.drawable(one.xs, across=True) for one in panel.series]
    xs = np.concatenate([one.xs[s] for one, s in zip(panel.series, shown, strict=True)] or [np.zeros(0)])
    low, high = panel.frame.ends
    for k, (one, which) in enumerate(zip(panel.series, shown, strict=True)):
        if not which.any():
            continue
        across = shares(one.xs[which], xs.min(), xs.max(), panel.frame.log_x) * (COLUMNS - 1)
        up = shares(np.ma.getdata(one.ys)[which], low, high, panel.frame.log_y).clip(0, 1) * 15
        for i, j in zip(across.round().astype(int), up.round().astype(int), strict=True):
            grid[15 - j][i] = marks[k % len(marks)]
    yield from ("  │" + "".join(row).rstrip() for row in grid)
    yield "  └" + "─" * COLUMNS
    yield "   " + (_ruler(float(xs.min()), float(xs.max()), COLUMNS) if xs.size else "")
    named = (f"{marks[k % len(marks)]} {one.name}" for k, one in enumerate(panel.series) if one.name)
    yield "   ".join([f"  {panel.frame.y or 'y'} from {figure(low)} to {figure(high)}", *named])


def _image_text(panel: Panel) -> Iterator[str]:
    yield from (f"  image, {told}" for told in _image(panel))


_DRAWN = {
    "line": _line_text, "scatter": _scatter_text, "bar": _bar_text, "histogram": _histogram_text, "heat": _heat_text,
    "image": _image_text,
}  # fmt: skip
