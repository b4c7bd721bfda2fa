"""What else would tell a gradient that is to be predicted: its copies, and all that is computed from them.

In a still picture the backward pass stops before the gradient that is asked for. A gate such as + hands its gradient on
as it is, so the same number stands upstream of it and at its other inputs; and a number that was made from a hidden one
tells it by a division. What stays is what the answer is computed from: values, and gradients further upstream. The
branches of a shared value stay, too, for it is their sum that is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from viz.graph.circuit import Circuit, Use
from viz.wires.inscriptions import Reading

# Gates that hand their gradient on as it is, or only arranged in another way.
_PASSING = frozenset("add sub neg sum reshape transpose broadcast take scatter stack concatenate".split())

Readings = Mapping[str, Reading]


def kept_back(circuit: Circuit, readings: Readings, asked: Sequence[int]) -> dict[str, Reading]:
    """The readings of a still picture: a `?` for each gradient asked for, and nothing that would tell it."""
    if not asked:
        return dict(readings)
    values, uses = hidden(circuit, readings, asked)
    found = dict(readings)
    for wire in circuit.wires:
        blank: dict[str, Any] = {"running": None} if wire.value in values else {}
        if wire.value in values if wire.stem else not uses.isdisjoint(wire.uses):
            blank = dict.fromkeys(("gradient", "total", "running", "besides")) | {"origin": ""}
        found[wire.id] = replace(found[wire.id], **blank, asked=wire.stem and wire.value in asked)
    return found


def hidden(circuit: Circuit, readings: Readings, asked: Sequence[int]) -> tuple[set[int], set[Use]]:
    """The values whose gradients are kept back, by position, and the uses whose contributions are."""
    inputs: dict[int, list[tuple[Use, int]]] = {}
    for x, entered in circuit.uses.items():
        for use in entered:
            inputs.setdefault(use[0], []).append((use, x))
    copied = set(_copies(circuit, readings))
    values, uses, todo = set[int](), set[Use](), list(asked)
    while todo:
        value = todo.pop()
        if value in values:
            continue
        values.add(value)
        for use, x in inputs.get(value, ()):  # computed from it
            uses.add(use)
            todo.append(x)
        for use in circuit.uses[value] if _is_its_contribution(circuit, value) else ():
            uses.add(use)
            todo += [use[0]] if use in copied else []
    return values - (_given(circuit, readings) - set(asked)), uses


def _is_its_contribution(circuit: Circuit, value: int) -> bool:
    """Whether a value's gradient is nothing but what its one use brings."""
    return len(circuit.uses[value]) == 1 and value not in circuit.outputs


def _copies(circuit: Circuit, readings: Readings) -> Iterator[Use]:
    """The uses that bring the gradient of their gate as it is, but for its sign."""
    for wire in circuit.wires:
        for use in wire.uses:
            local = readings[wire.id].local if wire.use == use else None
            if circuit.values[use[0]].op in _PASSING or (isinstance(local, float) and abs(local) == 1.0):
                yield use


def _given(circuit: Circuit, readings: Readings) -> set[int]:
    """Where a pass begins with another gradient than 1: it must be told, for nobody could know it."""
    seeds = {end: readings[f"wire{end}"].gradient for end in circuit.outputs}
    return {end for end, seed in seeds.items() if seed is not None and not np.all(np.equal(seed, 1.0))}
