"""Fitting: how much of a graph a page has room for, and the layout in which it has.

fit     where the picture is to be shown, in pixels: "page" is the column of a README or a notebook, "slide" a slide
level   a way to draw the graph: which scopes are folded, and whether parameters stand in their gates

Levels are tried from the most detailed one on. The first is taken whose smallest letter can be read there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from autograd_tiny import Value
from autograd_tiny.value import ancestors
from viz.graph import parameters, scopes
from viz.graph.circuit import Circuit, circuit, drawn_values
from viz.graph.model import Scope
from viz.layout.layout import admit
from viz.layout.press import LayoutError
from viz.look import Look
from viz.opening import folded_note
from viz.page.page import Page, Text, moved
from viz.page.picture import Picture
from viz.words.lettering import size_of

Fit = str | tuple[float, float] | None
LETTER = 9.0  # pixels: the smallest letter that is read without effort
SHAPE = 4.0  # a picture is at most so many times as wide as it is high
ROOMS = {"page": (860.0, 1290.0), "slide": (1280.0, 720.0)}  # pixels, width and height
GATE = (95.0, 45.0)  # points that a gate and its wire take at least


@dataclass(frozen=True)
class Room:
    """A place to be shown at, in pixels."""

    width: float
    height: float

    def legible(self, page: Page) -> bool:
        """Whether every letter of a page can be read here."""
        return smallest(page) * self.scale(page) >= LETTER - 0.005

    def scale(self, page: Page) -> float:
        """Pixels a point of the page: never more than one."""
        return min(1.0, self.width / page.width, self.height / page.height)

    @property
    def points(self) -> float:
        """How wide a page may be whose smallest letters are captions."""
        return self.width * 10.0 / LETTER


def room_of(fit: Fit) -> Room | None:
    """The room that is meant; ValueError for anything else."""
    if fit is None:
        return None
    if isinstance(fit, str) and fit in ROOMS:
        return Room(*ROOMS[fit])
    if isinstance(fit, tuple | list) and len(fit) == 2 and all(_is_length(length) for length in fit):
        return Room(*map(float, fit))
    raise ValueError(f'fit={fit!r}: give "page", "slide", a size in pixels such as (640, 480), or None for any size')


def _is_length(length: object) -> bool:
    return isinstance(length, int | float) and not isinstance(length, bool) and 0 < length < float("inf")


def smallest(page: Page) -> float:
    """The size of a page's smallest letter, in points."""
    texts = (mark for mark in page.marks if isinstance(mark, Text))
    return min((size_of(run, mark.size) for mark in texts for run in mark.line), default=LETTER)


# Levels, from the most detailed one on --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Level:
    """A circuit, what is to be said of what it leaves out, and whether it may be broken into rows."""

    circuit: Circuit
    note: str = ""
    broken: bool = True


@dataclass(frozen=True)
class Subject:
    """What is drawn: the results, and how its constants, parameters and asked gradients are."""

    outputs: tuple[Value, ...]
    constants: bool
    in_gates: bool  # whether parameters may stand there

    def levels(self, foldings: Sequence[frozenset[Scope]], look: Look, noted: bool) -> Iterator[Level]:
        """As it is, then with parameters in their gates, then folded; `noted` where nobody asked for that."""
        order = ancestors(*self.outputs)
        stands = scopes.instances(order)
        values = drawn_values(self.outputs, self.constants)
        held = parameters.in_gates(values, self.outputs, stands, self.constants) if self.in_gates else frozenset()
        for number, folded in enumerate(foldings):
            if scopes.gates(stands, folded) > MANY and number < len(foldings) - 1:
                continue
            admit(scopes.gates(stands, folded))
            note = folded_note(stands, folded) if noted and folded else ""
            for inside in dict.fromkeys((frozenset[Value](), held) if not number else (held,)):
                drawn = circuit(self.outputs, self.constants, None, folded, held=inside)
                yield Level(drawn, note, inside == held and look.direction == "LR")


MANY = 320  # gates for which no page has room


Made = Callable[[Level, float | None], Picture]  # a level as a picture, with the room for its rows


def fitted(levels: Iterator[Level], room: Room, made: Made) -> Picture:
    """The first level that can be read in the room; where none can, the one that comes closest."""
    best: Picture | None = None
    error: LayoutError | None = None
    for level, is_last in _with_last(levels):
        if not is_last and not _may_fit(level, room):
            continue
        try:
            picture = made(level, room.points if level.broken else None)
        except LayoutError as failed:
            error = failed
            continue
        picture = replace(picture, page=shaped(picture.page))
        if room.legible(picture.page):
            return picture
        if best is None or _letter(picture, room) > _letter(best, room):
            best = picture
    if best is None:
        raise error or LayoutError("there is nothing to draw")
    return best


def _with_last(levels: Iterator[Level]) -> Iterator[tuple[Level, bool]]:
    """Each level, and whether no other comes after it."""
    before = next(levels)
    for level in levels:
        yield before, False
        before = level
    yield before, True


def _may_fit(level: Level, room: Room) -> bool:
    """Whether a level could be legible at all: to lay out what cannot be costs time."""
    scale = LETTER / 10.0
    most = room.width * room.height / scale**2 / (GATE[0] * GATE[1])
    long = room.width / scale / GATE[0]
    return level.circuit.gates <= most and (level.broken or level.circuit.longest <= long)


def _letter(picture: Picture, room: Room) -> float:
    return smallest(picture.page) * room.scale(picture.page)


def shaped(page: Page) -> Page:
    """The page with so much white above and below it that it is no ribbon."""
    high = page.width / SHAPE
    if page.height >= high:
        return page
    down = (high - page.height) / 2
    return replace(page, height=high, foot=page.foot + down, marks=tuple(moved(mark, 0.0, down) for mark in page.marks))
