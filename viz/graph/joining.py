"""Gates that are one in a picture: a sum of n terms, written as n − 1 additions, and ×1, +0, ( )¹, which do nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_tiny import Value
from viz.graph import folding
from viz.graph.model import Scope, Use
from viz.graph.scopes import step_of

# What a constant must be at which input for its gate to hand on the other one.
_NEUTRAL = {
    ("add", 0): 0.0, ("add", 1): 0.0, ("sub", 1): 0.0,
    ("mul", 0): 1.0, ("mul", 1): 1.0, ("div", 1): 1.0, ("pow", 1): 1.0,
}  # fmt: skip


def joined(
    values: Sequence[Value],
    uses: Mapping[int, Sequence[Use]],
    stands: Sequence[Scope],
    ends: Collection[int],
    held: Collection[Value],
) -> dict[int, int]:
    """For each gate that is drawn as one with another the position that they are known by."""
    into: dict[int, int] = {}
    place = {id(value): position for position, value in enumerate(values)}
    for i, v in enumerate(values):
        only = uses[i][0][0] if len(uses[i]) == 1 and i not in ends else None
        if not v.inputs:
            continue
        if only is not None and stands[only] == stands[i] and not v.label:
            after = values[only]
            if (_adds(v, held) and _adds(after, held)) or (is_neutral(v) and after.inputs):
                into[i] = only
                continue
        if is_neutral(v):
            before = next(place.get(id(x)) for _, x in folding.drawn(v, False))
            if before is not None and _may_end_in(values[before], before, uses, stands[i] == stands[before], ends):
                into[before] = i
    roots = _roots(into)
    long = _through_time(values, uses, stands, roots)
    return _roots({i: to for i, to in into.items() if roots[i] not in long or is_neutral(values[i])})


def _roots(into: Mapping[int, int]) -> dict[int, int]:
    return {i: _root(into, i) for i in {*into, *into.values()}}


def _through_time(
    values: Sequence[Value], uses: Mapping[int, Sequence[Use]], stands: Sequence[Scope], roots: Mapping[int, int]
) -> frozenset[int]:
    """The sums of what many time steps give, in their order: they run along with the steps."""
    latest: list[Scope] = []  # for each value the last step that it is made of
    place = {id(value): position for position, value in enumerate(values)}
    order = {step: number for number, step in enumerate(dict.fromkeys(map(step_of, stands)))}
    terms_of: dict[int, dict[Scope, None]] = {}
    for i, v in enumerate(values):
        made_of = [latest[at] for x in v.inputs if (at := place.get(id(x))) is not None]
        latest.append(step_of(stands[i]) or next((step for step in reversed(made_of) if step), ()))
        if i in roots:
            terms_of.setdefault(roots[i], {}).update(dict.fromkeys(filter(None, made_of)))
    return frozenset(
        root
        for root, steps in terms_of.items()
        if len(steps) > MOST and [*steps] == sorted(steps, key=order.__getitem__)
    )


MOST = 5  # steps whose results come together in one gate


def is_neutral(v: Value) -> bool:
    """Whether a gate hands on what comes in: ×1, ÷1, +0, −0, ( )¹."""
    for slot, x in enumerate(v.inputs):
        if (v.op, slot) in _NEUTRAL and _NEUTRAL[v.op, slot] == _constant(x):
            return len(v.inputs) == 2 and v.inputs[1 - slot].shape == v.shape and not v.inputs[1 - slot].is_constant
    return False


def terms(place: int, values: Sequence[Value], members: Collection[int]) -> list[Use]:
    """The inputs of gates that are one, in the order in which they are read: each as (consumer, slot)."""
    inside = {id(values[i]): i for i in members}

    def inputs(i: int) -> list[Use]:
        return [(i, slot) for slot, _ in reversed(folding.drawn(values[i], False))]

    found: list[Use] = []
    todo = inputs(place)
    while todo:
        consumer, slot = todo.pop()
        x = inside.get(id(values[consumer].inputs[slot]))
        if x is None:
            found.append((consumer, slot))
        else:
            todo += inputs(x)
    return found


def _adds(v: Value, held: Collection[Value]) -> bool:
    """Whether a gate adds two things of its own shape, or nothing to one."""
    plain = v.op == "add" and all(x.shape == v.shape and not x.is_constant and x not in held for x in v.inputs)
    return plain or (v.op == "add" and is_neutral(v))


def _may_end_in(before: Value, i: int, uses: Mapping[int, Sequence[Use]], same: bool, ends: Collection[int]) -> bool:
    """Whether a gate that is used only by one that does nothing may be drawn as that one."""
    return bool(before.inputs) and same and len(uses[i]) == 1 and i not in ends and not before.label


def _constant(x: Value) -> Any:
    return float(x._data) if x.is_constant and np.ndim(x._data) == 0 else None


def _root(into: Mapping[int, int], i: int) -> int:
    while i in into:
        i = into[i]
    return i
