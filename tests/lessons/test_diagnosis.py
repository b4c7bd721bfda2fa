"""What is said of a wrong number is true of it, in words that the lesson has introduced: at every question."""

import ast
import math
import random
import re
from collections.abc import Iterator
from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from autograd_tiny.graphs.replay import recorded
from autograd_tiny.learners.agreement import agrees
from autograd_tiny.learners.case import Mistake, Target
from autograd_tiny.learners.mistakes import pairs
from lessons.format import document, library
from lessons.format.lesson import Lesson, Predict
from lessons.format.quoting import unquoted
from lessons.judging.answers import judge
from lessons.judging.diagnosis import candidates
from lessons.judging.formulas import broken, polynomial
from lessons.judging.kinds import Verdict
from lessons.judging.right import Names, lesson_point, right, scalar_values, target
from lessons.session.pages import names_before
from lessons.session.posing import checked, defined
from lessons.session.vocabulary import Vocabulary

LESSONS = [document.read(path) for path in library.paths()]
QUESTIONS = [
    (lesson, question)
    for lesson in LESSONS
    for question in lesson.questions
    if isinstance(question, Predict) and question.accept in ("any", "number", "expression")
]
ASKED = [pytest.param(lesson, question, id=f"{lesson.id}-{question.id}") for lesson, question in QUESTIONS]
# Words of the trade in the sentences about mistakes.
WORDS = ["zero_grad", "path", "upstream", "local derivative", "swaps", "+=", "gate", "fan-out", "seed", "chain rule"]


def said(lesson: Lesson, question: Predict, names: Names, typed: str) -> Verdict:
    verdict = judge(question, typed, names, Vocabulary(lesson, question).allows)
    return Verdict(verdict.kind, unquoted(verdict.message), verdict.reason)


def answers(question: Predict, names: Names, wanted: float) -> Iterator[str]:
    """What learners type: the right number in disguise, some of the numbers that stand somewhere, and any others."""
    chance = random.Random(question.id)
    disguised = [-wanted, 2 * wanted, wanted / 2, 1 / wanted if wanted else 1.0, wanted + 1, wanted**2, 0.0, 1.0, -1.0]
    values = [value.data for value in scalar_values(names).values()]
    standing = [made for x in values for made in (x, -x, 2 * x, x + wanted, x * wanted)]
    for number in [*disguised, *chance.sample(standing, min(len(standing), 10))]:
        yield f"{number:.{chance.choice((2, 4))}g}"
    yield from (repr(round(chance.uniform(-60, 60), digits)) for digits in (0, 1, 2) for _ in range(2))
    yield from (f"{chance.gauss(0, abs(wanted) or 1):.{digits}g}" for digits in (1, 2, 3) for _ in range(2))


@pytest.mark.share(15)
@pytest.mark.parametrize(("lesson", "question"), ASKED)
def test_what_is_said_is_true_and_its_words_are_known(lesson: Lesson, question: Predict) -> None:
    names = names_before(lesson, question)
    wanted = right(question, names).value
    read = _read_before(lesson, question)
    asked = target(question, names)
    values = [v.data for v in scalar_values(names).values()]
    known = _known(question, names)
    for typed in answers(question, names, wanted):
        verdict = said(lesson, question, names, typed)
        if verdict.reason != "diagnosed":
            continue
        assert not [word for word in WORDS if word in verdict.message and word not in read], verdict.message
        given = float(typed)
        fitting = [m for m in known if m.sentence in verdict.message]
        assert any(math.isclose(given, m.number, rel_tol=0.005, abs_tol=1e-9) for m in fitting), verdict.message
        if "This is twice" in verdict.message:
            assert agrees(typed, given, 2 * wanted)
            assert not any(math.isclose(2 * wanted, value, rel_tol=1e-9) for value in values), verdict.message
        if "size is right" in verdict.message:
            assert agrees(typed, given, -wanted)
        if asked and "sign was lost" in verdict.message and agrees(typed, given, -wanted):
            assert _negative_gates(asked) == 1, verdict.message


def _known(question: Predict, names: Names) -> list[Mistake]:
    """Every mistake that could be named, each with the number that it gives here."""
    here, asked = lesson_point(names), target(question, names)
    found = [each for (each,) in candidates(question, names, [here])]
    found += pairs(asked, here.numbers) if asked else []
    return [replace(each, sentence=unquoted(each.sentence)) for each in found if not np.ndim(each.number)]


def _negative_gates(asked: Target) -> int:
    """How many local derivatives on the way are below 0."""
    done = asked.passed(recorded(asked.output))
    return sum(done.along[wire] * done.gradients[wire[0]] < 0 for wire in asked.wires() if wire in done.along)


def _read_before(lesson: Lesson, question: Predict) -> str:
    """The file up to the question and with it, and the files of the lessons that come before."""
    lines = lesson.text.splitlines()
    end = next(i for i in range(question.line, len(lines)) if lines[i].startswith("```"))
    before = [each.text for each in LESSONS if each.id in _needed(lesson)]
    return "\n".join([*before, *lines[:end]])


def _needed(lesson: Lesson) -> set[str]:
    own = {each.id: each for each in LESSONS}
    return {name for need in lesson.needs for name in (need, *_needed(own[need]))}


@pytest.mark.parametrize(
    ("name", "place", "typed", "unsaid"),
    [
        ("shared-parameters", "through-bracket", "50", "twice"),  # the value of z
        ("shared-parameters", "count-paths", "2048", "gradient"),  # a question about paths
        ("shared-parameters", "count-paths", "0", "gradient"),
        ("gates", "times-local", "8", "zero_grad"),  # taught six steps later
        ("gates", "to-the-input", "0.356", "negated"),  # two gates and a weight are negative here
        ("gates", "times-local", "0", "path"),
        ("class-example", "v-two", "0.13", "missing"),  # two digits are a coincidence
    ],
)
def test_what_was_said_falsely_is_said_no_more(name: str, place: str, typed: str, unsaid: str) -> None:
    lesson = library.load(name)
    question = next(q for q in lesson.questions if q.id == place)
    assert isinstance(question, Predict)
    verdict = said(lesson, question, names_before(lesson, question), typed)
    assert verdict.kind == "wrong"
    assert unsaid not in verdict.message


@pytest.mark.parametrize(
    ("name", "place", "typed", "told"),
    [
        ("shared-parameters", "through-square", "25", "That comes through y"),
        ("shared-parameters", "through-square", "45", "whole sum over all paths"),
        ("shared-parameters", "by-hand", "3w^2", "there is a term -6*w, too"),
        ("shared-parameters", "by-hand", "6w", "The term 3*w**2 is missing"),
        ("class-example", "loss-gate", "1.374", "twice"),
        ("gates", "plus-distributes", "-4", "The size is right"),
    ],
)
def test_mistakes_that_are_sure_are_still_named(name: str, place: str, typed: str, told: str) -> None:
    lesson = library.load(name)
    question = next(q for q in lesson.questions if q.id == place)
    assert isinstance(question, Predict)
    assert told in said(lesson, question, names_before(lesson, question), typed).message


@given(
    st.lists(
        st.lists(st.sampled_from("a b 1 2 (a-b) (a+3) a**2".split()), min_size=1, max_size=3), min_size=2, max_size=4
    )
)
def test_multiplied_out_a_formula_keeps_its_value(products: list[list[str]]) -> None:
    formula = " - ".join("*".join(factors) for factors in products)
    at = {"a": 1.25, "b": -0.75}
    terms = polynomial(ast.parse(formula, mode="eval").body)
    assert terms is not None
    total = sum(factor * math.prod(at[name] ** n for name, n in powers) for powers, factor in terms.items())
    assert math.isclose(total, eval(formula, dict(at)), abs_tol=1e-9)
    for each in broken(formula):
        if "Multiplied out" in each.sentence:  # then it is another number
            assert not math.isclose(eval(each.text, dict(at)), total, abs_tol=1e-9), each


def test_a_derivative_is_asked_for_in_words() -> None:
    for lesson in LESSONS:
        for question in lesson.questions:
            if isinstance(question, Predict) and question.derivative_of:
                assert re.search(
                    r"partial|d\w+/d|derivative|gradient|arrives|comes|receives|reaches|send|slope|d.text|∂|\\delta",
                    question.ask,
                ), question.ask


UPDATES = [
    ("w.data -= eta * w.grad", "right", ""),
    ("w.data = w.data - eta * w.grad; w.grad = 0.0", "right", ""),  # who clears the gradients as well is not wrong
    ("w.data -= eta * w.grad; w.zero_grad()", "right", ""),
    ("w.data += eta * w.grad", "wrong", "uphill"),
    ("w.data -= 0.5 * w.grad", "wrong", "with eta = 0.1"),
    ("w.data -= w.grad", "wrong", "with eta = 0.5"),
    ("w.data -= eta", "wrong", "with eta = 0.5"),
    ("w.grad -= eta * w.data", "wrong", "no parameter has moved"),
    ("pass", "wrong", "no parameter has moved"),
]


@pytest.mark.parametrize(("line", "kind", "told"), UPDATES)
def test_an_update_is_judged_by_where_it_leads(line: str, kind: str, told: str) -> None:
    lesson = library.load("class-example")
    exercise = next(q for q in lesson.questions if q.id == "update")
    names = names_before(lesson, exercise)
    made, problem = defined(
        f"def update(parameters, eta):\n    for w in parameters:\n        {line}\n", "update", names
    )
    reply = checked(exercise, made, names_before(lesson, exercise))  # type: ignore[arg-type]
    assert (problem, reply.kind) == ("", kind), reply.text
    assert told in reply.text
