"""What every tab sees: the scene, how Python stands, and what was typed and printed; tabs wait here for news.

Glossary: a *turn* is counted up with every change, so that a tab can be told what is new since the last one it knows;
an *entry* is a piece of the log, which may grow; the *scene* is the page.
"""

from __future__ import annotations

import json
import re
import secrets
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition
from typing import Any

MOST = 200  # entries that are kept
WAITING = 1_000  # pieces of what is printed that wait for somebody to see them
HEAD, TAIL = 2_000, 6_000  # characters of what one job prints: its beginning, and its end
RETURNED = re.compile(r"[^\n]*\r(?=[^\n])")  # what a carriage return writes over
COLOURED = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass
class Entry:
    """A piece of the log ("typed", "output", "error", "reply", "picture" …), with the turn of its last change."""

    number: int
    kind: str
    turn: int
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def record(self) -> dict[str, Any]:
        """What a tab is told of it."""
        return {"n": self.number, "kind": self.kind, **self.told}


class Room:
    """What there is to see, changed by one thread and awaited by others."""

    def __init__(self) -> None:
        self.name = secrets.token_hex(4)  # a process that was started anew tells its turns from the beginning
        self._parts: dict[str, tuple[int, Any]] = {}
        self._log: deque[Entry] = deque(maxlen=MOST)
        self._turn = self._count = self._watching = 0
        self._ended = False
        self._changed = Condition()
        self._printed: deque[str] = deque()  # not in the log yet
        self._told = False  # whether somebody has been told that there is something

    def put(self, name: str, value: Any) -> None:
        """Show this as the part of this name."""
        with self._changed:
            self._turn += 1
            self._parts[name] = (self._turn, value)
            self._changed.notify_all()

    def part(self, name: str) -> Any:
        """What is shown under this name."""
        return self._parts.get(name, (0, None))[1]

    def add(self, kind: str, **told: Any) -> int:
        """A new entry; its number."""
        with self._changed:
            self._join()
            self._turn += 1
            self._count += 1
            self._log.append(Entry(self._count, kind, self._turn, told))
            self._changed.notify_all()
            return self._count

    def change(self, number: int, **told: Any) -> None:
        """The entry of this number says more, or something else."""
        with self._changed:
            entry = next((entry for entry in self._log if entry.number == number), None)
            if entry:
                self._turn += 1
                entry.turn = self._turn
                entry.told |= told
                self._changed.notify_all()

    def write(self, text: str) -> None:
        """Something was printed. It costs a lock only now and then: code that prints without end must not keep it."""
        self._printed.append(text)
        if self._told and len(self._printed) < WAITING:
            return
        with self._changed:
            self._told = True
            if len(self._printed) >= WAITING:
                self._join()
            self._changed.notify_all()

    def _join(self) -> None:
        """What was printed joins the last entry where that is output, too."""
        self._told = False
        text = "".join(self._printed.popleft() for _ in range(len(self._printed)))
        if not text:
            return
        self._turn += 1
        if not self._log or self._log[-1].kind != "output":
            self._count += 1
            self._log.append(Entry(self._count, "output", self._turn, {"text": ""}))
        self._log[-1].turn = self._turn
        self._log[-1].told = printed(self._log[-1].told, text)

    def take_back(self, text: str) -> None:
        """What was printed last need not be seen: a picture follows that says more."""
        with self._changed:
            self._join()
            entry = self._log[-1] if self._log else None
            if entry and entry.kind == "output" and entry.told["text"].endswith(text):
                self._turn += 1
                entry.turn = self._turn
                entry.told = entry.told | {"text": entry.told["text"].removesuffix(text)}
                self._changed.notify_all()

    def clear(self) -> None:
        """An empty log."""
        with self._changed:
            self._join()
            self._turn += 1
            self._log.clear()
            self._parts["cleared"] = (self._turn, self._count)
            self._changed.notify_all()

    def after(self, turn: int, patience: float) -> str | None:
        """What is new since this turn, as JSON, as soon as there is something; None after so many seconds."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._turn > turn or self._printed or self._ended, patience):
                return None
            self._join()
            news = {name: value for name, (since, value) in self._parts.items() if since > turn}
            log = [entry.record for entry in self._log if entry.turn > turn]
            first = self._log[0].number if self._log else self._count + 1
            stand = {"room": self.name, "turn": self._turn, "first": first, "log": log, "ended": self._ended}
            return json.dumps(stand | news)

    @property
    def turn(self) -> int:
        """How many changes there have been."""
        return self._turn

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self._ended

    @contextmanager
    def watched(self) -> Iterator[None]:
        """While this lasts, somebody waits to be told of the end."""
        with self._changed:
            self._watching += 1
        try:
            yield
        finally:
            with self._changed:
                self._watching -= 1
                self._changed.notify_all()

    def end(self, patience: float) -> None:
        """Tell everybody that no more will come, and wait until they have heard it, but not long."""
        with self._changed:
            self._ended = True
            self._turn += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._watching, patience)


def printed(told: dict[str, Any], text: str) -> dict[str, Any]:
    """What an entry says with more text: its beginning, its end, and how much is left out between them."""
    end = told["text"] + (COLOURED.sub("", text) if "\x1b" in text else text)
    if "\r" in end:
        end = RETURNED.sub("", end.replace("\r\n", "\n"))
    if "head" not in told:
        if len(end) <= HEAD + TAIL:
            return {"text": end}
        told, end = {"head": end[:HEAD], "left": 0}, end[HEAD:]
    left = max(len(end) - TAIL, 0)
    return {"head": told["head"], "left": told["left"] + left, "text": end[left:]}
