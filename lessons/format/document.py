"""A lesson's Markdown, read: front matter, steps, and their parts in order.

The pieces of the text are put together: a fence and what belongs to it (its output, its picture, its solution) become
one part, and each ``## `` heading begins a step. The form is described in ``FORMAT.md``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lessons.format.lesson import Exercise, Lesson, LessonError, Part, Predict, Prose, Run, Show, Source, Step, Wrong

FRONT = re.compile(r"\A<!-- \+\+\+\n(.*?)^\+\+\+ -->\n", re.DOTALL | re.MULTILINE)
FRONT_KEYS = {"title": str, "part": str, "order": int, "summary": str, "source": list, "needs": list}
PREDICT_KEYS = dict.fromkeys(
    ("ask", "answer", "derivative_of", "with_respect_to", "through", "accept", "holds", "why"), str
) | {"choices": list, "hints": list, "wrong": list}
EXERCISE_KEYS = {"ask": str, "define": str, "why": str, "hints": list}
ACCEPT = ("any", "number", "expression", "shape", "array", "choice")


def read(path: Path) -> Lesson:
    """The lesson in this file; LessonError names the line that has not the right form."""
    return parse(path.read_text(encoding="utf-8"), path.stem)


def parse(text: str, name: str) -> Lesson:
    """The lesson that the text spells; `name` is its id."""
    front = front_matter(text)
    end = FRONT.match(text)
    body = text[end.end() :] if end else text
    cut = pieces(body, 1 + text.count("\n") - body.count("\n"))
    return Lesson(
        id=name,
        title=front["title"],
        part=front["part"],
        order=front["order"],
        summary=front["summary"],
        source=tuple(Source(str(s.get("file", "")), str(s.get("section", ""))) for s in front["source"]),
        needs=tuple(front["needs"]),
        steps=tuple(_steps(cut, front["title"])),
        text=text,
    )


def front_matter(text: str) -> dict[str, Any]:
    """The table at the top of a lesson: title, part, order, summary, source, needs."""
    found = FRONT.match(text)
    if not found:
        raise LessonError("a lesson begins with its front matter, between  <!-- +++  and  +++ -->", 1)
    front = {"needs": [], **_table(found[1], FRONT_KEYS, 1)}
    for key in FRONT_KEYS:
        if key not in front:
            raise LessonError(f"the front matter has no {key}", 1)
    return front


def _steps(cut: list[Piece], title: str) -> Iterator[Step]:
    """The pieces as steps; what stands before the first ``##`` is step 0, the opening."""
    head = cut[0] if cut else None
    if not isinstance(head, Heading) or head.level != 1 or head.text != title:
        raise LessonError(f"after the front matter comes the heading  # {title}", head.line if head else 1)
    begins = [i for i, piece in enumerate(cut) if i == 0 or (isinstance(piece, Heading) and piece.level == 2)]
    for number, (begin, end) in enumerate(zip(begins, [*begins[1:], len(cut)], strict=True)):
        heading = cut[begin]
        assert isinstance(heading, Heading)
        yield Step(number, heading.text, tuple(_parts(cut[begin + 1 : end])), heading.line)


def _parts(cut: list[Piece]) -> Iterator[Part]:
    rest = list(reversed(cut))
    while rest:
        match rest.pop():
            case Prose() as prose:
                yield prose
            case Heading(level, text, line):
                yield Prose(f"{'#' * level} {text}", line)
            case Fence(role="run") as fence:
                output = _next(rest, "output")
                yield Run(fence.id, fence.body, output.body if output else "", fence.line)
            case Fence(role="show") as fence:
                picture = rest.pop() if rest and isinstance(rest[-1], Picture) else None
                alt, path = (picture.alt, picture.path) if isinstance(picture, Picture) else ("", "")
                yield Show(fence.id, fence.body, alt, path, fence.line)
            case Fence(role="predict") as fence:
                yield _predict(fence)
            case Fence(role="exercise") as fence:
                yield _exercise(fence, rest)
            case Picture(line=line):
                raise LessonError("a picture stands right after its  python show  fence", line)
            case Fence() as fence:
                raise LessonError(f"this {fence.role or fence.language} fence belongs to nothing before it", fence.line)


def _next(rest: list[Piece], kind: str) -> Fence | None:
    """The fence that comes next, where it is of this kind."""
    following = rest[-1] if rest else None
    if isinstance(following, Fence) and kind in (following.language, following.role):
        rest.pop()
        return following
    return None


def _predict(fence: Fence) -> Predict:
    table = _table(fence.body, PREDICT_KEYS, fence.line)
    wrong = tuple(_wrong(each, fence.line) for each in table.pop("wrong", ()))
    lists: dict[str, Any] = {key: tuple(map(str, table.pop(key, ()))) for key in ("choices", "hints")}
    predict = Predict(fence.id, fence.line, **({"ask": ""} | table | lists), wrong=wrong)
    if not predict.ask or not (predict.answer or predict.derivative_of):
        raise LessonError(f"{fence.id}: a prediction has  ask  and either  answer  or  derivative_of", fence.line)
    if bool(predict.derivative_of) != bool(predict.with_respect_to) or (predict.through and not predict.derivative_of):
        raise LessonError(f"{fence.id}: derivative_of and with_respect_to go together (and through)", fence.line)
    if predict.accept not in ACCEPT:
        raise LessonError(f"{fence.id}: accept is one of {', '.join(ACCEPT)}", fence.line)
    return predict


def _wrong(table: object, line: int) -> Wrong:
    if not (isinstance(table, dict) and set(table) == {"answer", "message"}):
        raise LessonError("[[wrong]] has an answer and a message, both texts", line)
    return Wrong(str(table["answer"]), str(table["message"]))


def _exercise(fence: Fence, rest: list[Piece]) -> Exercise:
    table = _table(fence.body, EXERCISE_KEYS, fence.line)
    code = {}
    for role in ("starter", "solution", "check"):
        found = _next(rest, role)
        if found is None:
            raise LessonError(f"{fence.id}: after an exercise come  python starter,  solution  and  check", fence.line)
        code[role] = found.body
    hints = tuple(map(str, table.pop("hints", ())))
    if not table.get("ask") or not str(table.get("define", "")).isidentifier():
        raise LessonError(f"{fence.id}: an exercise has  ask  and  define, the name to define", fence.line)
    return Exercise(fence.id, fence.line, **table, **code, hints=hints)


def _table(text: str, keys: Mapping[str, type], line: int) -> dict[str, Any]:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LessonError(f"not TOML: {error}", line) from None
    for key, value in table.items():
        if key not in keys:
            raise LessonError(f"there is no key {key}; known: {', '.join(keys)}", line)
        if not isinstance(value, keys[key]):
            raise LessonError(f"{key} wants {keys[key].__name__}, not {type(value).__name__}", line)
    return table


# Markdown cut into pieces: headings, the fences that are ours, pictures, and prose ------------------------------------


FENCE = re.compile(r"(`{3,})(.*)")
HEADING = re.compile(r"(#{1,6}) +(.*?)\s*")
PICTURE = re.compile(r"!\[(.*)\]\((.*)\)\s*")
ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
ROLES = {"python": {"run", "show", "starter", "solution", "check"}, "toml": {"predict", "exercise"}}
NAMED = {"run", "show", "predict", "exercise"}


@dataclass(frozen=True)
class Heading:
    """A line of one to six #."""

    level: int
    text: str
    line: int


@dataclass(frozen=True)
class Fence:
    """A fence of ours; an output has no role."""

    language: str
    role: str
    id: str
    body: str
    line: int


@dataclass(frozen=True)
class Picture:
    """An image on a line of its own."""

    alt: str
    path: str
    line: int


Piece = Heading | Fence | Picture | Prose


def pieces(text: str, first: int = 1) -> list[Piece]:
    """The text in pieces; its first line has the number `first`."""
    lines = text.splitlines()
    cut: list[Piece] = []
    prose: list[str] = []
    at = 0
    while at < len(lines):
        size = _fence_size(lines, at, first)
        piece = _piece(lines[at : at + size], at + first)
        if piece is None:
            prose += lines[at : at + size]
        else:
            cut += [*_prose(prose, at + first), piece]
            prose = []
        at += size
    return [*cut, *_prose(prose, at + first)]


def _prose(lines: list[str], end: int) -> Iterator[Prose]:
    """The lines before line `end`, where they say anything; empty lines around them fall away."""
    if any(map(str.strip, lines)):
        empty = next(i for i, line in enumerate(lines) if line.strip())
        yield Prose("\n".join(lines).strip("\n"), end - len(lines) + empty)


def _piece(lines: list[str], line: int) -> Piece | None:
    if heading := HEADING.fullmatch(lines[0]):
        return Heading(len(heading[1]), heading[2], line)
    if picture := PICTURE.fullmatch(lines[0]):
        return Picture(picture[1], picture[2], line)
    words = lines[0].strip("`").split()
    ours = FENCE.fullmatch(lines[0]) and (words == ["output"] or len(words) > 1)
    return _fence(words, lines[1:-1], line) if ours else None


def _fence_size(lines: list[str], at: int, first: int) -> int:
    """How many lines belong together here: those of a fence, else one."""
    opening = FENCE.fullmatch(lines[at])
    if not opening:
        return 1
    for end in range(at + 1, len(lines)):
        if lines[end].strip() == opening[1]:
            return end - at + 1
    raise LessonError(f"the fence {lines[at]} is never closed", at + first)


def _fence(words: list[str], body: list[str], line: int) -> Fence:
    language, *rest = words
    role = rest.pop(0) if rest else ""
    options = dict(word.partition("=")[::2] for word in rest)
    if language != "output" and role not in ROLES.get(language, ()):
        known = ", ".join(f"{language} {role}" for language, roles in ROLES.items() for role in sorted(roles))
        raise LessonError(f"no such fence: {language} {role}; known: {known}, output", line)
    name = options.pop("id", "")
    if options or bool(name) != (role in NAMED) or (name and not ID.fullmatch(name)):
        wanted = "id=lower-case-words and nothing else" if role in NAMED else "nothing else"
        raise LessonError(f"after {language} {role} stands {wanted}", line)
    return Fence(language, role, name, "\n".join(body), line)
