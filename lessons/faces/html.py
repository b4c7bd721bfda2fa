"""Pages and replies as HTML, for notebooks: prose as Markdown (formulas stay for MathJax), pictures as SVG."""

from __future__ import annotations

import re
from html import escape

from lessons.faces.curves import told
from lessons.faces.text import PIECE, SIGNS, STATUS, VERBATIM, called, onward
from lessons.format.lesson import Exercise, Prose
from lessons.session.commands import SESSION
from lessons.session.pages import Item, Page, Picture, Posed, Ran, Trained
from lessons.session.reply import Reply

HOLE = "\N{OBJECT REPLACEMENT CHARACTER}"  # in Markdown, where something is put in afterwards
DOLLAR = '<span class="tex2jax_ignore mathjax_ignore">$</span>'  # one that begins no formula
COLOURS = {"right": "#00703C", "wrong": "#D00000", "unreadable": "#8A6D00", "hint": "#0057A8"}


def reply_html(reply: Reply) -> str:
    """A reply as a fragment of HTML."""
    if reply.kind in VERBATIM:
        said = _block(reply.text) if reply.text else ""
    else:
        text = SIGNS.get(reply.kind, "") + called(reply.text) if reply.text else ""
        colour = COLOURS.get(reply.kind, "#666")
        text += f"\n\n{onward(reply.following, python=True)}" if reply.following else ""
        said = f'<div style="border-left:3px solid {colour};padding-left:0.8em">{markdown(text)}</div>' if text else ""
    return said + (page_html(reply.page) if reply.page else "")


def page_html(page: Page) -> str:
    """A page as a fragment of HTML."""
    place = f"Step {page.step} of {page.steps}" if page.step else ""
    heading = "" if page.continued else f"<h3>{escape(page.title)} <small>{place}</small></h3>"
    about = f"<small>{markdown(called(page.about))}</small>" if page.about else ""
    return heading + about + "".join(map(_item, page.items))


def _item(item: Item) -> str:
    match item:
        case Prose(text):
            return markdown(called(text))
        case Ran(block, output):
            return _block(block.code, "background:#8881") + (_block(output) if output else "")
        case Trained(block, runs):
            code = _block(block.code, "background:#8881") if set(runs) <= set(block.seeds) else ""
            how = f"<p><small><code>{SESSION}.train()</code> runs it here, from another seed</small></p>"
            return code + _block(told(runs)) + how
        case Picture():
            return f'<figure aria-label="{escape(item.alt)}">{_picture(item)}</figure>'
        case Posed():
            return _question(item)


def _block(text: str, style: str = "") -> str:
    """Lines as they are, in letters of one width: not every notebook has those for what is preformatted."""
    return f'<pre style="font-family:monospace;{style}">{escape(text)}</pre>'


def _picture(picture: Picture) -> str:
    from viz.output import display  # pictures are not needed where a page has none

    if picture.played:
        return display.paged(picture.made, picture.alt)["text/html"]
    return display.frame(picture.made) if picture.moves else display.html(picture.drawing)


def _question(posed: Posed) -> str:
    question = posed.question
    more = ""
    if isinstance(question, Exercise):
        how = f"<p>Answer with <code>{SESSION}.answer({question.define})</code></p>"
        more = _block(question.starter) + how
    elif posed.status == "open":
        more = "".join(f"<li>{markdown(choice)}</li>" for choice in question.choices)
        more = (f"<ol>{more}</ol>" if more else "") + f'<p>Answer with <code>{SESSION}.answer("…")</code></p>'
    return f"<blockquote>{markdown(question.ask)}{more}<p>{STATUS[posed.status]}</p></blockquote>"


def markdown(text: str) -> str:
    """Markdown as HTML; raw HTML in it is shown, not obeyed, and formulas reach MathJax as they are."""
    from markdown_it import MarkdownIt  # rich brings it

    kept: list[str] = []

    def aside(found: re.Match[str]) -> str:
        if not (found[1] or found[2] or found[0] == r"\$"):
            return found[0]
        kept.append(escape(found[0]) if found[0] != r"\$" else DOLLAR)
        return f"{HOLE}{len(kept) - 1};"

    rendered: str = (
        MarkdownIt("commonmark", {"html": False})
        .enable("table")
        .render(PIECE.sub(aside, text.replace(HOLE, "\N{REPLACEMENT CHARACTER}")))
    )
    rendered = rendered.replace("<pre>", '<pre style="font-family:monospace">')
    return re.sub(f"{HOLE}(\\d+);", lambda found: kept[int(found[1])], rendered)
