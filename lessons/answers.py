"""Is this answer right? And if not, which mistake is it?

A number must agree to the digits it is typed with, an expression at random points; a wrong one is held against the
question's own wrong answers first, then against the broken backward passes of `autograd_tiny.learners.mistakes`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from autograd_tiny.graphs.replay import Number
from autograd_tiny.learners.agreement import EXACT, NEAR, NO, agrees, nearly, surely
from autograd_tiny.learners.expression import Expression, ExpressionError, parse
from autograd_tiny.learners.mistakes import mistakes
from lessons.parts import Predict
from lessons.points import Point, lesson_point, random_points, scalar_names
from lessons.quoting import quoted
from lessons.right import Names, Right, at_points, evaluate, right, target

POINTS = 5  # random points at which two expressions must agree


@dataclass(frozen=True)
class Verdict:
    """What the learner hears: right, wrong (and how we know why), or unreadable, which is no attempt at all."""

    kind: str  # "right", "wrong", "unreadable"
    message: str
    reason: str = ""  # of a wrong one: "listed", "diagnosed", "elsewhere", "near", "form", "unknown"


def judge(predict: Predict, text: str, names: Names, may_say: Callable[[str], bool] = bool) -> Verdict:
    """The verdict on an answer about one number, where `names` is the lesson's namespace at the question.

    Of what is said about mistakes, only those sentences are said that `may_say` allows.
    """
    wanted = right(predict, names)
    try:
        expression = parse(text, scalar_names(names))
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


def _judge_number(
    predict: Predict, text: str, here: float, wanted: Right, names: Names, may_say: Callable[[str], bool]
) -> Verdict:
    if agrees(text, here, wanted.value):
        return Verdict("right", predict.why)
    for wrong in predict.wrong:
        if agrees(text, here, evaluate(wrong.answer, names)):
            return Verdict("wrong", wrong.message, "listed")
    if nearly(text, here, wanted.value):
        return Verdict("wrong", NEAR, "near")
    found = _diagnosed(predict, names, [lesson_point(names)], lambda at, number: surely(text, here, number), may_say)
    if found:
        return Verdict("wrong", quoted(found), "diagnosed")
    sign = " The size is right; look at the sign." if agrees(text, -here, wanted.value) else ""
    return Verdict("wrong", quoted(NO.format(text.strip())) + sign, "unknown")


def _judge_formula(
    predict: Predict, given: Expression, here: float, wanted: Right, names: Names, may_say: Callable[[str], bool]
) -> Verdict:
    assert wanted.at is not None
    points = list(islice(_usable(wanted.at, names), POINTS))
    counter = next((p for p in points if not same(_value(given.evaluate, p.names), wanted.at(p))), None)
    if counter is None:
        return Verdict("right", predict.why)
    for wrong in predict.wrong:
        known = at_points(wrong.answer, names)
        if known and all(same(_value(given.evaluate, p.names), _value(known, p)) for p in points):
            return Verdict("wrong", wrong.message, "listed")
    theirs = _shown(_value(given.evaluate, counter.names))
    example = quoted(
        f"At {_setting(given, wanted, counter)} yours gives {theirs}; right would be {_shown(wanted.at(counter))}."
    )
    if same(here, wanted.value):
        return Verdict("wrong", f"With the lesson's numbers that is right, but only with these. {example}", "elsewhere")
    # At two points: one number alone can come from a formula that has nothing to do with the mistake.
    both = [lesson_point(names), counter]
    found = _diagnosed(predict, names, both, lambda at, number: same(_value(given.evaluate, at.names), number), may_say)
    if found:
        return Verdict("wrong", f"{quoted(found)} {example}", "diagnosed")
    return Verdict("wrong", f"Not quite. {example}", "unknown")


def _diagnosed(
    predict: Predict,
    names: Names,
    points: list[Point],
    fits: Callable[[Point, Number], bool],
    may_say: Callable[[str], bool],
) -> str:
    """What is said of the likeliest mistake that gives the learner's number at all of these points; "" if none does."""
    asked = target(predict, names)
    if asked is None:
        return ""
    tried = zip(*(mistakes(asked, point.numbers) for point in points), strict=True)
    found = (each[0].sentence for each in tried if all(map(fits, points, (one.number for one in each))))
    return next(filter(may_say, found), "")


def _usable(at: Callable[[Point], Number], names: Names) -> list[Point]:
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
    words = re.findall(r"[^\W\d]\w*", wanted.formula)
    needed = dict.fromkeys([*given.names, *(word for word in words if word in point.names)])
    return ", ".join(f"{name} = {_shown(point.names[name])}" for name in list(needed)[:5])


def _shown(number: float) -> str:
    return "nothing" if math.isnan(number) else f"{number:.4g}"
