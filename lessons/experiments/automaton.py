"""The finite automaton of binary addition: read out of a network's behaviour, and drawn.

A state is what has been printed (0 or 1) and whether one is carried. Nobody looks into the hidden numbers: two of
them are the same state if the network printed the same digit and would print the same for a column 0 + 0 next.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from viz import Drawing
from viz.layout.geometry import Path, Point, Rectangle
from viz.look import theme_named
from viz.output import plate
from viz.page.page import Curve, Mark, Shape, Text
from viz.page.strokes import fitted, short, straight
from viz.words.lettering import SIZE, line

State = tuple[bool, bool]  # (printed, carried)
WIDE, HIGH, RADIUS, TIP = 780.0, 420.0, 46.0, 6.5
THEME = theme_named("lecture")
PLACES = {
    (False, False): (180.0, 140.0),
    (True, False): (180.0, 340.0),
    (False, True): (600.0, 140.0),
    (True, True): (600.0, 340.0),
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


def automaton(transitions: list[Transition], title: str) -> Drawing:
    """The transitions as a picture."""
    right = {(t.before, t.column, t.after) for t in transitions} & rules_of_addition()
    wrong = len({(t.before, t.column, t.after) for t in transitions} - rules_of_addition())
    told = f"{len(right)} of the 16 transitions of addition were seen, {wrong} others."
    marks = [
        _text("title", WIDE / 2, 20, title),
        *_arrows(transitions),
        *_states(),
        _text("told", WIDE / 2, HIGH, told),
    ]
    words = f"Four states: carry or no carry, print 0 or print 1. {told}"
    page = fitted(marks, THEME, title, words)
    return Drawing(page, partial(plate.document, page), lambda: f"{title}\n{words}\n")


def _text(key: str, x: float, y: float, words: str, anchor: str = "middle") -> Text:
    return Text(key, x, y, line(words), SIZE, anchor)


def _states() -> Iterator[Mark]:
    x, y = PLACES[False, False]
    yield _arrow("start", straight([(x, y - RADIUS - 30), (x, y - RADIUS)]))
    yield _text("start.name", x, y - RADIUS - 38, "start")
    for (printed, carried), (x, y) in PLACES.items():
        key = f"state{int(printed)}{int(carried)}"
        yield Shape(key, Rectangle(x, y, 2 * RADIUS, 2 * RADIUS), THEME.gate, THEME.ink)
        yield _text(f"{key}.carry", x, y - 9, "carry" if carried else "no carry")
        yield _text(f"{key}.print", x, y + 9, f"print {int(printed)}")


def _arrow(key: str, points: tuple[Point, ...]) -> Curve:
    """A line with a head at its end."""
    *way, end = points
    return Curve(key, Path((*way, short(end, way[-1], TIP)), end), THEME.wire)


def _arrows(transitions: list[Transition]) -> Iterator[Mark]:
    joined: dict[tuple[State, State], list[Transition]] = {}
    for transition in transitions:
        joined.setdefault((transition.before, transition.after), []).append(transition)
    for number, ((before, after), several) in enumerate(sorted(joined.items())):
        words = "  ".join(f"{t.column[0]}+{t.column[1]}" for t in several)
        key = f"arrow{number}"
        yield from _loop(key, before, words) if before == after else _arc(key, before, after, words)


def _loop(key: str, state: State, words: str) -> Iterator[Mark]:
    """An arrow from a state to itself, on the outer side of the picture."""
    x, y = PLACES[state]
    out = -1 if x < WIDE / 2 else 1
    near, far = x + out * 0.92 * RADIUS, x + out * (RADIUS + 46)
    yield _arrow(key, ((near, y - 18), (far, y - 44), (far, y + 44), (near, y + 18)))
    yield _text(f"{key}.name", x + out * (RADIUS + 40), y, words, "end" if out < 0 else "start")


def _arc(key: str, before: State, after: State, words: str) -> Iterator[Mark]:
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
    inner = [tuple(end + 2 / 3 * (m - end) for end, m in zip(point, middle, strict=True)) for point in ends]
    yield _arrow(key, (ends[0], (inner[0][0], inner[0][1]), (inner[1][0], inner[1][1]), ends[1]))
    top = [0.25 * a + 0.5 * m + 0.25 * b for a, m, b in zip(ends[0], middle, ends[1], strict=True)]
    anchor = "middle" if abs(left[0]) < 0.7 else "start" if left[0] > 0 else "end"
    yield _text(
        f"{key}.name", top[0] + (15 if anchor == "middle" else 7) * left[0], top[1] + 12 * left[1], words, anchor
    )
