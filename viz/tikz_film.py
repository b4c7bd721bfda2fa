r"""A film → Beamer: one frame, an overlay for every step, its caption below; each overlay only reveals.

The file is a talk of its own. In another, `\usepackage{standalone,tikz}` and `\input{z.tex}` between two frames take
this frame alone; drawn with background="transparent" it keeps that talk's colours. A handout shows the last step.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Protocol, get_args

from viz import tikz
from viz.lettering import Line, Role, clean, line, shorten, width
from viz.page import Page
from viz.tikz_text import latex

WIDE, HIGH = 425.0, 205.0  # TeX points of a 16:9 slide below its title
# Sizes of captions: what a point of the page takes, and a line; the smaller ones for many lines.
LETTERS = {r"\small": (0.77, 12.0), r"\footnotesize": (0.69, 11.0), r"\scriptsize": (0.61, 9.5)}
ROLES: tuple[Role, ...] = get_args(Role)
MOST = 70.0  # TeX points that captions may take before they become smaller


class Frame(Protocol):
    """What one moment of a film shows: the picture's parts by their ids."""

    @property
    def shown(self) -> AbstractSet[str]: ...
    @property
    def active(self) -> AbstractSet[str]: ...


class Film(Protocol):
    """What the slides need of a film."""

    @property
    def page(self) -> Page: ...
    @property
    def frames(self) -> Sequence[Frame]: ...
    @property
    def lines(self) -> Sequence[tuple[Line, ...]]: ...


def document(film: Film) -> str:
    """The film as a Beamer presentation."""
    page = film.page
    return "\n".join(
        [
            f"% {clean(page.title)}",
            r"% In another talk: \usepackage{standalone,tikz} in the preamble, \input this file between frames.",
            r"\documentclass[11pt,aspectratio=169]{beamer}",
            r"\usepackage{tikz}",
            r"\setbeamertemplate{navigation symbols}{}",
            r"\begin{document}",
            *_frame(film),
            r"\end{document}",
            "",
        ]
    )


def _frame(film: Film) -> list[str]:
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
        r"\end{overlayarea}\end{frame}",
        "}",
    ]


def _picture(film: Film, high: float) -> Sequence[str]:
    page = film.page
    bare = replace(page, height=page.foot, theme=replace(page.theme, transparent=True))  # the slide is its paper
    slides = _slides(film)
    return list(tikz.picture(bare, tikz.scale(bare, WIDE, high), lambda name: slides.get(name, "")))


def _captions(film: Film) -> Iterator[str]:
    """Below the picture, as large as the talk's own small print, however small the picture has to be."""
    last = len(film.frames)
    for number, lines in enumerate(film.lines, 1):
        told = r"\\ ".join(rf"\textcolor{{{line[0].role}}}{{{tikz.lettered(line)}}}" for line in lines if line)
        yield rf"\only<{number}| handout:{int(number == last)}>{{{told}}}%"


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
