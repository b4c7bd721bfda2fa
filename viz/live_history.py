"""What a live page shows: the last pictures as finished pages, and which of them is to be seen now.

Glossary: a *turn* is counted up with every change, so that a tab knows what it has seen already.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Condition

MOST = 50  # pictures that are kept
BYTES = 1 << 26  # and how much room they may take, compressed


@dataclass(frozen=True)
class Entry:
    """One picture: its page, compressed, and the policy it is served with; `frames` is 0 where it is no film."""

    title: str
    frames: int
    page: bytes
    policy: str
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
        """The state with this picture in front; a page that is there already is brought to the front."""
        known = next((entry for entry in self.entries if entry.page == new.page), None)
        if known:
            return replace(self, at=known.number, frame=frame, turn=self.turn + 1)
        number = self.entries[-1].number + 1 if self.entries else 1
        entries = _bounded((*self.entries, replace(new, number=number)))
        return replace(self, entries=entries, at=number, frame=frame, turn=self.turn + 1)


def _bounded(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """The newest of them, as many as may be kept; the last one always."""
    entries = entries[-MOST:]
    while len(entries) > 1 and sum(len(entry.page) for entry in entries) > BYTES:
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
