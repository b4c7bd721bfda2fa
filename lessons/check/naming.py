"""Names of lessons' code that would be in the way of others: in an exported notebook all share one namespace."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lessons.format.lesson import Exercise, Lesson, Predict, Run, Show, Train
from lessons.session.commands import SESSION

TAKEN = (SESSION, "lessons")


def collisions(lesson: Lesson) -> Iterator[tuple[int, str]]:
    """Every piece of code that binds or uses a name of the notebook's own, with its line."""
    for line, where, code in _codes(lesson):
        for name in TAKEN:
            if name in _names(code):
                yield line, f"{where}: the name {name} is taken; an exported notebook needs it"


def _codes(lesson: Lesson) -> Iterator[tuple[int, str, str]]:
    for part in lesson.parts:
        match part:
            case Run() | Show() | Train():
                yield part.line, part.id, part.code
            case Predict():
                for code in (part.answer, part.holds, part.derivative_of, part.with_respect_to, part.through):
                    if part.accept != "choice" or code is part.holds:  # other answers are texts
                        yield part.line, part.id, code
            case Exercise():
                for code in (part.define, part.starter, part.solution, part.check):
                    yield part.line, part.id, code


def _names(code: str) -> set[str]:
    """Every name that occurs in the code, whatever it stands for there: in imports, arguments, functions, patterns."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return set()  # which the check says elsewhere
    found = {getattr(node, field, None) for node in ast.walk(tree) for field in ("id", "name", "asname", "arg", "rest")}
    return {str(name).partition(".")[0] for name in found if name}
