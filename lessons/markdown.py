"""Markdown cut into pieces: headings, the fences that are ours, pictures, and prose.

Glossary: a *fence* is a block between lines of backquotes; ours are opened by *language role id=name* (or ``output``),
all others are prose. A *picture* is a line ``![alt](path)``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lessons.parts import LessonError, Prose

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
