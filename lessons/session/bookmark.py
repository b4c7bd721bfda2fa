"""Where a learner stands in a lesson, and how its questions stand: what is remembered from one day to the next.

Glossary: a *screen* is a stretch of a lesson between questions, and `at` the number of the present one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from lessons.format.lesson import Lesson, Question, Run, Screen, Snapshot, Train
from lessons.session.reply import Reply

Keep = Callable[[Snapshot], object]


class Bookmark:
    """A place in a lesson, with the marks of its questions; `keep` is told the new snapshot whenever it changes."""

    def __init__(self, lesson: Lesson, start: Snapshot, keep: Keep | None = None) -> None:
        self.lesson = lesson
        self.at = min(max(start.at, 0), len(lesson.screens) - 1)
        known = {question.id for question in lesson.questions}
        done = {question: how for question, how in start.done.items() if question in known}
        self.marks = Marks(done, {question: count for question, count in start.attempts.items() if question in known})
        self.drafts = {question: code for question, code in start.drafts.items() if question in known}
        self._seconds = start.seconds
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
        """How many blocks stand before the end of the present screen."""
        passed = [part for screen in self.lesson.screens[: self.at + 1] for part in screen.parts]
        return sum(isinstance(part, Run | Train) for part in passed)

    @property
    def snapshot(self) -> Snapshot:
        """What to remember."""
        done, attempts = dict(self.marks.done), dict(self.marks.attempts)
        drafts = dict(self.drafts)
        return Snapshot(self.at, self.screen.step.number, done, self._finished, attempts, self._seconds, drafts)

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
        self.marks, self.drafts, self._finished = Marks(), {}, False

    def changed(self) -> None:
        """Have the present state remembered."""
        if self._keep:
            self._keep(self.snapshot)


# How the questions of a lesson stand: answered, looked up, skipped, and how much help each has had --------------------


PATIENCE = 3  # wrong answers, after which help is offered


class Marks:
    """A learner's marks, by the ids of questions: `done` says "right", "solved" or "skipped"; how many `attempts`."""

    def __init__(self, done: Mapping[str, str] | None = None, attempts: Mapping[str, int] | None = None) -> None:
        self.done = dict(done or {})
        self.attempts = Counter(attempts or {})
        self._hints: Counter[str] = Counter()
        self._misses: Counter[str] = Counter()

    def is_open(self, question: Question) -> bool:
        """Whether the question waits for an answer."""
        return question.id not in self.done

    def right(self, question: Question) -> None:
        """Answered; who looked it up before has not found it alone."""
        self.attempts[question.id] += 1
        if self.done.get(question.id) != "solved":
            self.done[question.id] = "right"

    def solved(self, question: Question) -> None:
        """Looked up, unless it was answered before."""
        if self.done.get(question.id) != "right":
            self.done[question.id] = "solved"

    def skipped(self, question: Question) -> None:
        """Left open on purpose."""
        self.done[question.id] = "skipped"

    def reopen(self, question: Question) -> None:
        """As if it had never been asked."""
        self.done.pop(question.id, None)
        del self._hints[question.id]

    def missed(self, question: Question) -> bool:
        """Count a wrong answer; whether it is time to offer help."""
        self.attempts[question.id] += 1
        self._misses[question.id] += 1
        return self._misses[question.id] % PATIENCE == 0

    def next_hint(self, question: Question) -> Reply:
        """The hints one by one."""
        told = self._hints[question.id]
        if told >= len(question.hints):
            return Reply("note", "There are no more hints. :solve shows the answer.")
        self._hints[question.id] += 1
        more = len(question.hints) - told - 1
        return Reply("hint", question.hints[told] + (f" ({more} more)" if more else ""))
