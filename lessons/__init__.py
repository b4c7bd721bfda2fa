"""Lessons to step through: in a terminal (``python -m lessons``), in any Python REPL, or in a notebook.

import lessons
lesson = lessons.start("shared-parameters")  # begins, or goes on where you stopped
lesson.next(); lesson.answer("3*w**2 - 6*w"); lesson.hint(); lesson.back(); lesson.goto(3)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lessons.session.session import Session

__all__ = ["start"]


def start(name: str, *, resume: bool = True) -> Session:
    """Begin a lesson, or go on where you stopped (`resume=False`: from the beginning); every step is remembered.

    LessonError with the nearest names where there is no such lesson.
    """
    from lessons.faces import python
    from lessons.faces.welcome import following
    from lessons.format import library
    from lessons.session import progress
    from lessons.session.session import Session

    python.install()
    lesson = library.load(name)
    known = progress.load()
    if known.notice:
        print(known.notice)
    snapshot = known.lessons.get(name) if resume else None
    keep = progress.keeper(name, since=known.lessons.get(name))
    return Session(lesson, snapshot, keep, lambda: following(name))


def __dir__() -> list[str]:
    """What is public."""
    return list(__all__)
