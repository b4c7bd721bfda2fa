"""Where the lessons stand: their parts one below the other in at most three columns, each lesson a box below the last.

Across a page only the columns are known here; how far they stand apart depends on the lines between them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from viz.words.lettering import LINE, Line, balanced, line

COLUMNS = 3
WIDE = 168.0  # points of a box
LETTERS = 9.0  # points: 12 pixels where the map is 860 pixels wide
NUMBER, SIGN, PAD = 20.0, 12.0, 4.0  # room before a title, after it, above and below it
HEADING, GAP, APART = 20.0, 8.5, 15.0  # a part's name; between boxes; between parts


@dataclass(frozen=True)
class Place:
    """A box by its column, and a part's heading; `above` is the lesson in whose foot a line to this one may begin."""

    column: int
    top: float
    height: float
    title: tuple[Line, ...]
    above: str = ""

    @property
    def middle(self) -> float:
        """How far down its middle is."""
        return self.top + self.height / 2

    @property
    def bottom(self) -> float:
        """Where it ends."""
        return self.top + self.height


@dataclass(frozen=True)
class Plan:
    """The lessons by their ids, the headings by the parts' names, and where the last column ends."""

    lessons: Mapping[str, Place]
    headings: Mapping[str, Place]

    @property
    def columns(self) -> int:
        """How many there are."""
        return 1 + max((place.column for place in self.headings.values()), default=0)

    def bottom(self, column: int | None = None) -> float:
        """Where a column ends, or the longest."""
        there = [place for place in self.lessons.values() if column in (None, place.column)]
        return max((place.bottom for place in there), default=0.0)


def plan(parts: Mapping[str, Mapping[str, str]]) -> Plan:
    """The places of lessons whose titles are given part by part."""
    titles = {part: {name: wrapped(title) for name, title in inside.items()} for part, inside in parts.items()}
    tall = [APART + HEADING + sum(GAP + _height(title) for title in inside.values()) for inside in titles.values()]
    lessons: dict[str, Place] = {}
    headings: dict[str, Place] = {}
    names = list(parts)
    for column, (first, end) in enumerate(divided(tall)):
        y = 0.0
        for part in names[first:end]:
            headings[part] = Place(column, y, HEADING, (line(part),))
            y += HEADING + GAP / 2
            above = ""
            for name, title in titles[part].items():
                lessons[name] = Place(column, y, _height(title), title, above)
                y, above = lessons[name].bottom + GAP, name
            y += APART - GAP
    return Plan(lessons, headings)


def wrapped(title: str) -> tuple[Line, ...]:
    """A title in its short form, which ends at a colon, in as many lines as it needs."""
    return balanced(line(title.partition(":")[0]), WIDE - NUMBER - SIGN, LETTERS)


def divided(tall: Sequence[float]) -> list[tuple[int, int]]:
    """Parts so tall as columns, in their order: the longest as short as can be, then as few as can be."""
    ways = [
        (0, *cuts, len(tall)) for k in range(min(COLUMNS, len(tall))) for cuts in combinations(range(1, len(tall)), k)
    ]
    best = min(ways, key=lambda way: (max(sum(tall[a:b]) for a, b in pairwise(way)), len(way), way), default=(0, 0))
    return list(pairwise(best))


def _height(title: Sequence[Line]) -> float:
    return len(title) * round(LETTERS * LINE) + 2 * PAD
