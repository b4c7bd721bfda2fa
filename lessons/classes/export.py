"""A lesson written for a classroom: as a notebook, as slides, or as a handout with its questions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from autograd_tiny import files
from lessons.classes import handout, slides
from lessons.faces import notebook
from lessons.format.lesson import Lesson, LessonError


class Written(NamedTuple):
    """What was written, the main file first, and what is to be said of it."""

    files: tuple[Path, ...]
    remark: str = ""


def export(lesson: Lesson, to: str, folder: Path) -> Written:
    """Write the lesson in this form into the folder. LessonError for another form."""
    if to not in FORMS:
        raise LessonError(f"export --to {to}: there is no such form; known: {', '.join(FORMS)}")
    folder.mkdir(parents=True, exist_ok=True)
    return FORMS[to](lesson, folder)


def _notebook(lesson: Lesson, folder: Path) -> Written:
    return Written((notebook.export(lesson, folder),))


def _slides(lesson: Lesson, folder: Path) -> Written:
    """A Beamer document with its pictures beside it, and the PDF where LaTeX is installed; else why there is none."""
    source = files.write(folder / f"{lesson.id}-slides.tex", slides.document(lesson, folder))
    try:
        return Written((slides.typeset(source), source))
    except LessonError as error:
        return Written((source,), str(error))


def _handout(lesson: Lesson, folder: Path) -> Written:
    """Two pages: one with the questions and room for answers, one with the solutions as well."""
    return Written(
        tuple(
            files.write(folder / f"{lesson.id}-{name}.html", handout.page(lesson, solutions))
            for name, solutions in (("handout", False), ("solutions", True))
        )
    )


FORMS: dict[str, Callable[[Lesson, Path], Written]] = {
    "notebook": _notebook,
    "ipynb": _notebook,
    "slides": _slides,
    "handout": _handout,
}
