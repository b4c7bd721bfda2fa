"""A lesson being taken: a state machine that says what to show and never reads or writes anything itself.

Glossary: a *screen* is a stretch of a lesson between questions; the *bookmark* says which one is the present.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any, ClassVar, TextIO, TypeAlias

from lessons.format.lesson import Exercise, Lesson, Part, Question, Screen, Snapshot, Train
from lessons.format.library import experiment_command
from lessons.format.outline import listing, places, score
from lessons.format.quoting import quoted
from lessons.session.bookmark import Bookmark, Keep
from lessons.session.execution import Names
from lessons.session.history import after
from lessons.session.pages import Item, Trained, alone, item, last_pictures, names_before, page, the_picture
from lessons.session.posing import answered, coded, solution
from lessons.session.reply import Reply
from lessons.session.training import Training, Yielded, collected, training
from lessons.session.vocabulary import Vocabulary
from lessons.session.workspace import MISSING, Workspace

Watch: TypeAlias = Callable[[Yielded | None], object]


class Session:
    """One learner in one lesson. Every method gives a Reply; a notebook or the REPL shows it.

    `keep` is told the new snapshot whenever it changes; `following` says, at the end, which lesson comes next.
    """

    watching: ClassVar[Callable[[], Watch]] = lambda: lambda entry: None  # how a face shows what trains

    def __init__(
        self,
        lesson: Lesson,
        start: Snapshot | None = None,
        keep: Keep | None = None,
        following: Callable[[], str] = lambda: "",
    ):
        self.lesson = lesson
        self._following = following
        self._bookmark = Bookmark(lesson, start or Snapshot(), keep)
        self._last_code = ""
        self._workspace = Workspace(lesson.blocks)
        self._workspace.reach(self._bookmark.blocks_passed)

    # Where we are ---------------------------------------------------------------------------------------------------

    @property
    def screen(self) -> Screen:
        """The present screen."""
        return self._bookmark.screen

    @property
    def question(self) -> Question | None:
        """The question that waits for an answer, if one does."""
        return self._bookmark.question

    @property
    def snapshot(self) -> Snapshot:
        """What to remember of this session."""
        return self._bookmark.snapshot

    @property
    def names(self) -> Names:
        """The variables at hand: the lesson's, and your own on top of them."""
        self._workspace.replay()
        return self._workspace.play

    @property
    def lesson_names(self) -> Names:
        """The lesson's own variables, which nothing typed can change."""
        return self._workspace.lesson

    # Moving ---------------------------------------------------------------------------------------------------------

    def next(self) -> Reply:
        """Go on; an open question asks to be answered first."""
        if self.question:
            how = "Your code" if isinstance(self.question, Exercise) else "Your answer"
            return Reply("note", f"{how} first, please; or :hint, :solve, :skip.")
        return self._end() if self._bookmark.is_last else self._go(self._bookmark.at + 1)

    def back(self) -> Reply:
        """Go back one screen."""
        at = self._bookmark.at
        return self._go(at - 1) if at else Reply("note", "This is the beginning.")

    def goto(self, place: int | str) -> Reply:
        """Go to a step by its number, its heading, or the id of one of its blocks."""
        known = places(self.lesson)
        wanted = str(place).strip().casefold()
        if wanted in known:
            return self._go(known[wanted])
        meant = "".join(f" Did you mean {quoted(near)}?" for near in difflib.get_close_matches(wanted, known, 1))
        return Reply(
            "note", f"There is no step {quoted(wanted[:40])}: they go from 0 to {self.lesson.steps[-1].number}.{meant}"
        )

    def again(self) -> Reply:
        """Show this screen again; its question is open again."""
        question = self.screen.question
        if question:
            self._bookmark.marks.reopen(question)
        return self._go(self._bookmark.at)

    def skip(self) -> Reply:
        """Leave the question open to another day and go on; of an optional step, all that is left."""
        bookmark = self._bookmark
        here = bookmark.screen.step
        passed = [at for at, screen in enumerate(self.lesson.screens) if screen.step is here and at >= bookmark.at]
        for at in passed if here.optional else passed[:1]:
            question = self.lesson.screens[at].question
            if question and bookmark.marks.is_open(question):
                bookmark.marks.skipped(question)
        last = passed[-1] if here.optional else bookmark.at
        return self._end() if last == len(self.lesson.screens) - 1 else self._go(last + 1)

    def reset(self, everything: bool = False) -> Reply:
        """Forget your own variables; with `everything`, begin the lesson anew."""
        self._workspace.forget()
        if not everything:
            return Reply("note", "Your variables are forgotten; the lesson's are as it made them.")
        self._bookmark.forget()
        return self._go(0)

    # Answering ------------------------------------------------------------------------------------------------------

    def answer(self, given: Any) -> Reply:
        """Answer the open question: a number, a formula, a choice; of an exercise, the code or the function itself."""
        question = self.screen.question
        if question is None:
            return Reply("note", "There is no question here. :next goes on.")
        may_say = Vocabulary(self.lesson, question).allows
        if isinstance(question, Exercise):
            if isinstance(given, str):
                self._bookmark.drafts[question.id] = given
            fresh = names_before(self.lesson, question)
            return self._marked(question, coded(question, given, self.names, fresh, may_say))
        return self._marked(question, answered(question, given, self._workspace.lesson, may_say))

    def hint(self) -> Reply:
        """The next hint to the open question."""
        question = self.question
        if question is None:
            return Reply("note", "There is no open question here.")
        return self._bookmark.marks.next_hint(question)

    def solve(self) -> Reply:
        """Show the answer to the question here, and why."""
        question = self.screen.question
        if question is None:
            return Reply("note", "There is no question here.")
        text = solution(question, self._workspace.lesson)
        self._bookmark.marks.solved(question)
        self._bookmark.changed()
        return Reply("solution", text)

    def run(self, code: str, live: TextIO | None = None) -> Reply:
        """Ordinary Python with the lesson's variables; defining what an exercise asks for answers it.

        With `live`, what the code prints is written there as it comes, and is no part of the reply.
        """
        wanted = self.question.define if isinstance(self.question, Exercise) else ""
        if self.question and wanted and wanted in code:
            self._bookmark.drafts[self.question.id] = code
        else:
            self._last_code = code
        before = self._workspace.overlay.get(wanted, MISSING)
        outcome = self._workspace.run(code, live)
        defined = self._workspace.overlay.get(wanted, MISSING)
        if wanted and not (outcome.error or outcome.left) and defined is not before:
            return self.answer(defined)
        kind = "leave" if outcome.left else "error" if outcome.error else "output"
        return Reply(kind, "\n".join(filter(None, (outcome.output, outcome.error))), value=outcome.value)

    @property
    def draft(self) -> str:
        """What there is to edit: of an exercise the last attempt, or what it begins with; else the last code."""
        question = self.screen.question
        if isinstance(question, Exercise):
            return self._bookmark.drafts.get(question.id, question.starter)
        return self._last_code

    def drafting(self, name: str, code: str) -> bool:
        """Remember what is being written for the exercise of this name; whether that is news."""
        exercise = next((each for each in self.lesson.questions if each.id == name), None)
        if not isinstance(exercise, Exercise) or self._bookmark.drafts.get(name, exercise.starter) == code:
            return False
        self._bookmark.drafts[name] = code
        self._bookmark.changed()
        return True

    # Looking --------------------------------------------------------------------------------------------------------

    def show(self) -> Reply:
        """The present screen."""
        return Reply("page", page=page(self.lesson, self.screen, self._workspace.output, self._bookmark.marks.done))

    def item(self, part: Part) -> Item:
        """One part of this screen, or of one before it, as it stands now."""
        return item(part, self.lesson, self._workspace.output, self._bookmark.marks.done)

    def pic(self, name: str = "") -> Reply:
        """The picture with this id; without one the pictures of this screen, or the last ones before it."""
        if name:
            made = the_picture(self.lesson, name)
            return Reply("page", page=made) if made else Reply("note", f"There is no picture {quoted(name)}.")
        found = last_pictures(self.lesson, self._bookmark.at)
        return Reply("page", page=found) if found.items else Reply("note", "There is no picture yet.")

    def train(self, seed: int | None = None, watch: Watch | None = None) -> Reply:
        """Run the training of this screen, or the last one before it, from a seed of its own (or from this one).

        `watch` is told what is yielded as it is, and None at the end. Ctrl-C stops it; what there is then is shown.
        """
        trains = [part for screen in self.lesson.screens[: self._bookmark.at + 1] for part in screen.parts]
        block = next((part for part in reversed(trains) if isinstance(part, Train)), None)
        if block is None:
            return Reply("note", "Nothing has been trained yet.")
        begin = max(block.seeds) + 1 if seed is None else int(seed)
        names = after((*self.lesson.before(block), block)).names
        seen: list[Yielded] = []
        ended = ""
        tell = watch or Session.watching()
        try:
            for entry in names[block.define](begin):
                seen.append(entry)
                tell(entry)
        except KeyboardInterrupt:
            ended = f"Stopped after {len(seen)} steps."
        tell(None)
        return Reply("page", ended, alone(self.lesson, self.screen, Trained(block, {begin: collected(seen)})))

    def stored(self, function: Callable[[int], Any]) -> Training:
        """A training's function, defined anew in a notebook, with the runs that are stored of it."""
        trains = [part for part in self.lesson.parts if isinstance(part, Train)]
        return next(training(part, function) for part in trains if part.define == function.__name__)

    def list(self) -> Reply:
        """The steps of the lesson, and how their questions stand."""
        return Reply("list", listing(self.lesson, self._bookmark.at, self._bookmark.marks.done))

    def __repr__(self) -> str:
        return repr(self.show())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return self.show()._repr_mimebundle_(include, exclude)

    # Inside ---------------------------------------------------------------------------------------------------------

    def _go(self, at: int) -> Reply:
        self._bookmark.move(at)
        self._workspace.reach(self._bookmark.blocks_passed)
        return self.show()

    def _end(self) -> Reply:
        self._bookmark.finish()
        done = self._bookmark.marks.done
        stand = [done.get(question.id) in ("right", "solved") for question in self.lesson.asked]
        ended = "is done" if all(stand) else "is read to its end"
        shown = [f"`{experiment_command(name)}`" for name in self.lesson.experiments]
        more = f"\n\nAt full size: {', '.join(shown)}" if shown else ""
        said = f"**{self.lesson.title}** {ended}: {score(self.lesson, done)}.{more}"
        return Reply("end", said, following=self._following())

    def _marked(self, question: Question, reply: Reply) -> Reply:
        """Remember how the answer went; offer help after a few misses."""
        if reply.kind == "right":
            self._bookmark.marks.right(question)
            self._bookmark.changed()
        elif reply.kind == "wrong":
            time_to_help = self._bookmark.marks.missed(question)
            self._bookmark.changed()
            return reply.adding(":hint helps, :solve tells.") if time_to_help else reply
        return reply
