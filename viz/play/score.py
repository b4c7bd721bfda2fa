"""The score: a circuit's numbers as a program of its leaves, so that a page without Python can compute them anew.

number   something that a picture shows: what stands on a wire, a local derivative, a leaf's gradient
place    where the program returns it, counted from 0
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd_tiny import Value, trace
from autograd_tiny.gradients import symbolic
from autograd_tiny.program import Program
from autograd_tiny.value import constant, record
from viz.graph.model import Circuit, Use, Wire
from viz.words.figures import MOST

Name = tuple[str, str]  # a wire's id; and "value", "gradient", "running" or "local"
OUTPUT: Name = ("", "value")  # the sum of an array


@dataclass(frozen=True)
class Score:
    """A program of the leaves, and the place of each number in what it returns; `slopes` are local derivatives."""

    leaves: tuple[Value, ...]
    program: Program
    places: Mapping[Name, int]
    slopes: Mapping[Use, int]
    told: Mapping[tuple[str, int | Use], int] = field(default_factory=dict)  # what captions speak of

    @property
    def source(self) -> str:
        """The program in JavaScript: `program(…leaves)` returns [numbers, [the leaves' gradients]]."""
        return self.program.source("javascript")

    def numbers(self, inputs: Sequence[Any]) -> tuple[Any, ...]:
        """All numbers for these leaves, by place."""
        found = self.program(*inputs)
        return found if isinstance(found, tuple) else (found,)


def leaves_of(circuit: Circuit) -> tuple[Value, ...]:
    """What the numbers of a circuit depend on."""
    return tuple(v for v in circuit.values if not v.inputs and not v.is_constant)


def score(circuit: Circuit, slopes: Sequence[Use] = (), local: bool = False, told: bool = False) -> Score:
    """The numbers of a circuit of one output; `slopes` are further local derivatives, of scalar gates, to be known.

    With `told`, everything that a film says of it: each value and its gradient, each contribution, sum and slope.
    Conditions that were numbers when the graph was recorded, such as a dropout mask, stay as they were.
    """
    leaves = leaves_of(circuit)
    places: dict[Name, int] = {}
    slots: dict[Use, int] = {}
    words: dict[tuple[str, int | Use], int] = {}

    def played(*numbers: Value) -> tuple[Value, ...]:
        found = _Run(circuit, dict(zip(leaves, numbers, strict=True)))
        shown = dict(_on_wires(circuit, found, local))
        further = {use: found.slope(use) for use in slopes}
        said = dict(found.told()) if told else {}
        every = dict.fromkeys([found.total, *shown.values(), *further.values(), *said.values()])  # each once
        place = {v: k for k, v in enumerate(every)}
        places.update({OUTPUT: 0} | {name: place[v] for name, v in shown.items()})
        slots.update({use: place[v] for use, v in further.items()})
        words.update({name: place[v] for name, v in said.items()})
        return tuple(every)

    program = trace(played, *leaves)
    return Score(leaves, program, places, slots, words)


def _on_wires(circuit: Circuit, found: _Run, local: bool) -> Iterator[tuple[Name, Value]]:
    for wire in circuit.wires:
        if circuit.values[wire.value].size > MOST:  # of which pictures show the shape
            continue
        yield (wire.id, "value"), found.values[wire.value]
        gradient = found.gradient(circuit, wire)
        if gradient is not None:
            yield (wire.id, "gradient"), gradient
        if not wire.stem and wire.uses and wire.uses[0] in found.running:
            yield (wire.id, "running"), found.running[wire.uses[0]]
        if local and wire.use and not circuit.node(wire.head).folded and wire.use in found.shares:
            yield (wire.id, "local"), found.slope(wire.use)


@dataclass
class _Run:
    """The circuit computed again by values that remember how: forward, and the whole backward pass."""

    circuit: Circuit
    copies: dict[Value, Value]
    values: list[Value] = field(default_factory=list)
    shares: dict[Use, Value] = field(default_factory=dict)
    running: dict[Use, Value] = field(default_factory=dict)
    gradients: dict[int, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for v in self.circuit.values:
            if v not in self.copies:
                inputs = [self.copies.get(x, x) for x in v.inputs]  # constants stand for themselves
                self.copies[v] = record(v.operation, *inputs, **v.parameters) if v.operation else constant(v._data)
            self.values.append(self.copies[v])
        output = self.values[self.circuit.outputs[0]]
        self.total = output.sum() if output.shape else output
        self._pass_back()

    def _pass_back(self) -> None:
        place = {v: k for k, v in enumerate(self.circuit.values)}
        end = self.circuit.outputs[0]
        self.gradients[end] = constant(np.ones(self.values[end].shape) if self.values[end].shape else 1.0)
        for k in range(end, -1, -1):
            original = self.circuit.values[k]
            if k not in self.gradients or not original.inputs:
                continue
            slots = original._rule.tracked
            for slot, share in zip(slots, symbolic(self.values[k], self.gradients[k], slots), strict=True):
                x = place[original.inputs[slot]]
                self.shares[k, slot] = share
                self.gradients[x] = self.gradients[x] + share if x in self.gradients else share
                self.running[k, slot] = self.gradients[x]

    def told(self) -> Iterator[tuple[tuple[str, int | Use], Value]]:
        """Each number that a backward pass can be told by."""
        yield from ((("value", k), v) for k, v in enumerate(self.values))
        yield from ((("gradient", k), g) for k, g in self.gradients.items())
        for use, share in self.shares.items():
            yield ("share", use), share
            yield ("running", use), self.running[use]
            yield ("slope", use), self.slope(use)

    def slope(self, use: Use) -> Value:
        """The local derivative of a gate by its input in that slot."""
        v = self.values[use[0]]
        (slope,) = symbolic(v, constant(np.ones(v.shape) if v.shape else 1.0), (use[1],))
        return slope

    def gradient(self, circuit: Circuit, wire: Wire) -> Value | None:
        """What a wire carries back: its value's whole gradient, or the contributions that it stands for."""
        if circuit.whole(wire):
            return self.gradients.get(wire.value)
        parts = [self.shares[use] for use in reversed(wire.uses) if use in self.shares]
        return sum(parts[1:], parts[0]) if parts else None
