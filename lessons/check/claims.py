"""What prose claims: numbers that the engine can know, and links that lead somewhere.

Glossary: a *claim* is inline code with an arrow and a literal, ``w.grad → 45.0``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_tiny import Value
from autograd_tiny.learners.agreement import LITERAL
from lessons.format import document
from lessons.format.lesson import Lesson, LessonError, texts
from lessons.format.library import TEXTS
from lessons.format.outline import LINK, anchor
from lessons.judging.right import Names, evaluate
from lessons.session.pages import names_before

CLAIM = re.compile(r"`([^`\n]+?) → ([^`\n]+)`")
NUMBER = re.compile(r"[-−]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?")


def numbers(lesson: Lesson) -> Iterator[tuple[int, str]]:
    """The claims that do not hold, with their lines."""
    for part in lesson.parts:
        claimed = [claim for text in texts(part) for claim in CLAIM.findall(text) if _is_literal(claim[1])]
        names = names_before(lesson, part) if claimed else {}
        for left, right in claimed:
            problem = _problem(left, right, names)
            if problem:
                yield part.line, problem


def links(lesson: Lesson) -> Iterator[tuple[int, str]]:
    """The links that lead nowhere, with their lines."""
    for part in lesson.parts:
        for text in texts(part):
            for _, link in LINK.findall(text):
                if not _leads_somewhere(link, lesson):
                    yield part.line, f"the link {link} leads nowhere"
    for need in lesson.needs:
        if not (TEXTS / f"{need}.md").exists():
            yield 1, f"needs names {need}, and there is no such lesson"


def _is_literal(text: str) -> bool:
    try:
        ast.literal_eval(text.replace("−", "-"))
    except (ValueError, SyntaxError):
        return False
    return True


def _problem(left: str, right: str, names: Names) -> str:
    try:
        value = evaluate(left, names)
    except LessonError as error:
        return f"`{left} → {right}`: {error.message}"
    return "" if _equal(value, right.replace("−", "-")) else f"`{left} → {right}`: it is {value!r}"


def _equal(value: Any, text: str) -> bool:
    """Whether the value is what is written; numbers may be rounded to the digits written."""
    return _is(value, ast.parse(text.strip(), mode="eval").body, text.strip())


def _is(value: Any, written: ast.expr, text: str) -> bool:
    """Whether the value is what this part of the text says: entry by entry, down to numbers."""
    value = value.data if isinstance(value, Value) else value
    if isinstance(written, ast.Dict) and isinstance(value, Mapping):
        keys = [ast.literal_eval(key) for key in written.keys if key is not None]
        return set(keys) == set(value) and _are([value[key] for key in keys], written.values, text)
    if isinstance(written, ast.List | ast.Tuple) and (np.ndim(value) or isinstance(value, list | tuple)):
        return _are(value, written.elts, text)
    number = ast.get_source_segment(text, written) or ""
    if NUMBER.fullmatch(number) and isinstance(value, int | float | np.number) and not isinstance(value, bool):
        return _rounds_to(number, float(value))
    return bool(np.all(ast.literal_eval(written) == value))


def _are(values: Sequence[Any], written: Sequence[ast.expr], text: str) -> bool:
    return len(values) == len(written) and all(_is(*pair, text) for pair in zip(values, written, strict=True))


def _rounds_to(text: str, number: float) -> bool:
    literal = LITERAL.fullmatch(text)
    decimals = len(literal[2]) - int(literal[3] or 0) if literal else 0
    return abs(float(text) - number) <= 0.5 * 10.0**-decimals * (1 + 1e-9)


def _leads_somewhere(link: str, lesson: Lesson) -> bool:
    if re.match(r"https?://[\w.-]+\.\w+", link):
        return True  # the web is not asked: a check must work offline
    file, _, place = link.partition("#")
    path = TEXTS / (file or f"{lesson.id}.md")
    if not file:
        other = lesson
    elif path.suffix != ".md" or not path.exists():
        return path.exists() and not place
    else:
        other = document.read(path)
    return not place or place in {anchor(step.title) for step in other.steps}
