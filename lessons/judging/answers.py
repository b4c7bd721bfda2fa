"""Is this answer right? And if not, which mistake is it?

A number must agree to the digits it is typed with, an expression at random points; a wrong one is held against the
question's own wrong answers first, then against the broken backward passes of `autograd_tiny.learners.mistakes`.
"""

from __future__ import annotations

import codeop
import keyword
import math
import re
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice

import numpy as np

from autograd_tiny.graphs.replay import Number
from autograd_tiny.learners.agreement import EXACT, LITERAL, NEAR, NO, SURE, accepts, agrees, digits, nearly, surely
from autograd_tiny.learners.expression import FUNCTIONS, Expression, ExpressionError, parse
from lessons.format.lesson import Predict
from lessons.format.quoting import quoted
from lessons.judging.diagnosis import diagnosed, shapes
from lessons.judging.kinds import (
    Verdict,
    chosen,
    is_choice,
    judge_choices,
    judge_order,
    judge_step,
    numbered,
    picked,
    reads_as_kind,
)
from lessons.judging.numbers import Cell, Cells, Shape, in_figures, plainly, read_array
from lessons.judging.right import (
    Names,
    Point,
    Right,
    at_points,
    evaluate,
    lesson_point,
    random_points,
    right,
    scalar_names,
)

POINTS = 5  # random points at which two expressions must agree
NUMBER = re.compile(r"[-+−]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
MEANT = {
    "shape": "I read a shape as (3, 2) or 3×2; a scalar's is ().",
    "array": "I read an array as [1, 2, 3] or [[1, 2], [3, 4]].",
}


def judge(predict: Predict, text: str, names: Names, may_say: Callable[[str], bool] = bool) -> Verdict:
    """The verdict on a typed answer, where `names` is the lesson's namespace at the question.

    What is said about mistakes is held back unless `may_say` allows it.
    """
    if not text.strip():
        return Verdict("unreadable", "There is nothing to read yet.")
    if len(text) > 4000:
        return Verdict("unreadable", "That is too long for an answer.")
    if predict.accept == "choice":
        return _judge_choice(predict, text)
    if predict.accept in ("choices", "order"):
        return (judge_choices if predict.accept == "choices" else judge_order)(predict, text)
    if predict.accept == "step":
        return judge_step(predict, text, names)
    if predict.accept in MEANT:
        return (_judge_shape if predict.accept == "shape" else _judge_array)(predict, text, names, may_say)
    return _judge_scalar(predict, text, names, may_say)


# A number or a formula ------------------------------------------------------------------------------------------------


def _judge_scalar(predict: Predict, text: str, names: Names, may_say: Callable[[str], bool]) -> Verdict:
    """The verdict on an answer about one number, where `names` is the lesson's namespace at the question.

    Of what is said about mistakes, only those sentences are said that `may_say` allows.
    """
    wanted = right(predict, names)
    known = scalar_names(names)
    text = plainly(text, wanted.value, in_percent(predict), known)
    try:
        expression = parse(text, known)
        here = float(expression.evaluate(lesson_point(names).names))
    except ExpressionError as error:
        return Verdict("unreadable", f"I cannot read that: {quoted(str(error))}")
    except ValueError as error:
        return Verdict("unreadable", f"That has no value here: {quoted(str(error))}")
    if expression.names and predict.accept != "number" and wanted.at is not None:
        return _judge_formula(predict, expression, here, wanted, names, may_say)
    if predict.accept == "expression":
        indeed = "That is its number here. " if agrees(text, here, wanted.value) else ""
        return Verdict(
            "wrong", f"{indeed}This question asks for a formula, one that is right for other numbers too.", "form"
        )
    return _judge_number(predict, text, here, wanted, names, may_say)


def in_percent(predict: Predict) -> bool:
    """Whether the question wants percent: then a % after the number changes nothing."""
    return bool(re.search(r"percent|%", predict.ask, re.IGNORECASE))


def _judge_number(
    predict: Predict, text: str, here: float, wanted: Right, names: Names, may_say: Callable[[str], bool]
) -> Verdict:
    if accepts(text, here, wanted.value) or abs(here - wanted.value) <= predict.within:
        return Verdict("right", predict.why)
    for wrong in predict.wrong:
        if agrees(text, here, evaluate(wrong.answer, names)):
            return Verdict("wrong", wrong.message, "listed")
    if nearly(text, here, wanted.value):
        return Verdict("wrong", NEAR, "near")
    found = _diagnosed(
        predict,
        names,
        [lesson_point(names)],
        lambda at, number: not np.ndim(number) and surely(text, here, number),
        may_say,
        text,
    )
    if found:
        return Verdict("wrong", found, "diagnosed")
    sign = " The size is right; look at the sign." if agrees(text, -here, wanted.value) else ""
    return Verdict("wrong", quoted(NO.format(text.strip())) + sign, "unknown")


def _judge_formula(
    predict: Predict, given: Expression, here: float, wanted: Right, names: Names, may_say: Callable[[str], bool]
) -> Verdict:
    assert wanted.at is not None
    points = list(islice(usable(wanted.at, names), POINTS))
    counter = next((p for p in points if not same(_value(given.evaluate, p.names), wanted.at(p))), None)
    if counter is None:
        return Verdict("right", predict.why)
    for wrong in predict.wrong:
        known = at_points(wrong.answer, names)
        if known and all(same(_value(given.evaluate, p.names), _value(known, p)) for p in points):
            return Verdict("wrong", wrong.message, "listed")
    if len({_value(given.evaluate, point.names) for point in points}) == 1:  # a number with a name is a number
        return _judge_number(predict, f"{here:.15g}", here, wanted, names, may_say)
    theirs = _shown(_value(given.evaluate, counter.names))
    example = quoted(
        f"At {_setting(given, wanted, counter)} yours gives {theirs}; right would be {_shown(wanted.at(counter))}."
    )
    if same(here, wanted.value):
        return Verdict("wrong", f"With the lesson's numbers that is right, but only with these. {example}", "elsewhere")
    # At two points: one number alone can come from a formula that has nothing to do with the mistake.
    both = [lesson_point(names), counter]
    found = _diagnosed(
        predict,
        names,
        both,
        lambda at, number: not np.ndim(number) and same(_value(given.evaluate, at.names), number),
        may_say,
        twice=counter is points[0],
    )
    if found:
        return Verdict("wrong", f"{found} {example}", "diagnosed")
    return Verdict("wrong", f"Not quite. {example}", "unknown")


def _diagnosed(
    predict: Predict,
    names: Names,
    points: list[Point],
    fits: Callable[[Point, Number], bool],
    may_say: Callable[[str], bool],
    text: str = "",
    twice: bool = True,
) -> str:
    """What is said of the likeliest mistake that gives the learner's answer at all of these points; "" if none does."""
    return diagnosed(predict, names, points, fits, may_say, text, twice)


def usable(at: Callable[[Point], Number], names: Names) -> list[Point]:
    """The random points at which the right answer has a value."""
    return [point for point in random_points(names) if not math.isnan(_value(at, point))]


def _value(function: Callable[..., Number], at: object) -> float:
    """The function's number there; NaN where it has none."""
    try:
        return float(function(at))
    except (ArithmeticError, ValueError):
        return math.nan


def same(a: float, b: float) -> bool:
    """Equal up to floating-point noise; NaN equals nothing."""
    return math.isclose(a, b, rel_tol=EXACT, abs_tol=1e-9)


def _setting(given: Expression, wanted: Right, point: Point) -> str:
    """The numbers that both formulas need: a counterexample is there to be verified."""
    needed = dict.fromkeys([*given.names, *words_of(wanted, point)])
    return ", ".join(f"{name} = {_shown(point.names[name])}" for name in list(needed)[:5])


def words_of(wanted: Right, here: Point) -> list[str]:
    """The names in the right formula, in its order."""
    return [word for word in dict.fromkeys(re.findall(r"[^\W\d]\w*", wanted.formula)) if word in here.names]


def _shown(number: float) -> str:
    return "nothing" if math.isnan(number) else f"{number:.4g}"


# A choice, a shape, an array ------------------------------------------------------------------------------------------


def _judge_choice(predict: Predict, text: str) -> Verdict:
    choice = chosen(predict.choices, text)
    if choice is None:
        return Verdict("unreadable", f"Choose by number, 1 to {len(predict.choices)}, or by the first letters.")
    if choice == predict.answer:
        return Verdict("right", predict.why)
    listed = next((wrong.message for wrong in predict.wrong if wrong.answer == choice), "")
    return Verdict("wrong", listed or "No, that is not it.", "listed" if listed else "unknown")


def _judge_shape(predict: Predict, text: str, names: Names, may_say: Callable[[str], bool]) -> Verdict:
    text = in_figures(text)
    if re.sub(rf"{NUMBER.pattern}|scalar|by|[()\[\],;x×*\s]", "", text):
        return Verdict("unreadable", MEANT["shape"])
    given = [float(each.replace("−", "-")) for each in NUMBER.findall(text)]
    wanted = right(predict, names).value
    if given == _sizes(wanted):
        return Verdict("right", predict.why)
    for wrong in predict.wrong:
        if given == _sizes(evaluate(wrong.answer, names)):
            return Verdict("wrong", wrong.message, "listed")
    found = shapes(given, wanted, names, may_say)
    return Verdict("wrong", found, "diagnosed") if found else Verdict("wrong", "No, it has another shape.", "unknown")


def _sizes(shape: object) -> list[int]:
    return [int(size) for size in np.ravel(shape)]  # type: ignore[call-overload]


def _judge_array(predict: Predict, text: str, names: Names, may_say: Callable[[str], bool]) -> Verdict:
    try:
        given = read_array(text, cell_names(names))
    except ExpressionError as error:
        return Verdict("unreadable", f"I cannot read that: {quoted(str(error))}. {MEANT['array']}")
    except ValueError as error:
        return Verdict("unreadable", f"That has no value here: {quoted(str(error))}")
    wanted = right(predict, names).value
    misshapen = shape_problem(given.shape, np.shape(wanted))
    agrees_here = _all_agree(given.cells, wanted, predict)
    if agrees_here and not misshapen:
        return Verdict("right", predict.why)
    for wrong in predict.wrong:
        listed = evaluate(wrong.answer, names)
        if _all_agree(given.cells, listed, predict) and given.shape == np.shape(listed):
            return Verdict("wrong", wrong.message, "listed")
    if agrees_here:
        return Verdict("wrong", misshapen, "shape")
    found = _diagnosed(predict, names, [lesson_point(names)], partial(_is_array, given, predict), may_say)
    if found:
        return Verdict("wrong", found, "diagnosed")
    return Verdict("wrong", _difference(given.cells, wanted, predict), "unknown")


def cell_names(names: Names) -> dict[str, float]:
    """The names that may stand in an array that is typed, with their numbers; elements are none of them."""
    known = scalar_names(names)
    at = lesson_point(names).names
    return {name: at[name] for name in known if "[" not in name}


def shape_problem(given: Shape | None, wanted: Shape) -> str:
    """What is wrong with the shape of a typed array; "" where it is the right one."""
    if given is None:
        return "Its rows are not equally long."
    if given == wanted:
        return ""
    if given == wanted[::-1]:
        return f"That has the shape {given}, the transpose of {wanted}."
    example = {1: "[1, 2, 3]", 2: "[[1, 2], [3, 4]]"}.get(len(wanted), "")
    told = f" Such an array is typed  {example}." if len(given) != len(wanted) and example else ""
    return f"It has the shape {wanted}; yours has {given}.{told}"


def _all_agree(cells: Sequence[Cell], wanted: object, predict: Predict) -> bool:
    numbers = np.ravel(wanted)  # type: ignore[call-overload]
    within = max(predict.within, _rounding(cells, wanted))
    return len(cells) == len(numbers) and all(
        _agrees(cell, number, within) for cell, number in zip(cells, numbers.tolist(), strict=True)
    )


def _rounding(cells: Sequence[Cell], wanted: object) -> float:
    """How far a number of an array may be off whose numbers are all rounded to the same decimals, two or more.

    The largest must show two digits: then 0.06 beside 0.44 is as right as 0.061.
    """
    written = (LITERAL.fullmatch(cell.text) for cell in cells)
    decimals = max((len(each[2]) - int(each[3] or 0) for each in written if each), default=0)
    largest = float(np.max(np.abs(wanted), initial=0.0))  # type: ignore[call-overload]
    return 0.5 * 10.0**-decimals * (1 + EXACT) if decimals >= 2 and largest >= 10.0 ** (1 - decimals) else 0.0


def _is_array(given: Cells, predict: Predict, at: Point, number: Number) -> bool:
    """Whether an array is what is typed, shape and all, with digits enough to be sure of it."""
    enough = sum(digits(cell.text) for cell in given.cells) >= SURE or len(given.cells) >= SURE - 1
    return enough and _all_agree(given.cells, number, predict) and given.shape == np.shape(number)


def _agrees(cell: Cell, wanted: float, within: float = 0.0) -> bool:
    return accepts(cell.text, cell.number, float(wanted)) or abs(cell.number - wanted) <= within


def _difference(cells: Sequence[Cell], wanted: object, predict: Predict) -> str:
    numbers, within = np.ravel(wanted), max(predict.within, _rounding(cells, wanted))  # type: ignore[call-overload]
    if len(cells) != len(numbers):
        return f"It has {len(numbers)} numbers; I read {len(cells)}."
    pairs = list(zip(cells, map(float, numbers.tolist()), strict=True))
    if all(_agrees(c, n, within) or nearly(c.text, c.number, n) for c, n in pairs):
        return NEAR
    first = next(place for place, pair in enumerate(pairs, 1) if not _agrees(*pair, within))
    return f"Not yet: number {first} of {len(numbers)} is another one."


# Whether a typed line is an answer at all -----------------------------------------------------------------------------


def is_lone_name(question: Predict, typed: str, names: Names) -> bool:
    """Whether a line only looks a number up, one that might be meant as the answer."""
    if question.choices:
        return typed in names and picked(question.choices, typed) is not None
    return question.accept in ("any", "number", "expression") and typed in scalar_names(names)


def reads_as_answer(question: Predict, typed: str, names: Names) -> bool:
    """Whether a line is meant as an answer, though it has no =."""
    if question.choices and (not _may_be_python(typed) or (is_choice(question.choices, typed) and typed not in names)):
        return True
    if question.accept == "choice":
        return numbered(typed).isdecimal() or (
            typed not in names
            and (len(typed) > 2 or typed in question.choices or bool(NUMBER.fullmatch(typed)))
            and chosen(question.choices, typed) is not None
        )
    if question.accept in ("choices", "order", "step"):
        return reads_as_kind(question, typed, names)
    known = scalar_names(names)
    if question.accept == "shape":
        return bool(re.fullmatch(r"[\d\s,()\[\]x×]*\d[\d\s,()\[\]x×]*|\(\)", typed)) or not _may_be_python(typed)
    typed = in_figures(typed, known)
    if question.accept == "array":
        numbers = re.fullmatch(r"[-+−\d\s.,;()\[\]x×e]*\d[-+−\d\s.,;()\[\]x×e]*|\(\)", typed)
        return bool(numbers) or _is_readable_array(typed, names)
    if re.fullmatch(r"[-+−\d\s.,()]*\d[-+−\d\s.,()]*", typed):
        return True  # 0,5 and (3, 3) too: as Python they would only be echoed
    try:
        return not parse(typed, known).source.isidentifier()
    except ExpressionError as error:
        # w(w-3), w*(w-3 or 2wy: as Python it would only fail less kindly; print(w) is Python.
        called = re.findall(r"([^\W\d]\w*)\s*\(", typed)
        nearly = re.search("a sign is missing|too many$", str(error)) or not _may_be_python(typed)
        return bool(nearly) and set(called) <= {*known, *FUNCTIONS}


def right_side(typed: str) -> str:
    """Of an equation such as dz/dw = 3w², which no Python is, what stands on the right; else the whole line."""
    left, _, right_of_it = typed.partition("=")
    if not right_of_it.strip() or right_of_it.startswith("=") or re.search(r"[-+*/%@&|^<>!:]$", left):
        return typed
    try:
        unfinished = codeop.compile_command(typed, "<you>", "single") is None
        compile(f"{left.strip()} = 0" if unfinished else typed, "<you>", "exec")
        return typed
    except (SyntaxError, ValueError):
        return typed if _begins_python(left) else right_of_it.strip()


def _may_be_python(typed: str) -> bool:
    """Whether a line is Python, or was to become some."""
    try:
        compile(typed, "<you>", "exec")
        return True
    except SyntaxError:
        return "=" in typed or _begins_python(typed)
    except ValueError:
        return False


def _begins_python(typed: str) -> bool:
    return keyword.iskeyword(re.match(r"\w*", typed.strip())[0])  # type: ignore[index]  # it always matches


def _is_readable_array(typed: str, names: Names) -> bool:
    """Whether a line spells an array: [w, 2*w] does, w or [x for x in s] does not."""
    try:
        return read_array(typed, cell_names(names)).shape != ()
    except ValueError:
        return False
