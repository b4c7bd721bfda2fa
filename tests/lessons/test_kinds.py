"""Answers that are no single number, and what a tolerance lets pass."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_tiny import Value, tanh
from autograd_tiny.learners.agreement import accepts
from lessons.format.lesson import Predict, Wrong
from lessons.judging.answers import judge, reads_as_answer
from lessons.judging.numbers import read_array

CHOICES = ("the state", "the input", "the bias", "the output")
SEVERAL = Predict(
    "several", 1, "Which?", accept="choices", choices=CHOICES, answers=CHOICES[:2],
    wrong=(Wrong("", "the bias stays", CHOICES[:3]),),
)  # fmt: skip
ORDER = Predict(
    "order", 1, "In which order?", accept="order", choices=CHOICES[:3], answers=(CHOICES[1], CHOICES[2], CHOICES[0]),
    wrong=(Wrong("", "forward", CHOICES[:3]),),
)  # fmt: skip
SIZES = Predict(
    "sizes", 1, "In order?", accept="order", choices=("1 × 2", "A", "x and y"), answers=("A", "x and y", "1 × 2")
)
LETTER = Predict("letter", 1, "Which letter?", accept="choice", choices=("h", "s", "el"), answer="h")
LETTERS = Predict("letters", 1, "Which?", accept="order", choices=("w", "x", "y"), answers=("y", "x", "w"))
PRODUCTS = Predict(
    "products", 1, "Which?", accept="choices", choices=("x · y", "x · x", "U @ δ"), answers=("x · x", "U @ δ")
)
BIASES = Predict(
    "biases", 1, "Which?", accept="choices", choices=("RNN", "LSTM, bias 1", "LSTM, bias 4"), answers=("LSTM, bias 1",)
)
POOLS = Predict(
    "pools", 1, "?", accept="order", choices=("1 × 2", "2 × 2", "1 × 1"), answers=("1 × 1", "1 × 2", "2 × 2")
)
STEPS = Predict("steps", 1, "Which?", accept="choice", choices=("1e-1", "1e-5", "1e-8"), answer="1e-5")
KERNELS = Predict(
    "kernels", 1, "?", accept="choice", choices=("[[0.5, -0.5], [0.5, -0.5]]", "[[1, 0], [0, 1]]"),
    answer="[[0.5, -0.5], [0.5, -0.5]]",
)  # fmt: skip
SIZED = Predict("sized", 1, "?", accept="shape", answer="W.shape")
NUMBERED = Predict(
    "numbered", 1, "Which?", accept="choices", choices=("slope 0", "slope 1", "slope 2"), answers=("slope 0", "slope 1")
)
WORDS = Predict(
    "words", 1, "Which?", accept="choice", choices=("no, never", "x and −x", "at 0.5", "x and 0"), answer="no, never"
)
STEP = Predict("step", 1, "When?", accept="step", answer="s.index(max(s))", wrong=(Wrong("0", "the first"),))
W = Value([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], "W")
ARRAY = Predict("array", 1, "dL/dW?", accept="array", answer="2 * W.data", wrong=(Wrong("W.data", "no 2"),))
WHOLE = Predict("whole", 1, "Which?", accept="array", answer="[1, 2]", wrong=(Wrong("[2, 1]", "reversed"),))
HALVES = Predict("halves", 1, "dL/dv?", accept="array", answer="[0.1154, 0.2513]", wrong=(Wrong("[1, 2]", "no"),))
VALUES = Predict("values", 1, "dL/dv?", accept="array", answer="[2 * v, v]", wrong=(Wrong("[v, v]", "no 2"),))
WITHIN = Predict("within", 1, "Read it off.", answer="0.3141", within=0.02, wrong=(Wrong("0.5", "half"),))
NAMES = {"s": [1.0, 5.0, 2.0, 4.0], "W": W, "v": Value(3.0, "v")}

VERDICTS = [
    (SEVERAL, "1 2", "right", ""),
    (SEVERAL, "2, 1", "right", ""),
    (SEVERAL, "[1, 2]", "right", ""),
    (SEVERAL, "1 and 2", "right", ""),
    (SEVERAL, "12", "right", ""),
    (SEVERAL, "one, two", "right", ""),
    (SEVERAL, "(1), (2)", "right", ""),
    (SEVERAL, "all", "wrong", "two of your 4 do not belong"),
    (SEVERAL, "the input, the state", "right", ""),
    (SEVERAL, "['the state', 'the input']", "right", ""),
    (SEVERAL, "1", "wrong", "and one more"),
    (SEVERAL, "1 2 3", "wrong", "the bias stays"),
    (SEVERAL, "1 2 4", "wrong", "one of your 3 does not belong"),
    (SEVERAL, "4", "wrong", "not one of them"),
    (SEVERAL, "3 4", "wrong", "none of these"),
    (SEVERAL, "5", "unreadable", "1 to 4"),
    (SEVERAL, "the", "unreadable", "1 to 4"),
    (SEVERAL, "the state the input", "right", ""),
    *((BIASES, text, "right", "") for text in ("LSTM, bias 1", "bias 1", "2", "'LSTM, bias 1'")),
    *((BIASES, text, "wrong", "") for text in ("LSTM, bias 1, LSTM, bias 4", "bias 1 and bias 4", "RNN")),
    *(
        (POOLS, text, "right", "")
        for text in ("1x1 1x2 2x2", "1x1, 1 x 2, 2×2", "1 × 1 then 1 × 2 then 2 × 2", "3 1 2")
    ),
    *((STEPS, text, "right", "") for text in ("1e-5", "1e-05", "0.00001", "1E−5", "2")),
    *((STEPS, text, "wrong", "") for text in (".1", "0.1")),
    *((KERNELS, text, "right", "") for text in ("[[0.5,-0.5],[0.5,-0.5]]", "[[0.5, −0.5], [0.5, −0.5]]", "the first")),
    *((LETTERS, text, "right", "") for text in ("y x w", "Y X W", "yxw", "y, x, w", "3 2 1")),
    (LETTERS, "w x y", "wrong", "another one comes first"),
    (LETTERS, "y x", "unreadable", "all 3"),
    (LETTERS, "y x z", "unreadable", "all 3"),
    *((PRODUCTS, text, "right", "") for text in ("x*x, U@δ", "x·x and U @ δ", "x × x; u@δ")),
    (PRODUCTS, "x*y", "wrong", "not one of them"),
    (NUMBERED, "slope 0, slope 1", "right", ""),
    *((WORDS, text, "right", "") for text in ("never", "no", "No, never.", "1")),
    *((WORDS, text, "wrong", "") for text in ("x and -x", "0.5", "at 0.5")),
    *((WORDS, text, "unreadable", "") for text in ("x", "nev", "ever", "and", "0", ".")),
    (WHOLE, "[1, 2]", "right", ""),
    (WHOLE, "[2.0, 1.0]", "wrong", "reversed"),
    (WHOLE, "[2.5, 1]", "wrong", ""),
    (ORDER, "2 3 1", "right", ""),
    (ORDER, "231", "right", ""),
    (ORDER, "2 > 3 > 1", "right", ""),
    (ORDER, "the input, the bias, the state", "right", ""),
    (SIZES, "A, x and y, 1 × 2", "right", ""),
    (SIZES, "2 3 1", "right", ""),
    (ORDER, "1 2 3", "wrong", "forward"),
    (ORDER, "2 1 3", "wrong", "first one is right"),
    (ORDER, "3 2 1", "wrong", "another one comes first"),
    (ORDER, "2 3", "unreadable", "all 3"),
    (ORDER, "2 2 1", "unreadable", "all 3"),
    *((STEP, text, "right", "") for text in ("1", "t=1", "t = 1", "step 1", "t1", "s[1]", "s_1", "t=+1")),
    (STEP, "0", "wrong", "the first"),
    (STEP, "t=2", "wrong", "not 2"),
    (STEP, "1.0", "unreadable", "t=3"),
    (STEP, "first", "unreadable", "t=3"),
    *((ARRAY, text, "right", "") for text in ("[[2,4],[6,8],[10,12]]", "2 4; 6 8; 10 12", "[2 4] [6 8] [10 12]")),
    (ARRAY, "array([[ 2.,  4.],\n [ 6.,  8.], [10., 12.]])", "right", ""),
    (ARRAY, "[2, 4, 6, 8, 10, 12]", "wrong", "shape (3, 2); yours has (6,)"),
    (ARRAY, "[[2, 4, 6], [8, 10, 12]]", "wrong", "transpose"),
    (ARRAY, "[[1,2],[3,4],[5,6]]", "wrong", "no 2"),
    (ARRAY, "[[2,4],[6,8],[10,13]]", "wrong", "number 6"),
    (HALVES, "[0.1, 0.25]", "wrong", "Near, but not it yet"),
    (HALVES, "[0.1, 0.35]", "wrong", "number 1"),
    (VALUES, "[6, 3]", "right", ""),
    (VALUES, "[3, 3]", "wrong", "no 2"),
    (WITHIN, "0.3", "right", ""),
    (WITHIN, "0.33", "right", ""),
    (WITHIN, "0.35", "wrong", ""),
    (WITHIN, "0.5", "wrong", "half"),
]


@pytest.mark.parametrize(("question", "text", "kind", "said"), VERDICTS)
def test_verdicts(question: Predict, text: str, kind: str, said: str) -> None:
    verdict = judge(question, text, NAMES)
    assert verdict.kind == kind, verdict
    assert said in verdict.message


@pytest.mark.parametrize("kind", ["choices", "order"])
@given(data=st.data(), count=st.integers(2, 5))
def test_how_an_answer_is_typed_is_not_shown_with_the_right_one(kind: str, data: st.DataObject, count: int) -> None:
    choices = ("one", "two", "three", "four", "five")[:count]
    whole = data.draw(st.permutations(choices))
    right = whole if kind == "order" else whole[: data.draw(st.integers(1, count - 1))]
    question = Predict("q", 1, "Which?", accept=kind, choices=choices, answers=tuple(right))
    example = judge(question, "?", {}).message.rpartition("  ")[2]
    assert judge(question, example, {}).kind in ("wrong", "unknown"), example


@pytest.mark.parametrize(
    ("question", "line", "answers"),
    [
        (SEVERAL, "1 3", True),
        (SEVERAL, "the input", True),
        (SEVERAL, "all", True),
        *((SIZED, text, True) for text in ("4x4", "4 by 4", "(4, 4)", "four by four")),
        *((KERNELS, text, True) for text in ("[[1,0],[0,1]]", "'[[1, 0], [0, 1]]'")),
        (KERNELS, "[[1, 2], [3, 4]]", False),
        *((STEP, text, True) for text in ("step 7", "t = 7", "after 7")),
        (STEPS, "0.00001", True),
        (SEVERAL, "only the state", True),  # no Python: it is asked for a choice
        (WORDS, "−0.5", True),
        (WORDS, "0.5", True),
        (SEVERAL, "s", False),
        (SEVERAL, "print(1)", False),
        (LETTER, "h", True),
        (LETTER, "el", True),
        (LETTER, "s", False),  # a name of the lesson is looked up
        (LETTER, "e", False),
        (ORDER, "3 1 2", True),
        (STEP, "2", True),
        (STEP, "t=2", True),
        (STEP, "s", False),
        (STEP, "s[2]", False),
        (STEP, "len(s)", False),
    ],
)
def test_what_is_an_answer_without_a_sign(question: Predict, line: str, answers: bool) -> None:
    assert reads_as_answer(question, line, NAMES) == answers


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("5", ()),
        ("[5]", (1,)),
        ("1 2 3", (3,)),
        ("[[1], [2]]", (2, 1)),
        ("1; 2", (2, 1)),
        ("((1, 2), (3, 4))", (2, 2)),
        ("[[1, 2], [3]]", None),
        ("[[[1, 2]], [[3, 4]]]", (2, 1, 2)),
    ],
)
def test_shapes_as_they_are_typed(text: str, shape: tuple[int, ...] | None) -> None:
    assert read_array(text, {}).shape == shape


@given(
    st.floats(-1e4, 1e4).filter(lambda x: abs(x) > 1e-4 and not x.is_integer()), st.integers(2, 8), st.integers(3, 12)
)
def test_more_digits_are_never_worse(wanted: float, few: int, many: int) -> None:
    """Where a rounded number is accepted, so is every longer one that is at least as near."""
    rounded = f"{wanted:.{few - 1}e}"
    if not accepts(rounded, float(rounded), wanted):
        return
    nearer = f"{wanted + 0.99 * (float(rounded) - wanted):.{few + many}e}"
    assert accepts(nearer, float(nearer), wanted)


def test_a_number_worked_out_with_rounded_ones_is_not_refused_for_its_digits() -> None:
    assert accepts("-0.19", -0.19, -0.18901)
    assert accepts("-0.18888", -0.18888, -0.18901)
    assert not accepts("-0.1999", -0.1999, -0.18901)
    assert not accepts("44.6", 44.6, 45.0)


def test_elements_of_lists_and_arrays_are_names() -> None:
    w = Value(1.4, "w")
    s = [Value(0.5, "s0")]
    for _ in range(3):
        s.append(tanh(w * s[-1]))
    names = {"w": w, "s": s, "x": Value([1.0, 2.0], "x"), "states": dict(enumerate(s))}
    question = Predict("element", 1, "?", derivative_of="s[3]", with_respect_to="s[2]")
    assert judge(question, "(1 - s[3]**2)*w", names).kind == "right"
    assert judge(question, "w(1 - s[3]^2)", names).kind == "right"
    assert judge(question, "(1 - states[3]²)·w", names).kind == "right"
    wrong = judge(question, "(1 - s[2]**2)*w", names)
    assert wrong.kind == "wrong"
    assert "s\\[2\\] = " in wrong.message
    assert (
        judge(Predict("product", 1, "?", answer="x[0] * x[1]"), "x[1]x[0]*1" if False else "x[1]*x[0]", names).kind
        == "right"
    )


def test_a_raised_digit_is_no_number_of_a_choice() -> None:
    for question in (SEVERAL, ORDER, LETTER, STEP):
        assert judge(question, "²", NAMES).kind == "unreadable"
