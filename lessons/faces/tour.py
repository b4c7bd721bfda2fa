"""The tour: a lesson that plays by itself, right answers and all, and leaves its pictures in a folder."""

from __future__ import annotations

import tempfile
from pathlib import Path

from lessons.faces.terminal import Face
from lessons.format import library
from lessons.format.lesson import Exercise, Lesson, Show
from lessons.session.pages import picture
from lessons.session.reply import Reply
from lessons.session.session import Session


def tour(face: Face, folder: Path, names: list[str]) -> None:
    """Play the first of these lessons, and write the pictures of all of them."""
    told = library.load(names[0])
    face.say(f"Nobody is typing, so the lesson plays by itself: {told.title}.")
    play(Session(told), face)
    place, count = _pictures([library.load(name) for name in names], folder)
    face.say(
        f"\n{count} pictures of {len(names)} lesson{'s' * (len(names) > 1)} are in {place}; open them in a browser."
    )
    face.say("To take a lesson yourself, type  python -m lessons  in a terminal.")


def play(session: Session, face: Face) -> None:
    """Show every screen, with the solution of each question."""
    reply = session.show()
    while reply.kind != "end":
        face.show(reply)
        question = session.question
        if question:
            face.show(session.solve())
            if isinstance(question, Exercise):
                face.show(Reply("note", "This solution passes the check."))
        reply = session.next()
    face.say(f"\nThat was {session.lesson.title}.")


def _pictures(lessons: list[Lesson], folder: Path) -> tuple[Path, int]:
    """Write every picture as SVG, a film as a page too; where, and how many."""
    place = _writable(folder)
    count = 0
    for lesson in lessons:
        for show in lesson.parts:
            if isinstance(show, Show):
                drawn = picture(lesson, show)
                drawn.save(place, ".svg")
                if drawn.note:
                    drawn.save(place)
                count += 1 + bool(drawn.note)
    return place, count


def _writable(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return Path(tempfile.mkdtemp(prefix="lesson-pictures-"))
