"""What a page needs to judge a question by itself: the right numbers at its points, and what mistakes give there.

`assets/answers.js` reads it. Whatever only the engine can know is worked out here; the page reads formulas, compares
numbers and picks sentences, as `lessons.judging` does.

Glossary: a *sentence* is Markdown that a verdict says, kept once in `said` and told by its place there.
"""

from __future__ import annotations

import keyword
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

import numpy as np

from autograd_tiny.learners.agreement import SURE
from autograd_tiny.learners.case import Mistake
from autograd_tiny.learners.expression import CONSTANTS, FUNCTIONS, plain_name
from autograd_tiny.learners.mistakes import TURNED, TWICE, pairs
from autograd_tiny.program.javascript import javascript_functions
from autograd_tiny.table import TABLE
from lessons.format.lesson import Exercise, Lesson, Predict, Question, Wrong
from lessons.format.quoting import quoted
from lessons.judging import diagnosis, numbers
from lessons.judging.answers import MEANT, POINTS, cell_names, in_percent, usable, words_of
from lessons.judging.diagnosis import MOST, TRIED, AtPoints, candidates, said
from lessons.judging.kinds import ALL, ORDINALS, example
from lessons.judging.right import Names, Point, at_points, evaluate, lesson_point, right, scalar_names, target
from lessons.session.pages import names_before
from lessons.session.posing import PRAISE, solution
from lessons.session.vocabulary import Vocabulary
from viz.output import webpage
from viz.output.player import RULES

DIGITS = 12  # significant ones of a number that is compared with one that is typed
COMPARED = 8  # … with what a formula gives, to six

TOGETHER = re.compile(
    "|".join(re.escape(words).replace(r"\{\}", "(.*)") for words in (TURNED, TWICE)), re.DOTALL
)  # what is said of two mistakes at once

Record = dict[str, Any]


def script() -> str:
    """The judge as a script: how numbers and formulas are read, compared and diagnosed."""
    functions = javascript_functions(TABLE[name] for name in dict.fromkeys(FUNCTIONS.values()))
    grammar = {"functions": FUNCTIONS, "constants": CONSTANTS, "keywords": keyword.kwlist}
    rules = RULES | {
        "sure": SURE,
        "tried": TRIED,
        "most": MOST,
        "meant": MEANT,
        "twice": TWICE,
        "turned": TURNED,
        "ordinals": ORDINALS,
        "all": ALL,
        "grouped": numbers.LEAST_GROUPED,
    }
    return "\n".join(
        [
            f"const grammar = {webpage.embedded(grammar)};",
            f"const rules = {webpage.embedded(rules)};",
            f"const spoken = {webpage.embedded(numbers.VOCABULARY)};",
            functions,
            webpage.asset("viz.output", "judge.js").template,
            *(webpage.asset(__package__, name).template for name in ("formula.js", "numbers.js", "answers.js")),
        ]
    )


@dataclass
class _Sentences:
    """The sentences of a question, each kept once."""

    texts: dict[str, int]

    def place(self, text: str) -> int:
        return self.texts.setdefault(text, len(self.texts))


def packed(said: Sequence[str]) -> Record:
    """Sentences as pieces, each kept once: of two mistakes at once, the places of what is said of each."""
    pieces: dict[str, int] = {}

    def place(piece: str) -> int:
        return pieces.setdefault(piece, len(pieces))

    told: list[int | list[int]] = []
    for each in said:
        two = TOGETHER.fullmatch(each)
        told.append([place(piece) for piece in two.groups() if piece] if two else place(each))
    return {"pieces": list(pieces), "said": told}


def of_lesson(lesson: Lesson, question: Question) -> Record:
    """A lesson's question as a page judges it."""
    return record(question, names_before(lesson, question), cache(Vocabulary(lesson, question).allows))


def record(question: Question, names: Names, may_say: diagnosis.MaySay) -> Record:
    """A question as a page judges it; `names` are the lesson's where it stands, and `may_say` holds sentences back."""
    sentences = _Sentences({})
    common = {
        "id": question.id,
        "praise": sentences.place(" ".join(filter(None, (PRAISE, question.why)))),
        "hints": list(map(sentences.place, question.hints)),
        "solution": sentences.place(solution(question, dict(names))),
    }
    if isinstance(question, Exercise):
        return common | {"accept": "code", "said": list(sentences.texts)}
    kind = {"choice": _chosen, "choices": _several, "order": _several, "step": _step, "shape": _shape, "array": _array}
    made = kind.get(question.accept, _scalar)(question, names, may_say, sentences)
    return common | {"accept": question.accept, "within": question.within} | made | {"said": list(sentences.texts)}


def number(value: float, digits: int = DIGITS) -> float | None:
    """A number as a page compares it: short, but whole only where it is whole; None where it is none."""
    if not math.isfinite(value):
        return None
    short = float(f"{value:.{digits}g}")
    return value if short.is_integer() and not float(value).is_integer() else short


# Choices, orders, steps, shapes ---------------------------------------------------------------------------------------


def _chosen(question: Predict, names: Names, may_say: diagnosis.MaySay, sentences: _Sentences) -> Record:
    listed = [(wrong.answer, sentences.place(wrong.message)) for wrong in question.wrong]
    return {"choices": question.choices, "right": question.answer, "listed": listed}


def _several(question: Predict, names: Names, may_say: diagnosis.MaySay, sentences: _Sentences) -> Record:
    listed = [(wrong.answers, sentences.place(wrong.message)) for wrong in question.wrong]
    return {"choices": question.choices, "right": question.answers, "listed": listed, "example": example(question)}


def _step(question: Predict, names: Names, may_say: diagnosis.MaySay, sentences: _Sentences) -> Record:
    listed = [(int(evaluate(wrong.answer, names)), sentences.place(wrong.message)) for wrong in question.wrong]
    return {"right": int(right(question, names).value), "listed": listed}


def _shape(question: Predict, names: Names, may_say: diagnosis.MaySay, sentences: _Sentences) -> Record:
    listed = [(_sizes(evaluate(wrong.answer, names)), sentences.place(wrong.message)) for wrong in question.wrong]

    def told(sentence: str) -> int:
        return sentences.place(quoted(sentence)) if may_say(sentence) else -1

    named = [(np.shape(v), told(diagnosis.SHAPE_OF.format(name))) for name, v in names.items() if diagnosis.is_large(v)]
    fixed = {
        name: told(sentence)
        for name, sentence in zip(("transposed", "arranged", "vector"), diagnosis.SHAPED, strict=True)
    }
    wanted = _sizes(right(question, names).value)
    return {"right": wanted, "listed": listed, "shapes": {"named": named, **fixed}}


def _sizes(shape: Any) -> list[int]:
    return [int(size) for size in np.ravel(shape)]


# Numbers, formulas, arrays --------------------------------------------------------------------------------------------


def _array(question: Predict, names: Names, may_say: diagnosis.MaySay, sentences: _Sentences) -> Record:
    wanted = np.asarray(right(question, names).value, dtype=float)
    listed = [
        (_cells(other), sentences.place(wrong.message), np.shape(other))
        for wrong in question.wrong
        for other in [np.asarray(evaluate(wrong.answer, names), dtype=float)]
    ]
    here = [lesson_point(names)]
    told: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for (mistake,) in (*candidates(question, names, here), *_pairs(question, names, here)):
        cells, sentence = _cells(mistake.number), said(mistake, may_say)
        if sentence and (mistake.number.__class__ is not float or math.isfinite(mistake.number)):
            key = (tuple(cells), np.shape(mistake.number))
            told.setdefault(key, (cells, sentences.place(sentence), np.shape(mistake.number)))
    return {
        "right": wanted.ravel().tolist(),
        "shape": wanted.shape,
        "listed": listed,
        "mistakes": [*told.values()],
        "names": {plain_name(name): value for name, value in cell_names(names).items() if math.isfinite(value)},
    }


def _cells(array: Any) -> list[float | None]:
    return [number(float(cell)) for cell in np.ravel(array)]


def _scalar(question: Predict, names: Names, may_say: diagnosis.MaySay, sentences: _Sentences) -> Record:
    wanted = right(question, names)
    here = lesson_point(names)
    readable = list(dict.fromkeys(map(plain_name, scalar_names(names))))
    asks_for_formula = question.accept != "number" and wanted.at is not None
    points = list(islice(usable(wanted.at, names), POINTS)) if asks_for_formula and wanted.at else []
    tried = list(candidates(question, names, [here, *points]))
    lazily = _pairs(question, names, [here, *points[:1]])
    twice = list(lazily) if asks_for_formula else lazily
    made: Record = {
        "right": float(wanted.value),
        "listed": [_listed(wrong, names, points, sentences) for wrong in question.wrong],
        "mistakes": list(_ranked(tried, may_say, sentences)),
        "pairs": _first_of_each(_ranked(twice, may_say, sentences)),
        "known": len(readable),
        "percent": in_percent(question),
    }
    if asks_for_formula and wanted.at:
        words = words_of(wanted, here)
        readable += [name for name in words if name not in readable]
        made["formula"] = {
            "at": [number(float(wanted.at(point))) for point in points],
            "points": [_numbers(point, readable) for point in points],
            "words": words,
            "mistakes": _told((*tried, *twice), may_say, sentences),
        }
    return made | {"names": readable, "numbers": _numbers(here, readable)}


def _listed(wrong: Wrong, names: Names, points: Sequence[Point], sentences: _Sentences) -> tuple[Any, ...]:
    """A listed mistake: its number here, what is said of it, its numbers at the points where it is a formula."""
    value = evaluate(wrong.answer, names)
    here = float(value) if np.ndim(value) == 0 and math.isfinite(value) else None
    known = at_points(wrong.answer, names) if points else None
    there = None if known is None else [number(_value(known, point)) for point in points]
    return here, sentences.place(wrong.message), there


def _told(
    tried: Iterable[AtPoints], may_say: diagnosis.MaySay, sentences: _Sentences
) -> list[tuple[tuple[float | None, ...], int]]:
    """What is said of a formula by its numbers at all points; of those that are the same there, the likeliest.

    Two mistakes at once have numbers at the first point only, where they are looked for.
    """
    told: dict[tuple[float | None, ...], int] = {}
    seen: set[tuple[float | None, ...]] = set()
    for each in tried:
        at = tuple(number(float(one.number), COMPARED) if np.ndim(one.number) == 0 else None for one in each)
        sentence = said(each[0], may_say) if at[0] is not None and any(one is not None for one in at[1:]) else ""
        if sentence and at not in seen:
            told[at] = sentences.place(sentence)
            seen |= {at, at[:2]}
    return list(told.items())


def _numbers(point: Point, readable: Sequence[str]) -> list[float | None]:
    known = {plain_name(name): value for name, value in point.names.items()}
    return [known[name] if math.isfinite(known[name]) else None for name in readable]


def _value(known: Any, point: Point) -> float:
    try:
        return float(known(point))
    except (ArithmeticError, ValueError):
        return math.nan


def _pairs(question: Predict, names: Names, points: Sequence[Point]) -> Iterator[AtPoints]:
    asked = target(question, names)
    return iter(()) if asked is None else zip(*(pairs(asked, point.numbers) for point in points), strict=True)


def _ranked(
    tried: Iterable[AtPoints], may_say: diagnosis.MaySay, sentences: _Sentences
) -> Iterator[tuple[float, int, int, int, int]]:
    """Each mistake that has a number: how many numbers are tried by then, what is said, its place and its kind."""
    seen: set[float] = set()
    places: dict[int, int] = {}
    kinds: dict[str, int] = {}
    for mistake, *_ in tried:
        if np.ndim(mistake.number) or not math.isfinite(mistake.number):
            continue
        seen.add(float(f"{mistake.number:.3g}"))
        if len(seen) > MOST:
            return
        sentence = said(mistake, may_say)
        if sentence:
            place = _place(mistake, places)
            kind = kinds.setdefault(mistake.sentence, len(kinds))
            yield number(float(mistake.number)) or 0.0, len(seen), sentences.place(sentence), place, kind


def _first_of_each(ranked: Iterable[tuple[float, int, int, int, int]]) -> list[tuple[float, int, int]]:
    """Of those that give one number, the likeliest: two mistakes at once are told by nothing else."""
    told: dict[float, tuple[float, int, int]] = {}
    for entry in ranked:
        told.setdefault(entry[0], entry[:3])
    return list(told.values())


def _place(mistake: Mistake, places: dict[int, int]) -> int:
    return places.setdefault(id(mistake.place[0]), len(places)) if mistake.place else -1
