"""The parts of a picture: nodes, wires and boxes, before any page, font or colour.

gate    one operation, or one folded scope with everything inside
wire    one value on its way from where it was made to where it is used
use     (consumer, slot): the position of a value and the number of its input
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from autograd_tiny import Value
from viz.words.lettering import Line, shorten

Kind = Literal["leaf", "gate", "fan", "end"]
Scope = tuple[str, ...]
Use = tuple[int, int]


@dataclass(frozen=True)
class Node:
    """A leaf's name, a gate, the Σ of a fan-out, or the name an output ends in; `value` is a position.

    A gate that is a folded scope names it in `folded`; `inside` holds the positions of all that it hides, and `pins`
    says how many wires it needs room for on one side: a gate with several is a box.
    """

    id: str
    kind: Kind
    value: int
    face: Line
    scope: Scope
    tooltip: str = ""
    folded: Scope = ()
    inside: tuple[int, ...] = ()
    pins: int = 1


@dataclass(frozen=True)
class Wire:
    """A line from node to node that carries value `value`.

    `use` is (gate's position, input slot) where it enters a gate. `stem` is True where it comes from what made the
    value, False for a branch of a Σ. `uses` are those of the open picture that it stands for: one for an ordinary
    branch, all the inner ones where it enters a folded scope. The wire's gradient is the sum of their contributions.
    A `bundle` are the values of steps that are left out, on their way to one place: their numbers are left out, too.
    """

    id: str
    tail: str
    head: str
    value: int
    stem: bool
    name: Line
    scope: Scope
    use: Use | None = None
    uses: tuple[Use, ...] = ()
    bundle: tuple[int, ...] = ()


@dataclass(frozen=True)
class Box:
    """A scope, drawn around what was recorded inside."""

    id: str
    scope: Scope


@dataclass(frozen=True)
class Circuit:
    """All parts, in the graph's order; `outputs` are the positions of the last values.

    `values` and `uses` are those of the open picture, so that a position means the same whatever is folded; `stands` is
    the scope of each value, `labels` its label, namesakes told apart. `held` are the leaves that stand in their gates.
    """

    values: tuple[Value, ...]
    outputs: tuple[int, ...]
    nodes: tuple[Node, ...]
    wires: tuple[Wire, ...]
    boxes: tuple[Box, ...]
    uses: Mapping[int, tuple[Use, ...]]
    stands: tuple[Scope, ...]
    labels: tuple[str, ...]
    held: tuple[int, ...] = ()

    @property
    def gates(self) -> int:
        """How many gates there are."""
        return sum(node.kind == "gate" for node in self.nodes)

    @property
    def longest(self) -> int:
        """How many gates stand one after another at most."""
        length: dict[str, int] = {}
        for node in self.nodes:
            before = max((length.get(wire.tail, 0) for wire in self.wires_into(node.id)), default=0)
            length[node.id] = before + (node.kind == "gate")
        return max(length.values(), default=0)

    @property
    def folded(self) -> tuple[Node, ...]:
        """The gates that are folded scopes."""
        return tuple(node for node in self.nodes if node.folded)

    def node(self, name: str) -> Node:
        """The node of that id."""
        return self._named[name]

    def wires_into(self, node: str) -> tuple[Wire, ...]:
        """The wires that end at a node, by input slot."""
        return self._into.get(node, ())

    def wires_out_of(self, node: str) -> tuple[Wire, ...]:
        """The wires that leave a node: one for a value, several for a Σ or a folded scope with several results."""
        return self._out_of.get(node, ())

    def branches(self, position: int) -> tuple[Wire, ...]:
        """The wires that leave the Σ of a value; none if it is used once."""
        return self.wires_out_of(f"sum{position}")

    def whole(self, wire: Wire) -> bool:
        """Whether a wire carries its value's whole gradient: none of its uses is elsewhere, or hidden."""
        return wire.stem and len(wire.uses) == len(self.uses[wire.value])

    @cached_property
    def namesakes(self) -> Counter[object]:
        """How many values that are drawn carry a label, as it is drawn; and how many of them in one scope."""
        drawn = dict.fromkeys(wire.value for wire in self.wires)
        labels = [(shorten(self.labels[position]), self.stands[position]) for position in drawn]
        return Counter[object]([label for label, _ in labels]) + Counter[object](labels)

    @cached_property
    def _named(self) -> dict[str, Node]:
        return {node.id: node for node in self.nodes}

    @cached_property
    def _into(self) -> dict[str, tuple[Wire, ...]]:
        found: dict[str, list[Wire]] = {}
        for wire in self.wires:
            found.setdefault(wire.head, []).append(wire)
        return {node: tuple(sorted(wires, key=_slot)) for node, wires in found.items()}

    @cached_property
    def _out_of(self) -> dict[str, tuple[Wire, ...]]:
        found: dict[str, list[Wire]] = {}
        for wire in self.wires:
            found.setdefault(wire.tail, []).append(wire)
        return {node: tuple(wires) for node, wires in found.items()}


def _slot(wire: Wire) -> int:
    return wire.use[1] if wire.use else 0
