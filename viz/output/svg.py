"""Page → SVG: scalable, readable by a screen reader, complete in itself.

Only presentation attributes, no style sheet: a page that shows several drawings, or forbids inline styles, shows each
as it is. Text is placed by its middle, so that another font than the one measured shifts nothing.
"""

from __future__ import annotations

import hashlib
import math
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType
from xml.sax.saxutils import escape, quoteattr

from viz.layout.geometry import Point
from viz.look import FONTS, Theme
from viz.page.page import DASHES, Curve, Mark, Page, Shape, Text
from viz.words.lettering import Line, Run, drawable, size_of

_NONE: Mapping[str, Link] = MappingProxyType({})
ARROW, BARB = 6.5, 2.4  # length and half width of an arrowhead, points


@dataclass(frozen=True)
class Link:
    """Where a mark leads when it is clicked, and what a screen reader calls it."""

    to: str
    label: str


def svg(page: Page, links: Mapping[str, Link] = _NONE, prefix: str = "") -> str:
    """The page as an SVG document; marks named in `links` lead somewhere; `prefix` stands before every id."""
    body = "\n".join(_groups(page, links, prefix))
    role = "group" if links else "img"
    name = "p" + hashlib.sha256((page.title + page.description + body).encode("utf-8", "replace")).hexdigest()[:10]
    wide, high = _number(page.width), _number(page.height)
    ground = "" if page.theme.transparent else f'<rect width="{wide}" height="{high}" fill="{page.theme.paper}"/>\n'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}pt" height="{high}pt" viewBox="0 0 {wide} {high}" '
        f'role="{role}" aria-labelledby="{name}-title {name}-desc" font-family={quoteattr(FONTS)}>\n'
        f'<title id="{name}-title">{_prose(page.title)}</title>\n'
        f'<desc id="{name}-desc">{_prose(page.description)}</desc>\n'
        f"{ground}{body}\n</svg>\n"
    )


def _groups(page: Page, links: Mapping[str, Link], prefix: str) -> Iterator[str]:
    """Every mark in its group. A screen reader is told the picture in words: among links it skips all else."""
    groups = [(name, list(marks)) for name, marks in groupby(page.marks, lambda mark: mark.id)]
    for linked, some in groupby(groups, lambda group: group[0] in links):
        drawn = [(name, _group(name, marks, page.theme, prefix)) for name, marks in some]
        if linked:
            yield from (_anchor(links[name], group) for name, group in drawn)
        elif links:
            yield '<g aria-hidden="true">\n' + "\n".join(group for _, group in drawn) + "\n</g>"
        else:
            yield from (group for _, group in drawn)


def _anchor(link: Link, group: str) -> str:
    return f"<a href={quoteattr(link.to)} aria-label={quoteattr(drawable(link.label))}>{group}</a>"


def _group(name: str, marks: list[Mark], theme: Theme, prefix: str) -> str:
    """The marks of one id: the rows of a matrix are several."""
    tooltip = marks[0].tooltip
    title = f"<title>{_prose(tooltip)}</title>" if tooltip else ""
    kind = name.rpartition(".")[2] if "." in name else name.rstrip("0123456789-")
    drawn = "".join(_drawn(mark, theme) for mark in marks)
    return f'<g id="{prefix}{name}" class="{kind}">{title}{drawn}</g>'


def _prose(text: str) -> str:
    """Text for a reader or a tooltip: its lines kept, what XML forbids replaced."""
    return escape("\n".join(map(drawable, text.splitlines())))


def _drawn(mark: Mark, theme: Theme) -> str:
    if isinstance(mark, Text):
        return _text(mark, theme)
    if isinstance(mark, Curve):
        return _curve(mark)
    return _box(mark) if mark.boxed else _ellipse(mark)


def _text(mark: Text, theme: Theme) -> str:
    # Capitals and figures are 0.72 em high: this baseline puts their middle at y.
    place = f'x="{_number(mark.x)}" y="{_number(mark.y + 0.36 * mark.size)}"'
    anchor = f' text-anchor="{mark.anchor}"' if mark.anchor != "start" else ""
    spans = "".join(_spans(mark.line, mark.size, theme))
    return f'<text {place} font-size="{_number(mark.size)}"{anchor} xml:space="preserve">{spans}</text>'


def _spans(line: Line, size: float, theme: Theme) -> Iterator[str]:
    """Runs as tspans; `dy` moves to a subscript and back, because not every browser knows baseline-shift."""
    height = 0.0
    for run in line:
        wanted = {-1: 0.22, 0: 0.0, 1: -0.38}[run.shift] * size
        shift = f' dy="{_number(wanted - height)}"' if wanted != height else ""
        height = wanted
        yield f'<tspan fill="{theme.colour(run.role)}"{shift}{_face(run, size)}>{_words(run.text)}</tspan>'


def _words(text: str) -> str:
    """A text that runs from right to left ends in a mark, so that it does not take the number after it along."""
    leftward = not text.isascii() and any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text)
    return escape(text) + ("&#8206;" if leftward else "")


def _face(run: Run, size: float) -> str:
    italic = ' font-style="italic"' if run.italic else ""
    return italic + (f' font-size="{_number(size_of(run, size))}"' if run.shift else "")


def _ellipse(mark: Shape) -> str:
    place = mark.place
    return (
        f'<ellipse cx="{_number(place.x)}" cy="{_number(place.y)}" rx="{_number(place.width / 2)}" '
        f'ry="{_number(place.height / 2)}" {_paint(mark)}/>'
    )


def _box(mark: Shape) -> str:
    place = mark.place
    return (
        f'<rect x="{_number(place.x - place.width / 2)}" y="{_number(place.y - place.height / 2)}" '
        f'width="{_number(place.width)}" height="{_number(place.height)}" rx="{_number(mark.corner)}" {_paint(mark)}/>'
    )


def _paint(mark: Shape) -> str:
    return f'fill="{mark.fill}" stroke="{mark.stroke}" stroke-width="{_number(mark.thickness)}"'


def _curve(mark: Curve) -> str:
    path, stroke = mark.path, mark.stroke
    first, *rest = path.points
    course = f"M{_point(first)}C" + " ".join(map(_point, rest))
    manner = f' stroke-width="{_number(mark.thickness)}"' if mark.thickness != 1 else ""
    manner += f' stroke-dasharray="{" ".join(map(_number, DASHES[mark.dash]))}"' if mark.dash else ""
    drawn = f'<path d="{course}" fill="none" stroke="{stroke}"{manner}/>'
    if path.tip is None:
        return drawn
    corners = " ".join(map(_point, arrowhead(path.points, path.tip)))
    return drawn + f'<polygon points="{corners}" fill="{stroke}" stroke="none"/>'


def arrowhead(points: Sequence[Point], tip: Point) -> tuple[Point, Point, Point]:
    """The triangle that ends at `tip`, in the direction in which the curve arrives."""
    x, y = tip
    from_x, from_y = points[-1] if points[-1] != tip else points[-2]
    length = math.hypot(x - from_x, y - from_y) or 1.0
    along, across = (x - from_x) / length, (y - from_y) / length
    base = (x - ARROW * along, y - ARROW * across)
    return (
        (base[0] - BARB * across, base[1] + BARB * along),
        tip,
        (base[0] + BARB * across, base[1] - BARB * along),
    )


def _point(point: Point) -> str:
    return f"{_number(point[0])},{_number(point[1])}"


def _number(x: float) -> str:
    return f"{x:.2f}".rstrip("0").rstrip(".")
