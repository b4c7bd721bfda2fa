"""What a session says to the learner: a record that every face shows in its way, in a REPL and a notebook by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from lessons.notebook import reply_html
from lessons.paging import Page
from lessons.plain import reply_text


@dataclass(frozen=True)
class Reply:
    """An answer of the session: `kind` says what sort, `text` is Markdown, `page` the page to show with it.

    Kinds: page, right, wrong, unreadable, hint, solution, note, end, output, error, leave, list.
    """

    kind: str
    text: str = ""
    page: Page | None = None

    def adding(self, sentence: str) -> Reply:
        """The same reply with one more sentence: beside prose, below what Python printed, apart from a code block."""
        gap = "\n\n" if self.text.endswith("```") else "\n" if self.kind in ("output", "error") else " "
        return replace(self, text=self.text + gap + sentence)

    def __repr__(self) -> str:
        return reply_text(self, python=True)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self._repr_html_()}

    def _repr_html_(self) -> str:
        return reply_html(self)
