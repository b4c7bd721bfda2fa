"""Links between lessons, for one who reads without a browser: ``Gates (lesson gates/13)``."""

from __future__ import annotations

import re

from lessons import library
from lessons.outline import anchor
from lessons.parts import LessonError
from lessons.quoting import CODE, ESCAPE

LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)")
LINK_OR_CODE = re.compile(f"{ESCAPE}|{LINK.pattern}|{CODE}", re.DOTALL)


def spoken(markdown: str) -> str:
    """Markdown with every link as its text and, in brackets, where to find what it leads to; code stays as it is."""
    return LINK_OR_CODE.sub(lambda found: f"{found[1]} ({_place(found[2])})" if found[2] else found[0], markdown)


def _place(target: str) -> str:
    """``gates.md#forward`` as one types it: lesson gates/2; a step of this lesson: :goto forward; the web as it is."""
    file, _, heading = target.partition("#")
    if not file:
        return f":goto {heading}"
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
    return next((step.number for step in steps if anchor(step.title) == heading), heading)
