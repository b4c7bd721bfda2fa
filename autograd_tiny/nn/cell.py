"""Cells: what happens at one time step of a recurrent network.

    x       the input of the step, (B, D) or (D,)         h       the state, (B, H) or (H,)
    U, W    weights of the input and of the state         b       the bias

A cell splits its equation in two. `project` is the part that needs no state: `unroll` does it for all
time steps at once. `step` is the rest.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from autograd_tiny import functions
from autograd_tiny.nn.initialisation import Seed, uniform
from autograd_tiny.nn.layer import Layer, positive, require, require_last
from autograd_tiny.scopes import scope
from autograd_tiny.shapes import shape_of
from autograd_tiny.value import Operand, Value

State = Any  # a Value; or a tuple of states: (h, c) of an LSTM, one per layer of stacked cells


class Cell(Layer, ABC):
    """One time step: `cell(x, state) -> state`. With `learn_initial_state`, h0 is a parameter as well.

    >>> class Leaky(nn.Cell):
    ...     def project(self, x):
    ...         return x
    ...     def step(self, projected, h):
    ...         return 0.5 * h + projected
    ...
    >>> outputs, h = nn.unroll(Leaky(1, 1), np.ones((3, 1, 1)))
    Traceback (most recent call last):
        ...
    AttributeError: 'numpy.ndarray' object has no attribute '_data'
    >>> h.data
    Traceback (most recent call last):
        ...
    NameError: name 'h' is not defined
    """

    memory: ClassVar[tuple[str, ...]] = ("h",)  # the parts of the state, the output first

    def __init__(self, input_size: int, hidden_size: int, learn_initial_state: bool = False) -> None:
        positive(self, input_size=input_size, hidden_size=hidden_size)
        self.input_size, self.hidden_size = input_size, hidden_size
        if learn_initial_state:
            for part in self.memory:
                setattr(self, f"{part}0", Value(np.zeros(hidden_size), f"{part}0"))

    @abstractmethod
    def project(self, x: Operand) -> Any:
        """What the step needs of x alone; x may be (T, B, D), all time steps at once."""

    @abstractmethod
    def step(self, projected: Any, state: State) -> State:
        """The next state, from the projected input and the state."""

    def __call__(self, x: Operand, state: State = None) -> State:
        self.check_input(x)
        state = self.begin(state, shape_of(x)[:-1])
        with scope(self.name):
            return self.advance(x, state)

    def advance(self, x: Operand, state: State) -> State:
        """Both halves at once: the next state, from the input of one step."""
        return self.step(self.project(x), state)

    def output(self, state: State) -> Value:
        """What the cell shows of its state: h."""
        shown: Value = state if len(self.memory) == 1 else state[0]
        return shown

    def initial_state(self, batch_shape: int | tuple[int, ...] = ()) -> State:
        """Where a sequence begins: zeros (leaves, so that ∂L/∂h0 can be looked at) or what was learned."""
        batch = (batch_shape,) if isinstance(batch_shape, int) else tuple(batch_shape)
        parts = tuple(self._initial(f"{part}0", (*batch, self.hidden_size)) for part in self.memory)
        return parts if len(parts) > 1 else parts[0]

    def _initial(self, name: str, shape: tuple[int, ...]) -> Value:
        learned = getattr(self, name, None)
        if learned is not None:
            return functions.broadcast_to(learned, shape)
        return Value(np.zeros(shape, next((np.result_type(p._data) for _, p in self._named(Value)), float)), name)

    def begin(self, state: State, batch: tuple[int, ...]) -> State:
        """The state given, checked, its numbers as Values; the initial state if none is given."""
        if state is None:
            return self.initial_state(batch)
        parts = (state,) if len(self.memory) == 1 else state
        if not isinstance(parts, tuple | list) or len(parts) != len(self.memory):
            raise TypeError(f"{type(self).__name__}: the state is a {type(state).__name__}, expected {self._expected}")
        for name, part in zip(self.memory, parts, strict=True):
            shape, size = shape_of(part), self.hidden_size
            require(shape in ((*batch, size), (size,)), self, f"state {name}", shape, (*batch, size))
        values = tuple(map(functions.value, parts))
        return values if len(values) > 1 else values[0]

    @property
    def _expected(self) -> str:
        return f"({', '.join(self.memory)})" if len(self.memory) > 1 else self.memory[0]

    def check_input(self, x: Operand) -> None:
        """ShapeError, naming the cell, unless x is (…, input_size)."""
        require_last(self, "input", x, self.input_size)

    def _drawer(self, seed: Seed) -> Callable[..., Value]:
        """Draws weights evenly from ±1/√hidden_size, PyTorch's default: `draw("U", rows, columns)`."""
        rng, bound = np.random.default_rng(seed), 1 / math.sqrt(self.hidden_size)
        return lambda label, *shape: Value(uniform(shape, bound, seed=rng), label)

    def _bias(self, label: str, size: int, wanted: bool) -> Value | None:
        return Value(np.zeros(size), label) if wanted else None
