"""The tables of answers, read: what a learner types, what was thought, and which words name it.

A line is ``* answer | thought | words``: the star marks the likeliest; the words are a pattern that what is said must
contain (none: nothing is to be said). ``{formula}`` is typed as the number it gives, to four digits. A heading
``## question`` names a lesson's question, or in `coming.txt` a graph and its derivative, ``## bptt dE/ds2 through r3``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from autograd_tiny import Value
from lessons.format import library
from lessons.format.lesson import Predict
from lessons.format.quoting import unquoted
from lessons.judging import diagnosis
from lessons.judging.answers import judge
from lessons.judging.kinds import Verdict
from lessons.judging.right import Point
from lessons.session.pages import names_before
from lessons.session.vocabulary import Vocabulary
from tests.answers.graphs import GRAPHS

HERE = Path(__file__).parent
NAMED = ("listed", "diagnosed")


@dataclass(frozen=True, eq=False)
class Asked:
    """A question where it stands: the names at hand, and what may be said there."""

    id: str
    question: Predict
    names: dict[str, Any]
    may_say: Callable[[str], bool]

    def judged(self, typed: str) -> Verdict:
        """The verdict on this answer, as plain text."""
        verdict = judge(self.question, typed, self.names, self.may_say)
        return Verdict(verdict.kind, unquoted(verdict.message), verdict.reason)


@dataclass(frozen=True, eq=False)
class Answer:
    """One line of a table: what is typed in answer to a question, and what has to be said."""

    asked: Asked
    typed: str
    thought: str
    words: str
    likely: bool

    @cached_property
    def verdict(self) -> Verdict:
        """What is said of it."""
        return self.asked.judged(self.typed)

    @property
    def outcome(self) -> str:
        """Whether the mistake is "named", named "falsely", or passed over in silence ("")."""
        verdict = self.verdict
        if verdict.kind != "wrong" or verdict.reason not in NAMED:
            return ""
        return "named" if self.words and re.search(self.words, verdict.message, re.IGNORECASE) else "falsely"


@cache
def answers() -> tuple[Answer, ...]:
    """Every line of every table."""
    return tuple(answer for path in sorted(HERE.glob("*.txt")) for answer in _read(path))


def _read(path: Path) -> Iterator[Answer]:
    asked: Asked | None = None
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("## "):
            asked = _of_graph(line[3:]) if path.stem == "coming" else _of_lesson(path.stem, line[3:])
        elif line.strip():
            assert asked is not None
            typed, thought, words = re.split(r"\s*\|\s*", line.removeprefix("*").strip(), maxsplit=2)
            yield Answer(asked, _typed(typed, asked.names), thought, words, line[0] == "*")


def _of_lesson(name: str, place: str) -> Asked:
    lesson = library.load(name)
    question = next(q for q in lesson.questions if q.id == place)
    assert isinstance(question, Predict)
    return Asked(f"{name}/{place}", question, names_before(lesson, question), Vocabulary(lesson, question).allows)


def _of_graph(heading: str) -> Asked:
    """A question about a graph of a coming lesson, where all words are known."""
    graph, derivative, *rest = heading.split()
    output, subject = derivative[1:].split("/d")
    accept = "array" if "array" in rest else "any"
    through = rest[rest.index("through") + 1] if "through" in rest else ""
    question = Predict(
        heading, 1, f"{derivative}?", derivative_of=output, with_respect_to=subject, through=through, accept=accept
    )
    return Asked(heading, question, _graph(graph), lambda sentence: "…" not in sentence)


@cache
def _graph(name: str) -> dict[str, Any]:
    return GRAPHS[name]()


def _typed(text: str, names: dict[str, Any]) -> str:
    """An answer as it is typed: numbers in braces are worked out, and rounded to four digits."""
    inside = re.fullmatch(r"\{(.+)\}", text)
    if not inside:
        return text
    plain = {name: v.data if isinstance(v, Value) else v for name, v in names.items()} | {"np": np, "log": np.log}
    number = eval(inside[1], plain)
    if np.ndim(number):
        return str(np.vectorize(lambda x: float(f"{x:.4g}"))(number).tolist())
    return f"{number:.4g}"


_known: dict[tuple[object, ...], list[diagnosis.AtPoints]] = {}


def _remembered(predict: Predict, names: dict[str, Any], points: Sequence[Point]) -> list[diagnosis.AtPoints]:
    """What a question invites, worked out once: here each is answered many times."""
    key = (id(predict), id(names), *(tuple(point.names.values()) for point in points))
    if key not in _known:
        _known[key] = list(_candidates(predict, names, points))
    return _known[key]


_candidates = diagnosis.candidates


@contextmanager
def remembering() -> Iterator[None]:
    """Work out only once what each question invites."""
    with patch.object(diagnosis, "candidates", _remembered):
        yield
