"""A learner's place in a lesson, kept between sessions. It brings the engine, which the map does without."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from lessons.faces.welcome import following
from lessons.format import library
from lessons.session import progress
from lessons.session.reply import Reply
from lessons.session.session import Session


class Seat(Session):
    """A session whose screens are shown piece by piece, and not with each reply."""

    def show(self) -> Reply:
        """That there is a screen to be shown."""
        return Reply("page")


def taken(name: str, note: Callable[[str], None]) -> Seat:
    """A lesson from its beginning, or from where it was left; one that is done begins anew."""
    lesson = library.load(name)
    since = progress.load().lessons.get(name)
    keep = progress.keeper(name, note, since)
    return Seat(lesson, None if since and since.finished else since, keep, partial(following, name))
