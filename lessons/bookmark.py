"""Where a learner stands in a lesson, and how its questions stand: what is remembered from one day to the next.

Glossary: a *screen* is a stretch of a lesson between questions, and `at` the number of the present one.
"""

from __future__ import annotations

from collections.abc import Callable

from lessons.marks import Marks
from lessons.parts import Lesson, Question, Run, Screen, Snapshot

Keep = Callable[[Snapshot], object]


class Bookmark:
    """A place in a lesson, with the marks of its questions; `keep` is told the new snapshot whenever it changes."""

    def __init__(self, lesson: Lesson, start: Snapshot, keep: Keep | None = None) -> None:
        self.lesson = lesson
        self.at = min(max(start.at, 0), len(lesson.screens) - 1)
        self.marks = Marks({q.id: start.done[q.id] for q in lesson.questions if q.id in start.done})
        self._finished = start.finished
        self._keep = keep

    @property
    def screen(self) -> Screen:
        """The present screen."""
        return self.lesson.screens[self.at]

    @property
    def question(self) -> Question | None:
        """The question that waits for an answer, if one does."""
        question = self.screen.question
        return question if question and self.marks.is_open(question) else None

    @property
    def is_last(self) -> bool:
        """Whether no screen follows."""
        return self.at == len(self.lesson.screens) - 1

    @property
    def blocks_passed(self) -> int:
        """How many run blocks stand before the end of the present screen."""
        passed = [part for screen in self.lesson.screens[: self.at + 1] for part in screen.parts]
        return sum(isinstance(part, Run) for part in passed)

    @property
    def snapshot(self) -> Snapshot:
        """What to remember."""
        return Snapshot(self.at, self.screen.step.number, dict(self.marks.done), self._finished)

    def move(self, at: int) -> None:
        """To another screen."""
        self.at = at
        self.changed()

    def finish(self) -> None:
        """The lesson is done."""
        self._finished = True
        self.changed()

    def forget(self) -> None:
        """All questions open, as if the lesson had never been begun."""
        self.marks, self._finished = Marks(), False

    def changed(self) -> None:
        """Have the present state remembered."""
        if self._keep:
            self._keep(self.snapshot)
