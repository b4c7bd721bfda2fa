"""A lesson written for a classroom: as a notebook, as slides, or as a handout with its questions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from autograd_tiny import files
from lessons.classes import handout, slides
from lessons.faces import notebook
from lessons.format.lesson import Lesson, LessonError

Written = tuple[Path, ...]


def export(lesson: Lesson, to: str, folder: Path) -> Written:
    """Write the lesson in this form into the folder; the files, the main one first. LessonError for another form."""
    if to not in FORMS:
        raise LessonError(f"export --to {to}: there is no such form; known: {', '.join(FORMS)}")
    folder.mkdir(parents=True, exist_ok=True)
    return FORMS[to](lesson, folder)


def _notebook(lesson: Lesson, folder: Path) -> Written:
    return (notebook.export(lesson, folder),)


def _slides(lesson: Lesson, folder: Path) -> Written:
    """A Beamer document with its pictures beside it, and the PDF where LaTeX is installed."""
    source = files.write(folder / f"{lesson.id}-slides.tex", slides.document(lesson, folder))
    made = slides.typeset(source)
    return (made, source) if made else (source,)


def _handout(lesson: Lesson, folder: Path) -> Written:
    """Two pages: one with the questions and room for answers, one with the solutions as well."""
    return tuple(
        files.write(folder / f"{lesson.id}-{name}.html", handout.page(lesson, solutions))
        for name, solutions in (("handout", False), ("solutions", True))
    )


FORMS: dict[str, Callable[[Lesson, Path], Written]] = {
    "notebook": _notebook,
    "ipynb": _notebook,
    "slides": _slides,
    "handout": _handout,
}
