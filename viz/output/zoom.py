"""A picture as one self-contained page that zooms: a gate opens, its inside is shown, and the way back is open too.

Every level stands in the page, with links between them: nothing is computed in the browser. Without scripts all levels
stand below each other, and the links still lead to them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from viz.output.svg import Link, svg
from viz.output.webpage import LARGEST, SMALLEST, STYLE, asset, document, dressed, inline, written
from viz.page.levels import START, Level


def page(levels: Sequence[Level], title: str, links: Mapping[str, Link] = MappingProxyType({})) -> str:
    """The levels as one HTML page; the first is shown first. `links` are the marks that lead to other pages."""
    named = {level.name: level for level in levels}
    pictures = {level.name: _picture(level, named, links) for level in levels}
    dress, rules = dressed(levels[0].page.theme, pictures.values())
    style = STYLE + asset(__package__, "zoom.css").substitute(dress).strip() + "".join(map(_measures, levels)) + rules
    script = asset(__package__, "zoom.js").template.strip()
    return document(
        __package__,
        "zoom.html",
        title,
        style,
        script,
        degrees=_degrees([level for level in levels if not level.around]),
        levels="\n".join(_section(level, named, title, pictures[level.name]) for level in levels),
    )


def _degrees(wholes: Sequence[Level]) -> str:
    """How far the whole is opened, as a choice; nothing where there is none."""
    if len(wholes) < 2:
        return ""
    ordered = sorted(wholes, key=_openness)
    links = "".join(f'<a href="#{level.name}">{written(level.title)}</a>' for level in ordered)
    return f'<nav id="zoom-degrees" aria-label="The whole picture">{links}</nav>'


def _openness(level: Level) -> tuple[bool, int, int]:
    """As drawn, all folded, one level open, …, all open: a scope that holds only another has no more gates open."""
    gates, boxes = (sum(mark.id.startswith(kind) for mark in level.page.marks) for kind in ("gate", "box"))
    return level.title != "As drawn", gates, boxes


def _picture(level: Level, named: Mapping[str, Level], links: Mapping[str, Link]) -> str:
    doors = {mark: Link(f"#{to}", _invitation(named[to])) for mark, to in level.doors.items()}
    return inline(svg(level.page, {**links, **doors}, f"{level.name}."))


def _section(level: Level, named: Mapping[str, Level], title: str, picture: str) -> str:
    return (
        asset(__package__, "level.html")
        .substitute(
            name=level.name,
            around=level.around,
            trail=_trail(level, named, title),
            title=written(level.title if level.around else title),
            hint="" if level.doors else "hidden",
            picture=picture,
            description=written(level.page.description),
        )
        .rstrip()
    )


def _invitation(level: Level) -> str:
    return f"Open {level.title}"


def _trail(level: Level, named: Mapping[str, Level], title: str) -> str:
    """The way back out: the levels around this one, outermost first."""
    around: list[Level] = []
    while level.around:
        level = named.get(level.around, named[START])
        around.insert(0, level)
    items = [
        f'<li><a href="#{outer.name}">{written(outer.title if outer.around else title)}</a></li>' for outer in around
    ]
    return f'<nav class="trail" aria-label="Back out"><ol>{"".join(items)}</ol></nav>' if items else ""


def _measures(level: Level) -> str:
    """How small and how large the level's picture may be drawn."""
    wide, high = level.page.width, level.page.height
    smallest = f"min-width: {SMALLEST * wide:.0f}px; min-height: {SMALLEST * high:.0f}px"
    picture = f"#{level.name} .stage > svg"
    on_screen = f"@media screen {{ body:not(.fit) {picture} {{ {smallest}; }} }}"  # paper is as wide as it is
    return f"\n{picture} {{ max-width: {LARGEST * wide:.0f}px; }} {on_screen}"
