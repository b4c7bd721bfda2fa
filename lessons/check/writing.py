"""What can be computed is written into a lesson's file: outputs, numbers in sentences, pictures, runs of trainings."""

from __future__ import annotations

import math
import re
from pathlib import Path

from autograd_tiny import files
from lessons.check import trained
from lessons.check.claims import closing, with_numbers
from lessons.format.document import PICTURE, read, reread, runs_path
from lessons.format.lesson import Lesson, LessonError, Run, Show, Train
from lessons.session.history import after
from lessons.session.pages import picture


def rewrite(lesson: Lesson, path: Path, train: bool = False) -> int:
    """Write what is computed into the file and beside it; the number of files that changed. `train`: all runs, too."""
    for block, outcome in zip(lesson.blocks, after(lesson.blocks).outcomes, strict=False):
        if outcome.error:  # what rests on it would only complain of names that it did not make
            raise LessonError(f"{block.id} fails: {outcome.error}", block.line)
    changed = _runs(lesson, train)
    lesson = reread(lesson, lesson.text)
    text = with_outputs(reread(lesson, with_numbers(lesson)))
    if text != lesson.text:
        files.write(path, text)
        changed += 1
    return changed + _pictures(read(path), path.parent / "pictures")


def _runs(lesson: Lesson, again: bool) -> int:
    """Train what has no stored runs, or those of other code (or all of it, again); the number of files written."""
    missing = [part for part in lesson.parts if isinstance(part, Train) and (again or trained.stale(lesson, part))]
    for train in missing:
        path = runs_path(lesson, train)
        path.parent.mkdir(exist_ok=True)
        files.write(path, trained.recomputed(lesson, train))
    return len(missing)


def _pictures(lesson: Lesson, folder: Path) -> int:
    changed = 0
    for show in lesson.parts:
        if isinstance(show, Show):
            folder.mkdir(exist_ok=True)
            drawn = picture(lesson, show).drawing.svg
            target = folder / f"{lesson.id}-{show.id}.svg"
            if not target.exists() or target.read_text(encoding="utf-8") != drawn:
                files.write(target, drawn)
                changed += 1
    return changed


def with_outputs(lesson: Lesson) -> str:
    """The lesson's text with the output of each run block, and the path of each picture, as they are now."""
    lines = lesson.text.splitlines()
    outputs = _outputs(lesson)
    # From the end backward, so that the line numbers before stay true.
    for part in reversed(lesson.parts):
        if isinstance(part, Run):
            end = closing(lines, part.line)
            lines[end : _past_output(lines, end)] = _fenced(outputs[part.id])
        elif isinstance(part, Show):
            picture_at = _past_blank(lines, closing(lines, part.line))
            if picture_at < len(lines) and (found := PICTURE.fullmatch(lines[picture_at])):
                lines[picture_at] = f"![{found[1]}](pictures/{lesson.id}-{part.id}.svg)"
    return "\n".join(lines) + "\n"


def _outputs(lesson: Lesson) -> dict[str, str]:
    """What each run block prints; LessonError where one fails, lest its output be lost."""
    outputs = {}
    for block, outcome in zip(lesson.blocks, after(lesson.blocks).outcomes, strict=True):
        if outcome.error:
            raise LessonError(f"{block.id} fails: {outcome.error}", block.line)
        if isinstance(block, Run):
            outputs[block.id] = block.output if same(outcome.output, block.output) else outcome.output
    return outputs


def _past_blank(lines: list[str], at: int) -> int:
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at


def _past_output(lines: list[str], end: int) -> int:
    """The index after an output fence that follows, or the same index where none does."""
    at = _past_blank(lines, end)
    return closing(lines, at + 1) if at < len(lines) and lines[at].strip("`").strip() == "output" else end


def _fenced(output: str) -> list[str]:
    return ["", "```output", *output.splitlines(), "```"] if output else []


# Printed output, compared as a reader would: the same words, and numbers that differ by rounding at most --------------


NUMBER = re.compile(r"[-+]?\d+\.?\d*(?:e[-+]?\d+)?")
# Processors and NumPy's libraries agree to some twelve digits, difference quotients formed from their numbers to eight.
# So small numbers are compared as closely as large ones: a gradient of 1e-20 is not one of 1e-10.
RELATIVE = 1e-6
# What a check of gradients calls its error, and ok, is rounding itself: another processor has another.
ERROR = re.compile(rf"(?<=error ){NUMBER.pattern}|{NUMBER.pattern}(?= +ok\b)")
ROUNDING = 1e-9


def same(one: str, other: str) -> bool:
    """Whether two outputs tell the reader the same; blanks may differ, because columns are as wide as their numbers."""
    one, other = (ERROR.sub(lambda found: _error(found[0]), text) for text in (one, other))
    pairs = zip(NUMBER.findall(one), NUMBER.findall(other), strict=False)
    return _words(one) == _words(other) and all(_close(*pair) for pair in pairs)


def _close(one: str, other: str) -> bool:
    """Whether two numbers are the same; whole ones are counts, and exact."""
    counts = one.lstrip("+-").isdecimal() and other.lstrip("+-").isdecimal()
    return math.isclose(float(one), float(other), rel_tol=0.0 if counts else RELATIVE)


def _error(number: str) -> str:
    return "rounding" if float(number) < ROUNDING else number


def _words(text: str) -> str:
    """The text without its numbers: a # stands for each."""
    return " ".join(NUMBER.sub("#", text).split())
