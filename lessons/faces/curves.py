"""Curves of a training as text: a line for each run, and one that is renewed while it trains."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from lessons.format.lesson import Curves

BARS = "▁▂▃▄▅▆▇█"
WIDTH, MOST = 32, 12  # letters of one line, lines of one training


def told(runs: Mapping[int, Curves]) -> str:
    """Each curve of each run in a line: seed, name, where it begins, how it goes, where it ends."""
    rows = [(seed, name, curve) for seed, run in runs.items() for name, curve in run.items() if len(curve)]
    wide = max((len(name) for _, name, _ in rows), default=0)
    lines = [f"seed {seed}  {name:<{wide}}  {_told(curve)}" for seed, name, curve in rows[:MOST]]
    return "\n".join([*lines, *(["…"] if len(rows) > MOST else [])])


def _told(curve: Sequence[Any]) -> str:
    if isinstance(curve[-1], str):
        return " ".join(curve[-1].split())[: 2 * WIDTH]
    return f"{number(curve[0]):>8} {line(curve)} {number(curve[-1])}  ({len(curve)} steps)"


def number(value: float) -> str:
    """A number in four digits."""
    return f"{value:.4g}"


def line(curve: Sequence[float], width: int = WIDTH) -> str:
    """The curve in at most so many letters, the lowest number ▁ and the highest █; what is no number is ×."""
    finite = [value for value in curve if math.isfinite(value)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 0.0)
    count = min(width, len(curve))
    return "".join(
        _bar(curve[k * len(curve) // count : (k + 1) * len(curve) // count], low, high) for k in range(count)
    )


def _bar(stretch: Sequence[float], low: float, high: float) -> str:
    mean = math.fsum(stretch) / len(stretch) if all(map(math.isfinite, stretch)) else math.nan
    if not math.isfinite(mean):
        return "×"
    return BARS[0] if high == low else BARS[min(int((mean - low) / (high - low) * len(BARS)), len(BARS) - 1)]


# While it trains ------------------------------------------------------------------------------------------------------


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
            self._say(f"step {self._steps}: {entry_told(entry)}")

    def _say(self, line: str) -> None:
        if _in_notebook():
            from IPython.display import clear_output

            clear_output(wait=True)  # type: ignore[no-untyped-call]
            print(line)
        elif self._tty:
            print(f"\r\x1b[K{line[:100]}", end="", flush=True)
        else:
            print(line, flush=True)


def entry_told(entry: Mapping[str, Any]) -> str:
    """What was yielded, in a line."""
    return ", ".join(f"{name} {value if isinstance(value, str) else number(value)}" for name, value in entry.items())


def _in_notebook() -> bool:
    shell = sys.modules.get("IPython")
    running = shell.get_ipython() if shell else None
    return running is not None and "kernel" in type(running).__module__
