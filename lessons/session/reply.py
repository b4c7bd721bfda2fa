"""What a session says to the learner: a record that every face shows in its way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from lessons.session.pages import Page


@dataclass(frozen=True)
class Reply:
    """An answer of the session: `kind` says what sort, `text` is Markdown, `page` the page to show with it.

    Kinds: page, right, wrong, unreadable, hint, solution, note, end, output, error, leave, list.
    """

    kind: str
    text: str = ""
    page: Page | None = None
    following: str = ""  # at a lesson's end: the lesson that comes next
    value: Any = field(default=None, compare=False, repr=False)  # of code that ran: what its last expression gave

    # How it shows itself in a REPL and in a notebook; `faces.python` puts its own functions in their place.
    as_text: ClassVar[Callable[[Reply], str]] = lambda reply: reply.text
    as_html: ClassVar[Callable[[Reply], str]] = lambda reply: reply.text

    def adding(self, sentence: str) -> Reply:
        """The same reply with one more sentence: beside prose, below what Python printed, apart from a code block."""
        beside = "\n" if self.kind in ("output", "error") else " "
        gap = "" if not self.text else "\n\n" if self.text.endswith("```") else beside
        return replace(self, text=self.text + gap + sentence)

    def __repr__(self) -> str:
        return self.as_text()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self._repr_html_()}

    def _repr_html_(self) -> str:
        return self.as_html()
