r"""Page → TikZ: a picture for papers and slides, its letters set by LaTeX in the document's own fonts.

The file is a document of its own, a page as large as the picture, and needs nothing but TikZ. In a paper, where a class
has been chosen already, `\input{z.tex}` takes the picture alone, at the size of the text around it: what is 13 points
high on a screen is \normalsize.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import groupby
from typing import get_args

from viz.layout.geometry import Path, Point
from viz.look import Theme
from viz.output.films import Film
from viz.output.svg import arrowhead
from viz.page.page import Curve, Mark, Page, Shape, Text
from viz.words.lettering import SIZE, Line, Role, Run, clean, line, shorten, width
from viz.words.notation import ACCENT_NAMES, NAMES, TEXT_ACCENTS

UNIT = 0.8  # TeX points that a point of the page takes: 13 of them hold usual text of 10
LARGER = 1.8  # times that a small picture is drawn larger on a slide
LARGEST = 14_000.0  # TeX points that a picture may be wide or high; TeX itself stops at 16,383
TENS = 10  # coordinates count tens of points, because TeX knows no number beyond 16,383 either
MIDDLE = 0.33  # ems from the base line to the middle of capitals and figures
SIZES = {5.0: r"\tiny", 7.0: r"\scriptsize", 8.0: r"\footnotesize", 9.0: r"\small", 10.0: "", 12.0: r"\large"}
COLOURS = "gate lit box edge wire gradient value local muted ink paper".split()  # the first of a shade names it
ANCHORS = {"middle": "", "start": "base west", "end": "base east"}

When = Callable[[str], str]  # a mark's id → on which slides it stands, as Beamer writes it; empty: on all


def document(page: Page) -> str:
    """The page as a LaTeX document of its own."""
    scaled = scale(page)
    return "\n".join(
        [
            f"% {clean(page.title)}",
            f"% {clean(page.description)}",
            r"% In a paper: \usepackage{tikz} in the preamble, \input this file where it is to stand.",
            *_begin(_page_of_its_own(page, scaled)),
            *picture(page, scaled),
            *_END,
            "",
        ]
    )


def _begin(preamble: Sequence[str]) -> list[str]:
    """What stands before a picture only where the file is a document, and not within one: there is no error waiting."""
    return [r"\makeatletter\ifx\@nodocument\relax\def\itsend{}\else", *preamble, r"\fi\makeatother"]


_END = [r"\itsend"]


def _page_of_its_own(page: Page, scaled: float) -> list[str]:
    wide, high = (_number(UNIT * scaled * side) for side in (page.width, page.height))
    return [
        r"\documentclass{article}",
        r"\usepackage{tikz}",
        rf"\setlength{{\paperwidth}}{{{wide}pt}}\setlength{{\paperheight}}{{{high}pt}}",
        r"\ifdefined\pagewidth\pagewidth=\paperwidth\pageheight=\paperheight\else",  # LuaTeX calls them so
        r"\pdfpagewidth=\paperwidth\pdfpageheight=\paperheight\fi",
        # A text a little higher than the page: TeX would begin another page for what is as high as its text.
        r"\setlength{\textwidth}{\paperwidth}\setlength{\textheight}{\paperheight}\addtolength{\textheight}{9pt}",
        r"\setlength{\hoffset}{-1in}\setlength{\voffset}{-1in}\setlength{\parindent}{0pt}",
        r"\setlength{\oddsidemargin}{0pt}\setlength{\topmargin}{0pt}\setlength{\headheight}{0pt}",
        r"\setlength{\headsep}{0pt}\setlength{\topskip}{0pt}\setlength{\footskip}{0pt}\pagestyle{empty}",
        r"\def\itsend{\end{document}}",
        r"\begin{document}\makeatletter",
    ]


def scale(page: Page, wide: float = LARGEST, high: float = LARGEST, most: float = 1.0) -> float:
    """How much smaller than usual the page has to be to fit into so many TeX points; larger up to `most`."""
    return min(most, wide / (UNIT * page.width), high / (UNIT * page.height))


def picture(page: Page, scaled: float = 1.0, when: When = lambda name: "") -> Iterator[str]:
    """The lines of a `tikzpicture`; it needs TikZ alone, and what it defines ends with it."""
    unit, corner = UNIT * scaled, _point((page.width, page.height))
    shrunk = f",scale={_number(scaled)}" if scaled != 1 else ""
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


# Lines as LaTeX: every character a command that each LaTeX knows, whatever a label holds -----------------------------
#
# Letters with their scripts become mathematics, `$h_{t-1}$`; words stay text. Only ASCII is written, and only what
# works in every font encoding without a package. A character beyond becomes a small box with its code, as in browsers,
# unless the engine (LuaTeX, XeTeX) reads fonts of all Unicode: then it is left to the document's font.


# Characters that TeX would obey, join to a ligature, or draw as another in an old font encoding; and usual ones beyond.
_TABLE = r"""
    # \#   $ \$   % \%   & \&   _ \_   { \{   } \}   \ \textbackslash{}   ~ \textasciitilde{}   ^ \textasciicircum{}
    < $<$   > $>$   | $|$   " {\char34}   ` {\char96}   − $-$   ′ ${}'$   ° $^{\circ}$   … \ldots{}   § \S{}   ¶ \P{}
    – \textendash{}   — \textemdash{}   ‘ \textquoteleft{}   ’ \textquoteright{}   “ \textquotedblleft{}
    ” \textquotedblright{}   ‹ $\langle$   › $\rangle$   « $\ll$   » $\gg$   ¡ !{}`   ¿ ?{}`   £ \pounds{}
    © \copyright{}   ß \ss{}   æ \ae{}   Æ \AE{}   œ \oe{}   Œ \OE{}   ø \o{}   Ø \O{}   ł \l{}   Ł \L{}   ı \i{}   ⁄ /
    ∛ $\sqrt[3]{}$
"""
_OPEN, _CLOSE = "\1", "\2"  # the dollars around a formula, while it can still be told where it begins and ends
_TEXT = {
    sign: _OPEN + told[1:-1] + _CLOSE if told[0] == "$" else told
    for sign, told in zip(_TABLE.split()[::2], _TABLE.split()[1::2], strict=True)
} | {"\u00a0": "~", "\ufe0f": "{}", "\u200d": "{}"}
_SIGNS = frozenset("+=()[]/,.:;!*'")  # the same in mathematics
_CLUSTER = re.compile(r".[\u0300-\u036f\u20d0-\u20ff]?", re.DOTALL)
_SAME = ("font", "compat", "wide", "narrow", "noBreak", "fraction")


def latex(line: Line) -> str:
    """The line, without its colours."""
    return _joined(line).replace(_CLOSE + _OPEN, "").replace(_OPEN, "$").replace(" " + _CLOSE, "$").replace(_CLOSE, "$")


def _joined(line: Line) -> str:
    written, open_scripts = "", ""  # the scripts that a formula at the end of `written` can still take
    for (shift, italic), some in groupby(line, lambda run: (run.shift, run.italic and not run.shift)):
        runs = list(some)
        formula = "".join(_formula(run) or "\0" for run in runs)
        words = "".join(run.text for run in runs)
        mark = "^" if shift > 0 else "_"
        if shift and mark in open_scripts and "\0" not in formula:
            written = f"{written[:-1]}{mark}{{{formula}}}{_CLOSE}"
            open_scripts = open_scripts.replace(mark, "")
        elif shift:
            written += rf"\text{'super' if shift > 0 else 'sub'}script{{{_words(words)}}}"
            open_scripts = ""
        elif italic and _is_letter(words) and "\0" not in formula:
            written, open_scripts = written + _OPEN + formula + _CLOSE, "^_"
        else:
            written += rf"\textit{{{_words(words)}}}" if italic else _words(words)
            open_scripts = ""
    return written


def _words(words: str) -> str:
    """Words outside mathematics; their spaces are kept, and signs that are doubled do not become another."""
    clusters = _CLUSTER.findall(unicodedata.normalize("NFC", words))
    written = ""
    for cluster, following in zip(clusters, [*clusters[1:], ""], strict=False):
        if cluster == " ":
            written += r"\ " if following in ("", " ") or written[-1:] in ("", " ") else " "
        else:
            written += _outside(cluster) + ("{}" if cluster == following and cluster in "-,'" else "")
    return written


def _is_letter(words: str) -> bool:
    return bool(_CLUSTER.fullmatch(words)) and words[0].isalpha()


def _formula(run: Run) -> str:
    """The run within mathematics; empty if something in it has no place there."""
    parts = [_inside(cluster) for cluster in _CLUSTER.findall(unicodedata.normalize("NFC", run.text))]
    if not all(parts):
        return ""
    upright = not run.italic and any(map(str.isalpha, run.text))
    return rf"\mathrm{{{''.join(parts)}}}" if upright else "".join(parts)


@cache
def _inside(cluster: str) -> str:
    """A character within mathematics, or an empty text."""
    if cluster in _SIGNS or (cluster.isascii() and cluster.isalnum()):
        return cluster
    if cluster in ("−", "-", "′"):
        return "'" if cluster == "′" else "-"
    if cluster in NAMES:
        return rf"\{NAMES[cluster]} "
    if script := _script(cluster):
        return script
    base, accent = _taken_apart(cluster)
    if accent in ACCENT_NAMES and (letter := _inside(base)):
        return rf"\{ACCENT_NAMES[accent]}{{{letter}}}"
    return ""


@cache
def _outside(cluster: str) -> str:
    """A character outside mathematics."""
    return _known(cluster) or "".join(_known(letter) or _boxed(letter) for letter in cluster)


def _known(cluster: str) -> str:
    if cluster in _TEXT:
        return _TEXT[cluster]
    if cluster.isascii() and cluster.isprintable():
        return cluster
    if formula := _inside(cluster) if cluster in NAMES or "\u20d7" in cluster or _script(cluster) else "":
        return _OPEN + formula + _CLOSE
    base, accent = _taken_apart(cluster)
    if accent in TEXT_ACCENTS and base.isascii() and base.isalpha():
        return rf"\{TEXT_ACCENTS[accent]}{{{base}}}"
    return _composed(cluster) if len(cluster) == 1 else ""


def _taken_apart(cluster: str) -> tuple[str, str]:
    """A letter and its accent; two empty texts for anything else."""
    parts = unicodedata.normalize("NFD", cluster)
    return (parts[0], parts[1]) if len(parts) == 2 else ("", "")


def _composed(letter: str) -> str:
    """A character that Unicode explains by others: ² is a superscript 2."""
    kind, *codes = unicodedata.decomposition(letter).split() or [""]
    parts = [_known(chr(int(code, 16))) for code in codes]
    if not parts or not all(parts):
        return ""
    if kind in ("<super>", "<sub>"):
        return rf"\text{kind[1:-1]}script{{{''.join(parts)}}}"
    return "".join(parts) if kind[1:-1] in _SAME else ""


def _script(letter: str) -> str:
    """ℒ is a calligraphic L."""
    name = unicodedata.name(letter, "") if len(letter) == 1 else ""
    return rf"\mathcal{{{name[-1]}}}" if re.fullmatch("(MATHEMATICAL )?SCRIPT CAPITAL [A-Z]", name) else ""


def _boxed(letter: str) -> str:
    code = ord(letter)
    return rf"{{\ifdefined\Umathcode\char{code} \else\fboxsep1pt\fbox{{\tiny {code:04X}}}\fi}}"


# A film → Beamer: one frame, an overlay for every step, its caption below; each overlay only reveals -----------------
#
# The file is a talk of its own. In another, `\usepackage{standalone,tikz}` and `\input{z.tex}` between two frames take
# this frame alone; drawn with background="transparent" it keeps that talk's colours. A handout shows the last step.


WIDE, HIGH = 425.0, 205.0  # TeX points of a 16:9 slide below its title
# Sizes of captions: what a point of the page takes, and a line; the smaller ones for many lines.
LETTERS = {r"\small": (0.77, 12.0), r"\footnotesize": (0.69, 11.0), r"\scriptsize": (0.61, 9.5)}
ROLES: tuple[Role, ...] = get_args(Role)
MOST = 70.0  # TeX points that captions may take before they become smaller


def film_document(film: Film) -> str:
    """The film as a Beamer presentation."""
    page = film.page
    return "\n".join(
        [
            f"% {clean(page.title)}",
            r"% In another talk: \usepackage{tikz} in the preamble, \input this file between frames.",
            *_begin(
                [
                    r"\documentclass[11pt,aspectratio=169]{beamer}",
                    r"\usepackage{tikz}",
                    r"\setbeamertemplate{navigation symbols}{}",
                    r"\def\itsend{\end{document}}",
                    r"\begin{document}\makeatletter",
                ]
            ),
            *film_frame(film),
            *_END,
            "",
        ]
    )


def film_frame(film: Film) -> list[str]:
    """The frame alone, for a presentation that loads TikZ."""
    page, theme = film.page, film.page.theme
    ours = [r"\setbeamercolor{background canvas}{bg=paper}", r"\setbeamercolor{frametitle}{fg=ink,bg=}"]
    letters, room = _letters(film)
    return [
        "{",
        *(rf"\definecolor{{{name}}}{{HTML}}{{{getattr(theme, name)[1:]}}}" for name in ("paper", *ROLES)),
        *([] if theme.transparent else ours),
        rf"\begin{{frame}}{{{latex(line(shorten(page.title, 60)))}}}",
        r"\centering",
        r"\resizebox{\ifdim\width>\textwidth\textwidth\else\width\fi}{!}{%",  # slides of another talk may be narrower
        *_picture(film, HIGH - room),
        rf"}}\par\vfil\begin{{overlayarea}}{{\textwidth}}{{{room:g}pt}}\centering{letters}%",
        *_captions(film),
        r"\end{overlayarea}",
        *_notes(film),
        r"\end{frame}",
        "}",
    ]


def _picture(film: Film, high: float) -> Sequence[str]:
    page = film.page
    bare = replace(page, height=page.foot, theme=replace(page.theme, transparent=True))  # the slide is its paper
    slides = _slides(film)
    return list(picture(bare, scale(bare, WIDE, high, LARGER), lambda name: slides.get(name, "")))


def _captions(film: Film) -> Iterator[str]:
    """Below the picture, as large as the talk's own small print, however small the picture has to be."""
    last = len(film.frames)
    for number, lines in enumerate(film.lines, 1):
        told = r"\\ ".join(rf"\textcolor{{{line[0].role}}}{{{lettered(line)}}}" for line in lines if line)
        yield rf"\only<{number}| handout:{int(number == last)}>{{{told}}}%"


def _notes(film: Film) -> Iterator[str]:
    """The speaker's notes, which Beamer shows on pages or a screen of their own, if it is asked to."""
    for number, note in enumerate(film.notes, 1):
        if note:
            yield rf"\note<{number}>{{{latex(line(clean(note)))}}}"


def _letters(film: Film) -> tuple[str, float]:
    """The size in which the longest caption has room, and how much room it needs."""
    for letters, (point, skip) in LETTERS.items():  # noqa: B007
        rows = (sum(math.ceil(width(line) * point / WIDE) for line in lines) for lines in film.lines)
        room = skip * max(rows, default=0) + 4
        if room <= MOST:
            break
    return letters, min(room, HIGH / 2)


def _slides(film: Film) -> dict[str, str]:
    """On which slides each mark stands: a part from its first frame on; lights and a ? at their time."""
    last = len(film.frames)
    found: dict[str, str] = {}
    lit: dict[str, list[int]] = {name: [] for name in film.page.lights}
    shown: dict[str, list[int]] = {}
    for number, frame in enumerate(film.frames, 1):
        for part in frame.shown:
            shown.setdefault(part, []).append(number)
        for gate in frame.active & {name.removesuffix(".halo") for name in lit}:
            lit[f"{gate}.halo"].append(number)
    found |= {part: _when(numbers, last) for part, numbers in shown.items()}
    return found | {name: f"{','.join(map(str, times)) or 0}| handout:0" for name, times in lit.items()}


def _when(numbers: list[int], last: int) -> str:
    """The slides of a part that is shown on these."""
    if numbers[-1] < last:
        return f"{','.join(map(str, numbers))}| handout:0"
    return f"{numbers[0]}-" if numbers[0] > 1 else ""
