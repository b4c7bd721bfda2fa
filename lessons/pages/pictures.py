"""Pictures within a page: one that is looked at stands in it as SVG, one that moves has a frame of its own.

A page that forbids what it does not know allows no styles within its elements: sizes are classes, in steps.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable
from functools import cache
from html import escape
from typing import TYPE_CHECKING

from viz.look import THEMES
from viz.output import webpage
from viz.output.webpage import LEGIBLE, dressed, extent, inline

if TYPE_CHECKING:
    from lessons.session.pages import Picture


POINT = 96 / 72  # CSS pixels
STEP, WIDEST, TALLEST = 50, 2000, 800  # pixels: sizes are classes, in such steps
NAMED = re.compile(r'(?<![\w-])id="|url\(#|href="#')
PLACED = re.compile(r' (?:d|points|x|y|x1|x2|y1|y2|cx|cy)="[^"]*"')
HUNDREDTHS = re.compile(r"-?\d+\.\d{2,}")
REFERRED = re.compile(r'(?:url\(#|href="#)([^)"]+)')
UNUSED = re.compile(r'(?<=<g) class="[^"]*"')  # nothing asks for it
LABELLED = re.compile(r'aria-[a-z]+="([^"]*)"')
USUAL = 'font-size="13" text-anchor="middle"'  # of most texts in a picture


def figure(picture: Picture, framed: Callable[[Picture], str]) -> str:
    """A picture as a figure; `framed` gives the address of the page on which one is played that moves ("": none is)."""
    still = stage(picture.drawing.svg, picture.alt, picture.id)
    address = escape(framed(picture)) if picture.moves or picture.played else ""
    if not address:
        return f'<figure class="picture" id="{picture.id}">{still}</figure>\n'
    from viz.output.display import height  # what moves brings the engine

    kind = "played" if picture.played else "film"
    title = escape(picture.made.title)
    window = f'<iframe class="{_tall(height(picture.made))}" src="{address}" title="{title}" loading="lazy"></iframe>'
    beside = f'<a href="{address}">Open {picture.note} by itself</a>'
    return (
        f'<figure class="picture {kind}" id="{picture.id}">{window}<div class="printed">{still}</div>'
        f"<figcaption>{beside}</figcaption></figure>\n"
    )


def stage(svg: str, alt: str, name: str) -> str:
    """An SVG in its place: as large as it is drawn where there is room, never too small to be read; then it scrolls."""
    width, _ = extent(svg)
    least = LEGIBLE * width * POINT
    ground = "stage" if has_night(svg) else "stage day"
    element = _told(prefixed(inline(svg), name), alt)
    element = element.replace("<svg ", f'<svg class="{_wide(least)}" ', 1)
    return f'<div class="{ground}" tabindex="0" role="group" aria-label="Picture">{element}</div>'


def has_night(svg: str) -> bool:
    """Whether all of its colours are those that every picture has, so that they have others by night."""
    return bool(dressed(THEMES["lecture"], [svg])[1])


def prefixed(svg: str, name: str) -> str:
    """The same with ids of its own: a page may hold several pictures."""
    return NAMED.sub(lambda found: f"{found[0]}{_short(name)}-", lean(svg))


def lean(svg: str) -> str:
    """The same in fewer letters: no ids that nothing refers to, no finer places than a screen shows."""
    referred = {*REFERRED.findall(svg), *" ".join(LABELLED.findall(svg)).split()}
    svg = re.sub(r' id="([^"]*)"', lambda found: found[0] if found[1] in referred else "", svg)
    svg = PLACED.sub(lambda place: HUNDREDTHS.sub(_tenths, place[0]), UNUSED.sub("", svg))
    whole, *texts = re.split(r"(?=<text )", svg)
    return "".join([whole.replace("<svg ", f"<svg {USUAL} ", 1), *map(_usual, texts)]) if texts else svg


def _tenths(number: re.Match[str]) -> str:
    return f"{float(number[0]):.1f}".removesuffix(".0")


def _usual(text: str) -> str:
    """A text without what the whole picture says already."""
    head, end, rest = text.partition(">")
    head = head.replace(' font-size="13"', "")
    middle = ' text-anchor="middle"'
    head = (
        head.replace(middle, "")
        if middle in head
        else head
        if "text-anchor=" in head
        else f'{head} text-anchor="start"'
    )
    return head + end + rest


def _short(name: str) -> str:
    """A few letters for a picture's name, the same every time."""
    return f"p{zlib.crc32(name.encode()):x}"[:6]


def _told(svg: str, alt: str) -> str:
    """What is said of it is the lesson's own text."""
    return re.sub(r'aria-labelledby="[^"]*"', f'aria-label="{escape(alt)}"', svg, count=1)


def _stepped(size: float, most: int) -> int:
    return min(max(round(size / STEP), 1) * STEP, most)


def _wide(pixels: float) -> str:
    return f"least-{_stepped(pixels, WIDEST)}"


def _tall(pixels: float) -> str:
    return f"tall-{_stepped(pixels, TALLEST)}"


def rules() -> str:
    """The sizes, and the colours by night, as rules of a style sheet."""
    own, colours = dressed(THEMES["lecture"], [])
    day = f"background: {THEMES['lecture'].paper}; color-scheme: light;"
    ground = f"\n.stage {{ background: {own['paper']}; }}\n.stage.day {{ {day} }}"
    return ground + colours + "".join(_sizes())


def _sizes() -> Iterable[str]:
    yield from (f"\n.least-{size} {{ min-width: {size}px; }}" for size in range(STEP, WIDEST + 1, STEP))
    yield from (f"\n.tall-{size} {{ height: {size}px; }}" for size in range(STEP, TALLEST + 1, STEP))


# The style sheet of lessons as pages: by day and by night, from a phone to a projector, and on paper ------------------


@cache
def style() -> str:
    """All of it: what every page shares, what a lesson is made of, the pictures' sizes and colours."""
    own = webpage.asset(__package__, "lesson.css").template.strip()
    return f"{webpage.STYLE.strip()}\n{own}{rules()}\n"
