"""A lesson's Markdown, read: front matter, steps, and their parts in order.

The pieces of the text are put together: a fence and what belongs to it (its output, its picture, its solution) become
one part, and each ``## `` heading begins a step. The form is described in ``FORMAT.md``.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lessons.format.lesson import (
    Exercise,
    Lesson,
    LessonError,
    Part,
    Predict,
    Prose,
    Run,
    Show,
    Source,
    Step,
    Train,
    Wrong,
)

TEXTS = Path(__file__).parents[1] / "texts"
PARTS = ("I. Circuits", "II. Sequences", "III. Memory", "IV. Learning", "V. Images", "VI. Programs")
FRONT = re.compile(r"\A<!-- \+\+\+\n(.*?)^\+\+\+ -->\n", re.DOTALL | re.MULTILINE)
FRONT_KEYS = {
    "title": str, "part": str, "order": int, "summary": str, "source": list,
    "needs": list, "minutes": int, "experiments": list,
}  # fmt: skip
MAY_LACK: dict[str, Any] = {"needs": [], "minutes": 0, "experiments": []}
PREDICT_KEYS: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("ask", "derivative_of", "with_respect_to", "through", "accept", "holds", "why"), str),
    **dict.fromkeys(("choices", "hints", "wrong", "diagnose"), list),
    "answer": (str, list),
    "within": (int, float),
}
EXERCISE_KEYS: dict[str, type | tuple[type, ...]] = {"ask": str, "define": str, "why": str, "hints": list}
TRAIN_KEYS: dict[str, type | tuple[type, ...]] = {"seeds": list, "holds": (str, list)}
LISTED = ("choices", "order")  # kinds of answers that are several texts
ACCEPT = ("any", "number", "expression", "step", "shape", "array", "choice", *LISTED)


def read(path: Path) -> Lesson:
    """The lesson in this file, with the runs stored beside it; LessonError names the line that has not its form."""
    return _with_runs(parse(path.read_text(encoding="utf-8"), path.stem, path.parent))


def reread(lesson: Lesson, text: str) -> Lesson:
    """The lesson with another text, and with the runs that are stored now."""
    return _with_runs(parse(text, lesson.id, lesson.folder))


def runs_path(lesson: Lesson, train: Train) -> Path:
    """Where the runs of a training are stored."""
    return lesson.folder / "runs" / f"{lesson.id}-{train.id}.json"


def _with_runs(lesson: Lesson) -> Lesson:
    def stored(part: Part) -> Part:
        if not isinstance(part, Train) or not (path := runs_path(lesson, part)).exists():
            return part
        return replace(part, stored=path.read_text(encoding="utf-8"))

    return replace(lesson, steps=tuple(replace(step, parts=tuple(map(stored, step.parts))) for step in lesson.steps))


def parse(text: str, name: str, folder: Path = TEXTS) -> Lesson:
    """The lesson that the text spells; `name` is its id, `folder` where its file lies."""
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
        minutes=front["minutes"],
        experiments=tuple(map(str, front["experiments"])),
        folder=folder,
    )


def front_matter(text: str) -> dict[str, Any]:
    """The table at the top of a lesson: title, part, order, summary, source, needs, minutes, experiments."""
    found = FRONT.match(text)
    if not found:
        raise LessonError("a lesson begins with its front matter, between  <!-- +++  and  +++ -->", 1)
    front = {**MAY_LACK, **_table(found[1], FRONT_KEYS, 1)}
    for key in FRONT_KEYS:
        if key not in front:
            raise LessonError(f"the front matter has no {key}", 1)
    return front | {"minutes": front["minutes"] or estimated(text)}


WORDS, READ_ALOUD = re.compile(r"\w+"), 130  # a minute: code, pictures and formulas are read slowly
A_QUESTION, AN_EXERCISE = 1.0, 4.0  # minutes


def estimated(text: str) -> int:
    """How many minutes a lesson takes, where it does not say: to read it, and to answer what it asks; in fives."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    asked = A_QUESTION * text.count("\n```toml predict") + AN_EXERCISE * text.count("\n```toml exercise")
    return max(5, 5 * round((len(WORDS.findall(prose)) / READ_ALOUD + asked) / 5))


QUESTION = re.compile(r"^```toml (?:predict|exercise) id=(\S+)", re.MULTILINE)
STEP = re.compile(r"^## ", re.MULTILINE)


def asked_ids(text: str) -> tuple[str, ...]:
    """The ids of the questions that count, at a glance: nothing else of the lesson is read."""
    steps = (step for step in STEP.split(text) if "{optional}" not in step.partition("\n")[0])
    return tuple(name for step in steps for name in QUESTION.findall(step))


def _steps(cut: list[Piece], title: str) -> Iterator[Step]:
    """The pieces as steps; what stands before the first ``##`` is step 0, the opening."""
    head = cut[0] if cut else None
    if not isinstance(head, Heading) or head.level != 1 or head.text != title:
        raise LessonError(f"after the front matter comes the heading  # {title}", head.line if head else 1)
    begins = [i for i, piece in enumerate(cut) if i == 0 or (isinstance(piece, Heading) and piece.level == 2)]
    for number, (begin, end) in enumerate(zip(begins, [*begins[1:], len(cut)], strict=True)):
        heading = cut[begin]
        assert isinstance(heading, Heading)
        named, optional, _ = heading.text.partition("{optional}")
        yield Step(number, named.strip(), tuple(_parts(cut[begin + 1 : end])), heading.line, bool(optional))


def _parts(cut: list[Piece]) -> Iterator[Part]:
    rest = list(reversed(cut))
    while rest:
        match rest.pop():
            case Prose(text, line):
                yield Prose(filled(text), line)
            case Heading(level, text, line):
                yield Prose(f"{'#' * level} {text}", line)
            case Fence(role="run") as fence:
                output = _next(rest, "output")
                yield Run(fence.id, fence.body, output.body if output else "", fence.line)
            case Fence(role="show") as fence:
                picture = rest.pop() if rest and isinstance(rest[-1], Picture) else None
                alt, path = (picture.alt, picture.path) if isinstance(picture, Picture) else ("", "")
                yield Show(fence.id, fence.body, filled(alt), path, fence.line)
            case Fence(language="toml", role="train") as fence:
                yield _train(fence, rest)
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
    lists: dict[str, Any] = {key: _texts(table.pop(key, ())) for key in ("choices", "hints", "diagnose")}
    table |= _answer(table.pop("answer", ""))
    predict = Predict(fence.id, fence.line, **({"ask": ""} | table | lists), wrong=wrong)
    if not predict.ask or not (predict.answer or predict.answers or predict.derivative_of):
        raise LessonError(f"{fence.id}: a prediction has  ask  and either  answer  or  derivative_of", fence.line)
    if bool(predict.derivative_of) != bool(predict.with_respect_to) or (predict.through and not predict.derivative_of):
        raise LessonError(f"{fence.id}: derivative_of and with_respect_to go together (and through)", fence.line)
    if predict.accept not in ACCEPT:
        raise LessonError(f"{fence.id}: accept is one of {', '.join(ACCEPT)}", fence.line)
    listed = [bool(predict.answers), *(bool(each.answers) for each in wrong)]
    if listed.count(predict.accept in LISTED) < len(listed):
        raise LessonError(
            f"{fence.id}: answers are lists of texts where accept is {' or '.join(LISTED)}, and only there", fence.line
        )
    return predict


def _answer(given: object) -> dict[str, Any]:
    """One text, or a list of them."""
    return {"answer": "", "answers": _texts(given)} if isinstance(given, list) else {"answer": filled(str(given))}


def _texts(given: Iterable[object]) -> tuple[str, ...]:
    return tuple(filled(str(each)) for each in given)


def _wrong(table: object, line: int) -> Wrong:
    if not (isinstance(table, dict) and set(table) == {"answer", "message"}):
        raise LessonError("[[wrong]] has an answer and a message", line)
    return Wrong(message=filled(str(table["message"])), **_answer(table["answer"]))


def _train(fence: Fence, rest: list[Piece]) -> Train:
    table = _table(fence.body, TRAIN_KEYS, fence.line)
    code = _next(rest, "train")
    seeds, holds = table.get("seeds", []), table.get("holds", [])
    if code is None or code.language != "python" or not seeds or not all(type(seed) is int for seed in seeds):
        raise LessonError(
            f"{fence.id}: a training has  seeds, a list of integers, and then a  python train  fence", fence.line
        )
    claims = (holds,) if isinstance(holds, str) else tuple(map(str, holds))
    return Train(fence.id, code.body, _generator(code), tuple(seeds), claims, fence.line)


def _generator(fence: Fence) -> str:
    """The name of the generator function that ends a training's code."""
    try:
        last = ast.parse(fence.body).body[-1:]
    except SyntaxError as error:
        raise LessonError(f"the training is not Python: {error.msg}", fence.line + (error.lineno or 0)) from None
    for each in last:
        yields = any(isinstance(node, ast.Yield | ast.YieldFrom) for node in ast.walk(each))
        if isinstance(each, ast.FunctionDef) and yields and [arg.arg for arg in each.args.args] == ["seed"]:
            return each.name
    raise LessonError(
        "a training ends with a function of one argument, seed, that yields what is to be seen", fence.line
    )


def _exercise(fence: Fence, rest: list[Piece]) -> Exercise:
    table = _table(fence.body, EXERCISE_KEYS, fence.line)
    code = {}
    for role in ("starter", "solution", "check"):
        found = _next(rest, role)
        if found is None:
            raise LessonError(f"{fence.id}: after an exercise come  python starter,  solution  and  check", fence.line)
        code[role] = found.body
    hints = _texts(table.pop("hints", ()))
    if not table.get("ask") or not str(table.get("define", "")).isidentifier():
        raise LessonError(f"{fence.id}: an exercise has  ask  and  define, the name to define", fence.line)
    return Exercise(fence.id, fence.line, **table, **code, hints=hints)


def _table(text: str, keys: Mapping[str, type | tuple[type, ...]], line: int) -> dict[str, Any]:
    """The table that the TOML spells; its sentences with their numbers filled in."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LessonError(f"not TOML: {error}", line) from None
    for key, value in table.items():
        if key not in keys:
            raise LessonError(f"there is no key {key}; known: {', '.join(keys)}", line)
        wanted = keys[key]
        if not isinstance(value, wanted) or isinstance(value, bool):
            kinds = " or ".join(kind.__name__ for kind in (wanted if isinstance(wanted, tuple) else (wanted,)))
            raise LessonError(f"{key} wants {kinds}, not {type(value).__name__}", line)
    return table | {key: filled(table[key]) for key in ("ask", "why") if key in table}


# Numbers in sentences: ``{{w.grad}}`` in the file becomes ``{{w.grad → 45.0}}`` by `check --write`, and reads 45.0 ---


BRACES = re.compile(r"\{\{(.+?)(?: → (.*?))?\}\}")


def filled(text: str) -> str:
    """The text with each number in its place; one that has not been computed yet shows its expression."""
    return BRACES.sub(lambda found: found[1] if found[2] is None else found[2], text)


# Markdown cut into pieces: headings, the fences that are ours, pictures, and prose ------------------------------------


FENCE = re.compile(r"(`{3,})(.*)")
HEADING = re.compile(r"(#{1,6}) +(.*?)\s*")
PICTURE = re.compile(r"!\[(.*)\]\((.*)\)\s*")
ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
ROLES = {
    "python": {"run", "show", "train", "starter", "solution", "check"},
    "toml": {"predict", "exercise", "train"},
}
NAMED = {("python", "run"), ("python", "show"), *(("toml", role) for role in ROLES["toml"])}


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
    named = (language, role) in NAMED
    if options or bool(name) != named or (name and not ID.fullmatch(name)):
        wanted = "id=lower-case-words and nothing else" if named else "nothing else"
        raise LessonError(f"after {language} {role} stands {wanted}", line)
    return Fence(language, role, name, "\n".join(body), line)
