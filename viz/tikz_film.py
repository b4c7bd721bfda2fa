r"""A film → Beamer: one frame, an overlay for every step, its caption below; each overlay only reveals.

The file is a talk of its own. In another, `\usepackage{standalone,tikz}` and `\input{z.tex}` between two frames take
this frame alone; drawn with background="transparent" it keeps that talk's colours. A handout shows the last step.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Protocol

from viz import tikz
from viz.lettering import Line, clean, line, shorten
from viz.page import Page
from viz.tikz_text import latex

WIDE, HIGH = 425.0, 205.0  # TeX points of a 16:9 slide below its title


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
    return [
        "{",
        *(rf"\definecolor{{{name}}}{{HTML}}{{{getattr(theme, name)[1:]}}}" for name in ("paper", "ink")),
        *([] if theme.transparent else ours),
        rf"\begin{{frame}}{{{latex(line(shorten(page.title, 60)))}}}",
        r"\centering",
        r"\resizebox{\ifdim\width>\textwidth\textwidth\else\width\fi}{!}{%",  # slides of another talk may be narrower
        *_picture(film),
        r"}\end{frame}",
        "}",
    ]


def _picture(film: Film) -> Sequence[str]:
    bare = replace(film.page, theme=replace(film.page.theme, transparent=True))  # the slide is its paper
    captions = [
        replace(mark, id=f"slide{number}")
        for number, lines in enumerate(film.lines, 1)
        for mark in bare.without({mark.id for mark in bare.marks}).captioned(lines).marks
    ]
    slides = _slides(film)
    whole = replace(bare, marks=(*bare.marks, *captions))
    return list(tikz.picture(whole, tikz.scale(whole, WIDE, HIGH), lambda name: slides.get(name, "")))


def _slides(film: Film) -> dict[str, str]:
    """On which slides each mark stands: a part from its first frame on; lights, captions and a ? at their time."""
    last = len(film.frames)
    found = {f"slide{n}": f"{n}| handout:{int(n == last)}" for n in range(1, last + 1)}
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
