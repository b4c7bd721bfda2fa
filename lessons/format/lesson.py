"""What a lesson is made of, as immutable records.

Glossary: a *part* is a piece of a step in reading order; a *question* is a part that waits for the learner; a *screen*
is what stands between two questions, or between a question and the end of its step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeAlias


class LessonError(ValueError):
    """A lesson that cannot be read or found; `line` is where, counted from 1 (0: nowhere in particular)."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(f"line {line}: {message}" if line else message)
        self.line = line
        self.message = message


@dataclass(frozen=True)
class Prose:
    """Markdown to read: paragraphs, and fences that are only shown."""

    text: str
    line: int


@dataclass(frozen=True)
class Run:
    """Code of the lesson, and its output as the file has it."""

    id: str
    code: str
    output: str
    line: int


Curves: TypeAlias = Mapping[str, Sequence[float] | Sequence[str]]  # what a run yielded, by name


@dataclass(frozen=True)
class Train:
    """A training: code that defines a generator function of a seed, and the runs of it that are stored beside the file.

    `stored` is that file's text; `holds` are expressions that are true of every run.
    """

    id: str
    code: str
    define: str
    seeds: tuple[int, ...]
    holds: tuple[str, ...]
    line: int
    stored: str = ""


@dataclass(frozen=True)
class Show:
    """A picture: code whose last line is an expression, its alt text, and the path of its SVG in the file."""

    id: str
    code: str
    alt: str
    path: str
    line: int


@dataclass(frozen=True)
class Wrong:
    """A mistake worth an answer of its own."""

    answer: str
    message: str
    answers: tuple[str, ...] = ()  # of several choices, or of an order


@dataclass(frozen=True)
class Predict:
    """A question whose right answer the engine knows."""

    id: str
    line: int
    ask: str
    answer: str = ""
    answers: tuple[str, ...] = ()  # of several choices, or of an order: the texts in `choices` that are meant
    derivative_of: str = ""
    with_respect_to: str = ""
    through: str = ""
    accept: str = "any"
    within: float = 0.0  # how far a number may be off, besides rounding
    choices: tuple[str, ...] = ()
    holds: str = ""
    why: str = ""
    hints: tuple[str, ...] = ()
    wrong: tuple[Wrong, ...] = ()
    diagnose: tuple[str, ...] = ()  # what else may be named, besides the mistakes of a derivative


@dataclass(frozen=True)
class Exercise:
    """Code to write: what the learner begins with, one solution, and the check that tells."""

    id: str
    line: int
    ask: str
    define: str
    starter: str = ""
    solution: str = ""
    check: str = ""
    why: str = ""
    hints: tuple[str, ...] = ()


Block: TypeAlias = Run | Train  # what is executed, in order, in the lesson's names
Part: TypeAlias = Prose | Run | Train | Show | Predict | Exercise
Question: TypeAlias = Predict | Exercise


def texts(part: Part) -> tuple[str, ...]:
    """All that is to be read in a part."""
    match part:
        case Prose():
            return (part.text,)
        case Predict():
            return (part.ask, part.why, *part.hints, *(wrong.message for wrong in part.wrong))
        case Exercise():
            return (part.ask, part.why, *part.hints)
    return ()


@dataclass(frozen=True)
class Step:
    """One idea: a heading and its parts."""

    number: int
    title: str
    parts: tuple[Part, ...]
    line: int
    optional: bool = False


@dataclass(frozen=True)
class Screen:
    """A stretch of a step that is read at once; its last part may be a question."""

    step: Step
    parts: tuple[Part, ...]
    continued: bool  # it follows a question of the same step

    @property
    def question(self) -> Question | None:
        """The question that ends the screen."""
        last = self.parts[-1] if self.parts else None
        return last if isinstance(last, Predict | Exercise) else None


@dataclass(frozen=True)
class Source:
    """Where a lesson's matter comes from: a lecture document (000 … 004) and its section."""

    file: str
    section: str


@dataclass(frozen=True)
class Lesson:
    """A whole lesson; step number 0 is its opening."""

    id: str
    title: str
    part: str
    order: int
    summary: str
    source: tuple[Source, ...]
    needs: tuple[str, ...]
    steps: tuple[Step, ...]
    text: str
    minutes: int = 0
    experiments: tuple[str, ...] = ()
    folder: Path = Path()  # where its file lies; pictures and stored runs are beside it

    @cached_property
    def screens(self) -> tuple[Screen, ...]:
        """Every screen in reading order."""
        return tuple(screen for step in self.steps for screen in _screens(step))

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Every part in reading order."""
        return tuple(part for step in self.steps for part in step.parts)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Every question in reading order."""
        return tuple(part for part in self.parts if isinstance(part, Predict | Exercise))

    @cached_property
    def asked(self) -> tuple[Question, ...]:
        """The questions that count: those of steps that are not optional."""
        parts = (part for step in self.steps if not step.optional for part in step.parts)
        return tuple(part for part in parts if isinstance(part, Predict | Exercise))

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """What is executed, in order."""
        return tuple(part for part in self.parts if isinstance(part, Run | Train))

    def before(self, part: Part) -> tuple[Block, ...]:
        """The blocks that stand before this part."""
        at = next(i for i, each in enumerate(self.parts) if each is part)
        return tuple(each for each in self.parts[:at] if isinstance(each, Run | Train))


def _screens(step: Step) -> list[Screen]:
    screens: list[Screen] = []
    begun: list[Part] = []
    for part in step.parts:
        begun.append(part)
        if isinstance(part, Predict | Exercise):
            screens.append(Screen(step, tuple(begun), bool(screens)))
            begun = []
    if begun or not screens:
        screens.append(Screen(step, tuple(begun), bool(screens)))
    return screens


ANSWERED = ("right", "solved", "skipped")  # how a question may stand that is no longer open


@dataclass(frozen=True)
class Snapshot:
    """What is worth remembering of a session: where it stands, what is answered, in how many attempts and how long.

    `drafts` are what has been written for exercises, by their ids.
    """

    at: int = 0  # the screen's number
    step: int = 0
    done: dict[str, str] = field(default_factory=dict)
    finished: bool = False
    attempts: dict[str, int] = field(default_factory=dict)  # by the ids of questions
    seconds: float = field(default=0.0, compare=False)
    drafts: dict[str, str] = field(default_factory=dict)
