"""What can be computed is written into a lesson's file: outputs of run blocks, paths of pictures, the pictures."""

from __future__ import annotations

from pathlib import Path

from autograd_tiny import files
from lessons.check.printed import same
from lessons.format.document import PICTURE
from lessons.format.lesson import Lesson, LessonError, Run, Show
from lessons.session.execution import Names, execute
from lessons.session.pages import picture


def rewrite(lesson: Lesson, path: Path) -> int:
    """Write the outputs into the file and the pictures beside it; the number of files that changed."""
    text = with_outputs(lesson)
    changed = int(text != lesson.text)
    if changed:
        files.write(path, text)
    folder = path.parent / "pictures"
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
            after = _end(lines, part.line)
            lines[after : _past_output(lines, after)] = _fenced(outputs[part.id])
        elif isinstance(part, Show):
            after = _end(lines, part.line)
            picture_at = _past_blank(lines, after)
            if picture_at < len(lines) and PICTURE.fullmatch(lines[picture_at]):
                lines[picture_at] = f"![{part.alt}](pictures/{lesson.id}-{part.id}.svg)"
    return "\n".join(lines) + "\n"


def _outputs(lesson: Lesson) -> dict[str, str]:
    """What each run block prints; LessonError where one fails, lest its output be lost."""
    names: Names = {}
    outputs = {}
    for block in lesson.parts:
        if isinstance(block, Run):
            outcome = execute(block.code, names, f"<lesson: {block.id}>")
            if outcome.error:
                raise LessonError(f"{block.id} fails: {outcome.error}", block.line)
            outputs[block.id] = block.output if same(outcome.output, block.output) else outcome.output
    return outputs


def _end(lines: list[str], line: int) -> int:
    """The index after the fence that opens on this line (counted from 1)."""
    ticks = lines[line - 1][: len(lines[line - 1]) - len(lines[line - 1].lstrip("`"))]
    return next(i for i in range(line, len(lines)) if lines[i].strip() == ticks) + 1


def _past_blank(lines: list[str], at: int) -> int:
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at


def _past_output(lines: list[str], after: int) -> int:
    """The index after an output fence that follows, or the same index where none does."""
    at = _past_blank(lines, after)
    return _end(lines, at + 1) if at < len(lines) and lines[at].strip("`").strip() == "output" else after


def _fenced(output: str) -> list[str]:
    return ["", "```output", *output.splitlines(), "```"] if output else []
