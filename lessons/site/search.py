"""Search without a server: which words stand on which pages, as a script of the page that searches."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from lessons.site.chrome import Page, to
from viz.output.webpage import embedded

WORD = re.compile(r"[^\W\d_]{2,}|\w+")
LONGEST = 24  # letters: what is longer is no word
COMMON = 0.5  # of the pages: what stands on more says nothing


def page(pages: Iterable[Page]) -> Page:
    """The page that searches all others; the words and where they stand are data in it."""
    here = "search.html"
    searched = [each for each in pages if each.text]
    records = [[each.title, to(each.place, here), each.about] for each in searched]
    data = {"pages": records, "words": index(searched)}
    body = (
        '<h1>Search</h1>\n<form class="search" role="search"><input type="search" name="q" autocomplete="off" '
        'aria-label="Words to be found" placeholder="tanh, chain rule, LSTM …"></form>\n'
        '<p class="soft" role="status" id="count"></p>\n'
        '<ol class="results" id="results"></ol>\n<noscript><p>Searching needs a script; the '
        f'<a href="{escape(to("index.html", here))}">list of lessons</a> does not.</p></noscript>\n'
        f'<script type="application/json" id="index">{embedded(data)}</script>'
    )
    return Page(here, "Search", body, scripts=("site.js", "search.js"))


def index(pages: list[Page]) -> dict[str, str]:
    """Every word and the pages on which it stands, those first that have it in their title."""
    found: dict[str, list[int]] = {}
    titled: dict[str, list[int]] = {}
    for number, each in enumerate(pages):
        title = words(f"{each.title} {each.about}")
        for word in sorted(title | words(each.text)):
            (titled if word in title else found).setdefault(word, []).append(number)
    rare = {word: where for word, where in found.items() if len(where) <= max(COMMON * len(pages), 3)}
    return {
        word: " ".join(f"{n:x}" for n in titled.get(word, ())) + "|" + " ".join(f"{n:x}" for n in rare.get(word, ()))
        for word in sorted(titled.keys() | rare.keys())
    }


def words(text: str) -> set[str]:
    """The words of a text, in lower case."""
    return {word for word in WORD.findall(text.casefold()) if 1 < len(word) <= LONGEST}
