"""A training as it goes: its curves, told a few times a second, in as many points as a small picture shows."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

from lessons.faces.curves import entry_told
from lessons.web.room import Room
from lessons.web.runner import Runner

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
