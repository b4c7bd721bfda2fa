"""The rolled picture: one step in place of all, its state fed back through a delay z⁻¹.

It is folded from the recorded graph: a step's gates as they were recorded, what is the same in every step with its
numbers (parameters and their gradients), what changes from step to step by its name.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from functools import partial

from autograd_tiny import Value
from viz import dot, readings, rows
from viz.audience import announced
from viz.circuit import Circuit, circuit
from viz.drawing import Drawing, outputs_of, worded
from viz.figures import Precision
from viz.inscriptions import inscribe
from viz.lettering import Line, line, name, plain
from viz.look import look as look_of
from viz.loop import Loop, Result, Target
from viz.page import page
from viz.parts import Box, Node, Scope, Wire
from viz.press import TIMEOUT
from viz.rows.columns import Column, Seat, Seating
from viz.rows.seats import seating
from viz.rows.series import step_of

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
            face = name(self.loop.label((node.id, 0))) if node.kind == "leaf" else node.face
            scope = self.loop.seats.local.get((self.loop.column, node.scope), node.scope)
            self.nodes.append(replace(node, scope=_scope(scope), face=face))
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
