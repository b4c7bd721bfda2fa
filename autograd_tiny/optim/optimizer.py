"""What every update rule stands on: the flat buffers, the step, the state for checkpoints.

p   the parameters     g = ∂L/∂p, the gradient     lr   the learning rate
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from autograd_tiny.data import lined_up
from autograd_tiny.errors import GraphError, ShapeError
from autograd_tiny.errors.arguments import annotated
from autograd_tiny.optim.equations import Equations, Run, equations
from autograd_tiny.optim.flat import ALL, Array, FlatData, FlatGradient, Parameters, by_dtype, named
from autograd_tiny.value import Value

Memory = dict[str, Array]
KINDS = {"d": "double", "f": "float"}  # what NumPy and C call them


class Buffers:
    """All parameters of one dtype: their data, gradients, the rule's memory of the past, and room for temporaries."""

    def __init__(
        self, parameters: Mapping[str, Value], dtype: np.dtype[np.generic], remembers: Mapping[str, float], rooms: int
    ) -> None:
        self.data, self.gradient = FlatData(parameters, dtype), FlatGradient(parameters, dtype)
        n = self.data.collect().size
        self.memory: Memory = {name: lined_up((n,), dtype) for name in remembers}
        for name, start in remembers.items():
            self.memory[name].fill(start)
        # Temporaries of this size would be mapped and page-faulted anew at every step.
        self.rooms = list(lined_up((rooms, n), dtype))


class Optimizer(ABC):
    """An update rule for a dict or list of leaf Values.

    All parameters of one dtype move into one flat array: each `p.data` becomes a part of it and is
    updated in place. Assigning to `p.data` stays allowed; the next step adopts the new numbers.
    Parameters that no gradient has reached stay where they are. `lr` may be changed between steps.

    >>> w = Value(5.0, "w")
    >>> optimizer = SGD([w], lr=0.1)
    >>> for _ in range(50):
    ...     optimizer.zero_grad()
    ...     ((w - 3) ** 2).backward()
    ...     optimizer.step()
    ...
    >>> round(w.data, 3), optimizer.steps
    (3.0, 50)
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.__init__ = annotated(cls.__init__)  # type: ignore[method-assign]

    def __init__(self, parameters: Parameters, lr: float, remembers: Mapping[str, float]) -> None:
        """`remembers`: what the rule keeps for each number, and where that starts."""
        self.parameters = named(parameters)
        self.lr = lr
        self.steps = 0
        check_range(type(self).__name__, lr=(lr, 0.0, float("inf")))
        self._remembers, self._is_native = tuple(remembers), False
        self._lay_out(remembers)

    def _lay_out(self, remembers: Mapping[str, float]) -> None:
        """Flat arrays for all parameters, which move into them with the next step."""
        rooms = self._rule.calls[1]
        groups = by_dtype(self.parameters).items()
        self.buffers = [Buffers(group, dtype, remembers, rooms) for dtype, group in groups]

    def __getstate__(self) -> dict[str, Any]:
        """What a copy begins with: parts of a flat array would be copied as arrays of their own."""
        own = {name: x for name, x in vars(self).items() if name not in ("buffers", "_rule")}
        return own | {"_state": self.state()}

    def __setstate__(self, own: dict[str, Any]) -> None:
        state = own.pop("_state")
        vars(self).update(own)
        self._lay_out(dict.fromkeys(self._remembers, 0.0))
        self.load(state)

    @abstractmethod
    def equations(self) -> tuple[str, ...]:
        """How p changes, given g and what the rule remembers, such as "p -= g * lr"; other names are attributes."""

    def native(self) -> Optimizer:
        """The optimizer, its rule compiled by this machine's C compiler: the same numbers, in one pass over memory.

        ProgramError says what stands in the way.
        """
        self._is_native = True
        for b in self.buffers:
            self._run(b)
        return self

    @cached_property
    def _rule(self) -> Equations:
        return equations(self.equations(), self._remembers)

    def _run(self, b: Buffers) -> Run:
        """The rule over arrays."""
        return self._rule.loop(KINDS[b.data.array.dtype.char]) if self._is_native else self._rule.calls[0]

    def step(self) -> None:
        """Update every parameter from its gradient; GraphError if no gradient has arrived at all."""
        arrived = [b.gradient.arrived() for b in self.buffers]
        if not any(arrived):
            raise GraphError(
                "step: no gradient has reached any parameter: call loss.backward() first; if you did, "
                "the loss does not depend on them (was it computed from .data, or from others?)"
            )
        self.steps += 1
        numbers = self._rule.values(vars(self))
        for b, parts in zip(self.buffers, arrived, strict=True):
            arrays = [b.data.collect(), b.gradient.collect(), *b.memory.values(), *b.rooms]
            run = self._run(b)
            for s in parts:
                run(*(arrays if s is ALL else [array[s] for array in arrays]), *numbers)
            b.data.hand_back()

    def zero_grad(self) -> None:
        """Forget the gradients, as if no backward pass had been."""
        for b in self.buffers:
            b.gradient.release()

    @property
    def gradients(self) -> dict[Value, Array]:
        """The part of the flat gradient that belongs to each parameter: what is written there need not be copied."""
        pairs = ((p, part) for b in self.buffers for p, part in zip(b.gradient.values, b.gradient.parts, strict=True))
        return {p: part for p, part in pairs if part.ndim}

    def state(self) -> dict[str, Array]:
        """Everything the rule remembers, as arrays: "squares.W" …, and the number of steps."""
        memories = {
            f"{kind}.{name}": memory[s].reshape(part.shape).copy()
            for b in self.buffers
            for kind, memory in b.memory.items()
            for name, s, part in zip(b.data.names, b.data.slices, b.data.parts, strict=True)
        }
        return {"steps": np.array(self.steps), **memories}

    def load(self, state: Mapping[str, Array]) -> None:
        """Go on from a `state()`; ValueError or ShapeError name what is missing, superfluous or of another shape."""
        own = self.state()
        if set(own) != set(state):
            missing, more = sorted(set(own) - set(state)), sorted(set(state) - set(own))
            raise ValueError(f"{type(self).__name__}.load: missing {missing}, unknown {more}; is it another model's?")
        for name, array in own.items():
            if np.shape(state[name]) != array.shape:
                raise ShapeError(f"load: {name!r}: expected shape {array.shape}, got {np.shape(state[name])}")
        self.steps = int(state["steps"])
        for b in self.buffers:
            for kind, memory in b.memory.items():
                for name, s in zip(b.data.names, b.data.slices, strict=True):
                    memory[s] = np.ravel(state[f"{kind}.{name}"])


def check_range(rule: str, **given: tuple[float, float, float]) -> None:
    """Refuse settings outside their range [low, high): ValueError names the rule, the setting and the range."""
    for name, (x, low, high) in given.items():
        if not low <= x < high:
            raise ValueError(f"{rule}: {name} = {x}: expected {low} <= {name} < {high}")
