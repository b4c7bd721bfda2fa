"""A lesson's outline: where its places are, and how far a learner has come."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lessons.format import library
from lessons.format.lesson import Exercise, Lesson, LessonError, Predict, Prose, Step
from lessons.format.quoting import CODE, ESCAPE

MARKS = {"right": "✓", "solved": "◐", "skipped": "–"}


def places(lesson: Lesson) -> dict[str, int]:
    """Every name of a screen, in lower case: the step's number, the ids of its blocks, its heading, its anchor.

    An id is one block's alone: no heading that reads the same takes it away.
    """
    numbers, ids, headings = dict[str, int](), dict[str, int](), dict[str, int]()
    for at, screen in enumerate(lesson.screens):
        numbers.setdefault(str(screen.step.number), at)
        ids |= {part.id: at for part in screen.parts if not isinstance(part, Prose)}
        for name in (screen.step.title.casefold(), *anchors(screen.step)):
            headings.setdefault(name, at)
    return headings | ids | numbers


def anchor(heading: str) -> str:
    """A heading as the web's anchor: lower case, hyphens for spaces, no punctuation."""
    return re.sub(r"[^\w\- ]", "", heading.casefold()).strip().replace(" ", "-")


def anchors(step: Step) -> tuple[str, ...]:
    """What a step is called in links: by us, and by the web, which reads {optional} as a word."""
    return (anchor(step.title), anchor(f"{step.title} optional")) if step.optional else (anchor(step.title),)


def titled(step: Step) -> str:
    """A step's heading as it is shown."""
    return f"{step.title} (optional)" if step.optional else step.title


def listing(lesson: Lesson, at: int, done: Mapping[str, str]) -> str:
    """One line per step: its number, its heading, a mark for each question; ▸ is where you are."""
    here = lesson.screens[at].step.number
    lines = []
    for step in lesson.steps:
        questions = [part for part in step.parts if isinstance(part, Predict | Exercise)]
        marks = " ".join(MARKS.get(done.get(question.id, ""), "?") for question in questions)
        arrow = "▸" if step.number == here else " "
        title = titled(step)
        lines.append(f"{arrow} {step.number:>2}  {title}{'   ' + marks if marks else ''}")
    return "\n".join(lines)


def score(lesson: Lesson, done: Mapping[str, str]) -> str:
    """How the questions went, in words; those of optional steps are not counted."""
    stand = [done.get(question.id) for question in lesson.asked]
    counts = [stand.count(kind) for kind in ("right", "solved", "skipped")]
    words = ("answered", "looked up", "skipped")
    told = [f"{count} {word}" for count, word in zip(counts, words, strict=True) if count]
    return f"{', '.join(told) or 'none answered'} of {len(lesson.asked)} questions"


# Links between lessons, for one who reads without a browser: ``Gates (lesson gates/13)`` ------------------------------


LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)")
EXPERIMENT = re.compile(r"\.\./experiments/(?:\w+/(?!__main__)(?=\w+\.py))?(\w+?)(?:\.py|/(?:__main__\.py)?)?")
LINK_OR_CODE = re.compile(f"{ESCAPE}|{LINK.pattern}|{CODE}", re.DOTALL)


def spoken(markdown: str) -> str:
    """Markdown with every link as its text and, in brackets, where to find what it leads to; code stays as it is."""
    return LINK_OR_CODE.sub(lambda found: f"{found[1]} ({_place(found[2])})" if found[2] else found[0], markdown)


def _place(target: str) -> str:
    """``gates.md#forward`` as one types it: lesson gates/2; a step of this lesson: :goto forward; the web as it is.

    An experiment, ``../experiments/hello.py``, is the command that runs it.
    """
    file, _, heading = target.partition("#")
    if not file:
        return f":goto {heading}"
    if experiment := EXPERIMENT.fullmatch(target):
        return library.experiment_command(experiment[1])
    if not file.endswith(".md"):
        return target
    name = file.removesuffix(".md")
    return f"lesson {name}/{_step(name, heading)}" if heading else f"lesson {name}"


def _step(lesson: str, heading: str) -> int | str:
    """The number of the step with this heading; the heading itself where there is none."""
    try:
        steps = library.load(lesson).steps
    except LessonError:
        return heading
    return next((step.number for step in steps if heading in anchors(step)), heading)
