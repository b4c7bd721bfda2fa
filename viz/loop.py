"""The loop in an unrolled network: which step stands for all, and what it takes from the step before.

result  a node and the number of one of its results
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from viz.circuit import Circuit
from viz.parts import Wire
from viz.rows.columns import Seating

Result = tuple[str, int]


@dataclass(frozen=True)
class Target:
    """Where a result goes: a gate's slot, the delay of a state, or the name it ends in."""

    head: str
    slot: int | None = None

    @property
    def is_end(self) -> bool:
        """Whether the result ends here."""
        return self.head.startswith("end")


class Loop:
    """All steps of the longest series folded into one of them."""

    def __init__(self, whole: Circuit, seats: Seating) -> None:
        self.whole, self.seats = whole, seats
        self.column = self._typical()
        self.step = seats.columns[self.column].step
        self.kept = [node for node in whole.nodes if self._is_kept(node.id)]
        self.targets: dict[Result, list[Target]] = {}
        self.delayed: dict[Result, list[Target]] = {}
        self._connect()

    def _typical(self) -> int:
        """The column of the step with the most gates; of several, the one that takes most from other steps."""
        series = [column.series for column in self.seats.columns if column.series >= 0]
        longest = max(set(series), key=lambda each: (series.count(each), -each))
        gates: Counter[int] = Counter()
        taken: Counter[int] = Counter()
        for node, seat in self.seats.seats.items():
            if self.seats.columns[seat.column].series == longest:
                gates[seat.column] += node.startswith("gate")
                taken[seat.column] += sum(self._is_past(wire, seat.column) for wire in self.whole.wires_into(node))
        return max(gates, key=lambda column: (gates[column], taken[column], column))

    def _is_past(self, wire: Wire, column: int) -> bool:
        """Whether a wire comes from another step."""
        other = self.seats.seats[self._result(wire)[0]].column
        return other != column and self.seats.columns[other].series >= 0

    def _is_kept(self, node: str) -> bool:
        """The step's own gates and leaves, and what of the prelude they are made of."""
        if node.startswith(("end", "sum")):
            return False
        return self.seats.seats[node].column == self.column or node in self._feeding

    @cached_property
    def _feeding(self) -> set[str]:
        """What of the prelude the step is made of."""
        found: set[str] = set()
        waiting = [node for node, seat in self.seats.seats.items() if seat.column == self.column]
        while waiting:
            for wire in self.whole.wires_into(waiting.pop()):
                tail = self._result(wire)[0]
                if self.seats.seats[tail].column == 0 and tail not in found:
                    found.add(tail)
                    waiting.append(tail)
        return found

    def _result(self, wire: Wire) -> Result:
        stem = wire if wire.stem else self.whole.wires_into(wire.tail)[0]
        return stem.tail, self.whole.wires_out_of(stem.tail).index(stem)

    @property
    def count(self) -> int:
        """How many steps are one."""
        series = self.seats.columns[self.column].series
        return sum(column.series == series for column in self.seats.columns)

    def is_state(self, result: Result) -> bool:
        """Whether a result is made in the step's box: the state, and no running sum of losses."""
        return self.seats.seats[result[0]].band == "core"

    # What is connected to what ---------------------------------------------------------------------------------------

    def _connect(self) -> None:
        """Where each result goes within the step, by a delay to the next one, and out of the network."""
        kept = {node.id for node in self.kept}
        for wire in self.whole.wires:
            if wire.head in kept and wire.use:
                node, number = self._result(wire)
                target = Target(wire.head, wire.use[1])
                if node in kept:
                    self.targets.setdefault((node, number), []).append(target)
                elif (like := self._like.get(node)) is not None:
                    self.delayed.setdefault((like, number), []).append(target)
        for result in self.delayed:
            self.targets.setdefault(result, []).append(Target(f"delay{self.value(result)}"))
        for wire in self.whole.wires:
            node, number = self._result(wire)
            here = (self._like.get(node, ""), number)
            if here[0] in kept and self._leaves(wire, node) and not any(t.is_end for t in self.targets.get(here, ())):
                self.targets.setdefault(here, []).append(Target(f"end{self.value(here)}"))

    @cached_property
    def _like(self) -> dict[str, str]:
        """For each part of any step what stands for it in the one that is drawn."""
        seats, keys = self.seats.seats, self.seats.keys
        series = self.seats.columns[self.column].series
        mine = {(seats[node].band, keys[node]): node for node in seats if seats[node].column == self.column}
        others = (node for node in seats if self.seats.columns[seats[node].column].series == series)
        found = {node: mine.get((seats[node].band, keys[node])) for node in others}
        return {node: like for node, like in found.items() if like}

    def _leaves(self, wire: Wire, node: str) -> bool:
        """Whether a wire from a step's part goes where there are no steps any more."""
        if wire.head.startswith("sum") or self.seats.columns[self.seats.seats[node].column].series < 0:
            return False
        return self.seats.columns[self.seats.seats[wire.head].column].series < 0

    def value(self, result: Result) -> int:
        """The position of a result."""
        return self.whole.wires_out_of(result[0])[result[1]].value

    # Names -----------------------------------------------------------------------------------------------------------

    def label(self, result: Result, shift: str = "") -> str:
        """A result's name, with t in place of its number: s_t, and s_t−1 once it has been delayed."""
        mine = self.whole.labels[self.value(result)]
        if self.seats.seats[result[0]].column == 0 or not mine:
            return mine
        likes = [node for node, like in self._like.items() if like == result[0]]
        labels = {self.whole.labels[self.value((node, result[1]))] for node in likes}
        numbered = len(labels) > 1 or result in self.delayed
        return re.sub(r"_?\d+$", "", mine) + f"_t{shift}" if numbered else mine

    @property
    def constant(self) -> frozenset[str]:
        """The wires whose numbers are the same in every step: those of the prelude."""
        stems = (node.id for node in self.kept if self.seats.seats[node.id].column == 0)
        return frozenset(wire.id for node in stems for wire in self.whole.wires_out_of(node))
