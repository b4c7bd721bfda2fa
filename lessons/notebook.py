"""Pages and replies as HTML, for notebooks: prose as Markdown (formulas stay for MathJax), pictures as SVG."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from lessons.mathtext import MATH, outside_code
from lessons.paging import Item, Page, Posed, Ran
from lessons.parts import Exercise, Prose
from lessons.pictures import Picture
from lessons.plain import COMMAND, SIGNS, STATUS, VERBATIM

if TYPE_CHECKING:
    from lessons.replies import Reply

COLOURS = {"right": "#00703C", "wrong": "#D00000", "unreadable": "#8A6D00", "hint": "#0057A8"}


def reply_html(reply: Reply) -> str:
    """A reply as a fragment of HTML."""
    if reply.kind in VERBATIM:
        said = f"<pre>{escape(reply.text)}</pre>" if reply.text else ""
    else:
        text = COMMAND.sub(r"`s.\1()`", SIGNS.get(reply.kind, "") + reply.text) if reply.text else ""
        colour = COLOURS.get(reply.kind, "#666")
        said = f'<div style="border-left:3px solid {colour};padding-left:0.8em">{markdown(text)}</div>' if text else ""
    return said + (page_html(reply.page) if reply.page else "")


def page_html(page: Page) -> str:
    """A page as a fragment of HTML."""
    place = f"Step {page.step} of {page.steps}" if page.step else ""
    heading = "" if page.continued else f"<h3>{escape(page.title)} <small>{place}</small></h3>"
    return heading + "".join(map(_item, page.items))


def _item(item: Item) -> str:
    match item:
        case Prose(text):
            return markdown(text)
        case Ran(block, output):
            printed = f"<pre>{escape(output)}</pre>" if output else ""
            return f'<pre style="background:#8881">{escape(block.code)}</pre>{printed}'
        case Picture():
            return f'<figure aria-label="{escape(item.alt)}">{_picture(item)}</figure>'
        case Posed():
            return _question(item)


def _picture(picture: Picture) -> str:
    from viz import display  # pictures are not needed where a page has none

    return display.frame(picture.made) if picture.moves else display.html(picture.drawing)


def _question(posed: Posed) -> str:
    question = posed.question
    more = ""
    if isinstance(question, Exercise):
        more = f"<pre>{escape(question.starter)}</pre><p>Answer with <code>s.answer({question.define})</code></p>"
    elif posed.status == "open":
        more = "".join(f"<li>{markdown(choice)}</li>" for choice in question.choices)
        more = (f"<ol>{more}</ol>" if more else "") + '<p>Answer with <code>s.answer("…")</code></p>'
    return f"<blockquote>{markdown(question.ask)}{more}<p>{STATUS[posed.status]}</p></blockquote>"


def markdown(text: str) -> str:
    """Markdown as HTML; raw HTML in it is shown, not obeyed, and formulas reach MathJax as they are."""
    from markdown_it import MarkdownIt  # rich brings it

    formulas: list[str] = []

    def aside(found: re.Match[str]) -> str:
        formulas.append(escape(found[0]))
        return f"\N{OBJECT REPLACEMENT CHARACTER}{len(formulas) - 1};"

    hidden = outside_code(text, lambda prose: MATH.sub(aside, prose))
    rendered: str = MarkdownIt("commonmark", {"html": False}).enable("table").render(hidden)
    return re.sub("\N{OBJECT REPLACEMENT CHARACTER}(\\d+);", lambda found: formulas[int(found[1])], rendered)
