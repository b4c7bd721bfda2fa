"""The lessons there are: where they lie, what they are called, and the one that was meant."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from lessons.format import document
from lessons.format.lesson import Lesson, LessonError

TEXTS = Path(__file__).parents[1] / "texts"


@dataclass(frozen=True)
class Entry:
    """A lesson in the list: its front matter without the rest."""

    id: str
    title: str
    part: str
    order: int
    summary: str


def entries() -> list[Entry]:
    """All lessons in the order in which they are taken."""
    found = [entry for path in paths() if (entry := _entry(path))]
    return sorted(found, key=lambda entry: (entry.order, entry.id))


def paths() -> list[Path]:
    """The files of all lessons."""
    return sorted(TEXTS.glob("*.md"))


def load(name: str) -> Lesson:
    """The lesson of this name; LessonError with the nearest names where there is none."""
    return document.read(path_of(name))


def path_of(name: str) -> Path:
    """Where the lesson of this name lies; LessonError with the nearest names where there is none."""
    known = [path.stem for path in paths()]
    if name in known:
        return TEXTS / f"{name}.md"
    near = difflib.get_close_matches(name.casefold().replace(" ", "-").replace("_", "-"), known, 3, 0.5)
    meant = f"did you mean {_either(near)}?" if near else f"there are {', '.join(known) or 'none yet'}"
    raise LessonError(f"There is no lesson {name!r}; {meant}")


def _entry(path: Path) -> Entry | None:
    try:
        front = document.front_matter(path.read_text(encoding="utf-8"))
    except LessonError:
        return None  # `check` says what is wrong; the other lessons can be taken
    return Entry(path.stem, front["title"], front["part"], front["order"], front["summary"])


def _either(names: list[str]) -> str:
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))
