"""Seats: which column and band of the grid each part of a circuit belongs to, and its key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from autograd_tiny.graphs.namesakes import entered, numbered
from viz.graph.circuit import Circuit, Node, Scope, Wire
from viz.graph.joining import MOST
from viz.graph.scopes import is_gap, step_of
from viz.layout.rows.series import Series, align, alike, all_series, home_of

# The columns of the grid ---------------------------------------------------------------------------------------------
#
# column  the prelude (what is there before any step: parameters, initial states), then the steps of a series, then what
#         comes after them, then the steps of the next series …
# band    within a step's column: its box ("core"); what only it needs ("below"); what is made of its results ("above")
# key     what a part is to its step: the same in each


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
    upright: bool = False  # whether steps run from their inputs, below, up to their outputs
    outside: frozenset[str] = frozenset()  # inputs that stand below their step's box
    closed: frozenset[int] = frozenset()  # the columns whose step is one gate

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
        if series < 0:
            return "alone", seat
        return "step", series, seat.band, seat.part, self.upright and seat.column in self.closed


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


# Who sits where ------------------------------------------------------------------------------------------------------


def seating(circuit: Circuit, behind: bool = True, upright: bool = False) -> Seating | None:
    """Where everything belongs; None if there are no steps, they are too different, or wires would run back.

    What several steps come together in, such as a sum of losses, stands `behind` the last of them, or else over it.
    `upright` steps are single blocks: their inputs, their box and what is made of its results.
    """
    found = all_series(circuit)
    if not found:
        return None
    if upright and (
        max(len(each.steps) for each in found) > MOST or any(is_gap(node.folded) for node in circuit.nodes)
    ):
        behind = False
    plan = _Plan(circuit, found, behind)
    if not all(plan.is_alike(series) for series in range(len(found))):
        return None
    plan.settle()
    if plan.runs_back():
        return None
    prefixes = frozenset(each.prefix[: k + 1] for each in found for k in range(len(each.prefix)))
    found_seats = Seating(plan.columns, plan.seats, plan.keys, prefixes, plan.local)
    return _upright(circuit, found_seats) if upright else found_seats


def _upright(circuit: Circuit, found: Seating) -> Seating:
    heads: dict[str, list[Node]] = {}
    for wire in circuit.wires:
        heads.setdefault(wire.tail, []).append(circuit.node(wire.head))

    def is_outside(leaf: Node) -> bool:
        """Whether a leaf stands below its step's box, or beside what is made of its results."""
        step = found.columns[found.seats[leaf.id].column].step
        return found.seats[leaf.id].band == "below" or not any(
            (head.folded or head.scope)[: len(step)] == step for head in heads[leaf.id]
        )

    outside = frozenset(node.id for node in circuit.nodes if node.kind == "leaf" and is_outside(node))
    seats = {
        node: Seat(seat.column) if found.columns[seat.column].series >= 0 else seat
        for node, seat in found.seats.items()
    }
    steps = {column.step: number for number, column in enumerate(found.columns) if column.step}
    closed = frozenset(steps[node.folded] for node in circuit.folded if node.folded in steps)
    return replace(found, seats=seats, upright=True, outside=outside, closed=closed)


def different(circuit: Circuit) -> int:
    """How many gates there are to read, those alike in several steps counted once; 0 without such steps."""
    found = seating(circuit)
    gates = [node.id for node in circuit.nodes if node.kind == "gate"]
    return len({(found.form(found.seats[gate]), found.keys[gate]) for gate in gates}) if found else 0


WHOLE = "step"  # what a step does that is one gate


class _Plan:
    """The seats as far as they are known."""

    def __init__(self, circuit: Circuit, series: Sequence[Series], behind: bool) -> None:
        self.circuit, self.behind = circuit, behind
        self.columns, self.of_step, self.after = columns_of(series)
        self.gates = [node for node in circuit.nodes if node.kind == "gate"]
        self.source = {wire.head: wire.tail for wire in circuit.wires if wire.head.startswith("sum")}
        self.uses: dict[str, list[Wire]] = {}
        self.needs: dict[str, list[str]] = {}
        for wire in circuit.wires:
            if not wire.head.startswith("sum"):
                source = self.source.get(wire.tail, wire.tail)
                self.uses.setdefault(source, []).append(wire)
                self.needs.setdefault(wire.head, []).append(source)
        self.seats: dict[str, Seat] = {}
        self.keys: dict[str, Any] = {}
        self._sit_down()
        self.local = self._local()

    def _sit_down(self) -> None:
        """The gates: those of steps in their boxes, the others by what they are made of, or made for."""
        for gate in self.gates:
            if (step := home_of(gate)) in self.of_step:
                self.seats[gate.id] = Seat(self.of_step[step])
        home = {gate: seat.column for gate, seat in self.seats.items()}
        for gate in self.gates:
            made_of = [home[x] for x in self.needs.get(gate.id, ()) if x in home]
            if gate.id not in self.seats and made_of:
                home[gate.id] = max(made_of)
                self.seats[gate.id] = Seat(self._where(gate.id, made_of), "above")
        for gate in reversed(self.gates):
            if gate.id not in self.seats:
                self.seats[gate.id] = self._for_whom(gate.id)

    def _where(self, gate: str, made_of: Sequence[int]) -> int:
        """Over the last step that a gate is made of, or behind it where several come together."""
        last = max(made_of)
        series = self.columns[last].series
        together = len({home for home in made_of if self.columns[home].series == series}) > 1
        follows = any(self.seats[x].column > last for x in self.needs[gate] if x in self.seats)
        return last + 1 if self.behind and series >= 0 and (together or follows) else last

    def _for_whom(self, node: str) -> Seat:
        """Below the one column that needs it (in its upper band if only that one does), or in the prelude."""
        heads = [wire.head for wire in self.uses.get(node, ()) if wire.head in self.seats]
        seats = {self.seats[head] for head in heads}
        columns = {seat.column for seat in seats}
        if len(columns) != 1 or not (column := columns.pop()):
            return Seat(0)
        if self.columns[column].series < 0:
            return Seat(column)
        return Seat(column, "above" if {seat.band for seat in seats} == {"above"} else "below")

    def _local(self) -> dict[tuple[int, Scope], Scope]:
        """What each step calls the scopes of its column: alike in like steps, whatever their number in the whole."""
        found: dict[tuple[int, Scope], Scope] = {}
        for gates in self._by_column().values():
            for gate, local in zip(gates, numbered([gate.scope for gate in gates]), strict=True):
                for depth in range(1, len(local) + 1):
                    found[self.seats[gate.id].column, gate.scope[:depth]] = local[:depth]
        return found

    def _by_column(self) -> dict[int, list[Node]]:
        found: dict[int, list[Node]] = {}
        for gate in self.gates:
            column = self.seats[gate.id].column
            if self.columns[column].series >= 0:
                found.setdefault(column, []).append(gate)
        return found

    def runs_back(self) -> bool:
        """Whether a wire would run from a later column to an earlier one."""
        column = {node: seat.column for node, seat in self.seats.items()}
        return any(column[source] > column[head] for head, sources in self.needs.items() for source in sources)

    def is_alike(self, series: int) -> bool:
        """Whether the open steps of a series are like each other."""
        open_ = [tokens for tokens in self.tokens(series, "core") if tokens != [WHOLE]]
        return not open_ or alike(open_)

    def tokens(self, series: int, band: str) -> list[list[Hashable]]:
        """The gates of a band, step by step, as what they do and where."""
        return [[self._token(gate) for gate in gates] for gates in self._band(series, band)]

    def _band(self, series: int, band: str) -> list[list[Node]]:
        found: dict[int, list[Node]] = {k: [] for k, column in enumerate(self.columns) if column.series == series}
        for gate in self.gates:
            seat = self.seats[gate.id]
            if seat.band == band and seat.column in found:
                found[seat.column].append(gate)
        # By birth, as in every other step: behind what is left out, a step's gates may stand in another order.
        return [sorted(gates, key=lambda gate: gate.value) for gates in found.values()]

    def _token(self, gate: Node) -> Hashable:
        scope = self.local.get((self.seats[gate.id].column, gate.scope), gate.scope)
        if gate.folded and gate.folded == self.columns[self.seats[gate.id].column].step:
            return WHOLE
        return self.circuit.values[gate.value].op, tuple(map(entered, gate.folded[-1:])), scope[len(step_of(scope)) :]

    def settle(self) -> None:
        """Keys for what is repeated; what is not moves out of the steps' columns; then leaves and ends."""
        for series in range(len(self.after)):
            for band in ("core", "above", "below"):
                self._settle(series, band)
        for gate in self.gates:  # what is made of what moved out moves out too
            seat = self.seats[gate.id]
            if seat.band == "above" and any(self.seats[x].column > seat.column for x in self._made_of(gate.id)):
                self.seats[gate.id] = Seat(self.after[self.columns[seat.column].series])
        for node in self.circuit.nodes:
            if node.kind == "leaf":
                self._leaf(node)
        self._leave_alone()
        for node in self.circuit.nodes:
            if node.kind == "end":
                self._end(node)
        self._number_parts()

    def _made_of(self, node: str) -> list[str]:
        return [x for x in self.needs.get(node, ()) if x in self.seats]

    def _settle(self, series: int, band: str) -> None:
        rows = self._band(series, band)
        keys = align(self.tokens(series, band)) if any(rows) else []
        often = Counter(key for row in keys for key in row)
        for gates, row in zip(rows, keys, strict=False):
            for gate, key in zip(gates, row, strict=True):
                if band == "core" or not _rare(often[key], len(rows)):
                    self.keys[gate.id] = (band, key)
                else:
                    self.seats[gate.id] = Seat(self.after[series]) if band == "above" else Seat(0)

    def _leaf(self, leaf: Node) -> None:
        step = step_of(leaf.scope)
        inside = self.of_step.get(step) if step else None
        seat = self._for_whom(leaf.id)
        self.seats[leaf.id] = Seat(inside) if inside and (seat.band, leaf.scope) != ("below", step) else seat
        heads = [(self.keys.get(wire.head, ()), wire.use or ()) for wire in self.uses.get(leaf.id, ())]
        self.keys[leaf.id] = ("leaf", min((key, use[1:]) for key, use in heads))

    def _leave_alone(self) -> None:
        """A leaf that only one step has, such as the initial state, is no input of the steps."""
        often = Counter((self.columns[self.seats[x.id].column].series, self.keys[x.id]) for x in self._leaves())
        lengths = Counter(column.series for column in self.columns)
        for leaf in self._leaves():
            seat = self.seats[leaf.id]
            series = self.columns[seat.column].series
            rare = _rare(often[series, self.keys[leaf.id]], lengths[series])
            if seat.band == "below" and rare and series >= 0:
                self.seats[leaf.id] = Seat(self.of_step.get(step_of(leaf.scope), 0))

    def _leaves(self) -> list[Node]:
        return [node for node in self.circuit.nodes if node.kind == "leaf"]

    def _end(self, end: Node) -> None:
        """An end stands with what it is the end of, if every step has such a one; else after the steps."""
        source = self.needs[end.id][0]
        seat, key = self.seats[source], self.keys.get(source)
        series = self.columns[seat.column].series
        ends = [node for node in self.needs if node.startswith("end")]
        often = sum(self.keys.get(self.needs[node][0]) == key for node in ends)
        if series >= 0 and _rare(often, sum(column.series == series for column in self.columns)):
            seat = Seat(self.after[series])
        self.seats[end.id], self.keys[end.id] = seat, ("end", key)

    def _number_parts(self) -> None:
        """In a single column, keys are ids, and what is not connected is a part of its own."""
        alone = [node.id for node in self.circuit.nodes if node.id in self.seats and self._alone(node.id)]
        group = {node: node for node in alone}

        def root(node: str) -> str:
            while group[node] != node:
                node = group[node]
            return node

        for head, sources in self.needs.items():
            for source in sources:
                if source in group and head in group and self.seats[source].column == self.seats[head].column:
                    group[root(head)] = root(source)
        numbers: dict[str, int] = {}
        for node in alone:
            number = numbers.setdefault(root(node), len(numbers))
            self.seats[node], self.keys[node] = Seat(self.seats[node].column, "core", number), node

    def _alone(self, node: str) -> bool:
        return self.columns[self.seats[node].column].series < 0


def _rare(often: int, steps: int) -> bool:
    """Whether what so many of the steps have is no part of a step: one or fewer than half of them have it."""
    return often < max(2, steps / 2)
