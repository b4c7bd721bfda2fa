"""The finite automaton of binary addition: read out of a network's behaviour, and drawn.

A state is what has been printed (0 or 1) and whether one is carried. Nobody looks into the hidden numbers: two of
them are the same state if the network printed the same digit and would print the same for a column 0 + 0 next.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lessons.experiments.drawing.canvas import arrowhead, circle, document, stroke, text
from lessons.experiments.drawing.chart import PAPER

State = tuple[bool, bool]  # (printed, carried)
WIDE, HIGH, RADIUS = 700.0, 440.0, 46.0
PLACES = {
    (False, False): (180.0, 140.0),
    (True, False): (180.0, 340.0),
    (False, True): (520.0, 140.0),
    (True, True): (520.0, 340.0),
}


@dataclass(frozen=True)
class Transition:
    """From a state, at a column "01", into another state, `times` times."""

    before: State
    column: str
    after: State
    times: int


def read_out(printed: np.ndarray, carried: np.ndarray, columns: np.ndarray) -> list[Transition]:
    """All transitions between states (T + 1, B) at columns (T, B, 2), each once, with how often it was made."""
    codes = 8 * printed[:-1] + 4 * carried[:-1] + 2 * printed[1:] + carried[1:]  # (T, B)
    seen = Counter(zip(codes.ravel().tolist(), map(tuple, columns.reshape(-1, 2).astype(int).tolist()), strict=True))
    return [
        Transition((bool(code & 8), bool(code & 4)), f"{b}{c}", (bool(code & 2), bool(code & 1)), times)
        for (code, (b, c)), times in sorted(seen.items())
    ]


def rules_of_addition() -> set[tuple[State, str, State]]:
    """The sixteen transitions that are right."""
    return {
        ((printed, carried), f"{b}{c}", (bool((b + c + carried) % 2), b + c + carried > 1))
        for printed in (False, True)
        for carried in (False, True)
        for b in (0, 1)
        for c in (0, 1)
    }


def automaton(transitions: list[Transition], title: str) -> str:
    """The transitions as an SVG picture."""
    right = {(t.before, t.column, t.after) for t in transitions} & rules_of_addition()
    wrong = len({(t.before, t.column, t.after) for t in transitions} - rules_of_addition())
    told = f"{len(right)} of the 16 transitions of addition were seen, {wrong} others."
    marks = [arrowhead(), *_arrows(transitions), *_states(), text(16, HIGH - 18, told, anchor="start")]
    return document(title, f"Four states: carry or no carry, print 0 or print 1. {told}", WIDE, HIGH, marks)


def _states() -> Iterator[str]:
    x, y = PLACES[False, False]
    yield stroke(f"M{x:.1f} {y - RADIUS - 30:.1f}V{y - RADIUS:.1f}", arrow=True)
    yield text(x, y - RADIUS - 38, "start")
    for (printed, carried), (x, y) in PLACES.items():
        yield circle(x, y, RADIUS, PAPER, "#222222")
        yield text(x, y - 9, "carry" if carried else "no carry")
        yield text(x, y + 9, f"print {int(printed)}", weight="bold")


def _arrows(transitions: list[Transition]) -> Iterator[str]:
    joined: dict[tuple[State, State], list[Transition]] = {}
    for transition in transitions:
        joined.setdefault((transition.before, transition.after), []).append(transition)
    for (before, after), several in sorted(joined.items()):
        words = "  ".join(f"{t.column[0]}+{t.column[1]}" for t in several)
        yield from _loop(before, words) if before == after else _arc(before, after, words)


def _loop(state: State, words: str) -> Iterator[str]:
    """An arrow from a state to itself, on the outer side of the picture."""
    x, y = PLACES[state]
    out = -1 if x < WIDE / 2 else 1
    near, far = x + out * 0.92 * RADIUS, x + out * (RADIUS + 46)
    path = f"M{near:.1f} {y - 18:.1f}C{far:.1f} {y - 44:.1f} {far:.1f} {y + 44:.1f} {near:.1f} {y + 18:.1f}"
    yield stroke(path, arrow=True)
    yield text(x + out * (RADIUS + 40), y, words, anchor="end" if out < 0 else "start")


def _arc(before: State, after: State, words: str) -> Iterator[str]:
    """An arrow bent to its left, so that the way there and the way back are two."""
    (x0, y0), (x1, y1) = PLACES[before], PLACES[after]
    length = math.hypot(x1 - x0, y1 - y0)
    along, left = ((x1 - x0) / length, (y1 - y0) / length), ((y1 - y0) / length, (x0 - x1) / length)
    bend = 26.0
    middle = [(a + b) / 2 + 2 * bend * side for a, b, side in zip((x0, y0), (x1, y1), left, strict=True)]
    ends = []
    for (x, y), way in (((x0, y0), 1), ((x1, y1), -1)):
        turn = math.atan2(way * along[1], way * along[0]) + way * -0.32  # leaves and arrives a little to the left
        ends.append((x + RADIUS * math.cos(turn), y + RADIUS * math.sin(turn)))
    (xa, ya), (xb, yb) = ends
    yield stroke(f"M{xa:.1f} {ya:.1f}Q{middle[0]:.1f} {middle[1]:.1f} {xb:.1f} {yb:.1f}", arrow=True)
    top = [0.25 * a + 0.5 * m + 0.25 * b for a, m, b in zip(ends[0], middle, ends[1], strict=True)]
    anchor = "middle" if abs(left[0]) < 0.7 else "start" if left[0] > 0 else "end"
    yield text(top[0] + (15 if anchor == "middle" else 7) * left[0], top[1] + 12 * left[1], words, anchor=anchor)
