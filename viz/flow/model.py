"""What a picture of gradient flow shows: the size of each node's gradient at each step, before any page or colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from autograd_tiny import Value, grad
from autograd_tiny.value import ancestors
from viz.flow import jacobians, series
from viz.flow.series import Series
from viz.flow.sizes import NONE, Scale, Size, size

Gradients = Mapping[Value, Any]
ROUNDING = 1e-9  # of a power of ten that was a logarithm


@dataclass(frozen=True)
class Row:
    """One node's sizes by step; None where the step has no such node."""

    name: str
    sizes: tuple[Size | None, ...]


@dataclass(frozen=True)
class Overlay:
    """A curve over the steps: the state's gradient, or how long it can be at most; None where it is not known."""

    kind: str
    sizes: tuple[Size | None, ...]


@dataclass(frozen=True)
class Panel:
    """One model: its rows, its curves, and what could not be drawn."""

    name: str
    state: str
    rows: tuple[Row, ...]
    overlays: tuple[Overlay, ...]
    notes: tuple[str, ...]
    direction: int  # 1 where the steps were computed from left to right
    whole: tuple[Size | None, ...] | None = None  # the state's, its parts taken as one vector
    unit: float = 1.0  # the last length of the first row, where sizes are relative

    @property
    def sizes(self) -> list[Size]:
        """Everything that the scale must hold."""
        every = [each.sizes for each in self.rows] + [each.sizes for each in self.overlays] + [self.whole or ()]
        return [size for sizes in every for size in sizes if size is not None]


@dataclass(frozen=True)
class Study:
    """Several models over the same steps, on one scale; `loss` is the name of what is differentiated."""

    panels: tuple[Panel, ...]
    steps: tuple[str, ...]
    over: str
    scale: Scale
    loss: str
    relative: bool = False  # to the last step
    bounded: bool = False  # whether the scale's ends were given

    @property
    def beyond(self) -> bool:
        """Whether some lengths have no place on the scale, because its ends were given."""
        low, high = 10.0**self.scale.low * (1 - ROUNDING), 10.0**self.scale.high * (1 + ROUNDING)
        lengths = [size.length for panel in self.panels for size in panel.sizes if size.kind == "length"]
        return not all(low <= length <= high for length in lengths)

    @property
    def direction(self) -> int:
        """In which direction the steps of all models were computed; 0 where they differ."""
        found = {panel.direction for panel in self.panels}
        return found.pop() if len(found) == 1 else 0


@dataclass(frozen=True)
class Wanted:
    """What is asked of every model: the family, the nodes, the overlays, and where gradients come from."""

    over: str
    nodes: str | Sequence[str] | None
    elements: bool
    jacobians: bool
    bound: bool | float
    recorded: bool
    seed: Any
    others: tuple[Value, ...]
    relative: bool = False
    whole: bool = False
    limits: tuple[float, float] | None = None


def panel(name: str, loss: Value, wanted: Wanted, steps: Sequence[str] = ()) -> Panel:
    """The sizes of a model's gradients; `steps` are the columns, or those of its own."""
    values = ancestors(loss, *wanted.others)
    found = series.series(values, wanted.over)
    gradients = recorded(values) if wanted.recorded else gradients_of(loss, wanted.seed)
    columns = tuple(steps) or found.steps
    shown = series.chosen(found, wanted.nodes)
    rows = [row for each in shown.rows for row in _rows(each, columns, gradients, wanted.elements)]
    state = ", ".join(row.name for row in found.rows if row.carried)
    overlays, notes = _overlays(found, columns, gradients, wanted)
    whole = _whole(found, columns, gradients) if wanted.whole else None
    drawn = Panel(name, state, tuple(rows), overlays, notes, found.direction, whole)
    return _relative(drawn) if wanted.relative else drawn


def _whole(found: Series, steps: Sequence[str], gradients: Gradients) -> tuple[Size | None, ...] | None:
    """The state's gradient at each step; None where no step goes on from another."""
    at, sizes = state_lengths(found, gradients)
    return _spread(sizes, at, steps) if sizes else None


def state_lengths(found: Series, gradients: Gradients) -> tuple[tuple[str, ...], tuple[Size, ...]]:
    """The steps that have a whole state, and the length of its gradient there."""
    at, states = states_of(found)
    return tuple(at), tuple(_length(state, gradients) for state in states)


def _relative(panel: Panel) -> Panel:
    """Every row in units of its last step, the one where a gradient sets out."""

    def divided(sizes: tuple[Size | None, ...]) -> tuple[Size | None, ...]:
        return tuple(s if s is None else s.per(_last(sizes, panel.direction)) for s in sizes)

    rows = tuple(replace(row, sizes=divided(row.sizes)) for row in panel.rows)
    overlays = tuple(replace(each, sizes=divided(each.sizes)) for each in panel.overlays)
    whole, unit = divided(panel.whole) if panel.whole else None, _last(panel.rows[0].sizes, panel.direction)
    return replace(panel, rows=rows, overlays=overlays, whole=whole, unit=unit)


def _last(sizes: Sequence[Size | None], direction: int) -> float:
    """The length at the step where gradients set out."""
    known = [s.length for s in sizes if s is not None and s.kind == "length"][:: direction or 1]
    return known[-1] if known else 1.0


def states_of(found: Series) -> tuple[list[str], list[jacobians.State]]:
    """The steps that have a whole state, in the order in which they were computed, and these states."""
    carried = [row for row in found.rows if row.carried]
    at = [step for step in found.steps if all(step in row.values for row in carried)][:: found.direction or 1]
    return at, [tuple(row.values[step] for row in carried) for step in at] if carried else []


def gradients_of(loss: Value, seed: Any = None) -> Gradients:
    """∂loss/∂v of everything it depends on, by a backward pass of its own: no `.grad` changes."""
    values = [v for v in ancestors(loss) if not v.is_constant]
    return dict(zip(values, (g.data for g in grad(loss, values, seed=seed)), strict=True)) if values else {}


def recorded(values: Sequence[Value]) -> Gradients:
    """The gradients that backward passes have left."""
    return {v: v.grad for v in values if v.has_grad}


def _rows(row: series.Row, steps: Sequence[str], gradients: Gradients, elements: bool) -> list[Row]:
    """A row; or one for each number of its values."""
    values = [row.values.get(step) for step in steps]
    shape = next(iter(row.values.values())).shape
    if not elements or not shape:
        return [Row(row.name, tuple(None if v is None else size(gradients.get(v)) for v in values))]
    return [
        Row(f"{row.name}[{', '.join(map(str, k))}]", tuple(_element(v, k, gradients) for v in values))
        for k in np.ndindex(shape)
    ]


def _element(v: Value | None, k: tuple[int, ...], gradients: Gradients) -> Size | None:
    if v is None or len(v.shape) != len(k) or any(i >= n for i, n in zip(k, v.shape, strict=True)):
        return None
    return size(gradients[v][k]) if v in gradients else NONE


def _overlays(
    found: Series, steps: Sequence[str], gradients: Gradients, wanted: Wanted
) -> tuple[tuple[Overlay, ...], tuple[str, ...]]:
    """The state's gradient, and what bounds it, over the steps that have a whole state."""
    if not (wanted.jacobians or wanted.bound):
        return (), ()
    if not found.direction:
        return (), (f"No curves: the steps over {wanted.over} do not each go on from the one before.",)
    at, states = states_of(found)
    lengths = [_length(state, gradients) for state in states]
    last = lengths[-1].number
    curves = {"gradient": lengths}
    if wanted.jacobians:
        curves["jacobians"] = [size(x) for x in jacobians.bound(jacobians.gains(states), last)]
    factors = _factors(states, wanted.bound) if wanted.bound else []
    if factors:
        curves["bound"] = [size(x) for x in jacobians.bound(factors, last)]
    refused = wanted.bound and not factors
    notes = ("No bound: this state is not handed on by a chain of matrix products and nonlinearities.",)
    drawn = tuple(Overlay(kind, _spread(sizes, at, steps)) for kind, sizes in curves.items())
    return drawn, notes if refused else ()


def _spread(sizes: Sequence[Size], at: Sequence[str], steps: Sequence[str]) -> tuple[Size | None, ...]:
    known = dict(zip(at, sizes, strict=True))
    return tuple(known.get(step) for step in steps)


def _length(state: jacobians.State, gradients: Gradients) -> Size:
    """The length of a state's gradient, its parts held independent."""
    if any(v not in gradients for v in state):
        return NONE
    held = jacobians.held([gradients[v] for v in state], state)
    return size(np.concatenate([np.ravel(g) for g in held]))


def _factors(states: Sequence[jacobians.State], given: bool | float) -> list[float]:
    """γ_W γ_φ of each step; empty where a state is more than a chain."""
    if given is not True:
        return [float(given)] * (len(states) - 1)
    if any(len(state) > 1 for state in states):
        return []
    found = [jacobians.factor(before, after) for (before,), (after,) in pairwise(states)]
    return [x for x in found if x is not None] if None not in found else []
