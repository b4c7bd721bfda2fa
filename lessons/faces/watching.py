"""A training watched as it goes: one line that is renewed, or through a pipe a line a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any

from lessons.faces.curves import number

OFTEN, SELDOM = 0.1, 1.0  # seconds between two lines, where one can be renewed, and where it cannot


class Watch:
    """Tells what a training yields, not more often than can be read."""

    def __init__(self) -> None:
        self._steps, self._next = 0, 0.0
        self._tty = bool(sys.stdout and sys.stdout.isatty())

    def __call__(self, entry: Mapping[str, Any] | None) -> None:
        """Take note of one step, or of the end."""
        if entry is None:
            if self._tty and self._steps:
                print("\r\x1b[K", end="", flush=True)
            return
        self._steps += 1
        now = time.monotonic()
        if now >= self._next:
            self._next = now + (OFTEN if self._tty or _in_notebook() else SELDOM)
            self._say(f"step {self._steps}: {told(entry)}")

    def _say(self, line: str) -> None:
        if _in_notebook():
            from IPython.display import clear_output

            clear_output(wait=True)  # type: ignore[no-untyped-call]
            print(line)
        elif self._tty:
            print(f"\r\x1b[K{line[:100]}", end="", flush=True)
        else:
            print(line, flush=True)


def told(entry: Mapping[str, Any]) -> str:
    """What was yielded, in a line."""
    return ", ".join(f"{name} {value if isinstance(value, str) else number(value)}" for name, value in entry.items())


def _in_notebook() -> bool:
    shell = sys.modules.get("IPython")
    running = shell.get_ipython() if shell else None
    return running is not None and "kernel" in type(running).__module__
