"""Lessons to step through: in a terminal (``python -m lessons``), in any Python REPL, or in a notebook.

import lessons
lesson = lessons.start("shared-parameters")  # begins, or goes on where you stopped, and shows the screen
lesson.use(globals())  # the lesson's names are yours (in IPython they are there by themselves)
lesson.next(); lesson.answer("3*w**2 - 6*w"); lesson.hint(); lesson.back(); lesson.goto(3)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lessons.faces.python import Lesson

__all__ = ["start"]


def start(name: str, *, resume: bool = True, show: bool = True) -> Lesson:
    """Begin a lesson, or go on where you stopped (`resume=False`: from the beginning); every step is remembered.

    The first screen is shown, and in IPython the lesson's names are there (`show=False`: neither).
    LessonError with the nearest names where there is no such lesson.
    """
    from lessons.faces import python
    from lessons.faces.welcome import following
    from lessons.format import library
    from lessons.session import progress

    python.install()
    lesson = library.load(name)
    known = progress.load()
    if known.notice:
        print(known.notice)
    snapshot = known.lessons.get(name) if resume else None
    keep = progress.keeper(name, since=known.lessons.get(name))
    session = python.Lesson(lesson, snapshot, keep, lambda: following(name))
    if show:
        session.greet()
    return session


def __dir__() -> list[str]:
    """What is public."""
    return list(__all__)
