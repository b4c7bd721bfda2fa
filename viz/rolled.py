"""The rolled picture: one step in place of all, its state fed back through a delay z⁻¹.

It is folded from the recorded graph: a step's gates as they were recorded, what is the same in every step with its
numbers (parameters and their gradients), what changes from step to step by its name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

from autograd_tiny import Value
from viz.audience import announced
from viz.drawing import Drawing, outputs_of, worded
from viz.graph import folding
from viz.graph.circuit import Circuit, circuit
from viz.graph.model import Box, Node, Scope, Wire
from viz.graph.scopes import step_of
from viz.layout import dot, rows
from viz.layout.press import TIMEOUT
from viz.layout.rows.seats import Column, Seat, Seating, seating
from viz.look import look as look_of
from viz.page.page import page
from viz.wires import readings
from viz.wires.inscriptions import inscribe
from viz.words.figures import Precision
from viz.words.lettering import Line, line, name, plain

DELAY = "z⁻¹"


@announced
def rolled(
    value: Value | Sequence[Value],
    *,
    show: str = "both",
    precision: Precision = 2,
    theme: str = "lecture",
    background: str | None = None,
    title: str | None = None,
    timeout: float = TIMEOUT,
) -> Drawing:
    """The network that was unrolled to compute `value`, as one step with a loop: the state waits in a delay z⁻¹.

    ValueError if there are no time steps: scopes t=1, t=2, …, as `nn.unroll` makes them.
    """
    outputs = outputs_of(value)
    look = look_of(show, "LR", precision, theme, background=background)
    whole = circuit(outputs)
    seats = seating(whole, behind=False)  # a step adds its own loss
    if seats is None:
        raise ValueError('rolled: no two time steps are alike; record them in scopes: with scope("t=1"): …')
    loop = Loop(whole, seats)
    shown = _Parts(loop).circuit()
    known = {key: found for key, found in readings.recorded(whole).items() if key in loop.constant}
    inscriptions = inscribe(shown, known, look)
    rooms = {key: dot.extent(text, look) for key, text in inscriptions.items()}
    layout = rows.seated(shown, _seating(loop, shown), rooms, timeout)
    title = title or f"Rolled network of {loop.count} steps"
    drawn = page(shown, inscriptions, layout, look, title=title, description=_told(loop, shown))
    source = partial(dot.source, shown, inscriptions, look)
    return Drawing(drawn.without(drawn.lights), source, worded(outputs, precision))


class _Parts:
    """The step with its loop, as parts of a picture."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self.nodes: list[Node] = []
        self.wires: list[Wire] = []

    def circuit(self) -> Circuit:
        """Gates and leaves, the delays, the names that results end in, and all wires."""
        for node in self.loop.kept:
            scope = self.loop.seats.local.get((self.loop.column, node.scope), node.scope)
            self.nodes.append(replace(self.loop.of_every_step(node), scope=_scope(scope)))
        scopes = {node.id: node.scope for node in self.nodes}
        for result in self.loop.targets:
            self._leave(scopes[result[0]], result[0], result, "")
        for result in self.loop.delayed:
            position = self.loop.value(result)
            tooltip = "delay: gives what it took one step before"
            self.nodes.append(Node(f"delay{position}", "gate", position, line(DELAY), (), tooltip))
            self._leave((), f"delay{position}", result, "delayed")
        boxes = {scope[: k + 1]: None for scope in scopes.values() for k in range(len(scope))}
        drawn = tuple(Box(f"box{number}", scope) for number, scope in enumerate(boxes))
        whole = self.loop.whole
        return Circuit(
            whole.values, (), tuple(self.nodes), tuple(self.wires), drawn, whole.uses, whole.stands, whole.labels
        )

    def _leave(self, scope: Scope, tail: str, result: Result, delayed: str) -> None:
        """The wires of one result, or of a delay's, and the Σ between where there are several."""
        targets = self.loop.delayed[result] if delayed else self.loop.targets[result]
        position = self.loop.value(result)
        label = self.loop.label(result, "−1" if delayed else "")
        is_gate = delayed or tail.startswith("gate")
        above = name(label, "value") if is_gate and not all(target.is_end for target in targets) else ()
        root = f"{delayed or 'wire'}{position}"
        for target in targets:
            if target.is_end:
                self.nodes.append(Node(target.head, "end", position, name(label) or line("…", "muted"), ()))
        if len(targets) == 1:
            self.wires.append(self._wire(root, tail, targets[0], position, True, above))
            return
        fan = f"sum{delayed and '-delayed'}{position}"
        self.nodes.append(
            Node(fan, "fan", position, line("Σ", "gradient"), scope, f"{len(targets)} branches: gradients ADD")
        )
        self.wires.append(self._wire(root, tail, Target(fan), position, True, above))
        for number, target in enumerate(targets):
            self.wires.append(self._wire(f"{root}-{number}", fan, target, position, False, ()))

    def _wire(self, root: str, tail: str, target: Target, position: int, stem: bool, above: Line) -> Wire:
        use = None if target.slot is None else (self.loop.whole.node(target.head).value, target.slot)
        return Wire(root, tail, target.head, position, stem, above, (), use, (use,) if use else ())


def _scope(scope: Scope) -> Scope:
    step = step_of(scope)
    return (*step[:-1], "each step t", *scope[len(step) :]) if step else scope


def _seating(loop: Loop, shown: Circuit) -> Seating:
    """The step in the middle, its loops over it: the states' nearest to the box."""
    seats: dict[str, Seat] = {}
    keys: dict[str, Hashable] = {}
    inner = [f"delay{loop.value(result)}" for result in sorted(loop.delayed, key=loop.is_state)]
    for number, node in enumerate(shown.nodes):
        old = loop.seats.seats.get(node.id)
        if node.id in inner:
            seats[node.id], keys[node.id] = Seat(1, "above", 1 + inner.index(node.id)), ("delay", node.id)
        elif node.kind == "end":
            seats[node.id], keys[node.id] = Seat(2, "core", number), node.id
        elif old:
            seats[node.id], keys[node.id] = replace(old, column=min(old.column, 1)), loop.seats.keys[node.id]
    back = frozenset(seats[node] for node in inner)
    return Seating((Column(-1), Column(0), Column(-1)), seats, keys, loop.seats.prefixes, {}, back)


def _told(loop: Loop, shown: Circuit) -> str:
    """The picture in words."""
    named = {loop.value(result): result for result in (*loop.delayed, *loop.targets)}

    def said(wire: Wire) -> str:
        return loop.label(named[wire.value], "−1" if wire.id.startswith("delayed") else "") or "an inner value"

    gates = [node for node in shown.nodes if node.kind == "gate" and not node.id.startswith("delay")]
    told = "; ".join(f"{plain(node.face)} of {', '.join(map(said, shown.wires_into(node.id)))}" for node in gates)
    fed = ", ".join(plain(node.face) for node in shown.nodes if node.kind == "leaf")
    states = ", ".join(loop.label(result) or "a state" for result in loop.delayed)
    return (
        f"One step in place of {loop.count}. Inputs: {fed}. Gates: {told}. "
        f"Fed back through a delay of one step: {states or 'nothing'}."
    )


_NUMBER = re.compile(r"(.*?)([\d.]+(?:e[−-]?\d+)?)(.*)")
_SIGNS = {"add": "+", "sub": "−"}  # c_t may be negative


def _parts_of(face: str, gate: Value, index: object) -> tuple[str, ...]:
    """What stands in a gate, so that each part is the same in every step or another one: `[`, `3`, `]`; `−`, `0.5`."""
    if index is not None:
        places = [folding.index(place) for place in (index if isinstance(index, tuple) else (index,))]
        return ("[", *[part for place in places for part in (place, ", ")][:-1], "]")
    found = _NUMBER.fullmatch(face)
    if found is None:
        return (face,)
    sign, number, rest = found.groups()
    return (_SIGNS[gate.op], sign + number, rest) if gate.op in _SIGNS and sign else (sign, number, rest)


# The loop in an unrolled network: which step stands for all, and what it takes from the step before ------------------
#
# result  a node and the number of one of its results


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
        """Whether a wire from a step's part is a result, or goes where there are no steps any more."""
        if wire.head.startswith("sum") or self.seats.columns[self.seats.seats[node].column].series < 0:
            return False
        return wire.head.startswith("end") or self.seats.columns[self.seats.seats[wire.head].column].series < 0

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

    def of_every_step(self, node: Node) -> Node:
        """A node as it is in each step: a number that stands in its gate, and is another one each time, by a letter."""
        if node.kind == "leaf":
            return replace(node, face=name(self.label((node.id, 0))))
        likes = [self.whole.node(other) for other, like in self._like.items() if like == node.id]
        if node.folded or len({plain(other.face) for other in likes}) < 2:
            return node
        gates = [self.whole.values[other.value] for other in likes]
        index = [gate.parameters.get("index") for gate in gates]
        told = [_parts_of(plain(like.face), gate, place) for like, gate, place in zip(likes, gates, index, strict=True)]
        if len({len(parts) for parts in told}) > 1:  # a first step with a gate of another kind
            return node
        kind = "c" if all(each is None for each in index) else "i"
        letter = name(f"{self._letter(kind, tuple(told))}_t")
        columns = zip(*told, strict=True)
        face = tuple(run for column in columns for run in (line(column[0]) if len({*column}) == 1 else letter))
        return replace(node, face=face, tooltip=node.tooltip.partition(", ")[0])

    def _letter(self, kind: str, numbers: tuple[tuple[str, ...], ...]) -> str:
        """What these numbers, one for each step, are called: i, j, … for places in a table, c, d, … for others."""
        others = [each for each in self._letters if each[0] == kind]
        return self._letters.setdefault((kind, numbers), chr(ord(kind) + len(others)))

    @cached_property
    def _letters(self) -> dict[tuple[str, tuple[tuple[str, ...], ...]], str]:
        return {}

    @property
    def constant(self) -> frozenset[str]:
        """The wires whose numbers are the same in every step: those of the prelude."""
        stems = (node.id for node in self.kept if self.seats.seats[node.id].column == 0)
        return frozenset(wire.id for node in stems for wire in self.whole.wires_out_of(node))
