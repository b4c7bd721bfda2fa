"""The way in: the first screen, the lesson that is chosen there, the next one after it, and goodbye.

What is heavy (the engine, the pictures) is imported when a lesson begins: the first screen stands at once.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from lessons.format import library
from lessons.format.lesson import LessonError
from lessons.session import progress
from lessons.session.standing import after, next_lesson, standings

if TYPE_CHECKING:
    from lessons.faces.input import Keyboard, Pipe
    from lessons.faces.terminal import Face

GOODBYE = "Goodbye."
REMEMBERED = "The lesson remembers where you are: python -m lessons"


def listed(plain: bool) -> int:
    """``list``: what there is, all of it."""
    learner = progress.load()
    face = face_for(plain)
    known = standings(library.entries(), learner.lessons)
    face.welcome(known, next_lesson(known, learner.last), whole=True)
    if learner.notice:
        face.say(learner.notice)
    return 0


def mapped(plain: bool, target: str = "") -> int:
    """``map`` and ``aim LESSON``: what there is, or the way to one lesson, in words and as a picture."""
    from lessons.faces import way
    from viz.output.browser import opens

    learner = progress.load()
    face = face_for(plain)
    known = standings(library.entries(), learner.lessons)
    proposed = "" if target else next_lesson(known, learner.last)
    if target:
        face.say(way.aim(target, known))
    else:
        face.welcome(known, proposed, whole=True)
    try:
        path = way.saved(
            way.drawn(known, target, proposed), progress.folder() / "pictures", f"aim-{target}" if target else "map"
        )
    except (OSError, ValueError, RuntimeError) as error:
        face.say(f"The picture cannot be saved: {error}")
        return 0
    face.say(f"\n{'Opened' if opens(path.as_uri()) else 'Open it in a browser'}: {path}")
    return 0


def enter(wanted: str, plain: bool, pictures: Path) -> int:
    """The first screen, or the lesson that is wanted; without anyone typing, the tour."""
    from lessons.faces.output import paged

    lesson, _, place = wanted.partition("/")
    if lesson:
        library.path_of(lesson)
    read = _reader()
    face = face_for(plain, paged(read))
    if read is None:
        from lessons.faces.tour import tour

        tour(face, pictures, [lesson] if lesson else [entry.id for entry in library.entries()])
        return 0
    keepers: list[progress.Keeper] = []
    known = progress.load()
    if known.notice:
        face.say(known.notice)
    try:
        lesson = lesson or _chosen(face, read, known)
        _stay(face, read, lesson, place, keepers)
    except EOFError:
        print()
    except KeyboardInterrupt:
        pass
    saved = all(keeper.saved for keeper in keepers) and not known.closed
    face.say(f"{GOODBYE} {REMEMBERED}" if saved else GOODBYE)
    return 0


def _stay(face: Face, read: Keyboard | Pipe, lesson: str, place: str, keepers: list[progress.Keeper]) -> None:
    """Take lessons one after the other, until the learner leaves; the keepers of all of them are told."""
    while lesson:
        lesson, place = _take(lesson, place, face, read, keepers), ""


def face_for(plain: bool, out: TextIO | None = None) -> Face:
    """Colour in a terminal that wants it, else plain text; on standard output, or where it is told."""
    if (
        plain
        or not (sys.stdout and sys.stdout.isatty())
        or os.environ.get("NO_COLOR")
        or os.environ.get("TERM") == "dumb"
    ):
        from lessons.faces.text import Plain

        return Plain(out)
    from lessons.faces.colour import Colour

    return Colour(out=out)


def _reader() -> Keyboard | Pipe | None:
    """Where lines come from; None where there are none at all."""
    from lessons.faces.input import CLOSED, Keyboard, Pipe

    if sys.stdin is None or sys.stdin.closed:
        return None
    if sys.stdin.isatty():
        return Keyboard()
    try:
        first = sys.stdin.readline()
    except CLOSED:
        return None
    return Pipe(sys.stdin, first) if first else None


def _chosen(face: Face, read: Keyboard | Pipe, learner: progress.Progress) -> str:
    """The first screen, and what is typed there: a lesson's name or number, or Enter; "" to leave."""
    known = standings(library.entries(), learner.lessons)
    ids = [standing.entry.id for standing in known]
    proposed = next_lesson(known, learner.last)
    if not proposed:
        raise LessonError("There are no lessons here.")
    face.welcome(known, proposed)
    going_on = proposed in learner.lessons and not learner.lessons[proposed].finished
    enter = "goes on with" if going_on else "begins"
    face.say(f"\nnext: Enter {enter} {proposed}; or type a number or a name (:map, :quit).")
    while True:
        typed = read("› ").strip()
        if typed in (":quit", ":q", "quit", "exit"):
            return ""
        if typed in (":list", "list", ":map", "map"):
            face.welcome(known, proposed, whole=True)
            continue
        wanted = ids[int(typed) - 1] if typed.isdecimal() and 0 < int(typed) <= len(ids) else typed or proposed
        try:
            library.path_of(wanted)
            return wanted
        except LessonError as error:
            face.say(error.message)


def following(lesson: str) -> str:
    """The lesson that comes after this one, as things stand now."""
    return after(lesson, standings(library.entries(), progress.load().lessons))


def _take(name: str, place: str, face: Face, read: Keyboard | Pipe, keepers: list[progress.Keeper]) -> str:
    """One lesson; the one that the learner goes on with after its end, or ""."""
    from lessons.faces.terminal import take
    from lessons.session.session import Session

    lesson = library.load(name)
    since = progress.load().lessons.get(name)
    keepers.append(progress.keeper(name, face.say, since))
    # A lesson that is done begins anew.
    session = Session(lesson, None if since and since.finished else since, keepers[-1], partial(following, name))
    if place:
        found = session.goto(place)
        if found.kind == "note":
            raise LessonError(found.text)
    read.names = session.names
    return take(session, face, read)
