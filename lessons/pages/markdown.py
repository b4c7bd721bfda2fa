"""Markdown as HTML for pages of our own: formulas typeset, programs coloured, links led where the page has them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from html import escape
from keyword import kwlist
from typing import Any

from markdown_it import MarkdownIt  # rich brings it
from markdown_it.token import Token

from lessons.faces.text import PIECE, formula
from lessons.format.outline import anchor
from lessons.pages.mathml import FormulaError, mathml

HOLE = "\N{OBJECT REPLACEMENT CHARACTER}"  # in Markdown, where a formula is put in afterwards
PLACE = re.compile(f"{HOLE}(\\d+);([,.;:!?)’]*)")  # with the signs that follow
Link = Callable[[str], str]
PYTHON = ("python", "pycon")


def html(text: str, link: Link, headings: Iterable[int] = ()) -> str:
    """Markdown as HTML; raw HTML in it is shown, not obeyed.

    `link` gives the address of what is linked to; "" makes it plain text. `headings` are the levels of headings that
    get an id, as the web makes them.
    """
    kept: list[tuple[str, str]] = []  # each formula as it is typeset, and as it stands in a program's text

    def aside(found: re.Match[str]) -> str:
        if found[0] == r"\$":
            return "$"
        if not (found[1] or found[2]):
            return found[0]
        kept.append((typeset(found[1] or found[2], bool(found[1])), escape(found[0])))
        return f"{HOLE}{len(kept) - 1};"

    bare = PIECE.sub(aside, text.replace(HOLE, "\N{REPLACEMENT CHARACTER}"))
    rendered = headed(str(_renderer(link, frozenset(headings)).render(bare)))
    pieces = re.split(r"(<(?:pre|code)\b.*?</(?:pre|code)>)", rendered, flags=re.DOTALL)
    return "".join(PLACE.sub(partial(_filled, kept, k % 2), piece) for k, piece in enumerate(pieces))


def _filled(kept: Sequence[tuple[str, str]], form: int, place: re.Match[str]) -> str:
    """A formula in its place; the sign behind it stays on its line."""
    made = kept[int(place[1])][form]
    return f'<span class="joined">{made}{place[2]}</span>' if place[2] and not form else made + place[2]


def headed(tables: str) -> str:
    """Tables without heads that say nothing: Markdown has no other ones."""
    return re.sub("<th></th>", "<td></td>", re.sub(r"<thead>\s*<tr>(\s*<th></th>)*\s*</tr>\s*</thead>\s*", "", tables))


def inline(text: str, link: Link) -> str:
    """One paragraph of Markdown without its `<p>`; more than one as they are."""
    rendered = html(text, link).strip()
    inside = rendered.removeprefix("<p>").removesuffix("</p>")
    return inside if "<p>" not in inside and rendered.startswith("<p>") else rendered


def typeset(tex: str, display: bool) -> str:
    """A formula as MathML; one that is not known, as plain text."""
    try:
        return mathml(tex, display)
    except FormulaError:
        return f'<span class="formula">{escape(formula(tex))}</span>'


def code(text: str, kind: str = "code") -> str:
    """A program, coloured; the lines may wrap."""
    return f'<pre class="{kind}"><code>{coloured(text)}</code></pre>'


def output(text: str, kind: str = "output", name: str = "Output") -> str:
    """Lines as they were printed: where they are too long, the keyboard scrolls them."""
    return f'<pre class="{kind}" tabindex="0" role="group" aria-label="{escape(name)}">{escape(text)}</pre>'


def _renderer(link: Link, headings: frozenset[int]) -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    rules: dict[str, Callable[..., str]] = {
        "fence": lambda tokens, at, *_: _fence(tokens[at]),
        "code_block": lambda tokens, at, *_: output(tokens[at].content.rstrip()),
        "table_open": lambda *_: '<div class="table" tabindex="0" role="group" aria-label="Table"><table>',
        "table_close": lambda *_: "</table></div>\n",
        "link_open": lambda tokens, at, *_: _opened(tokens[at], link),
        "link_close": lambda tokens, at, *_: _closed(tokens, at, link),
        "image": lambda tokens, at, *_: _image(tokens[at], link),
        "heading_open": lambda tokens, at, *_: _heading(tokens, at, headings),
    }
    reader.renderer.rules.update(rules)  # type: ignore[attr-defined]
    return reader


def _fence(token: Token) -> str:
    language = token.info.split()[0] if token.info.strip() else ""
    text = token.content.rstrip("\n")
    return (code(text) if language in PYTHON else output(text, "text", "Text")) + "\n"


def _opened(token: Token, link: Link) -> str:
    address = link(str(token.attrGet("href") or ""))
    return f'<a href="{escape(address)}">' if address else ""


def _closed(tokens: Sequence[Token], at: int, link: Link) -> str:
    opened = next(
        token for token in reversed(tokens[:at]) if token.type == "link_open" and token.level == tokens[at].level
    )
    return "</a>" if link(str(opened.attrGet("href") or "")) else ""


def _image(token: Token, link: Link) -> str:
    address = link(str(token.attrGet("src") or ""))
    alt = "".join(child.content for child in token.children or [])
    return f'<img src="{escape(address)}" alt="{escape(alt)}" loading="lazy">' if address else escape(alt)


def _heading(tokens: Sequence[Token], at: int, levels: frozenset[int]) -> str:
    tag = tokens[at].tag
    named: Any = f' id="{escape(anchor(tokens[at + 1].content))}"' if int(tag[1]) in levels else ""
    return f"<{tag}{named}>"


# Python in HTML: comments, strings, keywords and numbers told apart, alike under every version of Python --------------


SIGN = re.compile(
    r'(?P<comment>#.*)|(?P<string>\b[frb]*"(?:[^"\\\n]|\\.)*"|"(?:[^"\\\n]|\\.)*")'
    rf"|(?P<keyword>\b(?:{'|'.join(kwlist)})\b)|(?P<number>\b\d+(?:\.\d+)?\b)"
)


def coloured(program: str) -> str:
    """The program with a `<span>` around each of its signs; only strings in double quotes are known."""
    return "".join(_parts(program))


def _parts(program: str) -> Iterator[str]:
    end = 0
    for sign in SIGN.finditer(program):
        yield escape(program[end : sign.start()])
        yield f'<span class="{sign.lastgroup}">{escape(sign[0])}</span>'
        end = sign.end()
    yield escape(program[end:])
