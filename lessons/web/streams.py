"""What code prints goes to the room, and what it asks for comes from there."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from queue import Empty, SimpleQueue

from lessons.web.room import Room
from lessons.web.runner import Runner

POLL = 0.5  # seconds; where a signal does not wake who waits, it is noticed then


class Printed(io.StringIO):
    """Standard output of the code that runs."""

    def __init__(self, room: Room, runner: Runner) -> None:
        super().__init__()
        self._room, self._runner = room, runner

    def write(self, text: str) -> int:
        """Have it seen."""
        if text:
            with self._runner.held:
                self._room.write(text)
        return len(text)

    def close(self) -> None:
        """Whoever closes it, it stays open."""


class Typed(io.StringIO):
    """Standard input of the code that runs: `input()` waits for a line from the prompt."""

    def __init__(self, room: Room, runner: Runner) -> None:
        super().__init__()
        self._room, self._runner = room, runner
        self._lines: SimpleQueue[str] = SimpleQueue()

    def give(self, line: str) -> None:
        """A line has been typed; nothing where nobody asks for one."""
        if self._room.part("asking"):
            self._lines.put(line)

    def readline(self, size: int | None = -1) -> str:  # type: ignore[override]  # typeshed's StringIO reads bytes, too
        """The next line, as soon as somebody types one."""
        while not self._lines.empty():
            self._lines.get()  # typed in two tabs at once
        with self._runner.held:
            self._room.put("asking", True)
        try:
            line = self._next()
        finally:
            with self._runner.held:
                self._room.put("asking", False)
        with self._runner.held:
            self._room.write(f"{line}\n")
        return f"{line}\n"

    def close(self) -> None:
        """Whoever closes it, it stays open."""

    def _next(self) -> str:
        while True:
            try:
                return self._lines.get(timeout=POLL)
            except Empty:
                continue


@contextlib.contextmanager
def standard_input(stream: Typed) -> Iterator[None]:
    """While this lasts, code that asks for a line gets it from here."""
    before = sys.stdin
    sys.stdin = stream
    try:
        yield
    finally:
        sys.stdin = before
