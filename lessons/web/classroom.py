"""A learner's session over the wire: what a tab asks for is done in the main thread, and seen in every tab.

A request names where its tab stands; one from a tab that has not heard the news is refused.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from threading import Event, Timer
from typing import TYPE_CHECKING, Any

from lessons.format import library
from lessons.format.lesson import Exercise, LessonError
from lessons.format.quoting import quoted
from lessons.session import progress
from lessons.session.commands import Meaning, carried_out, is_unfinished, remark, understand
from lessons.session.execution import short_traceback
from lessons.session.reply import Reply
from lessons.session.standing import next_lesson, standings
from lessons.web.completion import OFFERED, completed
from lessons.web.room import Room
from lessons.web.runner import Runner
from lessons.web.scenes import lesson_scene, map_scene
from lessons.web.streams import Printed, Typed, Watching, standard_input

if TYPE_CHECKING:  # they bring the engine, and what pages are made with; the map waits for neither
    from lessons.web.seat import Seat
    from lessons.web.sheets import Sheets

Request = Mapping[str, Any]
Answer = dict[str, Any]
JUDGED = ("right", "wrong", "unreadable")
INDENTED = re.compile(r"\n[ \t]+\Z")  # an empty last line, as an editor leaves it
PATIENCE = 5.0  # seconds that a tab waits to hear whether it was understood
GRACE = 3.0  # seconds that code has to end after an interrupt, before another Python is offered
QUIET = 1.0  # seconds after the beginning, when the first screen has been shown
BUSY = "Python is at work: interrupt it first, or wait."
ELSEWHERE = "The lesson has moved on in another tab; this one follows."
ANEW = "Python was restarted: your place, your answers and your code are kept; what was defined at the prompt is gone."
STAYS = "`exit()` ends nothing here: close the tab, or press Ctrl-C where the page was started."
PICTURES = "Every picture is on the page: a click enlarges it, and a film plays in its place."
EDITOR = "The code of an exercise is edited on the page."


class Heard:
    """What the tab that asks is answered: once, and early."""

    def __init__(self) -> None:
        self._told, self._answer = Event(), Answer()

    def tell(self, **answer: Any) -> None:
        """Answer, unless that has been done."""
        if not self._told.is_set():
            self._answer = answer
            self._told.set()

    def wait(self) -> Answer:
        """The answer; that there is none yet where it takes long."""
        return self._answer if self._told.wait(PATIENCE) else {"waiting": True}


class Classroom:
    """One learner, one session at a time, and the room that shows it."""

    def __init__(self, room: Room, restart: Callable[[str], object] = lambda lesson: None) -> None:
        self._room, self._restart = room, restart
        self.runner = Runner()
        self._printed, self._typed = Printed(room, self.runner), Typed(room, self.runner)
        self._session: Seat | None = None
        self._said: list[dict[str, str]] = []
        self._ended: Reply | None = None
        self._remarked: set[str] = set()
        self._working, self._work = False, 0

    # Asked by the server's threads ----------------------------------------------------------------------------------

    def asked(self, request: Request) -> Answer:
        """Have done what a tab asks for; what it is told at once."""
        what = str(request.get("do"))
        if what == "interrupt":
            self._interrupt()
        elif what == "restart":
            return self._restarted()
        elif what == "line":
            self._typed.give(str(request.get("text", "")))
        elif what == "draft":
            self.runner.ask(partial(self._draft, request))
        elif what not in DOING:
            return {"refused": f"Nobody here can do that: {what[:40]}"}
        else:
            return self._accepted(what, request)
        return {}

    def _accepted(self, what: str, request: Request) -> Answer:
        if self._working:  # what else there is to do takes its turn
            return {} if what == "complete" else {"refused": BUSY}
        heard = Heard()
        self.runner.ask(partial(self._do, what, request, heard), self._rest)
        return heard.wait()

    def _interrupt(self) -> None:
        """End the code that runs; where it does not end, have the tabs offer another Python."""
        self.runner.interrupt()
        later(GRACE, self._outlasted, self._work)

    def _outlasted(self, work: int) -> None:
        if self._working and self._work == work:
            self._room.put("stuck", True)

    def _restarted(self) -> Answer:
        """Begin anew with another Python, where this one has not ended its work when it was asked to."""
        if not self._room.part("stuck"):
            return {"refused": "Python can be interrupted; there is no need to restart it."}
        self._restart(self._session.lesson.id if self._session else "")
        return {}

    def page(self, name: str) -> str | None:
        """The page of a picture; None where there is none of this name."""
        sheets: Sheets | None = vars(self).get("_sheets")
        return sheets.pictures.page(name) if sheets else None

    @cached_property
    def _sheets(self) -> Sheets:
        from lessons.web.sheets import Sheets

        return Sheets()

    # Done in the main thread ----------------------------------------------------------------------------------------

    def begin(self, wanted: str, anew: bool = False) -> None:
        """Show a lesson (LESSON or LESSON/STEP), or without one the map; `anew` where Python was restarted."""
        lesson, _, place = wanted.partition("/")
        what, request = "open" if lesson else "map", {"lesson": lesson, "place": place}
        self.runner.ask(partial(self._do, what, request, Heard()), self._rest)
        if anew:
            self.runner.ask(lambda: self._replied(Reply("note", ANEW)))
        later(QUIET, self.runner.ask, warm)

    def _do(self, what: str, request: Request, heard: Heard) -> None:
        try:
            if what not in ANYWHERE and not self._is_here(request):
                heard.tell(refused=ELSEWHERE, stale=True)
            else:
                DOING[what](self, request, heard)
        except LessonError as error:
            self._note(quoted(error.message))
        except KeyboardInterrupt:
            self._room.add("error", text="stopped")
        except Exception as error:  # a fault of ours ends no lesson
            self._note(f"That went wrong: {quoted(short_traceback(error))}")
        finally:
            heard.tell()

    @contextlib.contextmanager
    def _at_work(self) -> Iterator[None]:
        """While this lasts, the learner's code runs: it can be interrupted, and nothing else be asked for."""
        self._working, self._work = True, self._work + 1
        self._room.put("busy", True)
        with self.runner.interruptible(), standard_input(self._typed):
            yield

    def _rest(self) -> None:
        if self._working:
            self._working = False
            for sign in ("asking", "stuck", "busy"):
                self._room.put(sign, False)

    def _is_here(self, request: Request) -> bool:
        session = self._session
        return session is not None and request.get("at") == [session.lesson.id, session.snapshot.at]

    @property
    def _here(self) -> Seat:
        if self._session is None:
            raise LessonError("Choose a lesson first.")
        return self._session

    # Moving

    def _map(self, request: Request, heard: Heard) -> None:
        learner = progress.load()
        known = standings(library.entries(), learner.lessons)
        present = self._session.lesson if self._session and not self._ended else None
        proposed = next_lesson(known, learner.last)
        self._sheets.draw_map(known, proposed)  # before the page that offers it: who clicks at once finds it
        self._room.put("scene", map_scene(known, proposed, present))
        if learner.notice:
            self._note(learner.notice)

    def _open(self, request: Request, heard: Heard) -> None:
        name, place = str(request.get("lesson") or ""), str(request.get("place") or "")
        if not (self._session and name in ("", self._session.lesson.id) and not self._ended):
            self._sit(name or self._here.lesson.id)
        if place:
            found = self._here.goto(place)
            if found.kind == "note":
                self._note(found.text)
        self._arrive()

    def _sit(self, name: str) -> None:
        """Begin this lesson, or go on where it was left; one that is done begins anew."""
        from lessons.web.seat import taken

        self._session = taken(name, self._note)
        vars(self).pop("_sheets", None)  # what was drawn for another lesson
        self._room.clear()
        self._remarked.clear()

    def _arrive(self) -> None:
        """Show the screen as it is now: its text at once, its pictures as they are made."""
        self._said, self._ended = [], None
        self._show()

    def _show(self) -> None:
        """Have the scene seen; a picture that is not made yet comes when nothing else is asked for."""
        pieces = list(self._sheets.pieces(self._here))
        self._room.put("scene", lesson_scene(self._here, pieces, self._said, self._ended and self._end_told()))
        if any(map(self._sheets.waits, pieces)):
            self.runner.ask(partial(self._draw, self._here, self._here.snapshot.at))

    def _draw(self, session: Seat, at: int) -> None:
        """Make one picture of the screen, if it is still the present one."""
        here = session is self._session and session.snapshot.at == at and self._room.part("scene")["view"] == "lesson"
        if here and self._sheets.draw(session):
            self._show()

    def _end_told(self) -> dict[str, Any]:
        assert self._ended is not None
        name = self._ended.following
        known = {entry.id: entry for entry in library.entries()} if name else {}
        more = {"id": name, "title": known[name].title, "minutes": known[name].minutes} if name else None
        return {"html": self._sheets.said(self._ended), "following": more}

    def _step(self, request: Request, heard: Heard) -> None:
        self._moved(getattr(self._here, request["do"])())

    def _goto(self, request: Request, heard: Heard) -> None:
        self._moved(self._here.goto(str(request.get("place"))))

    def _reset(self, request: Request, heard: Heard) -> None:
        self._moved(self._here.reset(everything=bool(request.get("all"))))

    def _moved(self, reply: Reply) -> None:
        if reply.kind == "page" and reply.page is None:
            self._arrive()
        elif reply.kind == "end":
            self._ended = reply
            self._show()
        else:
            self._note(reply.text)

    # Answering

    def _answer(self, request: Request, heard: Heard) -> None:
        with self._at_work():
            reply = self._here.answer(str(request.get("text", "")))
        self._judged(reply)

    def _aside(self, request: Request, heard: Heard) -> None:
        self._judged(getattr(self._here, request["do"])())

    def _check(self, request: Request, heard: Heard) -> None:
        """The code of an exercise, run and judged; what it prints goes to the log."""
        session, question = self._here, self._here.screen.question
        if not isinstance(question, Exercise):
            return self._note("There is no exercise here.")
        heard.tell(taken=True)
        self._room.add("ran", text=question.define)
        code = str(request.get("code", ""))
        session.drafting(question.id, code)  # it is kept, whatever becomes of the process that runs it
        with self._at_work():
            reply = session.run(code, self._printed)
            if reply.kind == "output" and binds(code, question.define):  # the same once more: as a number, say
                reply = session.answer(session.names[question.define])
        if reply.kind == "output":
            reply = Reply("unreadable", f"The code defines no `{question.define}`.")
        self._judged(Reply("note", STAYS) if reply.kind == "leave" else reply)

    def _judged(self, reply: Reply) -> None:
        """Have it seen at the question; a hint or the solution joins what stands there."""
        if reply.kind not in ("hint", "solution"):
            self._said = []
        self._said.append({"kind": reply.kind, "html": self._sheets.said(reply)})
        self._show()

    def _draft(self, request: Request) -> None:
        """Keep what is being written for an exercise, and have the other tabs show it."""
        session, question, code = self._session, request.get("question"), request.get("code")
        if session and isinstance(code, str) and session.drafting(str(question), code):
            self._room.put("draft", {"question": question, "code": code, "by": request.get("by")})

    # At the prompt

    def _type(self, request: Request, heard: Heard) -> None:
        session, text = self._here, INDENTED.sub("\n", str(request.get("text", "")))
        meaning = understand(text, session.question, session.lesson_names, session.names)
        if meaning.kind == "python" and is_unfinished(text):
            return heard.tell(unfinished=True)
        heard.tell(taken=True)
        self._room.add("typed", text=text.rstrip("\n"))
        if meaning.kind == "command" and meaning.name in FACE:
            return FACE[meaning.name](self, meaning)
        with self._at_work():
            reply = carried_out(session, meaning, self._printed)
        said = remark(meaning, reply)
        self._replied(reply)
        if said and said not in self._remarked:
            self._remarked.add(said)
            self._room.add("reply", mood="note", html=self._sheets.said(Reply("note", said)))

    def _replied(self, reply: Reply) -> None:
        """Have the reply to a typed line seen: in the log, and on the page where it belongs there, too."""
        from autograd_tiny import Value

        if reply.kind in ("page", "end"):
            return self._moved(reply)
        if reply.kind in (*JUDGED, "hint", "solution"):
            self._judged(reply)
        if reply.kind == "leave":
            reply = Reply("note", STAYS)
        if reply.kind in ("error", "list") and reply.text:
            self._room.add("error" if reply.kind == "error" else "text", text=reply.text)
        elif reply.text:
            self._room.add("reply", mood=reply.kind, html=self._sheets.said(reply))
        if reply.value is not None and (drawn := self._sheets.drawn(reply.value)):
            if not isinstance(reply.value, Value):
                self._room.take_back(f"{reply.value!r}\n")
            self._room.add("picture", html=drawn)

    def _train(self, request: Request, heard: Heard) -> None:
        word = str(request.get("seed") or "")
        heard.tell(taken=True)
        self._trained(Meaning("command", "train", word))

    def _trained(self, meaning: Meaning) -> None:
        session = self._here
        entry = self._room.add("training", text="begins …", curves={})
        with self._at_work():
            reply = carried_out(session, meaning, self._printed, Watching(self._room, self.runner, entry))
        if reply.page is None:
            return self._room.change(entry, text=reply.text)
        done = "".join(map(self._sheets.item, reply.page.items))
        self._room.change(entry, html=done, **({"ended": reply.text} if reply.text else {}))

    def _help(self, meaning: Meaning) -> None:
        told = "\n".join(f":{name:<7} {what}" for name, what in OFFERED.items())
        self._room.add("text", text=f"{told}\nAll else is Python, with the lesson's names at hand.")

    def _export(self, meaning: Meaning) -> None:
        from lessons.faces.notebook import export

        try:
            self._room.add("text", text=f"Written: {export(self._here.lesson, Path.cwd())}")
        except OSError as error:
            self._room.add("error", text=f"The notebook cannot be written: {error}")

    def _complete(self, request: Request, heard: Heard) -> None:
        text, at = str(request.get("text", "")), request.get("at_character")
        names = self._session.names if self._session else {}
        heard.tell(**completed(text, at if isinstance(at, int) else len(text), names))

    def _note(self, text: str) -> None:
        """Have a sentence of the machinery seen for a while."""
        self._room.put("note", {"html": self._sheets.said(Reply("note", text)), "when": time.time()})


def later(seconds: float, what: Callable[..., object], *told: object) -> None:
    """Have this done after so many seconds, if the process is still there."""
    timer = Timer(seconds, what, told)
    timer.daemon = True
    timer.start()


def warm() -> None:
    """Bring what the next click wants, while the first screen is read."""
    import_module("lessons.web.seat")
    import_module("viz.drawing")


def binds(code: str, name: str) -> bool:
    """Whether a program gives this name to something, outside of its functions."""
    return bool(re.search(rf"^(?:(?:async\s+)?def|class)\s+{name}\b|^{name}\s*=(?!=)", code, re.MULTILINE))


# What a tab may ask for; it asks from a place in the lesson, and is refused from another one, but for ANYWHERE.
DOING: dict[str, Callable[[Classroom, Request, Heard], None]] = {
    "map": Classroom._map,
    "open": Classroom._open,
    "complete": Classroom._complete,
    **dict.fromkeys(("next", "back", "skip", "again"), Classroom._step),
    **dict.fromkeys(("hint", "solve"), Classroom._aside),
    "goto": Classroom._goto,
    "reset": Classroom._reset,
    "answer": Classroom._answer,
    "check": Classroom._check,
    "type": Classroom._type,
    "train": Classroom._train,
}
ANYWHERE = ("map", "open", "complete")
# Commands that are shown in our own way.
FACE: dict[str, Callable[[Classroom, Meaning], None]] = {
    "map": lambda room, meaning: room._map({}, Heard()),
    "help": Classroom._help,
    "export": Classroom._export,
    "train": Classroom._trained,
    "quit": lambda room, meaning: room._replied(Reply("note", STAYS)),
    "edit": lambda room, meaning: room._replied(Reply("note", EDITOR)),
    **dict.fromkeys(("pic", "play", "live"), lambda room, meaning: room._replied(Reply("note", PICTURES))),
}
