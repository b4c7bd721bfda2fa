"""The pages of a live session: the shell that follows, and each picture as it stands in it."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, partial
from html import unescape
from threading import Condition, Lock
from typing import Any

from viz.output.webpage import NEWS, STYLE, asset, document, inline, policy, sizes

POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')


@cache
def shell() -> tuple[str, str]:
    """The page that follows, and its policy: it may ask its own server for news, and show what is served there."""
    style = STYLE + asset(__package__, "live.css").template.strip()
    script = NEWS + asset(__package__, "live.js").template.strip()
    text = asset(__package__, "live.html").substitute(style=style, script=script)
    return text, f"{policy(style, script)}; connect-src 'self'; frame-src 'self'; frame-ancestors 'none'"


def entry(picture: Any) -> Entry:
    """A drawing or a film as an entry of the history; TypeError for anything else."""
    if not hasattr(picture, "svg"):
        raise TypeError(f"live: expected a drawing, a film or a Value, got {type(picture).__name__}")
    captions = getattr(picture, "captions", ())
    mark = hashlib.sha256("\0".join([picture.svg, *captions]).encode("utf-8", "replace")).digest()
    return Entry(picture.title, len(captions), mark, Sheet(partial(page, picture)))


def page(picture: Any) -> str:
    """What `save` would write as .html; of a picture that has no page of its own, a plain one."""
    own = getattr(picture, "html", None)  # asked for once: its levels are laid out anew each time
    if isinstance(own, str):
        return own
    from viz.output import player  # it brings the engine, which the page that follows does without

    return player.page(picture) if hasattr(picture, "captions") else still(picture)


def header(html: str) -> str:
    """A page's policy, as a header: only there can it say who may frame the page."""
    own = POLICY.search(html)
    assert own, "every page of ours states its policy"
    return f"{unescape(own[1])}; frame-ancestors 'self'"


def still(picture: Any) -> str:
    """A picture as one HTML page, without scripts."""
    svg = inline(picture.svg)
    style = STYLE + asset(__package__, "still.css").substitute(sizes(svg)).strip()
    return document(__package__, "still.html", picture.title, style, picture=svg)


# What a live page shows: the last pictures as pages, and which of them is to be seen now -----------------------------
#
# Glossary: a *turn* is counted up with every change, so that a tab knows what it has seen already.


MOST = 50  # pictures that are kept
BYTES = 1 << 26  # and how much room their pages may take, compressed


class Sheet:
    """A picture's page, made when it is first asked for: levels to zoom into take longer than a REPL should wait."""

    def __init__(self, make: Callable[[], str]):
        self._make, self._lock, self._kept = make, Lock(), b""

    def compressed(self) -> bytes:
        """The page as gzip; only that is kept, and the picture can go."""
        with self._lock:
            if not self._kept:
                self._kept = gzip.compress(self._make().encode(), compresslevel=5, mtime=0)
                del self._make
            return self._kept

    @property
    def size(self) -> int:
        """How many bytes are kept."""
        return len(self._kept)


@dataclass(frozen=True)
class Entry:
    """One picture: `mark` tells it from others, `frames` is 0 where it is no film."""

    title: str
    frames: int
    mark: bytes
    sheet: Sheet
    number: int = 0


@dataclass(frozen=True)
class State:
    """What a tab is told; `frame`, counted from 0, where a film is to stand at one."""

    entries: tuple[Entry, ...] = ()
    at: int = 0
    frame: int | None = None
    turn: int = 0
    ended: bool = False

    def record(self) -> str:
        """The state as JSON, without the pages."""
        pictures = [{"number": entry.number, "title": entry.title, "frames": entry.frames} for entry in self.entries]
        told = {"pictures": pictures, "at": self.at, "frame": self.frame, "turn": self.turn, "ended": self.ended}
        return json.dumps(told)

    def showing(self, new: Entry, frame: int | None) -> State:
        """The state with this picture in front; one that is there already is brought to the front."""
        known = next((entry for entry in self.entries if entry.mark == new.mark), None)
        if known:
            return replace(self, at=known.number, frame=frame, turn=self.turn + 1)
        number = self.entries[-1].number + 1 if self.entries else 1
        entries = _bounded((*self.entries, replace(new, number=number)))
        return replace(self, entries=entries, at=number, frame=frame, turn=self.turn + 1)


def _bounded(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """The newest of them, as many as may be kept; the last one always."""
    entries = entries[-MOST:]
    while len(entries) > 1 and sum(entry.sheet.size for entry in entries) > BYTES:
        entries = entries[1:]
    return entries


@dataclass
class History:
    """The present state; threads wait here for the next one."""

    state: State = State()
    watching: int = 0
    _changed: Condition = field(default_factory=Condition)

    def show(self, entry: Entry, frame: int | None = None) -> None:
        """Put a picture in front."""
        with self._changed:
            self.state = self.state.showing(entry, frame)
            self._changed.notify_all()

    def after(self, turn: int, patience: float) -> State | None:
        """The state as soon as its turn is another one; None after so many seconds."""
        with self._changed:
            return self.state if self._changed.wait_for(lambda: self.state.turn != turn, patience) else None

    @contextmanager
    def watched(self) -> Iterator[None]:
        """While this lasts, somebody waits to be told of the end."""
        with self._changed:
            self.watching += 1
        try:
            yield
        finally:
            with self._changed:
                self.watching -= 1
                self._changed.notify_all()

    def end(self, patience: float) -> None:
        """Tell everybody that no more will come, and wait until they have heard it, but not long."""
        with self._changed:
            self.state = replace(self.state, ended=True, turn=self.state.turn + 1)
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self.watching, patience)
