"""What a session says: pages of a lesson and replies to the learner, as records that every face shows in its way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from lessons.parts import Prose, Question, Run
from lessons.pictures import Picture


@dataclass(frozen=True)
class Ran:
    """A run block and what it printed just now."""

    block: Run
    output: str


@dataclass(frozen=True)
class Posed:
    """A question and how it stands: "open", "right", "solved" or "skipped"."""

    question: Question
    status: str


Item: TypeAlias = Prose | Ran | Picture | Posed


@dataclass(frozen=True)
class Page:
    """One screen of a lesson, executed."""

    lesson: str
    step: int
    steps: int
    title: str
    continued: bool
    items: tuple[Item, ...]

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The pictures on the page."""
        return tuple(item for item in self.items if isinstance(item, Picture))

    @property
    def posed(self) -> Posed | None:
        """The question at the end of the page."""
        last = self.items[-1] if self.items else None
        return last if isinstance(last, Posed) else None


@dataclass(frozen=True)
class Reply:
    """An answer of the session: `kind` says what sort, `text` is Markdown, `page` the page to show with it.

    Kinds: page, right, wrong, unreadable, hint, solution, note, end, output, error, list.
    """

    kind: str
    text: str = ""
    page: Page | None = None

    def adding(self, sentence: str) -> Reply:
        """The same reply with one more sentence; after a code block it is a paragraph of its own."""
        gap = "\n\n" if self.text.endswith("```") else " "
        return replace(self, text=self.text + gap + sentence)

    def __repr__(self) -> str:
        from lessons.plain import reply_text

        return reply_text(self, python=True)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self._repr_html_()}

    def _repr_html_(self) -> str:
        from lessons.notebook import reply_html

        return reply_html(self)
