"""Screens made into pages: records of each part executed, drawn or posed as it stands now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from lessons.parts import Exercise, Lesson, Part, Predict, Prose, Question, Run, Screen, Show
from lessons.pictures import Picture, picture


@dataclass(frozen=True)
class Ran:
    """A run block and what it printed just now."""

    block: Run
    output: str


@dataclass(frozen=True)
class Posed:
    """A question and how it stands: "open", "right", "solved" or "skipped"."""

    question: Question
    status: str


Item: TypeAlias = Prose | Ran | Picture | Posed


@dataclass(frozen=True)
class Page:
    """One screen of a lesson, executed."""

    lesson: str
    step: int
    steps: int
    title: str
    continued: bool
    items: tuple[Item, ...]

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The pictures on the page."""
        return tuple(item for item in self.items if isinstance(item, Picture))

    @property
    def posed(self) -> Posed | None:
        """The question at the end of the page."""
        last = self.items[-1] if self.items else None
        return last if isinstance(last, Posed) else None


def page(lesson: Lesson, screen: Screen, output: Callable[[Run], str], done: Mapping[str, str]) -> Page:
    """The whole screen; `output` gives what a block printed, `done` how the questions stand."""
    return _page(lesson, screen, screen.continued, [_item(part, lesson, output, done) for part in screen.parts])


def last_pictures(lesson: Lesson, at: int) -> Page:
    """The pictures of this screen, or of the last one before it that has some."""
    screen = next((screen for screen in reversed(lesson.screens[: at + 1]) if _shows(screen)), lesson.screens[at])
    return _page(lesson, screen, True, list(map(partial(picture, lesson), _shows(screen))))


def the_picture(lesson: Lesson, name: str) -> Page | None:
    """The picture with this id; None where the lesson has no such picture."""
    found = ((screen, show) for screen in lesson.screens for show in _shows(screen) if show.id == name)
    return next((_page(lesson, screen, True, [picture(lesson, show)]) for screen, show in found), None)


def _shows(screen: Screen) -> list[Show]:
    return [part for part in screen.parts if isinstance(part, Show)]


def _page(lesson: Lesson, screen: Screen, continued: bool, items: Sequence[Item]) -> Page:
    return Page(lesson.title, screen.step.number, lesson.steps[-1].number, screen.step.title, continued, tuple(items))


def _item(part: Part, lesson: Lesson, output: Callable[[Run], str], done: Mapping[str, str]) -> Item:
    match part:
        case Run():
            return Ran(part, output(part))
        case Show():
            return picture(lesson, part)
        case Predict() | Exercise():
            return Posed(part, done.get(part.id, "open"))
        case Prose():
            return part
