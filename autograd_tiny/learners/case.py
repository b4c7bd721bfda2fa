"""One question at one setting of its numbers: the backward pass that answers it, and the same pass broken on purpose.

Glossary: the *target* is the number that a question asks for, read off a backward pass; the *way* is the wires that
lead from the output to what is asked for: on no other can a fault be seen.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from autograd_tiny import gradients
from autograd_tiny.errors.flags import quiet
from autograd_tiny.graphs.replay import (
    Change,
    Number,
    Numbers,
    Pass,
    Pull,
    Wire,
    backward,
    descend,
    pull,
    pulls,
)
from autograd_tiny.learners.agreement import EXACT, NOUGHT
from autograd_tiny.learners.faults import Changes, fault
from autograd_tiny.value import Value, ancestors


@dataclass(frozen=True)
class Target:
    """∂output/∂input, or only the share of it that comes through one consumer of input; `seed` arrives at output."""

    output: Value
    input: Value
    through: Value | None = None
    element: tuple[int, ...] = ()
    seed: Number = 1.0

    def read(self, done: Pass) -> Number:
        """The target's number in this backward pass; 0 where nothing arrives."""
        if self.through is None:
            arrived = done.gradients.get(self.input, 0.0)
        else:
            arrived = done.through(self.through, self.input)
        return self.part(arrived)

    def part(self, whole: Number) -> Number:
        """The element asked for, of an array as large as the input."""
        return whole[self.element] if self.element and np.shape(whole) == np.shape(self.input._data) else whole

    def read_at(self, numbers: Numbers) -> Number:
        """The target's number in a sound backward pass at these numbers."""
        return self.read(self.passed(numbers))

    def passed(self, numbers: Numbers, changes: Changes | None = None, overwrite: bool = False) -> Pass:
        """A backward pass at these numbers, broken where changes are given."""
        return backward(self.output, numbers, fault(changes) if changes else None, overwrite, self.seed)

    def wires(self) -> list[Wire]:
        """The way: the wires back from output to input."""
        way = gradients.way_to([self.input], ancestors(self.output))
        return [(v, k) for v, slots in reversed(way.items()) for k in slots]


@dataclass(frozen=True)
class Case:
    """A target at these numbers: what the families of mistakes look at."""

    target: Target
    numbers: Numbers

    @cached_property
    def way(self) -> list[Wire]:
        """The wires back from output to input, in the order of the pass."""
        return self.target.wires()

    @cached_property
    def last(self) -> list[Wire]:
        """The wires that enter what is asked for; of `through` only where that is wanted."""
        x, through = self.target.input, self.target.through
        return [(v, k) for v, k in self.way if v.inputs[k] is x and (through is None or through is v)]

    @cached_property
    def near_first(self) -> list[Wire]:
        """The way, beginning where most mistakes are made: at what is asked for."""
        return list(dict.fromkeys([*self.last, *reversed(self.way)]))  # not `in`: equal numbers are not one value

    @cached_property
    def uses(self) -> Counter[Value]:
        """How many wires of the way leave each value."""
        return Counter(v.inputs[k] for v, k in self.way)

    @cached_property
    def sound(self) -> Pass:
        """The whole backward pass as it should be."""
        return self.target.passed(self.numbers)

    @cached_property
    def right(self) -> Number:
        """What is asked for."""
        return self.target.read(self.sound)

    @cached_property
    def _pulls(self) -> Mapping[Wire, Pull]:
        every = pulls(self.way, self.numbers)
        return every if self.scalar else {wire: _remembering(pulled) for wire, pulled in every.items()}

    @cached_property
    def values(self) -> list[Value]:
        """Everything with a name, the last computed first."""
        return [v for v in reversed(ancestors(self.target.output)) if v.label]

    @cached_property
    def around(self) -> list[Value]:
        """Everything with a name in this run, whether the output depends on it or not."""
        return [v for v in dict.fromkeys([*self.values, *self.numbers]) if v.label]

    @cached_property
    def slopes(self) -> dict[Value, Number]:
        """How fast each value moves with what is asked for, where all is scalar."""
        found: dict[Value, Number] = {self.target.input: 1.0}
        for v, k in reversed(self.way):
            x = v.inputs[k]
            if x is self.target.input and self.target.through not in {None, v}:
                continue
            found[v] = found.get(v, 0.0) + self._pulls[v, k](found[x]) if x in found else found.get(v, 0.0)
        return found

    @cached_property
    def scalar(self) -> bool:
        """Whether no array stands on the way."""
        return not any(np.ndim(self.numbers[x]) for v, k in self.way for x in (v, *v.inputs))

    def broken(self, changes: Changes | None = None, overwrite: bool = False) -> Number:
        """The target's number with these changes; NaN where a sound pass has a number and a broken one has none."""
        try:
            with quiet():
                return self.target.read(
                    descend(
                        self.target.output,
                        self._pulls,
                        fault(changes) if changes else None,
                        overwrite,
                        self.target.seed,
                    )
                )
        except (ArithmeticError, ValueError, TypeError):
            return math.nan

    def pulled(self, wire: Wire, g: Number) -> Number:
        """What a wire makes of another gradient than the one that arrives."""
        return self._pulls[wire](g)

    def with_other(self, wire: Wire, others: Mapping[Value, Number]) -> Change:
        """A change: the wire's pullback is worked out with other numbers than those that stand there."""
        pulled = pull(wire, {**self.numbers, **others})
        return lambda g, c: pulled(g)


def _remembering(pulled: Pull) -> Pull:
    """The same for a wire among arrays, worked out once for each gradient: most broken passes differ in a few."""
    known: dict[tuple[Any, ...], Number] = {}

    def again(g: Number) -> Number:
        array = np.asarray(g, float)
        key = array.shape, array.tobytes()
        if key not in known:
            known[key] = pulled(g)
        return known[key]

    return again


def equal(a: Number, b: Number) -> bool:
    """Whether two numbers, or two arrays, are the same up to floating-point noise."""
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=EXACT, abs_tol=NOUGHT)
    return np.shape(a) == np.shape(b) and bool(np.allclose(a, b, rtol=EXACT, atol=NOUGHT))


@dataclass(frozen=True)
class Mistake:
    """The target's number as a mistake makes it, and what is said of it.

    The sentence says what is true of the number, whoever found it and how; the rule, what to remember.
    """

    kind: str
    number: Number
    sentence: str
    rule: str = ""
    place: Wire | None = None  # where it went wrong, if in one place only
    changes: Changes | None = None  # what is broken, where something else can be broken too

    @property
    def text(self) -> str:
        """The sentence, and the rule if there is one."""
        return f"{self.sentence} {self.rule}".rstrip()

    def unsure(self) -> Mistake:
        """The same with no number: nobody can be sure of it."""
        return replace(self, number=math.nan)
