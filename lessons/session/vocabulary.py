"""Words that a learner knows: what is said of a mistake uses none that the lesson has not introduced."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from autograd_tiny.learners.mistakes import TERMS
from lessons.format import library
from lessons.format.lesson import Lesson, LessonError, Question, texts


class Vocabulary:
    """All that has been read at a question: the lessons it needs, its own up to there, and the question's own words."""

    def __init__(self, lesson: Lesson, question: Question) -> None:
        self._lesson, self._question = lesson, question

    def allows(self, sentence: str) -> bool:
        """Whether the sentence speaks of nothing that is yet to come, and of no gate that it cannot name."""
        used = [term for term in TERMS if term in sentence]
        return "…" not in sentence and all(term in self._read for term in used)

    @cached_property
    def _read(self) -> str:
        before = self._lesson.parts[: self._lesson.parts.index(self._question) + 1]
        headings = [step.title for step in self._lesson.steps if step.line < self._question.line]
        own = [text for part in before for text in texts(part)]
        return "\n".join([*_needed(self._lesson, {self._lesson.id}), *headings, *own])


def _needed(lesson: Lesson, seen: set[str]) -> Iterator[str]:
    """The texts of the lessons that come before this one, and of those before them."""
    for name in lesson.needs:
        if name not in seen:
            seen.add(name)
            try:
                needed = library.load(name)
            except LessonError:
                continue  # `check` says so
            yield needed.text
            yield from _needed(needed, seen)
