"""How the questions of a lesson stand: answered, looked up, skipped, and how much help each has had."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from lessons.parts import Question
from lessons.replies import Reply

PATIENCE = 3  # wrong answers, after which help is offered


class Marks:
    """A learner's marks, by the ids of questions: `done` says "right", "solved" or "skipped"."""

    def __init__(self, done: Mapping[str, str] | None = None) -> None:
        self.done = dict(done or {})
        self._hints: Counter[str] = Counter()
        self._misses: Counter[str] = Counter()

    def is_open(self, question: Question) -> bool:
        """Whether the question waits for an answer."""
        return question.id not in self.done

    def right(self, question: Question) -> None:
        """Answered; who looked it up before has not found it alone."""
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
