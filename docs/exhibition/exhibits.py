"""`exhibits.md` as data: groups of exhibits, each with its source, its words and its program."""

from __future__ import annotations

import re
from dataclasses import dataclass

PROGRAM = re.compile(r"^```python\n(.*?)^```\n", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Exhibit:
    """One program and what it is about."""

    title: str
    source: str
    words: tuple[str, ...]  # paragraphs
    program: str

    @property
    def id(self) -> str:
        """Where it stands on the page, as Markdown's readers name headings."""
        return anchor(self.title)


@dataclass(frozen=True)
class Group:
    """Exhibits that belong together."""

    title: str
    exhibits: tuple[Exhibit, ...]

    @property
    def id(self) -> str:
        """As of an exhibit."""
        return anchor(self.title)


@dataclass(frozen=True)
class Gallery:
    """The whole: what is said first, the lines that each program begins with, what is said of them, the groups."""

    title: str
    before: tuple[str, ...]
    prelude: str
    after: tuple[str, ...]
    groups: tuple[Group, ...]


def anchor(title: str) -> str:
    """A heading's name in links: lower case, blanks as hyphens, no other signs."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def read(text: str) -> Gallery:
    """The gallery that `exhibits.md` describes; ValueError for an exhibit without source or program."""
    opening, *groups = re.split(r"^## ", text, flags=re.MULTILINE)
    title, _, rest = opening.removeprefix("# ").partition("\n")
    before, prelude, after = PROGRAM.split(rest)
    return Gallery(title, _paragraphs(before), prelude, _paragraphs(after), tuple(map(_group, groups)))


def _group(text: str) -> Group:
    title, *exhibits = re.split(r"^### ", text, flags=re.MULTILINE)
    return Group(title.strip(), tuple(map(_exhibit, exhibits)))


def _exhibit(text: str) -> Exhibit:
    title, _, rest = text.partition("\n")
    words, *program = PROGRAM.split(rest)
    source, *paragraphs = _paragraphs(words)
    if len(program) != 2 or not source.startswith("Source: "):
        raise ValueError(
            f"exhibit {title!r}: give one line `Source: …`, words, and one ```python program, in this order"
        )
    return Exhibit(title, source.removeprefix("Source: "), tuple(paragraphs), program[0])


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(" ".join(part.split()) for part in text.split("\n\n") if part.strip())
