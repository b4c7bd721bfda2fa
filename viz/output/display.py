"""How a notebook shows drawings and films: without a network, scaled to the cell, and where scripts are forbidden, too.

As HTML, because that is what every front end shows and none of them cuts off; without a frame where they clean it:

a drawing   an `object`, whose tooltips work; what takes it out (JupyterLab, of a notebook from elsewhere) or blocks it
            (VS Code) shows the image inside it instead
a film      the page that plays, in a frame of its own, so that its strict policy holds; what takes frames out shows the
            last picture, which stands beside it for that
"""

from __future__ import annotations

import base64
import re
from html import escape
from typing import Any, Protocol

from viz.output import player
from viz.output.films import Film
from viz.output.webpage import extent, inline

LARGEST = 4_000_000  # characters that a notebook is to carry for one picture
CELL, CHROME, ASKING = 860.0, 270.0, 70.0  # pixels: a usual cell's width; all of a player but its picture; a question
LOWEST, HIGHEST = 340.0, 640.0


class Drawing(Protocol):
    """What is shown of a drawing."""

    @property
    def svg(self) -> str: ...
    @property
    def description(self) -> str: ...


class Paged(Protocol):
    """What is shown of a circuit that is played: a page, and a picture where there can be none."""

    @property
    def html(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def cover(self) -> Drawing: ...


def drawn(drawing: Drawing, words: str) -> dict[str, str]:
    """What a notebook is offered of a drawing, by MIME type; `words` where it can show no picture."""
    return _bundle(html(drawing), drawing, words)


def played(film: Film, words: str) -> dict[str, str]:
    """What a notebook is offered of a film."""
    framed = frame(film)
    return _bundle(framed if len(framed) <= LARGEST else html(film.cover), film.cover, words)


def paged(play: Paged, words: str) -> dict[str, str]:
    """What a notebook is offered of a page that is played."""
    framed = framed_page(play.html, play.title, play.cover, height(play))
    return _bundle(framed if len(framed) <= LARGEST else html(play.cover), play.cover, words)


def _bundle(shown: str, drawing: Drawing, words: str) -> dict[str, str]:
    small = {"text/html": shown} if len(shown) <= LARGEST else {}
    return small | {"image/svg+xml": drawing.svg, "text/plain": words}


def html(drawing: Drawing) -> str:
    """A drawing as a fragment of HTML: at its own size, or as wide as there is room."""
    svg = inline(drawing.svg)
    width, height = extent(svg)
    size = f'style="width:{width * 96 / 72:.0f}px;max-width:100%;aspect-ratio:{width:g}/{height:g}"'
    told = f'role="img" aria-label="{escape(drawing.description)}"'
    shown = f'<object type="image/svg+xml" data="{_data(_stretched(svg))}" {told} {size}>'
    return f"{shown}{_image(drawing)}</object>"


def frame(film: Film) -> str:
    """A film as a fragment of HTML: its page in a frame, the player's where it has none of its own."""
    return framed_page(getattr(film, "html", "") or player.page(film), film.title, film.cover, height(film))


def height(made: Any) -> float:
    """How many pixels high the frame of a film is in a usual cell, or that of a page that is played."""
    if not hasattr(made, "questions"):
        return HIGHEST
    wide, high = extent(made.svg)
    chrome = CHROME + (ASKING if made.questions else 0)
    return min(max(min(CELL / wide, 1.5) * high + chrome, LOWEST), HIGHEST)


def framed_page(page: str, title: str, cover: Drawing, tall: float) -> str:
    """A page as a fragment of HTML, in a frame so many pixels high."""
    inside = page.replace("&", "&amp;").replace("'", "&#39;")  # it has few single quotes: they enclose it
    return (
        f'<iframe title="{escape(title)}" sandbox="allow-scripts allow-forms" '
        f"style=\"width:100%;height:{tall:.0f}px;border:0\" srcdoc='{inside}'></iframe>"
        f"<noscript>{_image(cover)}</noscript>"
    )


def _image(drawing: Drawing) -> str:
    svg = inline(drawing.svg)
    size = f'width="{extent(svg)[0] * 96 / 72:.0f}" style="max-width:100%;height:auto"'
    return f'<img src="{_data(svg)}" alt="{escape(drawing.description)}" {size}>'


def _stretched(svg: str) -> str:
    """Without a size of its own a picture fills the object that shows it."""
    return re.sub(r' width="[^"]*" height="[^"]*"', "", svg, count=1)


def _data(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
