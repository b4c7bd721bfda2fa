"""Random functions drawn from the table: every operation takes part, new ones without being told of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from autograd_tiny import functions as operations
from autograd_tiny.table import OWN, TABLE, Op
from autograd_tiny.testing import arguments
from autograd_tiny.testing.choices import Choices
from autograd_tiny.testing.function import CONSTANT, SPELLINGS, Function, Step
from autograd_tiny.testing.smoothness import result

ATTEMPTS = 6  # at one more step


@cache
def names_of(structure: bool) -> tuple[str, ...]:
    """The operations that can be drawn; without `structure` those that go number by number."""
    callable_ = (name for name in TABLE if name in SPELLINGS or hasattr(operations, name))
    return tuple(name for name in callable_ if structure or TABLE[name].elementwise)


def function(choose: Choices, point: Sequence[Any], steps: int, names: Sequence[str], smooth: bool) -> Function:
    """A function of `steps` operations, chosen one after the other at `point`; of scalars alone it stays scalar."""
    growing = _Growing(choose, list(point), smooth, arrays=any(map(np.ndim, point)))
    for _ in range(steps):
        growing.grow(names)
    return Function(tuple(point), tuple(growing.steps))


@dataclass
class _Growing:
    """A function while it is drawn: the numbers found so far, which of them move with the inputs, and the steps."""

    choose: Choices
    found: list[Any]
    smooth: bool
    arrays: bool
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.inputs = len(self.found)
        self.moving = [True] * self.inputs

    def grow(self, names: Sequence[str]) -> None:
        """One more operation; tanh, which is defined, smooth and small everywhere, where no other was found."""
        for _ in range(ATTEMPTS):
            if self._try((TABLE | OWN)[self.choose.pick(names)]):
                return
        place = self._some()
        self._append(Step("tanh", (place,)), np.tanh(self.found[place]) * 1.0)

    def _try(self, op: Op) -> bool:
        kept = len(self.found)
        places = self._inputs(op)
        inputs, moving = [self.found[k] for k in places], [self.moving[k] for k in places]
        parameters = arguments.parameters(self.choose, op, inputs, self.arrays)
        z = result(op, inputs, moving, parameters, self.smooth)
        if z is not None and np.size(z) <= arguments.LARGEST_SIZE and np.ndim(z) <= 4:
            self._append(Step(op.name, tuple(places), parameters), z)
            return True
        del self.steps[kept - self.inputs :], self.found[kept:], self.moving[kept:]  # constants made in vain
        return False

    def _append(self, step: Step, z: Any) -> None:
        self.steps.append(step)
        self.found.append(float(z) if np.ndim(z) == 0 else z)
        self.moving.append(step.name != CONSTANT)

    def _some(self) -> int:
        """The place of an input or a result; those that nobody has used more often, so that most count in the end."""
        places = [k for k, moves in enumerate(self.moving) if moves]
        used = {k for step in self.steps for k in step.inputs}
        unused = [k for k in places if k not in used]
        return self.choose.pick(unused if unused and self.choose.integer(0, 2) else places)

    def _inputs(self, op: Op) -> list[int]:
        """Places of inputs that fit together; the same may come twice, and constants are made when they are met."""
        places = [self._some()]
        shape, backwards = np.shape(self.found[places[0]]), op.arity == 2 and bool(self.choose.integer(0, 1))
        for _ in range((self.choose.integer(1, 3) if op.arity is None else op.arity) - 1):
            shapes = [np.shape(x) for x in self.found]
            fitting = [k for k, y in enumerate(shapes) if self.moving[k] and arguments.fit(op, shape, y, backwards)]
            if not fitting or not self.choose.integer(0, 2):
                places.append(self._constant(op, shape, backwards))
            else:
                places.append(self.choose.pick(fitting))
        return places[::-1] if backwards else places

    def _constant(self, op: Op, shape: tuple[int, ...], backwards: bool) -> int:
        shape = arguments.partner_shape(self.choose, op, shape, backwards, self.arrays)
        data = arguments.drawn_array(self.choose, shape)
        if op.name == "pow" and not shape and self.choose.integer(0, 1):
            data = float(self.choose.integer(-2, 3))
        self._append(Step(CONSTANT, (), {"data": data}), data)
        return len(self.found) - 1
