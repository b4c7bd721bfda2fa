"""The gallery as one page that needs nothing but the pictures beside it: no script, no network, by day and by night."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from string import Template

from docs.exhibition.exhibits import Exhibit, Gallery, Group
from docs.exhibition.works import Picture, Work
from lessons.pages.markdown import coloured
from viz.output.webpage import STYLE, policy

HERE = Path(__file__).parent
WIDE = 560.0  # points from which a picture has its program below it, not beside it
SCALE, READABLE = 4 / 3, 0.65  # pixels that a point of a picture takes where there is room, and at least


def page(gallery: Gallery, works: Mapping[Exhibit, Work]) -> str:
    """The whole gallery as an HTML document."""
    pictures = [picture for work in works.values() for picture in work.pictures]
    style = STYLE + (HERE / "gallery.css").read_text("utf-8").strip() + "".join(map(_measure, pictures))
    return Template((HERE / "gallery.html").read_text("utf-8")).substitute(
        policy=policy(style, images="'self'"),
        style=style,
        title=escape(gallery.title),
        before=_paragraphs(gallery.before),
        prelude=_program(gallery.prelude),
        after=_paragraphs(gallery.after),
        contents="".join(map(_contents, gallery.groups)),
        groups="\n".join(_group(group, works) for group in gallery.groups),
    )


def _measure(picture: Picture) -> str:
    """On a narrow screen a picture rather scrolls than becomes too small to be read."""
    return f'\nimg[src="{picture.file}"] {{ min-width: {READABLE * picture.width:.0f}px; }}'


def _contents(group: Group) -> str:
    links = "".join(f'<li><a href="#{exhibit.id}">{escape(exhibit.title)}</a></li>' for exhibit in group.exhibits)
    return f'<li><a href="#{group.id}">{escape(group.title)}</a><ul>{links}</ul></li>'


def _group(group: Group, works: Mapping[Exhibit, Work]) -> str:
    exhibits = "\n".join(_exhibit(works[exhibit]) for exhibit in group.exhibits)
    heading = f'<h2 id="{group.id}">{escape(group.title)}</h2>'
    return f'<section aria-labelledby="{group.id}">\n{heading}\n{exhibits}\n</section>'


def _exhibit(work: Work) -> str:
    exhibit = work.exhibit
    single = len(work.pictures) == 1 and work.pictures[0].width < WIDE
    shape = "beside" if single else "below"
    return "\n".join(
        [
            f'<article aria-labelledby="{exhibit.id}">',
            f'<h3 id="{exhibit.id}">{escape(exhibit.title)}</h3>',
            _paragraphs(exhibit.words),
            f'<div class="{shape}"><div class="shown">{"".join(_shown(work))}</div>{_program(exhibit.program)}</div>',
            *_told(work),
            f'<p class="source">{prose(exhibit.source)}</p>',
            "</article>",
        ]
    )


def _shown(work: Work) -> Iterator[str]:
    if work.pictures:
        yield f'<div class="pictures of{len(work.pictures)}">{"".join(map(_image, work.pictures))}</div>'
    if work.printed:
        yield _output(work.exhibit, work.printed)
    for name in work.pages:
        yield f'<p><a class="page" href="{name}">Open the page <span class="name">{name}</span></a></p>'


def _image(picture: Picture) -> str:
    size = f'width="{SCALE * picture.width:.0f}" height="{SCALE * picture.height:.0f}"'
    return f'<a href="{picture.file}"><img src="{picture.file}" {size} loading="lazy" alt="{escape(picture.alt)}"></a>'


def _output(exhibit: Exhibit, text: str) -> str:
    """Lines that may be longer than the screen: the keyboard can scroll them."""
    named = f"What is printed by: {exhibit.title}"
    return f'<pre class="output" tabindex="0" role="region" aria-label="{escape(named)}">{escape(text)}</pre>'


def _program(program: str) -> str:
    return f'<pre class="program"><code>{coloured(program.rstrip())}</code></pre>'


def _told(work: Work) -> Iterator[str]:
    """Each picture's whole description, and LaTeX, for those who ask."""
    cut = [picture.description for picture in work.pictures if picture.alt.endswith("…")]
    if cut:
        heading = f'In words<span class="hidden">: {escape(work.exhibit.title)}</span>'
        words = "".join(f"<p>{escape(description)}</p>" for description in cut)
        yield f"<details><summary>{heading}</summary>{words}</details>"
    for name, text in work.sources:
        yield f'<details><summary>{name}</summary><pre class="program"><code>{escape(text)}</code></pre></details>'


def _paragraphs(paragraphs: tuple[str, ...]) -> str:
    return "".join(f"<p>{prose(paragraph)}</p>" for paragraph in paragraphs)


def prose(text: str) -> str:
    """Markdown's *emphasis* and `code` as HTML."""
    marked = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
    return re.sub(r"(?<!\w)\*([^*`]+)\*(?!\w)", r"<em>\1</em>", marked)
