"""Screens made into pages: records of each part executed, drawn or posed as it stands now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from textwrap import fill
from typing import Any, TypeAlias

from lessons.format import library
from lessons.format.lesson import (
    Block,
    Curves,
    Exercise,
    Lesson,
    LessonError,
    Part,
    Predict,
    Prose,
    Question,
    Run,
    Screen,
    Show,
    Train,
)
from lessons.format.outline import titled
from lessons.session.execution import Names, execute

NARROW = 80  # columns of a terminal
SHORT = 12  # frames of a film that is told frame by frame
NEW = "\n"


# Pictures: each made anew from the lesson's own code, as it stands where the picture stands ---------------------------


@dataclass(frozen=True)
class Picture:
    """A Value, a drawing or a film, with what it shows in words."""

    id: str
    alt: str
    made: Any

    @property
    def moves(self) -> bool:
        """Whether it is a film."""
        return hasattr(self.made, "captions")

    @property
    def note(self) -> str:
        """What there is besides the text: of a film, its frames; of what is played, its sliders."""
        if self.played:
            sliders = len(self.made.controls)
            return f"a page with {sliders} slider{'s' * (sliders > 1)}"
        return f"a film of {len(self.made)} frames" if self.moves else ""

    @property
    def played(self) -> bool:
        """Whether it is a circuit with sliders."""
        return hasattr(self.made, "controls")

    @property
    def drawing(self) -> Any:
        """The picture as one drawing; of a film, the last frame, or the first that asks for a gradient."""
        import viz

        if self.moves or self.played:
            return self.made.cover
        return viz.draw(self.made) if hasattr(self.made, "data") else self.made

    @property
    def text(self) -> str:
        """The picture for a terminal: a circuit as a tree or a table, a short film as the captions of its frames.

        What a film asks for it does not tell: the captions end with the first question.
        """
        import viz

        if self.moves and len(self.made) <= SHORT:
            return NEW.join(self.told)
        if hasattr(self.made, "data"):
            return viz.text(self.made).rstrip()
        words = getattr(self.drawing if self.played else self.made, "words", None)
        return _narrow(str(words()).rstrip() if words else f"[{self.alt}]")

    @property
    def told(self) -> tuple[str, ...]:
        """The captions of a film, numbered, up to the first question that it asks."""
        asks = [question.frame for question in self.made.questions]
        captions = self.made.captions[: asks[0] + 1] if asks else self.made.captions
        return tuple(f"{number:>3}  {text.replace(NEW, NEW + ' ' * 5)}" for number, text in enumerate(captions, 1))

    @property
    def suffix(self) -> str:
        """The form in which it is best looked at: a film or what has sliders as a page that plays, else an SVG."""
        return ".html" if self.moves or self.played else ".svg"

    def save(self, folder: Path, suffix: str = "") -> Path:
        """Write it into the folder under its id."""
        kind = suffix or self.suffix
        made = self.made if kind == ".html" else self.drawing
        return Path(made.save(folder / f"{self.id}{kind}"))


def _narrow(text: str) -> str:
    """Sentences wrapped to a terminal's lines; what stands in columns keeps its own."""
    return NEW.join(line if "  " in line else fill(line, NARROW, break_on_hyphens=False) for line in text.split(NEW))


def names_before(lesson: Lesson, part: Part) -> Names:
    """The lesson's names where this part stands, for the caller alone."""
    from lessons.session.history import after  # the first screen has no names, and waits for no engine

    return after(lesson.before(part)).names


def picture(lesson: Lesson, show: Show) -> Picture:
    """The picture that this block describes; LessonError where its code fails or gives nothing to draw."""
    import viz
    from viz.live.live import running

    outcome = execute(show.code, {"viz": viz, **names_before(lesson, show)}, f"<lesson: {show.id}>")
    if outcome.error:
        raise LessonError(f"{show.id}: {outcome.error}", show.line)
    if not (hasattr(outcome.value, "save") or hasattr(outcome.value, "operation")):
        raise LessonError(f"{show.id}: the last line gives nothing to draw, but {outcome.value!r}", show.line)
    follower = running()
    if follower:
        follower.show(outcome.value)
    return Picture(f"{lesson.id}-{show.id}", show.alt, outcome.value)


# Screens made into pages ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ran:
    """A run block and what it printed just now."""

    block: Run
    output: str


@dataclass(frozen=True)
class Trained:
    """A training, and the runs of it: those that are stored, or one that has just been made."""

    block: Train
    runs: Mapping[int, Curves]


@dataclass(frozen=True)
class Posed:
    """A question and how it stands: "open", "right", "solved" or "skipped"."""

    question: Question
    status: str


Item: TypeAlias = Prose | Ran | Trained | Picture | Posed


@dataclass(frozen=True)
class Page:
    """One screen of a lesson, executed."""

    lesson: str
    step: int
    steps: int
    title: str
    continued: bool
    items: tuple[Item, ...]
    about: str = ""  # of a lesson's first page, how long it takes and what it builds on; that a step is optional
    optional: bool = False

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The pictures on the page."""
        return tuple(item for item in self.items if isinstance(item, Picture))

    @property
    def posed(self) -> Posed | None:
        """The question at the end of the page."""
        last = self.items[-1] if self.items else None
        return last if isinstance(last, Posed) else None


def page(lesson: Lesson, screen: Screen, output: Callable[[Block], str], done: Mapping[str, str]) -> Page:
    """The whole screen; `output` gives what a block printed, `done` how the questions stand."""
    return _page(lesson, screen, screen.continued, [item(part, lesson, output, done) for part in screen.parts])


def head(lesson: Lesson, screen: Screen) -> Page:
    """The screen with nothing on it yet."""
    return _page(lesson, screen, screen.continued, ())


def alone(lesson: Lesson, screen: Screen, piece: Item) -> Page:
    """One piece shown by itself."""
    return _page(lesson, screen, True, [piece])


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
    step = screen.step
    opening = OPTIONAL if step.optional else "" if step.number else about(lesson)
    said = "" if continued else opening
    steps = lesson.steps[-1].number
    return Page(lesson.title, step.number, steps, titled(step), continued, tuple(items), said, step.optional)


OPTIONAL = "One may leave this step out: :skip goes past it."


def about(lesson: Lesson) -> str:
    """How long a lesson takes, and what it needs, in a sentence or two."""
    titles = {entry.id: entry.title for entry in library.entries()}
    needed = ", ".join(titles.get(name, name) for name in lesson.needs)
    return f"About {lesson.minutes} minutes." + (f" It builds on: {needed}." if needed else "")


def item(part: Part, lesson: Lesson, output: Callable[[Block], str], done: Mapping[str, str]) -> Item:
    """A part as it is shown: executed, drawn or posed."""
    match part:
        case Run():
            return Ran(part, output(part))
        case Train():
            from lessons.session.training import stored_runs

            return Trained(part, stored_runs(part))
        case Show():
            return picture(lesson, part)
        case Predict() | Exercise():
            return Posed(part, done.get(part.id, "open"))
        case Prose():
            return part
