r"""Page → TikZ: a picture for papers and slides, its letters set by LaTeX in the document's own fonts.

The file is a document of its own (class `standalone`). In a paper, `\usepackage{standalone,tikz}` and `\input{z.tex}`
take the picture alone, at the size of the text around it: what is 13 points high on a screen is \normalsize.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from viz.geometry import Path, Point
from viz.lettering import SIZE, Line, clean
from viz.page import Curve, Mark, Page, Shape, Text
from viz.svg import arrowhead
from viz.themes import Theme
from viz.tikz_text import latex

UNIT = 0.8  # TeX points that a point of the page takes: 13 of them hold usual text of 10
LARGEST = 14_000.0  # TeX points that a picture may be wide or high; TeX itself stops at 16,383
TENS = 10  # coordinates count tens of points, because TeX knows no number beyond 16,383 either
MIDDLE = 0.33  # ems from the base line to the middle of capitals and figures
SIZES = {5.0: r"\tiny", 7.0: r"\scriptsize", 8.0: r"\footnotesize", 9.0: r"\small", 10.0: "", 12.0: r"\large"}
COLOURS = "gate lit box edge wire gradient value local muted ink paper".split()  # the first of a shade names it
ANCHORS = {"middle": "", "start": "base west", "end": "base east"}

When = Callable[[str], str]  # a mark's id → on which slides it stands, as Beamer writes it; empty: on all


def document(page: Page) -> str:
    """The page as a LaTeX document of its own."""
    return "\n".join(
        [
            f"% {clean(page.title)}",
            f"% {clean(page.description)}",
            r"% In a paper: \usepackage{standalone,tikz} in the preamble, \input this file where it is to stand.",
            r"\documentclass[tikz]{standalone}",
            r"\begin{document}",
            *picture(page, scale(page)),
            r"\end{document}",
            "",
        ]
    )


def scale(page: Page, wide: float = LARGEST, high: float = LARGEST) -> float:
    """How much smaller than usual the page has to be to fit into so many TeX points."""
    return min(1.0, wide / (UNIT * page.width), high / (UNIT * page.height))


def picture(page: Page, scaled: float = 1.0, when: When = lambda name: "") -> Iterator[str]:
    """The lines of a `tikzpicture`; it needs TikZ alone, and what it defines ends with it."""
    unit, corner = UNIT * scaled, _point((page.width, page.height))
    shrunk = f",scale={_number(scaled)}" if scaled < 1 else ""
    yield rf"\begin{{tikzpicture}}[x={_number(TENS * unit)}pt,y=-{_number(TENS * unit)}pt,line width={_number(unit)}pt,"
    yield rf"  every node/.style={{inner sep=0pt,outer sep=0pt,anchor=base{shrunk}}}]"
    for name in reversed(COLOURS):
        yield rf"\definecolor{{{name}}}{{HTML}}{{{getattr(page.theme, name)[1:]}}}"
    yield rf"\useasboundingbox (0,0) rectangle {corner};"
    if not page.theme.transparent:
        yield rf"\fill[paper] (0,0) rectangle {corner};"
    for slides, marks in groupby(page.marks, lambda mark: when(mark.id)):
        drawn = (line for mark in marks for line in _drawn(mark, page.theme, unit))
        yield from (rf"\only<{slides}>{{", *drawn, "}") if slides else drawn
    yield r"\end{tikzpicture}"


def colour(shade: str, theme: Theme) -> str:
    """A theme's colour by its name, another by its parts."""
    name = next((name for name in COLOURS if getattr(theme, name) == shade), "")
    if name or not shade.startswith("#"):
        return name or shade
    red, green, blue = (int(shade[k : k + 2], 16) for k in (1, 3, 5))
    return f"{{rgb,255:red,{red};green,{green};blue,{blue}}}"


def lettered(line: Line) -> str:
    """The line in its colours; the first is that of the node around it."""
    groups = [(role, latex(tuple(runs))) for role, runs in groupby(line, lambda run: run.role)]
    return "".join(text if role == groups[0][0] else rf"\textcolor{{{role}}}{{{text}}}" for role, text in groups)


def _drawn(mark: Mark, theme: Theme, unit: float) -> Iterator[str]:
    if isinstance(mark, Text):
        yield from _text(mark)
    elif isinstance(mark, Curve):
        yield from _curve(mark.path, colour(mark.stroke, theme), _manner(mark, unit))
    else:
        yield _shape(mark, theme, unit)


def _text(mark: Text) -> Iterator[str]:
    if not mark.line:
        return
    size = SIZES[min(SIZES, key=lambda size: abs(size - 10 * mark.size / SIZE))]
    anchor = ANCHORS[mark.anchor]
    options = [f"text={mark.line[0].role}", f"anchor={anchor}" if anchor else "", f"font={size}" if size else ""]
    place = _point((mark.x, mark.y + MIDDLE * mark.size))
    yield rf"\node[{','.join(filter(None, options))}] at {place} {{{lettered(mark.line)}}};"


def _shape(mark: Shape, theme: Theme, unit: float) -> str:
    place, wide, high = mark.place, mark.place.width / 2, mark.place.height / 2
    options = f"fill={colour(mark.fill, theme)},draw={colour(mark.stroke, theme)}"
    options += f",line width={_number(mark.thickness * unit)}pt" if mark.thickness != 1 else ""
    if mark.boxed:
        corners = f"{_point((place.x - wide, place.y - high))} rectangle {_point((place.x + wide, place.y + high))}"
        rounded = f",rounded corners={_number(mark.corner * unit)}pt" if mark.corner else ""
        return rf"\filldraw[{options}{rounded}] {corners};"
    radii = f"x radius={_number(wide / TENS)},y radius={_number(high / TENS)}"
    return rf"\filldraw[{options}] {_point((place.x, place.y))} ellipse [{radii}];"


def _manner(mark: Curve, unit: float) -> str:
    """How a line is drawn that is not a plain wire."""
    thick = f",line width={_number(mark.thickness * unit)}pt" if mark.thickness != 1 else ""
    return thick + (f",{mark.dash}" if mark.dash else "")


def _curve(path: Path, shade: str, manner: str = "") -> Iterator[str]:
    shade = f"color={shade}" if shade.startswith("{") else shade  # one without a name would not be taken for a colour
    parts = [path.points[k : k + 4] for k in range(0, len(path.points) - 1, 3)]
    yield rf"\draw[{shade}{manner}] {_point(path.points[0])}{''.join(map(_bend, parts))};"
    if path.tip:
        yield rf"\fill[{shade}] {' -- '.join(map(_point, arrowhead(path.points, path.tip)))} -- cycle;"


def _bend(points: Sequence[Point]) -> str:
    """A Bézier curve from its first point on; one that is straight as a line."""
    start, a, b, end = points
    along = (end[0] - start[0], end[1] - start[1])
    aside = (along[0] * (y - start[1]) - along[1] * (x - start[0]) for x, y in (a, b))
    if all(abs(area) < 0.01 * math.hypot(*along) for area in aside):
        return f" -- {_point(end)}" if along != (0.0, 0.0) else ""
    return f" .. controls {_point(a)} and {_point(b)} .. {_point(end)}"


def _point(point: Point) -> str:
    return f"({_number(point[0] / TENS)},{_number(point[1] / TENS)})"


def _number(x: float) -> str:
    return f"{x:.3f}".rstrip("0").rstrip(".")
