"""Fitting: how much of a graph a page has room for, and the layout in which it has.

fit     where the picture is to be shown, in pixels: "page" is the column of a README or a notebook, "slide" a slide
level   a way to draw the graph: which scopes are folded, and whether parameters stand in their gates

Levels are tried from the most detailed one on. The first is taken whose smallest letter can be read there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from types import MappingProxyType
from typing import Generic, TypeVar

from autograd_tiny import Value
from autograd_tiny.value import ancestors
from viz.fitting.elision import WHOLE, Steps, gaps
from viz.fitting.gathering import inputs, loose, namesakes
from viz.fitting.room import ANYWHERE, LETTER, Room, shaped
from viz.graph import parameters, scopes
from viz.graph.cells import cells
from viz.graph.circuit import Called, Circuit, Recording, circuit, drawn_values, recorded
from viz.graph.model import Scope
from viz.graph.scopes import Stands
from viz.layout.layout import admit
from viz.layout.press import LayoutError
from viz.look import Look
from viz.opening import folded_note
from viz.page.picture import Picture
from viz.words.figures import MOST

LENGTH, AREA = 95.0, 22_000.0  # points, and square points, that a gate and its wires take at least


@dataclass(frozen=True)
class Level:
    """A circuit, what is to be said of what it leaves out, and whether it may be broken into rows."""

    circuit: Circuit
    note: str = ""
    broken: bool = True
    numbers: int = MOST  # of an array, that are printed
    elided: bool = False  # steps are left out of it, or what stands in no scope is few gates
    last: bool = False  # no other that is folded so leaves out more
    forced: bool = False  # nobody asked for what is left out: only what is too small is drawn so
    briefest: bool = False  # what cannot be read so cannot be read in more detail


NOTHING: Mapping[int, Scope] = MappingProxyType({})


@dataclass(frozen=True)
class Subject:
    """What is drawn: the results, and how its constants, parameters and asked gradients are.

    A film goes `stepwise`: it shows each gate by itself as long as there is room. Values are `called` by their labels,
    unless it gives them other names.
    """

    outputs: tuple[Value, ...]
    constants: bool
    in_gates: bool  # whether parameters may stand there
    in_rows: bool = False  # whether only rows will do
    stepwise: bool = False
    called: Called | None = None
    asked: tuple[Value, ...] = ()  # whose gradients need a place of their own

    def levels(
        self, foldings: Sequence[frozenset[Scope]], look: Look, steps: Steps, noted: bool, room: Room = ANYWHERE
    ) -> Iterator[Iterator[Level]]:
        """For each folding its levels: as it is, then with parameters in their gates; at last with steps left out.

        Where there are many gates for the room, the briefest way to draw them is the first. `noted` where nobody asked
        for a certain folding.
        """
        stands = scopes.instances(ancestors(*self.outputs))
        inner = {*scopes.scopes_of(stands)} - scopes.row_holders(stands)
        for number, folded in enumerate(foldings):
            is_last = number == len(foldings) - 1
            gates = scopes.gates(stands, folded)
            if gates > min(MANY, JOINED * _most(room)) and not is_last and not inner <= folded:
                continue
            admit(gates)
            yield (
                replace(level, briefest=briefest)
                for manner, briefest in self._order(gates, number, room)
                for level in self._level(stands, folded, manner, look, steps, noted)
            )
            if (inner <= folded if noted else folded) and steps is None and not self.asked:
                for most in SHOWN:
                    yield self._level(stands, folded, self.manners[-1], look, most, noted)
                for steps_only in (False, True):
                    for shown in (None, *SHOWN):
                        yield self._closed(stands, folded, look, shown, steps_only, noted)
                if is_last and noted:
                    yield self._closed(stands, folded, look, WHOLE, False, noted)

    def _order(self, gates: int, number: int, room: Room) -> Iterator[tuple[Manner, bool]]:
        """The manners of a folding, and whether each is the first one and as brief as can be."""
        first = len(self._steps) * (number > 0) if self.stepwise else number > 0 or self.in_rows or self.has_cells
        *others, last = self.manners[first:] or self.manners[-1:]
        early = last.brief and bool(others) and gates * ROOMY > _most(room)
        yield from ((manner, early and manner is last) for manner in ([last, *others] if early else [*others, last]))

    def _level(
        self, stands: Stands, folded: frozenset[Scope], manner: Manner, look: Look, steps: Steps | int, noted: bool
    ) -> Iterator[Level]:
        """The level, if there is anything to leave out."""
        drawn = self._drawn(folded, manner)
        left_out = gaps(drawn, steps) if steps is not None else []
        if isinstance(steps, int) and not left_out:
            return
        if left_out:
            drawn = self._drawn(folded, manner, {at: gap.scope for gap in left_out for at in gap.members})
        told = bool(folded) and (noted or isinstance(steps, int))
        note = folded_note(stands, folded, drawn.gates, [gap.note for gap in left_out]) if told else ""
        broken = manner.broken and look.direction == "LR"
        yield Level(drawn, note, broken, manner.numbers, steps is not None, steps in LAST, forced=told and not noted)

    def _closed(
        self, stands: Stands, folded: frozenset[Scope], look: Look, most: int | None, steps_only: bool, noted: bool
    ) -> Iterator[Level]:
        """The briefest level there is, if anything is folded: what stands in no scope is a few gates, too.

        With `steps_only` all that is made of a step, and is none itself, is one.
        """
        elided = [partial(gaps, steps=most)] if most is not None else []
        gathered = [namesakes, loose] if most == WHOLE else [partial(loose, steps_only=steps_only)]
        manner, hidden, left_out = self.manners[-1], dict[int, Scope](), list[str]()
        for leave_out in (*elided, *gathered, inputs):
            found = leave_out(self._drawn(folded, manner, hidden))
            if not found and most != WHOLE and leave_out is not inputs:
                return
            hidden |= {at: gap.scope for gap in found for at in gap.members}
            left_out += [gap.note for gap in found]
        if folded and hidden:
            drawn = self._drawn(folded, manner, hidden)
            note = folded_note(stands, folded, drawn.gates, list(dict.fromkeys(left_out)))
            broken = manner.broken and look.direction == "LR"
            yield Level(drawn, note, broken, manner.numbers, True, most in LAST, forced=not noted)

    def _drawn(self, folded: frozenset[Scope], manner: Manner, hidden: Mapping[int, Scope] = NOTHING) -> Circuit:
        key = folded, manner, tuple(hidden.items())
        if key not in self._circuits:
            self._circuits[key] = circuit(
                self.outputs, self.constants, self.called, folded, held=manner.held, gaps=hidden, tidy=manner.tidy,
                squares=manner.brief, recording=self._recording,
            )  # fmt: skip
        return self._circuits[key]

    @cached_property
    def _recording(self) -> Recording:
        return recorded(self.outputs, self.constants)

    @cached_property
    def _circuits(self) -> dict[object, Circuit]:
        return {}

    @cached_property
    def held(self) -> frozenset[Value]:
        """The parameters that may stand in their gates."""
        if not self.in_gates:
            return frozenset()
        values, stands = self._drawn_values
        return parameters.in_gates(values, self.outputs, stands, self.constants) - set(self.asked)

    @cached_property
    def has_cells(self) -> bool:
        """Whether there are cells that the lecture draws, with their parameters in their gates."""
        values, stands = self._drawn_values
        return any(cells(values, [stands[value] for value in values], self.held))

    @cached_property
    def _drawn_values(self) -> tuple[tuple[Value, ...], Stands]:
        return drawn_values(self.outputs, self.constants), scopes.instances(ancestors(*self.outputs))

    @cached_property
    def manners(self) -> list[Manner]:
        """The ways to draw the same gates, the most detailed one first."""
        if not self.in_gates or self.asked:
            return self._steps or [Manner(frozenset(), MOST, True)]
        whole = [] if self.stepwise else [Manner(frozenset(), MOST, self._apart or not self.held, True)]
        every = [*whole, Manner(self.held, MOST, True, True)]
        values, _ = self._drawn_values
        if any(v.ndim for v in values):
            held = self.held | parameters.constants_in_gates(values, self.held, self.constants)
            every += [Manner(held, numbers, True, True) for numbers in (FEW, LEAST)[: 1 + self.has_cells]]
        return list(dict.fromkeys((*self._steps, *every)))

    @cached_property
    def _steps(self) -> list[Manner]:
        """The manners in which each gate stands by itself, as a film shows it: in one piece, or in rows."""
        if not self.stepwise:
            return []
        return [Manner(frozenset(), MOST, False), Manner(frozenset() if self._apart else self.held, MOST, True)]

    @cached_property
    def _apart(self) -> bool:
        """Of single numbers a learner wants to see each, and its local derivative, as long as there is room."""
        values, stands = self._drawn_values
        return not any(v.ndim for v in values) and not any(scopes.step_of(scope) for scope in stands.values())


@dataclass(frozen=True)
class Manner:
    """Which leaves stand in their gates, how many numbers of an array are printed, and whether rows may be broken.

    In a `tidy` picture several gates may be one.
    """

    held: frozenset[Value]
    numbers: int
    broken: bool
    tidy: bool = False

    @property
    def brief(self) -> bool:
        """Whether it says less than it could."""
        return self.numbers < MOST


SHOWN = (6, 4, 3, 2)  # steps of a row that are shown, and ⋯, where there is no room for all of them
LAST = (SHOWN[-1], WHOLE)
JOINED = 5.0  # gates that are drawn as one, at most: those of a cell
ROOMY = 3.0  # times as many gates would have room
FEW, LEAST = 2, 1  # numbers of an array that are printed where room is short; beside the wires of a cell
CLOSE = 1.6  # times as much room as it has is what a picture may still need by this reckoning
MANY = 320  # gates for which no room is large enough


P = TypeVar("P", bound=Picture)
Made = Callable[[Level, float | None], P]  # a level as a picture, with the room for its rows


Merit = tuple[float, int, int]
PERFECT: Merit = (LETTER, 0, 0)


def fitted(foldings: Iterator[Iterator[Level]], room: Room, made: Made[P], ribbons: bool = False) -> P:
    """The first level that can be read in the room; where none can, the one that comes closest.

    No scope is folded for the sake of a row without a gate. Unless there may be `ribbons`, low pictures have white
    above and below.
    """
    search = _Search(room, made, ribbons)
    for levels in foldings:
        for level in levels:
            search.look_at(level)
            if search.is_over or (level.briefest and not search.is_legible):
                break
        if search.is_legible:
            break
    return search.result()


@dataclass
class _Search(Generic[P]):
    """What has been found by now."""

    room: Room
    made: Made[P]
    ribbons: bool = False
    best: P | None = None
    merit: Merit = (0.0, 0, 0)
    error: LayoutError | None = None
    passed_over: Level | None = None
    seen: list[Circuit] = field(default_factory=list)
    is_over: bool = False
    area: float = AREA  # points that a gate takes at least, as has been seen: where steps are left out, not fewer

    @property
    def is_legible(self) -> bool:
        """Whether there is one that can be read, without a fault."""
        return self.merit[:2] == PERFECT[:2]

    def look_at(self, level: Level) -> None:
        """Make it, if it may fit: to lay out what cannot costs time."""
        self.passed_over = None
        if any(level.circuit is other for other in self.seen):  # there was nothing more to leave out
            return
        if level.forced and self.merit[0] >= LETTER:
            return
        self.seen.append(level.circuit)
        reckoned = level.elided and not level.last
        if _may_fit(level, self.room) and (not reckoned or level.circuit.gates <= _most(self.room, self.area)):
            self._make(level)
        else:
            self.passed_over = level

    def _make(self, level: Level) -> None:
        try:
            picture = self.made(level, self.room.points if level.broken else None)
        except LayoutError as failed:
            self.error = failed
            return
        picture = picture if self.ribbons else replace(picture, page=shaped(picture.page))
        merit = _merit(picture, self.room)
        if self.best is None or merit > self.merit or merit == PERFECT:
            self.best, self.merit = picture, merit
        self.is_over = merit == PERFECT and not level.briefest
        if (level.elided or level.briefest) and picture.page.width <= self.room.points:
            area = picture.page.width * picture.page.height / level.circuit.gates / CLOSE
            self.area = max(area, self.area) if level.elided else area

    def result(self) -> P:
        """The best one; of what may not fit at all, the last."""
        if self.passed_over and not self.is_legible:
            self._make(self.passed_over)
        if self.best is None:
            raise self.error or LayoutError("there is nothing to draw")
        return self.best


def _may_fit(level: Level, room: Room) -> bool:
    """Whether a level could be legible at all."""
    long = room.width * 10.0 / LETTER / LENGTH
    return level.circuit.gates <= _most(room) and (level.broken or level.circuit.longest <= long)


def _most(room: Room, area: float = AREA) -> float:
    """How many gates a room may hold, where each takes so much."""
    return room.width * room.height * (10.0 / LETTER) ** 2 / area


def _merit(picture: Picture, room: Room) -> Merit:
    """How well a picture can be read: its letters, as far as too small, its faults, its rows without a gate."""
    return room.letters(picture.page), -picture.faults, -picture.idle
