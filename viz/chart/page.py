"""A chart as one page: the picture, what it shows in words, and its numbers as tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from viz.chart.data import Panel
from viz.chart.words import figure
from viz.look import Theme
from viz.output.webpage import STYLE, asset, document, dressed, inline, written

MOST = 400  # rows of a table


def page(title: str, svg: str, description: str, panels: Sequence[Panel], theme: Theme) -> str:
    """The page, complete in itself, without scripts."""
    tables = "\n".join(_table(panel) for panel in panels if panel.kind != "image")
    return document(
        __package__,
        "chart.html",
        title,
        style(theme, [svg]),
        picture=stage(inline(svg), theme),
        description=written(description),
        tables=tables,
    )


def style(theme: Theme, pictures: Sequence[str], more: str = "") -> str:
    """The style sheet of a page of charts in that theme, with what `more` it needs."""
    dress, rules = dressed(theme, pictures)
    return STYLE + asset(__package__, "chart.css").substitute(dress).strip() + more + rules


def stage(picture: str, theme: Theme) -> str:
    """A picture on its ground; it scrolls where it would be too small to be read."""
    dress, rules = dressed(theme, [picture])
    ground = "stage day" if not rules and dress["scheme"] == "light" else "stage"
    return f'<div class="{ground}" role="group" aria-label="Picture" tabindex="0">{picture}</div>'


def _table(panel: Panel) -> str:
    head, *rows = _rows(panel)
    more = f"<p>And {len(rows) - MOST:,} more rows.</p>" if len(rows) > MOST else ""
    top = "".join(f'<th scope="col">{written(cell)}</th>' for cell in head)
    body = "\n".join(
        f'<tr><th scope="row">{written(name)}</th>' + "".join(f"<td>{written(cell)}</td>" for cell in cells) + "</tr>"
        for name, *cells in rows[:MOST]
    )
    caption = f"<caption>{written(panel.title)}</caption>" if panel.title else ""
    return f"<table>{caption}\n<thead><tr>{top}</tr></thead>\n<tbody>\n{body}\n</tbody></table>{more}"


def _rows(panel: Panel) -> Iterator[list[str]]:
    """The panel's numbers as rows of text, the first the head."""
    series, frame = panel.series, panel.frame
    if panel.kind == "heat":
        ys = series[0].ys
        yield ["", *(panel.columns or map(str, range(ys.shape[1])))]
        for k, row in enumerate(ys):
            yield [panel.names[k] if panel.names else str(k), *map(_cell, row)]
        return
    if panel.kind == "histogram":
        yield ["", frame.x or "number"]
        yield from ([str(k), _cell(y)] for k, y in enumerate(series[0].ys))
        return
    names = panel.names if panel.kind == "bar" else ()
    shared = all(np.array_equal(one.xs, series[0].xs) for one in series)
    if shared and panel.kind != "scatter":
        yield [frame.x or "x", *(one.name or frame.y or "y" for one in series)]
        for k, x in enumerate(series[0].xs):
            yield [names[k] if names else figure(x), *(_cell(one.ys[k]) for one in series)]
        return
    yield ["", frame.x or "x", frame.y or "y"]
    labels = iter(panel.names)
    for one in series:
        yield from ([next(labels, one.name), figure(x), _cell(y)] for x, y in zip(one.xs, one.ys, strict=True))


def _cell(y: Any) -> str:
    return "" if y is np.ma.masked else figure(float(y))
