"""The columns of the grid, and who sits where.

column  the prelude (what is there before any step: parameters, initial states), then the steps of a series, then what
        comes after them, then the steps of the next series …
band    within a step's column: its box ("core"); what only it needs ("below"); what is made of its results ("above")
key     what a part is to its step: the same in each
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from viz.circuit import Scope
from viz.rows.series import Series


@dataclass(frozen=True)
class Seat:
    """A place in the grid; `part` numbers what is not connected within a single column."""

    column: int
    band: str = "core"
    part: int = 0


@dataclass(frozen=True)
class Column:
    """One column: a step of series number `series`, or, where that is −1, what stands alone."""

    series: int
    step: Scope = ()


@dataclass(frozen=True)
class Seating:
    """The columns from left to right, and each node's seat and key.

    `local` is each scope as its column calls it: the tenth step's "Linear 10" is the one Linear that it has.
    """

    columns: tuple[Column, ...]
    seats: Mapping[str, Seat]
    keys: Mapping[str, Hashable]
    prefixes: frozenset[Scope]
    local: Mapping[tuple[int, Scope], Scope]
    back: frozenset[Seat] = frozenset()  # blocks that run from right to left

    @property
    def frames(self) -> int:
        """How many frames stand around a series, one in another."""
        return max(map(len, self.prefixes), default=0)

    def scope(self, column: int, local: Scope) -> Scope:
        """The scope that a column calls so."""
        return self._scopes.get((column, local), local)

    @cached_property
    def _scopes(self) -> dict[tuple[int, Scope], Scope]:
        return {(column, local): scope for (column, scope), local in self.local.items()}

    def form(self, seat: Seat) -> Hashable:
        """What is laid out once: seats of one form are stamped alike."""
        series = self.columns[seat.column].series
        return ("step", series, seat.band, seat.part) if series >= 0 else ("alone", seat)


def columns_of(series: Sequence[Series]) -> tuple[tuple[Column, ...], dict[Scope, int], list[int]]:
    """The columns; where each step stands; which column comes after each series."""
    columns, of_step, after = [Column(-1)], dict[Scope, int](), list[int]()
    for number, each in enumerate(series):
        for step in each.steps:
            of_step[step] = len(columns)
            columns.append(Column(number, step))
        after.append(len(columns))
        columns.append(Column(-1))
    return tuple(columns), of_step, after
