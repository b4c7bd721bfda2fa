"""What sentences claim: numbers that the engine can know, and links that lead somewhere.

Glossary: a *claim* is inline code with an arrow and a literal, ``w.grad → 45.0``, or what stands in braces,
``{{w.grad → 45.0}}``, of which the learner sees the number only; `written` is what stands right of the arrow.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_tiny import Value
from autograd_tiny.learners.agreement import LITERAL
from lessons.format import document, library
from lessons.format.document import BRACES, PICTURE
from lessons.format.lesson import Exercise, Lesson, LessonError, Part, Predict, Prose, Show, Train, texts
from lessons.format.outline import LINK, anchors
from lessons.judging.right import Names, evaluate
from lessons.session.pages import names_before

ARROW = re.compile(r"`([^`\n]+?) → ([^`\n]+)`")
NUMBER = re.compile(r"[-−]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?")
SPEC = re.compile(r"(?P<code>.*[^:]):(?P<spec>[-+ ]?0?\d*,?(?:\.\d+)?[eEfFgGd%])")  # {{w.grad:.3f}}
ANY = ("?", "…")  # stands for a number that is yet to be written
SIGNIFICANT = 4  # digits of a number that is written for the first time


@dataclass(frozen=True)
class Claim:
    """Something that `check` verifies and `check --write` renews: where it stands in the file, and what it says."""

    part: Part
    line: int
    source: str  # the left side as it stands in the file: in TOML's double quotes, with backslashes
    code: str
    spec: str
    written: str  # "" where nothing is yet
    braces: bool
    start: int
    end: int

    @property
    def shown(self) -> str:
        """The claim as one would quote it."""
        said = f"{self.code}{':' * bool(self.spec)}{self.spec}{' → ' * bool(self.written)}{self.written}"
        return f"{{{{{said}}}}}" if self.braces else f"`{said}`"

    def problem(self, names: Names) -> str:
        """What does not hold, in words; "" where it does."""
        try:
            value = evaluate(self.code, names)
        except LessonError as error:
            return f"{self.shown}: {error.message}"
        if not self.written or self.written in ANY:
            return f"{self.shown} is not computed yet (check --write)"
        held = self.written == self.renewed(names) or (not self.spec and _equal(value, self.written.replace("−", "-")))
        return "" if held else f"{self.shown}: it is {value!r} (check --write)"

    def renewed(self, names: Names) -> str:
        """What is to be written: the value as it is now, with as many decimals as before."""
        value = evaluate(self.code, names)
        new = format(float(value), self.spec) if self.spec else _renewed(value, self.written.replace("−", "-"))
        return new.replace("-", "−") if "−" in self.written else new

    def text(self, names: Names) -> str:
        """The whole claim, renewed."""
        said = f"{self.source} → {self.renewed(names)}"
        return f"{{{{{said}}}}}" if self.braces else f"`{said}`"


def claims(lesson: Lesson) -> Iterator[Claim]:
    """Every claim of the file, from the first to the last."""
    for part, start, end in _readable(lesson):
        text = lesson.text[start:end]
        for found in sorted((*ARROW.finditer(text), *BRACES.finditer(text)), key=lambda found: found.start()):
            braces = found.re is BRACES
            written = (found[2] or "").strip()
            if not braces and not (written in ANY or _is_literal(written)):
                continue
            code = found[1] if isinstance(part, Prose | Show) else _unescaped(found[1])
            spec = SPEC.fullmatch(code) if braces else None
            line = 1 + lesson.text.count("\n", 0, start + found.start())
            where = (start + found.start(), start + found.end())
            formatted = (spec["code"], spec["spec"]) if spec else (code, "")
            yield Claim(part, line, found[1], *formatted, written, braces, *where)


def _readable(lesson: Lesson) -> Iterator[tuple[Part, int, int]]:
    """The stretches of the file that a learner reads, with their parts: prose, questions, alt texts."""
    lines = lesson.text.splitlines(keepends=True)
    begin = [0]
    for line in lines:
        begin.append(begin[-1] + len(line))
    for part in lesson.parts:
        if isinstance(part, Prose):
            yield part, begin[part.line - 1], begin[part.line + part.text.count("\n")]
        elif isinstance(part, Show):
            alt = next((i for i in range(closing(lines, part.line), len(lines)) if lines[i].strip()), None)
            if alt is not None and PICTURE.fullmatch(lines[alt].rstrip("\n")):
                yield part, begin[alt], begin[alt + 1]
        elif isinstance(part, Predict | Exercise | Train):
            yield part, begin[part.line], begin[closing(lines, part.line) - 1]


def closing(lines: Sequence[str], line: int) -> int:
    """The index after the fence that opens on this line (counted from 1)."""
    opening = lines[line - 1]
    ticks = opening[: len(opening) - len(opening.lstrip("`"))]
    return next(i for i in range(line, len(lines)) if lines[i].strip() == ticks) + 1


def _unescaped(code: str) -> str:
    """Code as it is meant where TOML's double quotes ask for backslashes."""
    return code.replace('\\"', '"').replace("\\\\", "\\")


def numbers(lesson: Lesson) -> Iterator[tuple[int, str]]:
    """The claims that do not hold, with their lines."""
    for claim, names in named(lesson):
        problem = claim.problem(names)
        if problem:
            yield claim.line, problem


def named(lesson: Lesson) -> Iterator[tuple[Claim, Names]]:
    """Every claim with the lesson's names where it stands."""
    part, names = None, {}
    for claim in claims(lesson):
        if claim.part is not part:
            part, names = claim.part, names_before(lesson, claim.part)
        yield claim, names


def with_numbers(lesson: Lesson) -> str:
    """The lesson's text with every claim that does not hold renewed; LessonError where one cannot be computed."""
    text = lesson.text
    for claim, names in reversed(list(named(lesson))):
        if claim.problem(names):
            try:
                text = text[: claim.start] + claim.text(names) + text[claim.end :]
            except LessonError as error:
                raise LessonError(f"{claim.shown}: {error.message}", claim.line) from None
    return text


# A value and a literal: whether they are the same, and the value written like the literal ----------------------------


def _is_literal(text: str) -> bool:
    try:
        ast.literal_eval(text.replace("−", "-"))
    except (ValueError, SyntaxError):
        return False
    return True


def _equal(value: Any, text: str) -> bool:
    """Whether the value is what is written; numbers may be rounded to the digits written."""
    if not _is_literal(text):
        return bool(value == text) if isinstance(value, str) else False
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
    if NUMBER.fullmatch(number) and _is_number(value):
        return _rounds_to(number, float(value))
    return bool(np.all(ast.literal_eval(written) == value))


def _are(values: Sequence[Any], written: Sequence[ast.expr], text: str) -> bool:
    return len(values) == len(written) and all(_is(*pair, text) for pair in zip(values, written, strict=True))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _rounds_to(text: str, number: float) -> bool:
    literal = LITERAL.fullmatch(text)
    decimals = len(literal[2]) - int(literal[3] or 0) if literal else 0
    return abs(float(text) - number) <= 0.5 * 10.0**-decimals * (1 + 1e-9)


def _renewed(value: Any, text: str) -> str:
    """The value written like the text was: entry by entry, each number with as many decimals."""
    return _like(value, ast.parse(text, mode="eval").body if text not in ANY and _is_literal(text) else None, text)


def _like(value: Any, written: ast.expr | None, text: str) -> str:
    value = value.data if isinstance(value, Value) else value
    if isinstance(value, Mapping):
        old = dict(zip(map(_key, written.keys), written.values, strict=True)) if isinstance(written, ast.Dict) else {}
        return "{" + ", ".join(f"{key!r}: {_like(each, old.get(key), text)}" for key, each in value.items()) + "}"
    if np.ndim(value) or isinstance(value, list | tuple):
        old_parts = written.elts if isinstance(written, ast.List | ast.Tuple) else []
        parts = [_like(each, old_parts[i] if i < len(old_parts) else None, text) for i, each in enumerate(value)]
        inside = ", ".join(parts) + "," * (isinstance(value, tuple) and len(parts) == 1)
        return f"({inside})" if isinstance(value, tuple) else f"[{inside}]"
    if not _is_number(value):
        return value if isinstance(value, str) and written is None and text not in ANY else repr(value)
    return _number(float(value), ast.get_source_segment(text, written) or "" if written is not None else "")


def _key(node: ast.expr | None) -> Any:
    return ast.literal_eval(node) if node is not None else None


def _number(number: float, old: str) -> str:
    """A number with the decimals of the old one; in few digits where there was none, or it was whole."""
    literal = LITERAL.fullmatch(old) if NUMBER.fullmatch(old) else None
    if literal is not None and literal[3]:
        return f"{number:.{len(literal[2])}e}"
    if literal is not None and "." in old:
        return f"{number:.{len(literal[2])}f}"
    near = float(f"{number:.{SIGNIFICANT}g}")
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(near)


# Links ----------------------------------------------------------------------------------------------------------------


def links(lesson: Lesson) -> Iterator[tuple[int, str]]:
    """The links that lead nowhere, with their lines."""
    for part in lesson.parts:
        for text in texts(part):
            for _, link in LINK.findall(text):
                if not _leads_somewhere(link, lesson):
                    yield part.line, f"the link {link} leads nowhere"


def _leads_somewhere(link: str, lesson: Lesson) -> bool:
    if re.match(r"https?://[\w.-]+\.\w+", link):
        return True  # the web is not asked: a check must work offline
    file, _, place = link.partition("#")
    path = library.TEXTS / (file or f"{lesson.id}.md")
    if not file:
        other = lesson
    elif path.suffix != ".md" or not path.exists():
        return path.exists() and not place
    else:
        other = document.read(path)
    return not place or place in {name for step in other.steps for name in anchors(step)}
