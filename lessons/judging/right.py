"""What is right: the answer to a prediction, as the engine computes it.

Glossary: *names* is the lesson's namespace where the question stands; a *point* gives its names other numbers.
"""

from __future__ import annotations

import ast
import contextlib
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

import autograd_tiny
from autograd_tiny import Value, backward_steps, formula, grad
from autograd_tiny.graphs.replay import Number, run
from autograd_tiny.learners.case import Target
from autograd_tiny.learners.expression import ExpressionError, parse
from lessons.format.lesson import LessonError, Predict

Names = Mapping[str, Any]


@dataclass(frozen=True)
class Right:
    """The answer: its value here, how it reads as a formula ("" if it has none), its value at any point (or None)."""

    value: Any
    formula: str
    at: Callable[[Point], Number] | None


def right(predict: Predict, names: Names) -> Right:
    """The right answer here; LessonError where the question does not fit the lesson's names."""
    if predict.accept == "choice":
        return Right(predict.answer, "", None)
    if predict.answers:
        return Right(predict.answers, "", None)
    asked = target(predict, names)
    if asked is None:
        written = at_points(predict.answer, names)
        return Right(evaluate(predict.answer, names), predict.answer if written else "", written)
    value = derivative(asked)
    single = not np.ndim(value)
    return Right(
        value,
        predict.answer or (_formula(asked) if single else ""),
        (lambda point: asked.read_at(point.numbers)) if single else None,
    )


def target(predict: Predict, names: Names) -> Target | None:
    """The derivative that the question asks for; None where it asks for something else."""
    if not predict.derivative_of:
        return None
    subject, element = _place(predict.with_respect_to, names)
    through = _value(predict.through, names) if predict.through else None
    return Target(_value(predict.derivative_of, names), subject, through, element)


def _place(text: str, names: Names) -> tuple[Value, tuple[int, ...]]:
    """The Value that is named, and which element of it: `w`, `s[2]` of a list of Values, `W[0, 1]` of an array."""
    base, index = indexed(text)
    if isinstance(names.get(base), Value) and index is not None:
        return _value(base, names), index if isinstance(index, tuple) else (index,)
    return _value(text, names), ()


def indexed(name: str) -> tuple[str, Any]:
    """A name and its index, None where it has none: `s[2]` is ("s", 2), `W[0, 1]` is ("W", (0, 1))."""
    tree = ast.parse(name.strip(), mode="eval").body
    if isinstance(tree, ast.Subscript):
        return ast.unparse(tree.value), ast.literal_eval(tree.slice)
    return name.strip(), None


def derivative(asked: Target) -> Number:
    """The target's number by the engine itself: `grad`, or its backward steps where one path is asked for."""
    if asked.through is None:
        whole = grad(asked.output, [asked.input])[0].data
        return whole[asked.element].item() if asked.element else whole
    shares = [
        share.contribution
        for step in backward_steps(asked.output)
        for share in step.contributions
        if share.consumer is asked.through and share.input is asked.input
    ]
    if not shares:
        raise LessonError(f"{asked.through.label} does not use {asked.input.label} itself")
    return sum(shares)


def evaluate(text: str, names: Names) -> Any:
    """A lesson's own Python expression, its Values as their numbers; numbers come as floats, arrays as arrays."""
    known = {name: getattr(autograd_tiny, name) for name in autograd_tiny.__all__}
    try:
        result = eval(text, known | dict(names))  # the author's text, never the learner's
    except Exception as error:
        raise LessonError(f"{text}: {type(error).__name__}: {error}") from None
    result = _plain(result)
    if isinstance(result, int | float | np.generic) and not isinstance(result, bool | np.bool_):
        return float(result)
    return result


def _plain(result: Any) -> Any:
    """A Value's number, also within lists."""
    if isinstance(result, Value):
        return result.data
    return [_plain(each) for each in result] if isinstance(result, list) else result


def at_points(text: str, names: Names) -> Callable[[Point], Number] | None:
    """A text as a function of the point, where it is a formula in the lesson's names."""
    try:
        expression = parse(text, scalar_names(names))
    except ExpressionError:
        return None
    return (lambda point: expression.evaluate(point.names)) if expression.names else None


def _value(name: str, names: Names) -> Value:
    base, index = indexed(name)
    found = names.get(base)
    if index is not None and isinstance(found, list | tuple | dict):
        with contextlib.suppress(LookupError, TypeError):
            found = found[index]
    if not isinstance(found, Value):
        raise LessonError(f"there is no Value {name} here")
    return found


def _formula(asked: Target) -> str:
    """The derivative as the engine prints it: its gradient graph as a formula."""
    if asked.through is not None or asked.element:
        return ""
    return formula(grad(asked.output, [asked.input], create_graph=True)[0])


# The lesson's names as numbers, at the lesson's values and at random ones ---------------------------------------------


TRIES = 60  # random points; some may fall outside a domain
SEED = 1  # the same points every time: a counterexample can be shown to a friend


@dataclass(frozen=True)
class Point:
    """One setting of all the names: `names` for formulas, `numbers` for the whole circuit."""

    names: Mapping[str, float]
    numbers: Mapping[Value, Number]


def lesson_point(names: Mapping[str, Any]) -> Point:
    """The numbers that the lesson itself uses."""
    return _point(names, run(_values(names), {}))


def random_points(names: Mapping[str, Any]) -> Iterator[Point]:
    """Settings at which everything is defined: some near the lesson's values, some with other signs."""
    values = _values(names)
    chance = random.Random(SEED)
    leaves = [v for v in run(values, {}) if not v.inputs and not v.is_constant]
    for attempt in range(TRIES):
        given = {v: _other(v.data, chance, attempt) for v in leaves}
        try:
            numbers = run(values, given)
        except (ArithmeticError, ValueError):
            continue
        yield _point(names, numbers)


def _point(names: Mapping[str, Any], numbers: Mapping[Value, Number]) -> Point:
    return Point({name: float(read(numbers)) for name, read in _readings(names).items()}, numbers)


def scalar_values(names: Mapping[str, Any]) -> dict[str, Value]:
    """The names that stand for a Value holding one number, `s[2]` of a list of Values among them."""
    return {name: v for name, v in _spread(names) if isinstance(v, Value) and v.data.__class__ is float}


def scalar_names(names: Mapping[str, Any]) -> tuple[str, ...]:
    """The names that an expression answer may use: labelled Values, other Values, plain numbers; none that begins _.

    Elements, `s[2]` or `W[0, 1]`, come last.
    """
    labels = {name: getattr(v, "label", "") for name, v in names.items()}
    known = [name for name in _readings(names) if not name.startswith("_")]
    return tuple(
        sorted(
            known,
            key=lambda name: (name not in names, not isinstance(names.get(name), Value), labels.get(name) != name),
        )
    )


MOST = 100  # elements of one array that have names


def _readings(names: Mapping[str, Any]) -> dict[str, Callable[[Mapping[Value, Number]], Any]]:
    """Every name of one number, and how it is read from the numbers of a run."""
    readings: dict[str, Callable[[Mapping[Value, Number]], Any]] = {}
    for name, thing in _spread(names):
        data = thing.data if isinstance(thing, Value) else thing
        if isinstance(data, int | float) and not isinstance(data, bool):
            readings[name] = partial(_number, thing, None)
        elif isinstance(data, np.ndarray) and data.dtype.kind in "fiu" and 0 < data.size <= MOST and "[" not in name:
            for index in np.ndindex(data.shape):
                readings[f"{name}[{', '.join(map(str, index))}]"] = partial(_number, thing, index)
    return readings


def _number(thing: Any, index: tuple[int, ...] | None, numbers: Mapping[Value, Number]) -> Any:
    number = numbers[thing] if isinstance(thing, Value) else thing
    return number if index is None else number[index]


def _spread(names: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every name with what it stands for; of lists, tuples and dictionaries by number the elements, too."""
    for name, thing in names.items():
        yield name, thing
        if isinstance(thing, list | tuple):
            yield from ((f"{name}[{place}]", each) for place, each in enumerate(thing[:MOST]))
        elif isinstance(thing, dict):
            yield from (
                (f"{name}[{key}]", each) for key, each in [*thing.items()][:MOST] if type(key) is int and key >= 0
            )


def _values(names: Mapping[str, Any]) -> list[Value]:
    """Every Value that a formula may name, or a part of it."""
    return [thing for _, thing in _spread(names) if isinstance(thing, Value) and np.size(thing.data) <= MOST]


def _other(data: Number, chance: random.Random, attempt: int) -> Number:
    """Another number (or array) of the same size; every second time it may change its sign. Two decimals: a
    counterexample should be easy to type.
    """
    if data.__class__ is not float:
        return data * chance.uniform(0.5, 1.5)
    size = abs(data) or 0.5
    other = round(size * chance.uniform(0.4, 1.7), 2) or 0.5
    keep = chance.random() < 0.5 if attempt % 2 else True
    return other if (data >= 0) == keep else -other
