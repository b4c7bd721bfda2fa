"""What code prints goes to the room, and what it asks for comes from there."""

from __future__ import annotations

import contextlib
import io
import math
import sys
import time
from collections.abc import Iterator, Mapping
from queue import Empty, SimpleQueue
from typing import Any

from lessons.faces.curves import entry_told
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


# A training as it goes: its curves, told a few times a second, in as many points as a small picture shows -------------


OFTEN = 0.1  # seconds between two tellings
POINTS = 300  # of a curve; when there are more, every second one is left out


class Watching:
    """Told of each step of a training, it tells the log's entry of this number."""

    def __init__(self, room: Room, runner: Runner, entry: int) -> None:
        self._room, self._runner, self._entry = room, runner, entry
        self._curves: dict[str, list[float | None]] = {}
        self._steps, self._stride, self._next = 0, 1, 0.0
        self._last: Mapping[str, Any] = {}

    def __call__(self, yielded: Mapping[str, Any] | None) -> None:
        """Take note of one step, or of the end."""
        with self._runner.held:
            if yielded is not None:
                self._note(yielded)
            if yielded is None or time.monotonic() >= self._next:
                self._tell()
                self._next = time.monotonic() + OFTEN

    def _note(self, yielded: Mapping[str, Any]) -> None:
        if self._steps % self._stride == 0:
            for name, value in yielded.items():
                if not isinstance(value, str):
                    self._curves.setdefault(name, []).append(value if math.isfinite(value) else None)
        self._steps, self._last = self._steps + 1, yielded
        if max(map(len, self._curves.values()), default=0) > POINTS:
            self._curves = {name: curve[::2] for name, curve in self._curves.items()}
            self._stride *= 2

    def _tell(self) -> None:
        told = f"step {self._steps}: {entry_told(self._last)}" if self._steps else "begins …"
        self._room.change(self._entry, text=told, curves={name: list(curve) for name, curve in self._curves.items()})
