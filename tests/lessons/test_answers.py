"""Verdicts on answers of every kind: tables of what is right, what is refused, and in which words."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_tiny import Value, sigmoid
from autograd_tiny.learners.agreement import agrees
from lessons.format.lesson import Predict, Wrong
from lessons.judging.answers import judge, reads_as_answer
from lessons.judging.kinds import Verdict
from lessons.judging.numbers import APART, LARGE, ONES, TENS, in_figures, plainly, read_array
from lessons.session.commands import understand


def circuit() -> dict[str, Any]:
    """The lecture's example: z = w²(w − 3) at w = 5, and an array beside it."""
    w = Value(5.0, label="w")
    x, y = w**2, w - 3
    z = x * y
    x.label, y.label, z.label = "x", "y", "z"
    return {"w": w, "x": x, "y": y, "z": z, "p": sigmoid(w / 10), "W": Value([[1.0, 2.0], [3.0, 4.0]]), "rate": 0.5}


NAMES = circuit()
SLOPE = Predict(
    "slope",
    1,
    "dz/dw?",
    derivative_of="z",
    with_respect_to="w",
    why="20 + 25.",
    wrong=(Wrong("2*w", "x alone"), Wrong("x.data * 100", "made up")),
)
PATH = Predict("path", 1, "through x?", derivative_of="z", with_respect_to="w", through="x")
VALUE = Predict("value", 1, "p?", answer="p", wrong=(Wrong("w / 10", "before the sigmoid"),))
POWER = Predict("power", 1, "2**10?", answer="2**10")
MANY = Predict("many", 1, "86 · 1500?", accept="number", answer="86 * 1500", wrong=(Wrong("1500", "one letter"),))
FORMULA = Predict("formula", 1, "dz/dw?", derivative_of="z", with_respect_to="w", accept="expression")
NUMBER = Predict("number", 1, "dz/dw?", derivative_of="z", with_respect_to="w", accept="number")
SHAPE = Predict("shape", 1, "shape?", answer="W.shape", accept="shape", wrong=(Wrong("(4,)", "flat"),))
ARRAY = Predict("array", 1, "W?", answer="W", accept="array", wrong=(Wrong("W.T", "transposed"),))
PERCENT = Predict("percent", 1, "How many percent is p?", answer="100*p")
HALF = Predict("half", 1, "1/2?", answer="0.5")
MIXED = Predict("mixed", 1, "−5/2?", answer="-2.5")
SIGNS = Predict("signs", 1, "?", answer="[1, -2]", accept="array")
ROUNDED = Predict("rounded", 1, "?", answer="[0.061, -0.441, 0.002]", accept="array")
CHOICE = Predict(
    "choice",
    1,
    "?",
    answer="twice",
    accept="choice",
    choices=("once", "twice", "three times"),
    wrong=(Wrong("once", "no"),),
)

RIGHT = [
    (SLOPE, "45"),
    (SLOPE, "45.0"),
    (SLOPE, " 4.5e1 "),
    (SLOPE, "20 + 25"),
    (SLOPE, "3w^2 - 6w"),
    (SLOPE, "2w·y + x"),
    (SLOPE, "2*w*(w-3) + w²"),
    (SLOPE, "z*(2/w + 1/y)"),
    (SLOPE, "2w(w-3)+w²"),
    (SLOPE, "45.00001"),
    (SLOPE, "dz/dw = 45"),
    (SLOPE, "9√25"),
    (SLOPE, "√2025"),
    (SLOPE, "∂z/∂w = 3w² − 6w"),
    (VALUE, "0.62246"),
    (VALUE, "0.6224999"),
    (VALUE, "0.62250001"),
    (PATH, "20"),
    (PATH, "2w*y"),
    (PATH, "2*w*(w - 3)"),
    (VALUE, "0.62"),
    (VALUE, "0.622"),
    (VALUE, "0.6225"),
    (VALUE, "σ(0.5)"),
    (VALUE, "p"),
    (VALUE, "62%"),
    (VALUE, "62.2 %"),
    (PERCENT, "62%"),
    (PERCENT, "62.2"),
    (POWER, "1,024"),
    (ROUNDED, "[0.06, −0.44, 0]"),
    (FORMULA, "3w² − 6w"),
    (NUMBER, "9*w"),
    (NUMBER, "45"),
    (MANY, "129,000"),
    (MANY, "129,000.0"),
    *((MANY, text) for text in ("129 000", "129\u2009000", "129\u00a0000.0", "129'000", "129_000")),
    *((MANY, text) for text in ("129 thousand", "one hundred and twenty-nine thousand", "86 * 1\u2009500")),
    *((SLOPE, text) for text in ("forty-five", "Forty five", "20 + twenty-five", "plus forty-five", "ninety / two")),
    *((VALUE, text) for text in ("zero point six two", "point six two two", "sixty-two percent", "62 per cent")),
    *((HALF, text) for text in ("one half", "a half", "half", "½", "zero point five", "2 quarters", "one / two")),
    *(
        (MIXED, text)
        for text in (
            "minus two and a half",
            "-2½",
            "−2 ½",
            "negative five halves",
            "-five / 2",
            "minus 2.5",
            "negative 5/2",
        )
    ),
    (SHAPE, "two by two"),
    (SHAPE, "(2, 2)"),
    (SHAPE, "2x2"),
    (SHAPE, "2 × 2"),
    (SHAPE, "2 by 2"),
    (ARRAY, "[[1, 2], [3, 4]]"),
    (ARRAY, "1 2; 3 4"),
    (ARRAY, "[[1/1, 4/2], [1 + 2, 2*2]]"),
    (ARRAY, "[[one, two], [three, four]]"),
    (ARRAY, "[[2·½, 2], [w - 2, sqrt(16)]]"),
    (ARRAY, "3-2 3 - 1; 2+1 (1+1)**2"),
    (ARRAY, "np.array([[1, 2], [3, 4]])"),
    (SIGNS, "[1 -2]"),
    (SIGNS, "[3 - 2, -2]"),
    (SIGNS, "1 -2"),
    (CHOICE, "two"),
    *((CHOICE, text) for text in ("(2)", "2)", "2.", "option 2", "#2", "no. 2")),
    (CHOICE, "the second"),
    (ARRAY, "array([[1., 2.], [3., 4.]])"),
    (CHOICE, "twice"),
    (CHOICE, "2"),
    (CHOICE, "Twi"),
    (CHOICE, "TWICE."),
]

# Question, answer, reason of the refusal, and a part of what is said.
WRONG = [
    (VALUE, "50%", "listed", "before the sigmoid"),
    (VALUE, "5%", "unknown", "not 0.05"),
    (PERCENT, "0.62%", "unknown", "not 0.62"),
    (POWER, "1,023", "unknown", "not 1023"),
    (ROUNDED, "[0.1, −0.4, 0]", "unknown", "number 1 of 3"),
    (ROUNDED, "[0.06, −0.45, 0]", "unknown", "number 2 of 3"),
    (SLOPE, "10", "listed", "x alone"),
    (SLOPE, "2w", "listed", "x alone"),
    (SLOPE, "2500", "listed", "made up"),
    (MANY, "1,500", "listed", "one letter"),
    (MANY, "1,935,000", "unknown", "not"),
    (SLOPE, "20", "diagnosed", "through y"),
    (SLOPE, "25", "diagnosed", "through x"),
    (SLOPE, "-45", "diagnosed", "sign"),
    (SLOPE, "90", "diagnosed", "twice the gradient"),
    (SLOPE, "0", "diagnosed", "does not move"),
    (SLOPE, "2w*y", "diagnosed", "through y"),
    (SLOPE, "45.3", "near", "digit"),
    (SLOPE, "9w", "elsewhere", "only with these"),
    (SLOPE, "44", "unknown", "not 44"),
    (SLOPE, "w", "diagnosed", "the value of w itself"),
    (PATH, "45", "diagnosed", "all paths"),
    (PATH, "25", "diagnosed", "through y"),
    (PATH, "10", "diagnosed", "upstream"),
    (VALUE, "0.5", "listed", "before the sigmoid"),
    (VALUE, "0.6", "near", "digit"),
    (VALUE, "0.63", "near", "digit"),
    (VALUE, "1", "unknown", "not 1"),  # no rounding of 0.62
    (POWER, "1023", "unknown", "not 1023"),  # whole numbers are not rounded
    (POWER, "1023.9", "near", "digit"),
    (VALUE, "-0.62", "unknown", "sign"),
    (FORMULA, "45", "form", "a formula"),
    (FORMULA, "9", "form", "a formula"),
    (SHAPE, "4", "listed", "flat"),
    (SHAPE, "(2, 3)", "unknown", "another shape"),
    (SHAPE, "(2, 2.5)", "unknown", "shape"),
    (ARRAY, "[[1, 3], [2, 4]]", "listed", "transposed"),
    (ARRAY, "[1, 2, 3]", "unknown", "4 numbers; I read 3"),
    (ARRAY, "[1, 2, 3, 5]", "unknown", "number 4 of 4"),
    (CHOICE, "1", "listed", "no"),
    (CHOICE, "3", "unknown", "not it"),
]

UNREADABLE = [
    (VALUE, "1,860"),
    (SLOPE, ""),
    (SLOPE, "w//2"),
    (SLOPE, "w(w-3"),
    (SLOPE, "q"),
    (SLOPE, "45 or so"),
    (SLOPE, "log(-w)"),
    (SLOPE, "1/(w-5)"),
    (SLOPE, "9**9**9**9"),
    (SHAPE, "square"),
    (ARRAY, "four numbers"),
    (CHOICE, "4"),
    (CHOICE, "0"),
    (CHOICE, "t"),
    (CHOICE, "maybe"),
    (SLOPE, "W"),
    (SLOPE, "(" * 10_000),
]


@pytest.mark.parametrize(("question", "text"), RIGHT)
def test_right_in_every_spelling(question: Predict, text: str) -> None:
    assert judge(question, text, NAMES) == Verdict("right", question.why)


@pytest.mark.parametrize(("question", "text", "reason", "said"), WRONG)
def test_wrong_with_its_reason(question: Predict, text: str, reason: str, said: str) -> None:
    verdict = judge(question, text, NAMES)
    assert (verdict.kind, verdict.reason) == ("wrong", reason), verdict.message
    assert said in verdict.message


@pytest.mark.parametrize(("question", "text"), UNREADABLE, ids=lambda given: str(given)[:20])
def test_unreadable_is_no_attempt(question: Predict, text: str) -> None:
    verdict = judge(question, text, NAMES)
    assert verdict.kind == "unreadable"
    assert 0 < len(verdict.message) < 400


def test_names_are_listed_as_they_are_likely_meant() -> None:
    names = {"rate": 0.5, "inner": Value(1.0), "_": Value(2.0), "np": re, "flag": True} | circuit()
    assert judge(SLOPE, "banana", names).message.endswith("known: w, x, y, z, inner, p, rate")


def test_a_counterexample_can_be_verified_by_hand() -> None:
    verdict = judge(SLOPE, "w**2", NAMES)
    found = re.search(r"At w = (.+) yours gives (.+); right would be (.+)\.", verdict.message)
    assert found
    setting, yours, right = found.groups()
    w = float(setting)
    # Shown with four digits.
    assert float(yours) == pytest.approx(w**2, rel=1e-3)
    assert float(right) == pytest.approx(3 * w**2 - 6 * w, rel=1e-3)


def test_a_counterexample_names_what_the_right_formula_needs() -> None:
    u, v = Value(2.0, label="u"), Value(3.0, label="v")
    names = {"u": u, "v": v, "p": u * v}
    question = Predict("product", 1, "dp/du?", derivative_of="p", with_respect_to="u")
    assert re.match(
        r"Not quite. At u = \S+, v = (\S+) yours gives \S+; right would be \1\.", judge(question, "4u", names).message
    )


def test_the_same_answer_gets_the_same_words() -> None:
    assert judge(SLOPE, "w", circuit()) == judge(SLOPE, "w", circuit())


def test_judging_changes_nothing() -> None:
    names = circuit()
    judge(SLOPE, "20", names)
    assert not any(v.has_grad for v in names.values() if isinstance(v, Value))


@given(st.floats(-1e6, 1e6).filter(lambda x: abs(x) > 1e-6), st.integers(2, 12))
def test_a_number_rounded_to_two_digits_or_more_agrees(number: float, digits: int) -> None:
    text = f"{number:.{digits - 1}e}"
    # Two digits can be 5 % off (1.05 as 1.0 or 1.1): then it is asked for more of them.
    near = abs(float(text) - number) <= 0.019 * abs(number)
    assert agrees(text, float(text), number) or not near


def spoken(number: int) -> str:
    """A whole number in words."""
    for name, size in LARGE.items():
        if number >= size:
            rest = number % size
            return f"{spoken(number // size)} {name}" + (f" {'and ' * (rest < 100)}{spoken(rest)}" if rest else "")
    if number < 20:
        return ONES[number]
    return TENS[number // 10 - 2] + (f"-{ONES[number % 10]}" if number % 10 else "")


@given(st.integers(0, 99_999_999))
def test_whole_numbers_are_read_in_words_and_in_groups(number: int) -> None:
    assert in_figures(spoken(number)) == str(number)
    assert in_figures(f"minus {spoken(number)}") == f"-{number}"
    assert plainly(f"{number:,}".replace(",", " ")) == str(number)
    for between in APART:
        assert in_figures(f"2 * {number:,}".replace(",", between)) == f"2 * {number}"


@given(st.data(), st.lists(st.integers(1, 3), min_size=1, max_size=3))
def test_an_array_is_read_back_however_it_is_typed(data: st.DataObject, shape: list[int]) -> None:
    """As Python prints it, as NumPy does, and with arithmetic in the place of each number."""
    size = int(np.prod(shape))
    array = np.array(data.draw(st.lists(st.integers(-99, 99), min_size=size, max_size=size)), float).reshape(shape)
    sums = repr(np.vectorize(lambda x: f"{x - 7} + 7" if x > 0 else f"2*{x / 2}", otypes=[object])(array).tolist())
    for text in (str(array.tolist()), repr(array), str(array), sums.replace("'", "")):
        typed = read_array(text, {})
        assert typed.shape == array.shape, text
        assert [cell.number for cell in typed.cells] == array.ravel().tolist(), text


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_numbers_that_agree_are_near(number: float, other: float) -> None:
    if agrees(repr(number), number, other):
        assert abs(number - other) <= 0.02 * max(abs(number), abs(other)) + 1e-9


LOOKED_UP: Mapping[str, bool] = {
    "45": True,
    "2*w*y": True,
    "3w^2-6w": True,
    "w(w-3)": True,
    "w": False,
    "w.grad": False,
    "z.backward()": False,
    "q = 3": False,
    "print(w)": False,
    "import math": False,
    "-20": True,
    "help": False,
    "sigmoid(w)": True,
    "w(w-3": True,
    "2*w*(w-3": True,
    "w//2": False,
    "w(": True,
    "print(w": False,
    "f = (w": False,
    "0,5": True,
    "(3, 3)": True,
    "five": True,
    "2xy": True,
    "3W^2-6W": True,
    "50%": True,
    "it's 4": True,
    "for w in 3": False,
    "w := 3": False,
    "minus one": True,
    "28'600": True,
    "½": True,
    "None": False,
    "and": False,
}


@pytest.mark.parametrize(("line", "answers"), LOOKED_UP.items())
def test_at_an_open_question_a_formula_is_an_answer_and_a_lone_name_is_not(line: str, answers: bool) -> None:
    assert reads_as_answer(SLOPE, line, NAMES) == answers


@pytest.mark.parametrize(
    ("question", "line", "answers"),
    [
        (SHAPE, "(2, 2)", True),
        (SHAPE, "W.shape", False),
        (SHAPE, "2x2", True),
        (SHAPE, "()", True),
        (ARRAY, "[1, 2]", True),
        (ARRAY, "W", False),
        (ARRAY, "[1/2, 2*3]", True),
        (ARRAY, "[w, 2*w]", True),
        (ARRAY, "w", False),
        (ARRAY, "[v.data for v in (w, x)]", False),
        (ARRAY, "W.data * 2", False),
        *((CHOICE, text, True) for text in ("2", "(2)", "2)", "2.", "option 2", "#2")),
        (CHOICE, "twice", True),
        (CHOICE, "t", False),
        (CHOICE, "W", False),
    ],
)
def test_other_kinds_are_told_from_python_too(question: Predict, line: str, answers: bool) -> None:
    assert reads_as_answer(question, line, NAMES) == answers


@pytest.mark.parametrize(
    ("line", "kind", "text"),
    [
        ("dz/dw = 3w^2", "answer", "3w^2"),
        ("∂z/∂w=45", "answer", "45"),
        ("dz/dw == 45", "python", "dz/dw == 45"),
        ("w = 45", "python", "w = 45"),
        ("y = 3w^2", "answer", "3w^2"),
        ("y = (w", "python", "y = (w"),
        ("w += 45", "python", "w += 45"),
        ("if w = 45", "python", "if w = 45"),
        ("f(w) = 45", "answer", "45"),
        ("doubled", "answer", "doubled"),
        ("mine", "python", "mine"),
        ("w", "python", "w"),
        ("len", "python", "len"),
    ],
)
def test_what_can_only_be_meant_as_an_answer_is_one(line: str, kind: str, text: str) -> None:
    """No answer gets an error of Python's, and no Python becomes an answer."""
    meaning = understand(line, SLOPE, NAMES, ("mine",))
    assert (meaning.kind, meaning.text) == (kind, text)


def test_letters_without_a_sign_between_are_asked_about() -> None:
    assert judge(SLOPE, "2wy", NAMES).message.endswith("there is no wy here; w\\*y?")


def test_an_x_between_numbers_is_a_sign_where_it_is_no_name() -> None:
    assert plainly("36 x 16") == plainly("36x16") == "36*16"
    assert plainly("36x16", names=("x",)) == "36x16"
