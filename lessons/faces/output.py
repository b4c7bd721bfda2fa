"""What is written to a terminal: letters that it lacks are spelled, and it stops before what is new scrolls away.

No lesson ends because of a letter: bytes that are none are read as ?.
"""

from __future__ import annotations

import os
import re
import sys
from typing import Any, TextIO

from lessons.faces.input import CLOSED, Keyboard

MORE = "-- more: Enter goes on -- "
ENOUGH = ("q", ":q")  # as in other pagers: no more of this, and the lesson goes on
INVISIBLE = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|[\]P_].*?(?:\x1b\\|\x07))", re.DOTALL)  # colours, links, images
FEWEST = 6  # lines of a terminal in which it is worth the while


def take_any() -> None:
    """Have the standard streams take whatever is written or typed."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    if not encoding.casefold().startswith("utf"):
        from viz.words import ascii  # which nobody else has to wait for

        ascii.speak()


def paged(read: object) -> TextIO | None:
    """Standard output in screenfuls, where it is a terminal and somebody types; else None, which is what it is."""
    typed = isinstance(read, Keyboard) and sys.stdout is not None and sys.stdout.isatty()
    return Pager(sys.stdout, read) if typed else None  # type: ignore[return-value, arg-type]  # as much as faces need


class Pager:
    """Writes to a terminal, at most a screenful after each line that is read.

    Whatever is typed at its prompt besides Enter is taken as the next line, and the rest is shown at once.
    """

    def __init__(self, terminal: TextIO, read: Keyboard) -> None:
        self._terminal, self._read, self._pending = terminal, read, ""
        self._begin()

    def _begin(self, whole: bool = False, silent: bool = False) -> None:
        self._turn, self._rows, self._whole, self._silent = self._read.turn, 0, whole, silent

    def write(self, text: str) -> int:
        """Write the lines that the text ends, and wait where the terminal is full; what it begins waits for its end."""
        if self._read.turn != self._turn:
            self._begin()
        *lines, self._pending = (self._pending + text).split("\n")
        for line in lines:
            rows = self._height(line)
            if self._rows and not (self._whole or self._silent) and self._rows + rows >= self._size.lines >= FEWEST:
                self._pause()
            if not self._silent:
                self._terminal.write(f"{line}\n")
                self._rows += rows
        return len(text)

    def flush(self) -> None:
        """Show what has no end yet, too."""
        if self._pending and not self._silent:
            self._terminal.write(self._pending)
        self._pending = ""
        self._terminal.flush()

    @property
    def _size(self) -> os.terminal_size:
        try:
            return os.get_terminal_size(self._terminal.fileno())
        except (OSError, ValueError):
            return os.terminal_size((0, 0))

    def _height(self, line: str) -> int:
        """How many rows a line takes."""
        from rich.cells import cell_len  # which nobody waits for whose output is a pipe

        return max(1, -(-cell_len(INVISIBLE.sub("", line)) // (self._size.columns or 80)))

    def _pause(self) -> None:
        self._terminal.flush()
        try:
            typed = input(MORE)
        except KeyboardInterrupt:
            print()
            typed = ENOUGH[0]
        except (EOFError, *CLOSED):
            print()
            typed = ":quit"
        if os.environ.get("TERM") != "dumb" and not typed.strip():
            self._terminal.write("\x1b[1A\x1b[2K")  # the prompt is gone when it is answered
        enough = typed.strip() in ENOUGH
        if typed.strip() and not enough:
            self._read.put_back([typed])
        self._begin(whole=bool(typed.strip()), silent=enough or typed == ":quit")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._terminal, name)
