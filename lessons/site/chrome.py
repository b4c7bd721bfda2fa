"""What every page of the site has around its matter: head, ways to everything else, foot; and addresses between pages.

Glossary: a *place* is a page's path within the site, with `/`: "lessons/gates/3.html".
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from viz.output.webpage import asset, head

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; frame-src 'self'; "
    "base-uri 'none'; form-action 'self'"
)
TITLE = "autograd-tiny"
WAYS = (
    ("index.html", "Lessons"),
    ("map.html", "Map"),
    ("gallery/index.html", "Gallery"),
    ("experiments.html", "Experiments"),
    ("guides/index.html", "Guides"),
    ("reference/index.html", "Reference"),
)


@dataclass(frozen=True)
class Page:
    """A page of the site: where it is, its title, its matter as HTML, and what is searched in it."""

    place: str
    title: str
    body: str
    text: str = ""
    about: str = ""  # in a list of results: the lesson, say, that a step belongs to
    scripts: tuple[str, ...] = ("site.js",)
    previous: str = ""
    next: str = ""


def to(place: str, here: str) -> str:
    """The address of a place for a link on the page at `here`."""
    file, _, anchor = place.partition("#")
    way = os.path.relpath(file, os.path.dirname(here) or ".").replace(os.sep, "/") if file else ""
    return f"{way}#{anchor}" if anchor else way


def html(page: Page, places: frozenset[str] | set[str]) -> str:
    """The whole document; the ways at its top are those that the site has."""
    here = page.place
    ways = "".join(
        f'<li><a href="{to(place, here)}"{_current(place, here)}>{name}</a></li>'
        for place, name in WAYS
        if place in places
    )
    near = ((page.previous, "prev"), (page.next, "next"))
    more = (
        f'<link rel="stylesheet" href="{to("assets/style.css", here)}">\n',
        *(f'<link rel="{rel}" href="{to(place, here)}">\n' for place, rel in near if place),
        *(f'<script defer src="{to(f"assets/{name}", here)}"></script>\n' for name in page.scripts),
    )
    title = page.title if page.title == TITLE else f"{page.title} · {TITLE}"
    return head(POLICY, title, "".join(more)) + asset(__package__, "page.html").substitute(
        home=to("index.html", here),
        ways=ways,
        search=to("search.html", here),
        body=page.body,
    )


def _current(place: str, here: str) -> str:
    """Whether the page belongs to what a way leads to."""
    section = place.removesuffix("index.html")
    within = here.startswith(section) if section else here.startswith("lessons/") or here == place
    return ' aria-current="true"' if within else ""
