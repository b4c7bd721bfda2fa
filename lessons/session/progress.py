"""How far a learner has come: one JSON file in the user's data folder, entry by entry, written atomically.

Glossary: an *entry* is what the file says of one lesson; one that cannot be read is kept as it is.
What has not been read is never overwritten. Sessions that write at the same time take turns, and each writes only what
has changed in it since it last looked. Where nothing can be saved, that is told once, and the lesson goes on.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from lessons.format.lesson import ANSWERED, LessonError, Snapshot
from lessons.session.turns import turn

FORM = 1


@dataclass(frozen=True)
class Progress:
    """What is remembered: a snapshot per lesson, the lesson last taken, and what went wrong in reading.

    `broken` are the entries that cannot be read; `closed` says why nothing may be written over this file, if so.
    """

    lessons: dict[str, Snapshot] = field(default_factory=dict)
    last: str = ""
    notice: str = ""
    broken: dict[str, Any] = field(default_factory=dict)
    closed: str = ""


def folder() -> Path:
    """Where a user's data belongs on this system; AUTOGRAD_TINY_HOME says otherwise. OSError where there is no home."""
    if own := os.environ.get("AUTOGRAD_TINY_HOME"):
        return Path(own)
    if sys.platform != "darwin" and (data := os.environ.get("LOCALAPPDATA" if _windows() else "XDG_DATA_HOME")):
        return Path(data) / "autograd-tiny"
    try:
        home = Path.home()
    except RuntimeError as error:
        raise OSError(f"{error} Set AUTOGRAD_TINY_HOME") from None
    if _windows():
        return home / "AppData" / "Local" / "autograd-tiny"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "autograd-tiny"
    return home / ".local" / "share" / "autograd-tiny"


def _windows() -> bool:
    return sys.platform == "win32"


def load() -> Progress:
    """What is remembered; with a notice, where the file or an entry of it cannot be read."""
    try:
        path = folder() / "progress.json"
        known = _look(path)
        if known is None:
            with turn(path.parent):  # another session may have renewed it in the meantime
                known = _look(path) or _aside(path)
        return known
    except OSError as error:
        return _closed(f"Your progress cannot be read ({error.strerror or error})")


def read(path: Path) -> Progress:
    """What somebody's progress file says; nothing is changed. LessonError where it cannot be read."""
    try:
        known = _look(path)
    except OSError as error:
        raise LessonError(f"{path}: {error.strerror or error}") from None
    if known is None or known.closed or not path.exists():
        why = "there is no such file" if not path.exists() else known.closed if known else "it is no progress file"
        if path.exists() or path != folder() / "progress.json":
            raise LessonError(f"{path}: {why}")
    return known or Progress()


def _look(path: Path) -> Progress | None:
    """What the file says; None where it says nothing at all."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Progress()
    except OSError as error:
        return _closed(f"Your progress cannot be read ({error.strerror or error})")
    try:
        table = json.loads(content, parse_int=_whole)  # with a byte-order mark or without
        return _read(table, table["lessons"].items())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _whole(digits: str) -> float:
    return int(digits) if len(digits) < 20 else math.inf  # Python reads no endless integers: they are what 1e999 is


def _closed(why: str) -> Progress:
    """Progress that nothing may be written over."""
    return Progress(notice=f"{why}; the file is left as it is.", closed=why)


def _read(table: dict[str, Any], entries: Any) -> Progress:
    if (form := table.get("form", FORM)) != FORM:
        shown = f"{form:g}" if isinstance(form, float) else repr(form)
        return _closed(f"Your progress is written in form {shown}, by another version; this one knows form {FORM}")
    lessons, broken = {}, {}
    for name, each in entries:
        try:
            lessons[name] = _snapshot(each)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
            broken[name] = each
    notice = f"What your progress says of {', '.join(map(repr, broken))} cannot be read." if broken else ""
    return Progress(lessons, str(table.get("last", "")), notice, broken)


def _snapshot(table: dict[str, Any]) -> Snapshot:
    done = {str(question): str(how) for question, how in table["done"].items() if how in ANSWERED}
    attempts = {str(question): int(count) for question, count in table.get("attempts", {}).items()}
    told = float(table.get("seconds", 0.0))
    seconds = told if told > 0 else 0.0  # no number is neither
    drafts = {str(question): str(code) for question, code in table.get("drafts", {}).items()}
    return Snapshot(int(table["at"]), int(table["step"]), done, table["finished"] is True, attempts, seconds, drafts)


def remember(name: str, now: Snapshot, since: Snapshot | None = None) -> str:
    """Write down where a lesson stands; "" or, where that is impossible, why.

    Of the answers only those are written that differ from the snapshot `since`: others may have answered as well.
    """
    from autograd_tiny import files  # reading needs no engine, and the first screen no waiting

    try:
        path = folder() / "progress.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        with turn(path.parent):
            known = _look(path) or _aside(path)
            if known.closed:
                return f"{known.closed}; so nothing is saved, and the lesson goes on without."
            if name in known.broken:
                _kept(path)
            merged = _merged(known.lessons.get(name, Snapshot()), since or Snapshot(), now)
            files.write(path, _written(known, name, merged))
    except OSError as error:
        return f"Your progress cannot be saved ({error.strerror or error}); the lesson goes on without."
    return ""


def _merged(theirs: Snapshot, since: Snapshot, now: Snapshot) -> Snapshot:
    """The file's snapshot with all that has changed in ours; an answer is not lost to one who skips the question."""
    changed = {
        question: how
        for question, how in now.done.items()
        if since.done.get(question) != how and not (how == "skipped" and question in theirs.done)
    }
    reopened = since.done.keys() - now.done.keys()
    done = {question: how for question, how in theirs.done.items() if question not in reopened} | changed
    finished = now.finished if now.finished != since.finished else theirs.finished
    attempts = {
        question: theirs.attempts.get(question, 0) + now.attempts.get(question, 0) - since.attempts.get(question, 0)
        for question in theirs.attempts | now.attempts
    }
    seconds = round(theirs.seconds + now.seconds - since.seconds, 1)
    changed_drafts = {name: code for name, code in now.drafts.items() if since.drafts.get(name) != code}
    drafts = {name: code for name, code in theirs.drafts.items() if name in now.drafts or name not in since.drafts}
    return Snapshot(now.at, now.step, done, finished, attempts, seconds, drafts | changed_drafts)


def _written(known: Progress, name: str, snapshot: Snapshot) -> bytes:
    lessons = known.broken | {k: _entry(v) for k, v in (known.lessons | {name: snapshot}).items()}
    table = {"form": FORM, "last": name, "lessons": lessons}
    # A name may hold half a character: JSON can say it, UTF-8 proper cannot.
    return (json.dumps(table, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")


def _entry(snapshot: Snapshot) -> dict[str, Any]:
    """What the file says of a lesson; attempts, seconds and drafts where there are any, because they came later."""
    table = asdict(snapshot)
    return {key: value for key, value in table.items() if value or key not in ("attempts", "seconds", "drafts")}


IDLE = 300.0  # seconds: whoever does nothing for longer is elsewhere


class Keeper:
    """Writes the snapshots of a session down, and how long it took; `saved` tells whether the last one is.

    Why not is told once.
    """

    def __init__(self, name: str, since: Snapshot | None, tell: Callable[[str], None]) -> None:
        self.saved = True
        self._name, self._since, self._tell, self._told = name, since, tell, False
        self._seconds, self._last = since.seconds if since else 0.0, time.monotonic()

    def __call__(self, now: Snapshot) -> None:
        moment = time.monotonic()
        self._seconds, self._last = self._seconds + min(moment - self._last, IDLE), moment
        now = replace(now, seconds=self._seconds)
        problem = remember(self._name, now, self._since)
        self.saved = not problem
        if self.saved:
            self._since = now
        elif not self._told:
            self._told = True
            self._tell(problem)


def keeper(name: str, tell: Callable[[str], None] = print, since: Snapshot | None = None) -> Keeper:
    """What writes a session's snapshots down; `since` is what the file said of the lesson when the session began."""
    return Keeper(name, since, tell)


def _free(path: Path) -> Path:
    """A name beside a broken file that is free."""
    number = 1
    while (aside := path.with_name(f"progress.broken-{number}.json")).exists():
        number += 1
    return aside


def _kept(path: Path) -> None:
    """A copy of the file, before what it says of a lesson is replaced."""
    with _free(path).open("xb") as copy:
        copy.write(path.read_bytes())


def _aside(path: Path) -> Progress:
    """Move a file that says nothing aside."""
    aside = _free(path)
    try:
        path.rename(aside)
    except OSError:
        return _closed(f"Your progress file is broken and cannot be moved aside ({path})")
    return Progress(notice=f"Your progress file could not be read. It is kept as {aside}; a new one begins.")
