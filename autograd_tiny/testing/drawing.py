"""Random functions drawn from the table: every operation takes part, new ones without being told of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from autograd_tiny import functions as operations
from autograd_tiny.compiling import domain, forward, pullback
from autograd_tiny.numbers import ARRAYS
from autograd_tiny.table import OWN, TABLE, Op
from autograd_tiny.testing import arguments
from autograd_tiny.testing.arguments import Choices
from autograd_tiny.testing.function import CONSTANT, SPELLINGS, Function, Step

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


# Whether an operation may be taken at a point: it must be defined there, moderate, and (if asked for) smooth around ---
# All of it is asked of the table itself, so an operation that is added needs no word here.


MARGIN = 0.02  # how far from an edge or a kink every number is at least
HAIR = 1e-6  # where a small jump is seen that a steep slope hides farther away
BEND = 10.0  # how fast a derivative may change, relative to 1 + its size: beyond, differences are poor
LARGEST = 30.0
STEEPEST = 100.0


def result(op: Op, inputs: list[Any], moving: list[bool], parameters: dict[str, Any], smooth: bool) -> Any:
    """The operation's number or array, or None where it should not be taken; constants do not move."""
    with np.errstate(all="raise", under="ignore"):
        try:
            z = _value(op, inputs, parameters)
            if np.size(z) and not np.max(np.abs(z)) <= LARGEST:
                return None
            return z if _is_tame(op, inputs, z, moving, parameters, smooth) else None
        except (ArithmeticError, ValueError, IndexError, TypeError):
            return None


def _value(op: Op, inputs: list[Any], parameters: dict[str, Any]) -> Any:
    if op.domain and not np.all(domain(op)(*inputs)):
        raise ArithmeticError
    z = forward(op, ARRAYS)(*((tuple(inputs),) if op.arity is None else inputs), **parameters)
    return z if isinstance(z, np.ndarray) and z.ndim else float(z)


def _is_tame(op: Op, inputs: list[Any], z: Any, moving: list[bool], parameters: dict[str, Any], smooth: bool) -> bool:
    if not op.elementwise and op.analytic:
        return True  # sums, products, shapes: smooth everywhere
    here = _slopes(op, inputs, z, moving, parameters)
    if any(np.size(d) and not np.max(np.abs(d)) <= STEEPEST for d in here):
        return False
    if any(
        _jumps(op, z, near, here, parameters, far)
        for far in (HAIR, MARGIN)
        for near in _around(op, inputs, moving, far)
    ):
        return False
    if not smooth:  # a kink may be met, but no edge of the domain
        return not op.domain or all(bool(np.all(domain(op)(*nearby))) for nearby in _around(op, inputs, moving))
    for nearby in _around(op, inputs, moving):
        there = _slopes(op, nearby, _value(op, nearby, parameters), moving, parameters)
        if any(np.any(np.abs(a - b) > BEND * MARGIN * (1 + np.abs(a))) for a, b in zip(here, there, strict=True)):
            return False
        if not op.analytic and any(np.any(np.abs(a - b) > MARGIN) for a, b in zip(here, there, strict=True)):
            return False
    return True


def _jumps(op: Op, z: Any, nearby: list[Any], slopes: list[Any], parameters: dict[str, Any], far: float) -> bool:
    """Whether the result is another one close by, as of floor at a whole number, or of atan2 where it turns over."""
    steep = 1 + sum(np.max(np.abs(d), initial=0.0) for d in slopes)
    return bool(np.any(np.abs(_value(op, nearby, parameters) - z) > 2 * far * steep))


def _slopes(op: Op, inputs: list[Any], z: Any, moving: list[bool], parameters: dict[str, Any]) -> list[Any]:
    g = np.ones(np.shape(z)) if np.ndim(z) else 1.0
    return [np.asarray(pullback(op, k, ARRAYS)(g, *inputs, z, **parameters)) for k, m in enumerate(moving) if m]


def _around(op: Op, inputs: list[Any], moving: list[bool], far: float = MARGIN) -> Iterator[list[Any]]:
    """Points at this distance: all numbers up or down at once; where numbers of one input meet, one by one."""
    if op.elementwise:
        for signs in product((-far, far), repeat=sum(moving)):
            steps = iter(signs)
            yield [x + next(steps) if m else x for x, m in zip(inputs, moving, strict=True)]
        return
    for k, x in enumerate(inputs):
        for place, sign in product(np.ndindex(*np.shape(x)), (-far, far)):
            nearby = np.array(x, float)
            nearby[place] += sign
            yield [*inputs[:k], nearby if np.ndim(x) else float(nearby), *inputs[k + 1 :]]
