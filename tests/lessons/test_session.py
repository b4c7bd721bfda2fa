"""A session is a state machine: laws that hold after any sequence of moves, and what each move says."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import lessons
from lessons.faces.text import reply_text
from lessons.format import document, library
from lessons.format.lesson import Exercise, Lesson, LessonError, Prose, Snapshot
from lessons.format.outline import places
from lessons.session.posing import checked
from lessons.session.reply import Reply
from lessons.session.session import Session

SMALL = document.read(Path(__file__).with_name("small.md"))
RIGHT = {
    "slope": "3w² − 6w",
    "path": "20",
    "larger": "2",
    "shape": "(3, 2)",
    "element": "-1",
    "whole": "1 -1; 1 -1; 1 -1",
}
SOLUTION = "def slope(w):\n    return 3 * w**2 - 6 * w\n"


def right_answer(session: Session) -> str:
    question = session.screen.question
    assert question
    return SOLUTION if isinstance(question, Exercise) else RIGHT[question.id]


class Learner(RuleBasedStateMachine):
    """Someone who types anything at any time."""

    @initialize()
    def begin(self) -> None:
        self.kept: list[Snapshot] = []
        self.session = Session(SMALL, keep=self.kept.append)

    @rule()
    def next(self) -> None:
        at, open_question = self.session.snapshot.at, self.session.question
        reply = self.session.next()
        assert (self.session.snapshot.at == at) == (bool(open_question) or reply.kind == "end")

    @rule()
    def back(self) -> None:
        at = self.session.snapshot.at
        self.session.back()
        assert self.session.snapshot.at == max(at - 1, 0)

    @rule(step=st.integers(-2, 13))
    def goto(self, step: int) -> None:
        reply = self.session.goto(step)
        assert (reply.kind == "page") == (0 <= step <= 10)
        if reply.page:
            assert reply.page.step == step
            assert not reply.page.continued

    @rule(name=st.sampled_from(["slope", "the circuit", "code", "array", "the-number"]))
    def goto_by_name(self, name: str) -> None:
        assert self.session.goto(name).kind == "page"

    @rule()
    def answer_rightly(self) -> None:
        if self.session.screen.question:
            assert self.session.answer(right_answer(self.session)).kind == "right"
            assert self.session.question is None

    @rule(text=st.sampled_from(["44", "w(", "", "x.data", "slope", "-", "[9]", "1/0"]))
    def answer_wrongly(self, text: str) -> None:
        before = self.session.question
        assert self.session.answer(text).kind in ("wrong", "unreadable", "note")
        assert self.session.question is before

    @rule()
    def hint(self) -> None:
        assert self.session.hint().kind in ("hint", "note")

    @rule()
    def solve(self) -> None:
        self.session.solve()
        assert self.session.question is None

    @rule()
    def skip(self) -> None:
        self.session.skip()

    @rule()
    def again(self) -> None:
        self.session.again()
        assert bool(self.session.question) == bool(self.session.screen.question)

    @rule(everything=st.booleans())
    def reset(self, everything: bool) -> None:
        self.session.reset(everything)
        if everything:
            assert self.session.snapshot == Snapshot()

    @rule(
        code=st.sampled_from(
            [
                "w = 3",
                "w.data = 7.0",
                "z.backward()",
                "del w",
                "import math",
                "1/0",
                "def f(:",
                "Value = None",
                "own = 4",
                SOLUTION,
            ]
        )
    )
    def play(self, code: str) -> None:
        assert self.session.run(code).kind in ("output", "error", "right", "wrong")

    @invariant()
    def the_lesson_is_unharmed(self) -> None:
        """Whatever was typed, the lesson's own names are what its blocks make."""
        if not hasattr(self, "session"):
            return
        names = self.session.lesson_names
        if "w" in names:
            assert names["w"].data == 5.0
        if "z" in names:
            assert names["w"].grad == (45.0 if self.session.snapshot.at > 3 else 0.0)

    @invariant()
    def what_is_kept_leads_back_here(self) -> None:
        if hasattr(self, "session") and self.kept:
            again = Session(SMALL, self.session.snapshot)
            assert again.screen == self.session.screen
            assert again.question == self.session.question


TestLearner = Learner.TestCase
TestLearner.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)


def test_from_the_first_screen_to_the_end(session: Session) -> None:
    seen = [session.screen.step.number]
    reply = session.show()
    while reply.kind != "end":
        if session.question:
            assert session.answer(right_answer(session)).kind == "right"
        reply = session.next()
        seen.append(session.screen.step.number)
    assert list(dict.fromkeys(seen)) == list(range(11))
    assert "7 answered of 7 questions" in reply.text
    assert session.snapshot.finished


def test_what_follows_a_question_is_hidden_until_it_is_answered(session: Session) -> None:
    assert "The engine agrees" not in repr(session.goto("slope"))
    assert session.next().kind == "note"
    session.answer("45")
    assert "The engine agrees" in repr(session.next())


def test_pages_show_what_ran_just_now(session: Session) -> None:
    assert ">>> w.data\n5.0" in repr(session.goto(1))
    assert "z = x·y" in repr(session.goto(2))
    assert session.goto(2).page
    assert not session.goto(1).page.pictures  # type: ignore[union-attr]


def test_ones_own_names_stay_and_the_lessons_come_back(session: Session) -> None:
    session.goto(1)
    session.run("own = w.data + 1\nw = 'mine'")
    assert session.run("w").text == "'mine'"
    session.next()
    assert session.run("own, w.data").text == "(6.0, 5.0)"
    session.reset()
    assert "NameError" in session.run("own").text


def test_functions_of_ones_own_see_the_lessons_names_as_they_move_on(session: Session) -> None:
    session.goto(1)
    session.run("def double():\n    return 2 * w.data\n")
    session.goto(4)
    assert session.run("double()").text == "10.0"


def test_tracebacks_are_short_and_without_our_frames(session: Session) -> None:
    session.goto(2)
    assert session.run("1/0").text == "ZeroDivisionError: division by zero"
    told = session.run("def f(a):\n    return g(a)\n\ndef g(a):\n    return a / 0\n\nf(1)").text
    assert told.splitlines() == [
        "line 7: f(1)",
        "line 2: return g(a)",
        "line 5: return a / 0",
        "ZeroDivisionError: division by zero",
    ]
    assert "invalid syntax" in session.run("w = = 3").text
    assert "stopped" not in session.run("raise ValueError('own')").text


def test_leaving_and_interrupting_stay_inside(session: Session) -> None:
    assert session.run("print('so'); exit()") == Reply("leave", "so")
    assert session.run("raise KeyboardInterrupt").text == "stopped"


@pytest.mark.parametrize("given", [SOLUTION, lambda w: 3 * w**2 - 6 * w])
def test_an_exercise_takes_code_or_the_function_itself(session: Session, given: Any) -> None:
    session.goto("code")
    assert session.answer(given).kind == "right"
    assert session.question is None


def test_an_exercise_is_checked_as_soon_as_its_name_is_defined(session: Session) -> None:
    session.goto("code")
    assert session.run("helper = 3").kind == "output"
    assert session.run("def slope(w): return 1").text == "not at 5.0"
    told = session.run("def slope(w):\n    return 1/0").text
    assert "line 2: return 1/0\nZeroDivisionError: division by zero" in told, "the learner's line, not the check's"
    assert session.run(SOLUTION).text == "Right. Both paths are in it."
    assert session.run("def slope(w): return 1").kind == "output"  # the question is closed


@pytest.mark.parametrize(
    ("code", "said"), [("def slope(w:", "SyntaxError"), ("x = 3", "defines no slope"), ("1/0", "ZeroDivision")]
)
def test_code_that_defines_nothing_is_no_attempt(session: Session, code: str, said: str) -> None:
    session.goto("code")
    reply = session.answer(code)
    assert reply.kind == "unreadable"
    assert said in reply.text


def test_hints_come_one_by_one(session: Session) -> None:
    session.goto("slope")
    assert [session.hint().text for _ in range(3)] == [
        "Two paths. (1 more)",
        "They add.",
        "There are no more hints. :solve shows the answer.",
    ]


def test_the_solution_is_the_engines(session: Session) -> None:
    session.goto("slope")
    # No answer is written in the lesson for it: the formula is the engine's, and so is the number.
    assert "= 45. 20 + 25." in session.solve().text
    assert session.snapshot.done == {"slope": "solved"}
    session.answer("45")
    assert session.snapshot.done == {"slope": "solved"}
    session.again()
    session.answer("45")
    assert session.snapshot.done == {"slope": "right"}


def test_help_is_offered_after_a_few_misses(session: Session) -> None:
    session.goto("slope")
    assert [":solve" in session.answer("44").text for _ in range(6)] == [False, False, True] * 2


def test_the_lines_of_an_assertion_stay_lines(session: Session) -> None:
    session.goto("code")
    check = 'assert False, "Not yet.\\nw    5.0\\n\\nb    1.0"'
    question = replace(session.question, check=check)  # type: ignore[type-var]
    said = checked(question, None, {}).adding(":hint helps, :solve tells.")
    assert reply_text(said) == "✗ Not yet.\n\n    w    5.0\n\n    b    1.0\n\n:hint helps, :solve tells."
    assert Reply("wrong", "No.").adding("Why?").text == "No. Why?"


def test_numbers_and_values_are_answers_in_python(session: Session) -> None:
    session.goto("slope")
    assert session.answer(45).kind == "right"
    session.goto("element")
    assert session.answer(-1.0).kind == "right"
    session.goto("whole")
    assert session.answer(session.names["W"] * 0 + [1.0, -1.0]).kind == "right"


def test_replies_show_themselves_in_every_front_end(session: Session) -> None:
    bundle = session.goto(2)._repr_mimebundle_()
    assert "data:image/svg+xml;base64," in bundle["text/html"]
    assert 'aria-label="w splits' in bundle["text/html"]
    assert "z = x·y" in bundle["text/plain"]
    session.goto("slope")
    assert "lesson.hint()" in repr(session.next())
    assert "<script" not in session.answer("<script>alert(1)</script>")._repr_html_()
    assert "▸  3  The derivative   ?" in repr(session.list())


def test_starting_by_name_resumes(shelf: Path, home: Path) -> None:
    first = lessons.start("small")
    first.goto(4)
    assert lessons.start("small").screen.step.number == 4
    assert lessons.start("small", resume=False).screen.step.number == 0
    with pytest.raises(LessonError, match="did you mean small"):
        lessons.start("smal")


def test_a_snapshot_of_an_older_lesson_does_no_harm(small: Lesson) -> None:
    session = Session(small, Snapshot(at=999, done={"gone": "right"}))
    assert session.snapshot.at == len(small.screens) - 1
    assert not session.snapshot.done


def test_an_id_leads_to_its_block_whatever_headings_read_the_same() -> None:
    """In every lesson, and where a heading before it is its very word."""
    clash = replace(SMALL, steps=tuple(replace(s, title="Slope" if s.number == 1 else s.title) for s in SMALL.steps))
    for lesson in (clash, *(library.load(entry.id) for entry in library.entries())):
        known = places(lesson)
        for at, screen in enumerate(lesson.screens):
            assert all(known[part.id] == at for part in screen.parts if not isinstance(part, Prose)), lesson.id
