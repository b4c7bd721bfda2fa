"""Networks from parts: layers one after another, cells on top of each other, sequences read both ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from autograd_tiny import functions, scopes
from autograd_tiny.behaviour import rows
from autograd_tiny.errors import ShapeError
from autograd_tiny.errors.arguments import annotated
from autograd_tiny.functions import concatenate
from autograd_tiny.nn.cell import Cell, State
from autograd_tiny.nn.layer import Layer, require
from autograd_tiny.scopes import Step, births, called, scope
from autograd_tiny.shapes import Shape, shape_of
from autograd_tiny.value import Operand, Value


class Sequential(Layer):
    """Layers (or functions such as tanh) applied one after another.

    >>> model = nn.Sequential(nn.Linear(3, 8), tanh, nn.Linear(8, 2))
    >>> model(np.ones((5, 3))).shape
    (5, 2)
    >>> list(model.parameters())
    ['layers.0.W', 'layers.0.b', 'layers.2.W', 'layers.2.b']
    """

    def __init__(self, *layers: Callable[[Any], Any]) -> None:
        _number(layers)
        self.layers = layers

    def __call__(self, x: Any) -> Any:
        with scope(self.name):
            for layer in self.layers:
                x = layer(x)
            return x


class Residual(Layer):
    """x + f(x): whatever f does, the gradient also passes by it unchanged (He et al., 2016).

    >>> block = nn.Residual(nn.Linear(3, 3))
    >>> x = Value([1.0, 2.0, 3.0])
    >>> np.allclose(block(x).data, x.data + block.f(x).data)
    True
    """

    def __init__(self, f: Callable[[Any], Any]) -> None:
        self.f = f

    def __call__(self, x: Operand) -> Value:
        with scope(self.name):
            y = self.f(x)
            require(y.shape == x.shape, self, "f(x)", y.shape, f"that of x, {x.shape}")
            return functions.add(x, y)


class StackedCells(Cell):
    """Cells on top of each other: each takes the output of the one below as its input; its own state each.

    With `residual`, what a cell above the first receives is added to what it outputs, so the stack's output
    is the sum of all h; hidden sizes must then be equal. The state is a tuple, one part per cell.

    >>> cells = nn.StackedCells([nn.RNNCell(3, 4), nn.LSTMCell(4, 5)])
    >>> outputs, state = nn.unroll(cells, np.ones((6, 2, 3)))
    >>> outputs.shape, len(state)
    ((6, 2, 5), 2)
    """

    def __init__(self, cells: Sequence[Cell], residual: bool = False) -> None:
        if not cells:
            raise ValueError("StackedCells: no cells; expected at least one")
        for below, cell in pairwise(cells):
            if cell.input_size != below.hidden_size:
                sizes = f"{cell.input_size}, but the cell below it gives {below.hidden_size}"
                raise ShapeError(f"StackedCells: a {type(cell).__name__} has input_size {sizes}; make them equal")
        if residual and len({cell.hidden_size for cell in cells}) > 1:
            raise ShapeError("StackedCells: residual wiring adds outputs, so all hidden sizes must be equal")
        super().__init__(cells[0].input_size, cells[-1].hidden_size)
        _number(cells)
        self.cells, self.residual = tuple(cells), residual

    def project(self, x: Operand) -> Any:
        with scope(self.cells[0].name):
            return self.cells[0].project(x)

    def step(self, projected: Any, states: State) -> State:
        return self._upward(lambda lowest, state: lowest.step(projected, state), states)

    def advance(self, x: Operand, states: State) -> State:
        return self._upward(lambda lowest, state: lowest.advance(x, state), states)

    def _upward(self, first: Callable[[Cell, State], State], states: State) -> State:
        """The states after one step: the lowest cell does what comes `first`, each other takes the output below it."""
        after, x = [], None
        for cell, state in zip(self.cells, states, strict=True):
            with scope(cell.name):
                state = first(cell, state) if x is None else cell.advance(x, state)
            h = cell.output(state)
            x = x + h if self.residual and x is not None else h
            after.append(state)
        return tuple(after)

    def output(self, states: State) -> Value:
        shown = [cell.output(state) for cell, state in zip(self.cells, states, strict=True)]
        total = shown[-1]
        for h in shown[-2::-1] if self.residual else ():
            total = h + total
        return total

    def initial_state(self, batch_shape: int | tuple[int, ...] = ()) -> State:
        return tuple(cell.initial_state(batch_shape) for cell in self.cells)

    def begin(self, state: State, batch: tuple[int, ...]) -> State:
        if state is None:
            return self.initial_state(batch)
        if not isinstance(state, tuple | list) or len(state) != len(self.cells):
            kind = type(state).__name__
            raise TypeError(f"StackedCells: the state is a {kind}, expected a tuple of {len(self.cells)}, one per cell")
        return tuple(cell.begin(part, batch) for cell, part in zip(self.cells, state, strict=True))


class Bidirectional(Layer):
    """Reads a sequence in both directions: outputs (T, B, 2H) join what the past and what the future say of t.

    >>> both = nn.Bidirectional(nn.RNNCell(3, 4), nn.RNNCell(3, 4, seed=1))
    >>> outputs, (last, first) = both(np.ones((6, 2, 3)))
    >>> outputs.shape
    (6, 2, 8)
    """

    def __init__(self, forward: Cell, backward: Cell) -> None:
        if forward.input_size != backward.input_size:
            sizes = f"{forward.input_size} and {backward.input_size}"
            raise ShapeError(f"Bidirectional: the cells have input sizes {sizes}; make them equal")
        self.forward, self.backward = forward, backward

    def __call__(self, xs: Any, states: tuple[State, State] = (None, None)) -> tuple[Any, tuple[State, State]]:
        if not isinstance(states, tuple | list) or len(states) != 2:
            raise TypeError(f"Bidirectional: the state is a {type(states).__name__}, expected (forward's, backward's)")
        with scope(self.name):
            ahead, last = unroll(self.forward, xs, states[0])
            back, first = unroll(self.backward, xs, states[1], reverse=True)
            if isinstance(xs, list | tuple):
                return [concatenate(pair, -1) for pair in zip(ahead, back, strict=True)], (last, first)
            return concatenate([ahead, back], -1), (last, first)


def _number(parts: Sequence[Any]) -> None:
    """Name layers by kind and place, "LSTM 1", "LSTM 2" …, so that each has a scope of its own."""
    for k, part in enumerate(parts, 1):
        if isinstance(part, Layer) and "name" not in vars(part):
            part.name = f"{part.name} {k}"


# Through time: the same cell, step after step. Sequences are time-major: (T, B, D), or a list of (B, D) ---------------


@annotated
def unroll(cell: Cell, xs: Any, state: State = None, *, reverse: bool = False) -> tuple[Any, State]:
    """Run a cell over a sequence; returns (outputs, final state).

    An array (T, B, D) gives an array (T, B, H), its input projected for all steps in one product. A list
    of T inputs (B, D) gives a list of T outputs, each step complete in itself, as the lectures draw it.
    Step t records in the scope "t=1", "t=2" …, its own in each sequence; `reverse` starts at the end. ShapeError names
    the cell.

    >>> cell = nn.RNNCell(3, 4)
    >>> outputs, h = nn.unroll(cell, np.ones((6, 2, 3)))     # (T, B, D) -> (T, B, H), (B, H)
    >>> outputs.shape, h.shape
    ((6, 2, 4), (2, 4))
    """
    one_array = not isinstance(xs, list | tuple)
    if one_array and not shape_of(xs):
        raise TypeError(f"unroll: expected a sequence, (T, …, {cell.input_size}) or a list, got {type(xs).__name__}")
    state = _checked(cell, xs, state, one_array)
    order = range(len(xs))[:: -1 if reverse else 1]
    inputs = _projected(cell, xs, reverse) if one_array else (xs[t] for t in order)
    advance, output, enter = cell.step if one_array else cell.advance, cell.output, scopes.enter
    plain = type(cell).output is Cell.output and len(cell.memory) == 1  # then a call would give the state itself
    outputs, outer, inner, steps = [], scopes.present(), called(cell.name, next(births)), _steps(len(xs))
    try:
        for t in order:
            names = steps[t], inner
            enter(outer + names)  # cheaper than a `with` for every step
            state = advance(next(inputs), state)
            outputs.append(state if plain else output(state))
    finally:
        scopes.enter(outer)
    if reverse:
        outputs.reverse()
    return functions.stack(outputs) if one_array else outputs, state


@lru_cache
def _steps(n: int) -> tuple[Step, ...]:
    return tuple([Step(f"t={t + 1}") for t in range(n)])


def _projected(cell: Cell, xs: Any, reverse: bool) -> Iterator[Any]:
    """What each step needs of the input, projected for all of them at once."""
    with scope(cell.name):
        projected = cell.project(xs)
    if projected.__class__ is tuple:
        return zip(*(rows(part, reverse) for part in projected), strict=True)
    return rows(projected, reverse)


def _checked(cell: Cell, xs: Any, state: State, one_array: bool) -> State:
    """The state to begin with; ShapeError if the sequence or the state does not fit the cell."""
    shape = (shape_of(xs) if one_array else (len(xs), *shape_of(xs[0]))) if len(xs) else (0,)
    if len(shape) < 2:
        require(False, cell, "the sequence", shape, f"(T, …, {cell.input_size}) with at least one time step")
    if one_array:
        cell.check_input(xs)
    else:
        _check_each(cell, xs, shape[1:])
    return cell.begin(state, shape[1:-1])


def _check_each(cell: Cell, xs: Any, shape: Shape) -> None:
    for x in xs:
        cell.check_input(x)
    for t, x in enumerate(xs):
        require(shape_of(x) == shape, cell, f"the input of t={t + 1}", shape_of(x), shape)
