"""A prediction proved: its right answer by engine and numerical derivative, its wrong ones by their own words."""

from __future__ import annotations

import ast
import copy
import math
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np

import autograd_tiny
from autograd_tiny import Value
from autograd_tiny.graphs.replay import Number, run
from autograd_tiny.learners.agreement import EXACT, ROUNDED
from autograd_tiny.learners.case import Mistake, Target
from autograd_tiny.learners.mistakes import broken_passes
from lessons.format.document import LISTED
from lessons.format.lesson import LessonError, Predict, Wrong
from lessons.judging.answers import judge
from lessons.judging.diagnosis import WRITTEN, candidates
from lessons.judging.right import Names, Point, Right, at_points, evaluate, lesson_point, random_points, right, target
from lessons.session.posing import shown, typed

STEP = 1e-5  # of the central difference: its error is about STEP² ≈ 1e-10, rounding adds 1e-16/STEP = 1e-11
NUMERICAL = 1e-5  # relative; far above that error, far below any mistake worth the name
# What the numbers must tell from the right answer. That a value, or another gradient, is equal may well be.
TOLD_APART = (
    "path missed", "overwritten", "no local", "no upstream", "sign", "one step", "step missed", "truncated",
)  # fmt: skip
APART = 0.01  # a broken backward pass must miss the right number by more than this, relatively


def problems(predict: Predict, names: Names) -> Iterator[str]:
    """What is wrong with a prediction, where `names` is the lesson's namespace at it."""
    if not predict.hints:
        yield "there is no hint"
    if not predict.wrong:
        yield "there is no [[wrong]]"
    try:
        wanted = right(predict, names)
        yield from _choices(predict, names)
        yield from _engine(predict, names, wanted)
        yield from _accepted(predict, names, wanted)
        for wrong in predict.wrong:
            yield from _refused(predict, wrong, names, wanted)
        yield from _written(predict, names, wanted)
        asked = target(predict, names)
        if asked is not None and not np.ndim(wanted.value):
            yield from _discriminates(asked, names, wanted.value)
    except (LessonError, ArithmeticError, ValueError) as error:
        yield getattr(error, "message", str(error))


def _choices(predict: Predict, names: Names) -> Iterator[str]:
    if predict.holds and not evaluate(predict.holds, names):
        yield f"holds is false: {predict.holds}"
    elif predict.holds and not can_fail(predict.holds, names):
        yield f"holds claims nothing; it is true whatever the lesson computes: {predict.holds}"
    if predict.accept not in ("choice", *LISTED):
        return
    if not predict.holds:
        yield "a choice needs holds, which ties it to the engine"
    given = [predict.answers or (predict.answer,), *(wrong.answers or (wrong.answer,) for wrong in predict.wrong)]
    for answer in given:
        yield from (f"{text!r} is not among the choices" for text in answer if text not in predict.choices)
        if predict.accept == "order" and sorted(answer) != sorted(predict.choices):
            yield f"an order has every choice once, not {', '.join(answer)}"


def _engine(predict: Predict, names: Names, wanted: Right) -> Iterator[str]:
    """The derivative asked for: equal to a numerical one, and to the formula that is shown for it."""
    asked = target(predict, names)
    if asked is None:
        return
    numerical = central_difference(asked)
    if not np.allclose(numerical, wanted.value, rtol=NUMERICAL, atol=NUMERICAL):
        yield f"the engine says {wanted.value}, the central difference {numerical}"
    if not predict.answer:
        return
    here = evaluate(predict.answer, names)
    if not np.allclose(here, wanted.value, rtol=EXACT, atol=1e-9):
        yield f"answer is {here}, the engine says {wanted.value}"
    formula = at_points(predict.answer, names)
    if formula and wanted.at:
        for point in islice(random_points(names), 5):
            if not math.isclose(formula(point), wanted.at(point), rel_tol=EXACT, abs_tol=1e-9):
                yield f"answer is right here only; elsewhere it is {formula(point)}, the engine says {wanted.at(point)}"
                return


def central_difference(asked: Target) -> Number:
    """(f(x + h) − f(x − h)) / 2h, where x changes everywhere, or only on the wires into `through`."""

    def f(x: Number) -> Number:
        if asked.through is None:
            return run([asked.output], {asked.input: x})[asked.output]
        wires = {(asked.through, k): x for k, v in enumerate(asked.through.inputs) if v is asked.input}
        return run([asked.output], {}, wires)[asked.output]

    x = np.asarray(asked.input.data, dtype=float)
    slopes = np.empty(x.shape)
    for index in np.ndindex(x.shape):
        h = STEP * max(1.0, abs(float(x[index])))
        ends = []
        for sign in (1, -1):
            moved = x.copy()
            moved[index] += sign * h
            ends.append(float(f(moved if x.ndim else float(moved))))
        slopes[index] = (ends[0] - ends[1]) / (2 * h)
    return slopes[asked.element] if asked.element else slopes if x.ndim else float(slopes)


def _accepted(predict: Predict, names: Names, wanted: Right) -> Iterator[str]:
    for text in _forms(predict, names, wanted.value, wanted.formula):
        verdict = judge(predict, text, names)
        if verdict.kind != "right":
            yield f"the right answer {text} is refused: {verdict.message}"


def _refused(predict: Predict, wrong: Wrong, names: Names, wanted: Right) -> Iterator[str]:
    choice = predict.accept == "choice"
    value = wrong.answers or (wrong.answer if choice else evaluate(wrong.answer, names))
    near = isinstance(value, float) and math.isclose(value, wanted.value, rel_tol=ROUNDED, abs_tol=predict.within)
    if near and predict.accept != "step":
        yield f"wrong answer {wrong.answer} is {shown(value)}, too near to the right {shown(wanted.value)}"
        return
    for text in _forms(predict, names, value, wrong.answer):
        verdict = judge(predict, text, names)
        if (verdict.kind, verdict.message) != ("wrong", wrong.message):
            yield f"wrong answer {text} is met with {verdict.kind}: {verdict.message!r}"


def _written(predict: Predict, names: Names, wanted: Right) -> Iterator[str]:
    """What a question lists to be named has a number, and another one than the right answer."""
    if predict.diagnose and not isinstance(wanted.value, float):
        yield "diagnose is for questions about one number"
        return
    for (each,) in candidates(replace(predict, derivative_of=""), names, [lesson_point(names)]):
        if each.kind == WRITTEN and math.isnan(each.number):
            yield f"diagnose: there is no number for  {each.sentence}"
        elif each.kind == WRITTEN and math.isclose(each.number, wanted.value, rel_tol=ROUNDED):
            yield f"diagnose: {shown(each.number)} is too near to the right {shown(wanted.value)}: {each.sentence}"


def _forms(predict: Predict, names: Names, value: object, formula: str) -> list[str]:
    """The ways to type an answer: as a number, as a formula."""
    if isinstance(value, tuple) and predict.answers:
        return [", ".join(str(predict.choices.index(text) + 1) for text in value if text in predict.choices)]
    if predict.accept == "step":
        return [f"{value:g}"]
    if not isinstance(value, float):
        return [typed(value)]
    forms = [f"{value:.6g}"] if predict.accept != "expression" else []
    if predict.accept != "number" and at_points(formula, names):
        forms.append(formula)
    return forms


def _discriminates(asked: Target, names: Names, wanted: float) -> Iterator[str]:
    """No broken backward pass gives the right number here, unless it does so everywhere."""
    elsewhere = list(islice(random_points(names), 4))
    truths = [asked.read_at(point.numbers) for point in elsewhere]
    here, *there = (_telling(asked, point) for point in (lesson_point(names), *elsewhere))
    for i, mistake in enumerate(here):
        made = [(each[i].number, truth) for each, truth in zip(there, truths, strict=True)]
        made = [pair for pair in made if not math.isnan(pair[0])]  # elsewhere it may be no mistake: no minus to lose
        harmless = bool(made) and all(_near(*pair, EXACT) for pair in made)
        if _near(mistake.number, wanted, APART) and not harmless:
            number = f"{shown(wanted)} and {shown(mistake.number)}"
            yield f"the numbers do not tell right from wrong ({number}): {mistake.sentence}"


def _telling(asked: Target, at: Point) -> list[Mistake]:
    """The broken passes that the numbers have to tell from the sound one."""
    return [each for each in broken_passes(asked, at.numbers) if each.kind in TOLD_APART]


def _near(a: float, b: float, tolerance: float) -> bool:
    return math.isclose(a, b, rel_tol=tolerance, abs_tol=1e-9)


# Whether a claim can fail at all: it is read once more with other numbers in the names that it uses -------------------
# `abs(100 / 101 - 0.99) < 0.01` is true of every engine and in every lesson; it claims nothing. So a claim must be
# false, or impossible to read, where its names stand for something else.


Change = Callable[[Any], Any]  # of a number
CHANGES: tuple[Change, ...] = (lambda x: 0 * x, lambda x: -x, lambda x: 3 * x + 1, lambda x: x / 10 - 7)
FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, type)


def can_fail(claim: str, names: Names) -> bool:
    """Whether the claim, which is true, would not be so with something else in the names that it uses, one or all."""
    known = {name: getattr(autograd_tiny, name) for name in autograd_tiny.__all__} | dict(names)
    used = {node.id for node in ast.walk(ast.parse(claim.strip(), mode="eval")) if isinstance(node, ast.Name)}
    mine = {name: known[name] for name in used & known.keys()}
    return any(not _true(claim, {**known, **others}) for others in _instead(mine))


def _true(claim: str, names: Names) -> bool:
    try:
        with np.errstate(all="ignore"):
            return bool(evaluate(claim, names))
    except LessonError:
        return False


def _instead(mine: Names) -> Iterator[Names]:
    """What the names might stand for instead, each by itself, then all together."""
    for name, value in mine.items():
        yield from ({name: other} for other in _others(value))
    things = {name: value for name, value in mine.items() if not isinstance(value, types.ModuleType)}
    yield from ({name: changed(value, change) for name, value in things.items()} for change in CHANGES)


def _others(value: Any) -> Iterator[Any]:
    """What a name might stand for instead: other numbers, the first entry lost, a function that does nothing."""
    if isinstance(value, types.ModuleType):
        if value.__name__.startswith("autograd_tiny"):  # NumPy stays: nothing is claimed of it
            yield types.SimpleNamespace(**dict.fromkeys(vars(value), _idle))
        return
    yield from (changed(value, change) for change in CHANGES)
    if isinstance(value, FUNCTIONS):
        yield _idle
    elif isinstance(value, Mapping):
        yield dict(list(value.items())[1:])
    elif isinstance(value, list | tuple) or (isinstance(value, np.ndarray | Value) and value.shape):
        yield value[1:]


def _idle(*args: Any, **_: Any) -> Any:
    return args[0] if args else None


def changed(value: Any, change: Change) -> Any:
    """The same with every number in it changed: in lists, dictionaries, Values, in what a function returns."""
    if isinstance(value, bool | np.bool_):
        return not value
    if isinstance(value, int | float | np.number):
        return type(value)(change(value))
    if isinstance(value, str):
        return value[::-1] + "?"
    if isinstance(value, np.ndarray):
        return change(value) if np.issubdtype(value.dtype, np.number) else value
    if isinstance(value, Value):
        return Value(change(value.data), f"{value.label}?")
    if isinstance(value, Mapping):
        return {key: changed(each, change) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [changed(each, change) for each in value]
    if isinstance(value, FUNCTIONS):
        return lambda *args, **kwargs: changed(value(*args, **kwargs), change)
    return _object(value, change)


def _object(value: Any, change: Change) -> Any:
    """An object with its own numbers changed, as the runs of a training are; what else it keeps stays."""
    twin = copy.copy(value)
    for name, each in getattr(value, "__dict__", {}).items():
        if isinstance(each, int | float | str | np.ndarray | Mapping | list | tuple):
            object.__setattr__(twin, name, changed(each, change))
    return twin
