"""The lessons there are: where they lie, what they are called, which one was meant."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lessons.format import document
from lessons.format.lesson import Lesson, LessonError

TEXTS = document.TEXTS
EXPERIMENTS = Path(__file__).parents[1] / "experiments"


@dataclass(frozen=True)
class Entry:
    """A lesson in the list: its front matter."""

    id: str
    title: str
    part: str
    order: int
    summary: str
    needs: tuple[str, ...] = ()
    minutes: int = 0
    experiments: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()  # the ids of those that count

    @property
    def place(self) -> tuple[int, int, str]:
        """Where it stands in the list: by part, then by its number."""
        parts = document.PARTS
        return (parts.index(self.part) if self.part in parts else len(parts), self.order, self.id)


def entries() -> list[Entry]:
    """All lessons in the order in which they are listed."""
    found = [entry for path in paths() if (entry := _entry(path))]
    return sorted(found, key=lambda entry: entry.place)


def ancestors(name: str, needs: Mapping[str, Sequence[str]]) -> list[str]:
    """The lesson and all that it builds on, what is needed first; each once, and what nobody knows left out."""
    order: list[str] = []
    waiting: list[tuple[str, bool]] = [(name, False)]
    met: set[str] = set()
    while waiting:
        each, done = waiting.pop()
        if done:
            order.append(each)
        elif each in needs and each not in met:
            met.add(each)
            waiting += [(each, True), *((need, False) for need in reversed(needs[each]))]
    return order


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


def minutes(name: str) -> int:
    """How long a lesson takes; LessonError where there is none."""
    return int(document.front_matter(path_of(name).read_text(encoding="utf-8"))["minutes"])


def experiment_command(name: str) -> str:
    """How an experiment is run."""
    return f"python -m lessons.experiments {name}"


def has_experiment(name: str) -> bool:
    """Whether there is an experiment of this name."""
    return any(EXPERIMENTS.rglob(f"{name}.py")) or (EXPERIMENTS / name / "__main__.py").exists()


def _entry(path: Path) -> Entry | None:
    try:
        text = path.read_text(encoding="utf-8")
        front = document.front_matter(text)
    except LessonError:
        return None  # `check` says what is wrong; the other lessons can be taken
    title, part, order, summary = (front[key] for key in ("title", "part", "order", "summary"))
    needs, experiments = (tuple(front.get(key, ())) for key in ("needs", "experiments"))
    questions = document.asked_ids(text)
    return Entry(path.stem, title, part, order, summary, needs, front.get("minutes", 0), experiments, questions)


def _either(names: list[str]) -> str:
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))
