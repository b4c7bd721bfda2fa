"""Captions broken into lines that fit below their picture."""

from __future__ import annotations

import re
from dataclasses import replace

from viz.lettering import SIZE, Line, Run, clean, width

LONGEST = 40  # characters of a word before it is broken


def wrap(text: Line, room: float, size: float = SIZE) -> tuple[Line, ...]:
    """The line broken between words so that each part is at most `room` points wide; a longer word is broken.

    A newline in the text always breaks.
    """
    lines: list[list[Run]] = [[]]
    used = 0.0
    for word in _words(text):
        if word.text == "\n":
            lines.append([])
            used = 0.0
            continue
        wide = width((replace(word, text=word.text.rstrip()),), size)
        if used and used + wide > room:
            lines.append([])
            used = 0.0
        lines[-1].append(word)
        used += width((word,), size)
    return tuple(_merged(words) for words in lines if words)


def _words(text: Line) -> list[Run]:
    """The runs cut after each space; a subscript stays with its letter because it follows without one."""
    pieces = []
    for run in text:
        for part in re.findall(rf"\n|[^\s]{{1,{LONGEST}}}[^\S\n]*|[^\S\n]+", run.text):
            shown = part if part == "\n" else clean(part) + (" " if part[-1].isspace() else "")
            pieces.append(replace(run, text=shown))
    return pieces


def _merged(words: list[Run]) -> Line:
    merged: list[Run] = []
    for word in words:
        if merged and replace(merged[-1], text="") == replace(word, text=""):
            merged[-1] = replace(word, text=merged[-1].text + word.text)
        else:
            merged.append(word)
    return tuple(merged)
