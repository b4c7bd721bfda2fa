"""What is said of a wrong answer that the question did not foresee: the mistake that gives it, if that is no chance.

Coincidences are held back. A number is taken for a mistake's where it agrees to three digits, or exactly; and the
shorter it is, the likelier the mistake must be. A short number that could be several mistakes' is said to be the
likeliest's as "one of them"; and where it could have gone wrong in several places, what is said blames none, if it can.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from autograd_tiny import Value
from autograd_tiny.graphs.replay import Number
from autograd_tiny.learners.agreement import SURE, digits
from autograd_tiny.learners.case import Mistake
from autograd_tiny.learners.mistakes import mistakes, pairs
from lessons.format.lesson import LessonError, Predict
from lessons.format.quoting import quoted
from lessons.judging import formulas
from lessons.judging.right import Names, Point, at_points, evaluate, right, scalar_values, target

# How many different numbers are tried before a match is a matter of chance, by the digits typed.
TRIED = {1: 5, 2: 25, 3: 60}  # with more digits: MOST
MOST = 120

WRITTEN = "written"  # the kind of a mistake in the lesson's own words
LONGEST = 60  # characters of a formula that a learner writes down, and forgets a bracket of

AtPoints = tuple[Mistake, ...]
Fits = Callable[[Point, Number], bool]
MaySay = Callable[[str], bool]


def diagnosed(
    predict: Predict,
    names: Names,
    points: Sequence[Point],
    fits: Fits,
    may_say: MaySay,
    text: str = "",
    twice: bool = True,
) -> str:
    """What is said of the likeliest mistake that gives the learner's answer at all of these points; "" if none does.

    The first point is the lesson's own. `text` is the number as it is typed; a formula has none, and agrees at several
    points by no chance. Two mistakes at once are looked for where `twice` allows it: they are many.
    """
    typed = digits(text) if text else 0
    found = _likeliest(candidates(predict, names, points), points, fits, may_say, typed)
    asked = target(predict, names)
    if found or asked is None or not twice or 0 < typed <= SURE:
        return found
    both = zip(*(pairs(asked, point.numbers) for point in points), strict=True)
    return _likeliest(both, points, fits, may_say, typed)


def candidates(predict: Predict, names: Names, points: Sequence[Point]) -> Iterator[AtPoints]:
    """Every mistake that this question invites, with its number at these points, the likeliest first."""
    for entry in predict.diagnose:
        yield from _listed(entry, predict, names, points)
    asked = target(predict, names)
    if asked is None:
        return
    yield from zip(*(mistakes(asked, point.numbers) for point in points), strict=True)
    formula = predict.answer or right(predict, names).formula
    if 0 < len(formula) <= LONGEST:
        yield from _broken_formulas(formula, names, points)


# Questions that are about no gradient: what their `diagnose` lists ----------------------------------------------------


def _listed(entry: str, predict: Predict, names: Names, points: Sequence[Point]) -> Iterator[AtPoints]:
    text, arrow, words = (part.strip() for part in entry.partition("→"))
    if arrow:
        told = words if words[:1].isupper() else f"That is {words}"
        yield _formula(text, told + "." * (told[-1:] not in ".?!"), names, points, WRITTEN)
    elif entry in LISTS:
        yield from LISTS[entry](predict.answer, names, points)
    else:
        raise LessonError(f"diagnose has {entry!r}; known: {', '.join(LISTS)}, and  formula → words", predict.line)


def _broken_formulas(answer: str, names: Names, points: Sequence[Point]) -> Iterator[AtPoints]:
    """The answer's formula with one slip in it."""
    return (_formula(each.text, each.sentence, names, points) for each in formulas.broken(answer))


def _miscounted(answer: str, names: Names, points: Sequence[Point]) -> Iterator[AtPoints]:
    """One too few, one too many, twice, half …"""
    wanted = _formula(answer, "", names, points)
    return (
        tuple(Mistake("counting", change(each.number), sentence) for each in wanted)
        for change, sentence in formulas.COUNTED
    )


def _values(answer: str, names: Names, points: Sequence[Point]) -> Iterator[AtPoints]:
    """The value of something that has a name."""
    for name in scalar_values(names):
        yield tuple(Mistake("value", point.names[name], f"That is the value of {name}.") for point in points)


LISTS: dict[str, Callable[[str, Names, Sequence[Point]], Iterator[AtPoints]]] = {
    "formula": _broken_formulas,
    "counting": _miscounted,
    "values": _values,
}


def _formula(text: str, sentence: str, names: Names, points: Sequence[Point], kind: str = "formula") -> AtPoints:
    """A mistake that is given as a formula; where it is Python of another kind, it has a number here only."""
    known = at_points(text, names)
    return tuple(Mistake(kind, _number(known, text, names, n, at), sentence) for n, at in enumerate(points))


def _number(known: Callable[[Point], Number] | None, text: str, names: Names, n: int, at: Point) -> float:
    try:
        return float(known(at)) if known else math.nan if n else float(evaluate(text, names))
    except (LessonError, ArithmeticError, ValueError, TypeError):
        return math.nan


# Which of those that fit is told --------------------------------------------------------------------------------------


def _likeliest(tried: Iterable[AtPoints], points: Sequence[Point], fits: Fits, may_say: MaySay, typed: int) -> str:
    most = TRIED.get(typed, MOST) if typed else math.inf
    seen: set[float] = set()
    fitting: list[Mistake] = []
    for each in tried:
        number = each[0].number
        if np.ndim(number) == 0 and not math.isfinite(number):
            continue
        if np.ndim(number) == 0:
            seen.add(float(f"{number:.3g}"))
        if len(seen) > most:
            break
        if all(fits(at, _plain(one.number)) for at, one in zip(points, each, strict=True)) and said(each[0], may_say):
            fitting.append(each[0])
    if not fitting:
        return ""
    places = {id(each.place[0]) for each in fitting if each.place}
    sure = [each for each in fitting if not each.place] if typed and len(places) > 1 else fitting
    first = said((sure or fitting)[0], may_say)
    others = 0 < typed < SURE and len({each.sentence for each in fitting}) > 1
    return f"Several mistakes give this number; one of them: {first}" if others else first


def said(mistake: Mistake, may_say: MaySay) -> str:
    """The mistake's sentence, with its rule if the lesson has come to it; "" where even the sentence may not be said.

    Both as Markdown: a lesson's own words may be marked up, names in all others are text.
    """
    if not may_say(mistake.sentence):
        return ""
    words = mistake.text if may_say(mistake.rule) else mistake.sentence
    return words if mistake.kind == WRITTEN else quoted(words)


def _plain(number: Number) -> Number:
    return number if np.ndim(number) else float(number)


# The shape of something else ------------------------------------------------------------------------------------------


SHAPE_OF = "That is the shape of {}."
SHAPED = (
    "That is transposed: the sizes are right, their order is not.",
    "There are as many numbers, but in another arrangement.",
    "There are as many numbers, but a vector has one axis only.",
)


def shapes(given: Sequence[float], wanted: Sequence[int], names: Names, may_say: MaySay) -> str:
    """What is said of a shape that is another's; "" where it is nobody's."""
    shape, right_one = tuple(given), tuple(wanted)
    transposed, arranged, vector = SHAPED
    told = [SHAPE_OF.format(name) for name, v in names.items() if is_large(v) and np.shape(v) == shape]
    if shape == right_one[::-1]:
        told.insert(0, transposed)
    if len(right_one) > 1 and shape and math.prod(shape) == math.prod(right_one) and 1 in (*shape, len(shape)):
        told.append(arranged)
    if len(right_one) == 1 and sorted(shape) == [1, *right_one]:
        told.append(vector)
    return quoted(next(filter(may_say, told), ""))


def is_large(v: object) -> bool:
    """Whether a value has a shape worth a name."""
    return isinstance(v, Value | np.ndarray) and v.ndim > 0
