"""Lessons in a terminal or through a pipe: read a line, let the session answer, show the reply.

Glossary: a *face* shows replies (`text` or `colour`); a *reader* gives the typed lines. What a line means is decided
in `commands`.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from lessons.faces.curves import Watch
from lessons.faces.input import CONTINUED
from lessons.format import library
from lessons.format.lesson import LessonError
from lessons.format.quoting import quoted
from lessons.session import progress
from lessons.session.commands import COMMANDS, Meaning, carried_out, is_unfinished, remark, understand
from lessons.session.pages import Picture
from lessons.session.reply import Reply
from lessons.session.session import Session
from lessons.session.standing import Standing, next_lesson, standings

Reader = Callable[[str], str]  # prompt ↦ line; EOFError at the end, KeyboardInterrupt at Ctrl-C
BEGINNING = "Enter goes on; :help lists what else one can do; :live shows each picture in your browser."
OFFER = "(Here is its text. :pic opens the picture itself, :live shows every one in your browser.)"


class Face(Protocol):
    """How replies are shown."""

    def show(self, reply: Reply) -> None:
        """A page, a verdict, a hint …"""

    def say(self, text: str) -> None:
        """A quiet line of the machinery."""

    def welcome(self, known: Sequence[Standing], next_lesson: str, whole: bool = False) -> None:
        """The map of the lessons."""


def take(session: Session, face: Face, read: Reader) -> str:
    """Step through a lesson until the learner leaves (""), or goes on after its end: to this lesson."""
    opening = session.show()
    face.show(opening)
    if not session.snapshot.at:
        face.say(BEGINNING)
    ended: Reply | None = None
    remarked = {OFFER} if opening.page and _offers(opening, face) else set[str]()
    while True:
        line = _statement(read, session)
        if line is None:
            continue
        meaning = _meant(line, session)
        if ended and meaning.kind == "command" and meaning.name == "next":
            return ended.following
        if meaning.kind == "command" and meaning.name == "quit":
            return ""
        reply = _reply(session, face, meaning, read)
        if reply is None:
            continue
        if reply.kind == "leave":
            face.show(reply)
            return ""
        ended = reply if reply.kind == "end" else None
        said = remark(meaning, reply)
        face.show(reply.adding(f"({said})") if said and said not in remarked else reply)
        remarked.add(said)
        if OFFER not in remarked and _offers(reply, face):
            remarked.add(OFFER)


def _offers(reply: Reply, face: Face) -> bool:
    """Say once that there is more to a picture than its text."""
    pictures = reply.page.pictures if reply.page else ()
    if pictures:
        face.say(OFFER)
    return bool(pictures)


def _meant(line: str, session: Session) -> Meaning:
    return understand(line, session.question, session.lesson_names, session.names)


def _prompt(session: Session) -> str:
    step, steps = session.screen.step.number, session.lesson.steps[-1].number
    return f"{session.lesson.id} {step}/{steps} {'?' if session.question else '›'} "


def _statement(read: Reader, session: Session) -> str | None:
    """A line, or the several lines of a Python block (an empty line ends it); None for a block given up by Ctrl-C.

    An answer is one line, even one in which a bracket is left open. Lines that come at once, as pasted ones do, are one
    piece with their empty lines, where they are code.
    """
    lines = [read(_prompt(session))]
    pasted = False
    while getattr(read, "more", bool)():
        lines.append(read(CONTINUED))
        pasted = True
    if pasted and not _is_code(lines, session):
        read.put_back(lines[1:])  # type: ignore[attr-defined]  # only who has more can take it back
        lines, pasted = lines[:1], False
    if pasted or "\n" in lines[0]:
        lines = cleaned("\n".join(lines)).split("\n")
        pasted = True
    elif _meant(lines[0], session).kind != "python":
        return lines[0]
    while is_unfinished("\n".join(lines), "exec" if pasted else "single"):
        try:
            lines.append(read(CONTINUED))
            if lines[-1].startswith(":") and understand(lines[-1], None, {}).name:
                return lines[-1]  # a command gives the block up
        except KeyboardInterrupt:
            return None
    return "\n".join(lines)


def _is_code(lines: Sequence[str], session: Session) -> bool:
    """Whether lines that came at once are one piece of code, and no commands or answers typed ahead."""
    full = [line for line in lines if line.strip()]
    return len(full) > 1 and _meant(cleaned("\n".join(full)).split("\n")[0], session).kind == "python"


def _reply(session: Session, face: Face, meaning: Meaning, read: Reader) -> Reply | None:
    """The session's reply; None where the face has been told already."""
    if meaning.name in SHOWN:
        SHOWN[meaning.name](session, face)
        return None
    if meaning.name == "play":
        return _play(session, face, read)
    if meaning.name == "edit":
        return _edit(session)
    return carried_out(session, meaning, sys.stdout, Watch())


def _edit(session: Session) -> Reply:
    """Have the learner's code edited, and run it."""
    try:
        code = edited(session.draft)
    except OSError as error:
        return Reply("note", quoted(f"It cannot be edited: {error.strerror or error}."))
    if not code or not code.strip():
        return Reply("note", "Nothing is changed.")
    return session.run(cleaned(code), sys.stdout)


def _play(session: Session, face: Face, read: Reader) -> Reply:
    """Step through the film of this screen, frame by frame: Enter goes on, anything else ends it."""
    page = session.pic().page
    films = [picture for picture in page.pictures if picture.moves] if page else []
    if not films:
        return Reply("note", "There is no film here; :pic opens the picture.")
    frames = films[-1].told
    for number, caption in enumerate(frames, 1):
        face.say(caption)
        if number < len(frames) and read(f"{number}/{len(frames)} Enter goes on ") != "":
            break
    return Reply("note", "That was the film; :pic plays it in a browser.")


def _help(session: Session, face: Face) -> None:
    face.say("\n".join(f":{name:<7} {meaning}" for name, meaning in COMMANDS.items()))
    face.say("Enter    goes on, as :next does")
    face.say("= 45     answer a question (a number or a formula needs no =)")
    face.say("All else is Python, with the lesson's names at hand.")


def _pictures(session: Session, face: Face) -> None:
    reply = session.pic()
    for each in reply.page.pictures if reply.page else ():
        face.say(opened(each))
    if reply.text:
        face.say(reply.text)


def _live(session: Session, face: Face) -> None:
    import viz

    viz.live()  # says where
    if not session.pic().page:
        face.say("There is no picture yet; the next one will be there.")


def _map(session: Session, face: Face) -> None:
    learner = progress.load()
    known = standings(library.entries(), learner.lessons)
    face.welcome(known, next_lesson(known, session.lesson.id))


def opened(picture: Picture) -> str:
    """Save a picture and open it in the browser, where there is one; what happened, in a line."""
    from viz.live.live import running
    from viz.output.browser import opens

    if page := running():
        return f"It is on the live page: {page}"
    try:
        path = saved(picture)
    except (OSError, ValueError) as error:
        return f"The picture cannot be saved: {error}"
    return f"{'Opened' if opens(path.as_uri()) else 'Open it in a browser'}: {path}"


def saved(picture: Picture, suffix: str = "") -> Path:
    """Write a picture into the learner's folder."""
    folder = progress.folder() / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    return picture.save(folder, suffix)


def _export(session: Session, face: Face) -> None:
    from lessons.faces.notebook import export

    try:
        face.say(f"Written: {export(session.lesson, Path.cwd())}")
    except (OSError, LessonError) as error:
        face.say(f"The notebook cannot be written: {error}")


SHOWN: dict[str, Callable[[Session, Face], None]] = {
    "pic": _pictures,
    "live": _live,
    "export": _export,
    "help": _help,
    "map": _map,
}

# Code of several lines, edited: in the learner's own editor, or in a prompt of several lines --------------------------


HOW = "Esc, then Enter: done. Ctrl-C: give it up."
BAR = re.compile(r"^\s*[│|] ?(.*?)\s*[│|]?\s*$")  # a line copied out of a panel
PROMPT = re.compile(r"^(?:>>>|\.\.\.)(?: |$)")


def edited(text: str) -> str | None:
    """The text as it is after editing; None where that is given up, or there is nothing to edit with (OSError)."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if editor:
        return _in_editor(editor, text)
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout and sys.stdout.isatty()):
        raise OSError("there is no editor here; set EDITOR, or type the code")
    return _in_prompt(text)


def _in_editor(editor: str, text: str) -> str | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lesson.py"
        path.write_text(text.rstrip() + "\n", encoding="utf-8")
        done = subprocess.run([*shlex.split(editor), str(path)])
        return path.read_text(encoding="utf-8", errors="replace") if done.returncode == 0 else None


def _in_prompt(text: str) -> str | None:
    from prompt_toolkit import prompt
    from prompt_toolkit.lexers import PygmentsLexer
    from pygments.lexers.python import PythonLexer  # type: ignore[import-untyped]

    print(HOW)
    try:
        return prompt("", default=text.rstrip() + "\n", multiline=True, lexer=PygmentsLexer(PythonLexer))
    except (EOFError, KeyboardInterrupt):
        return None


def cleaned(code: str) -> str:
    """Pasted code as it was meant: without the bars of a panel, the prompts of a session, and a common indent."""
    lines = code.expandtabs(4).strip("\n").splitlines()
    full = [line for line in lines if line.strip()]
    if full and all(line.lstrip().startswith(("│", "|")) for line in full):
        lines = [found[1] if (found := BAR.match(line)) else line for line in lines]
    elif full and PROMPT.match(full[0]):
        lines = [PROMPT.sub("", line) for line in lines]
    return textwrap.dedent("\n".join(lines)).strip("\n")
