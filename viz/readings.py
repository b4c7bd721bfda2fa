"""Readings: the numbers on each wire, as a backward pass recorded them or as a film computes them for itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_tiny import Value, backward_steps
from autograd_tiny.errors import AutogradError
from autograd_tiny.steps import BackwardStep, Contribution
from viz.circuit import Circuit, Wire
from viz.inscriptions import Reading

Shares = Mapping[tuple[int, int], Contribution]  # by (consumer's position, slot)


def recorded(circuit: Circuit, local: bool = False) -> dict[str, Reading]:
    """What has been recorded: every value's `grad` where a backward pass has arrived, and the branches' contributions.

    A contribution is found again from the output's own gradient; `local` also reads the local derivatives where no
    backward pass has been.
    """
    shares = shares_of(circuit, _passes(circuit, seeded=True))
    slopes = shares if shares or not local else shares_of(circuit, _passes(circuit, seeded=False))
    return {wire.id: _recorded(circuit.values[wire.value], wire, shares, slopes) for wire in circuit.wires}


def complete(circuit: Circuit, steps: Sequence[BackwardStep]) -> dict[str, Reading]:
    """What is known once these steps are done: every value, every share, every sum."""
    shares = shares_of(circuit, steps)
    totals = totals_of(steps)
    return {
        wire.id: _computed(circuit, wire, shares.get(wire.use) if wire.use else None, totals) for wire in circuit.wires
    }


def _computed(circuit: Circuit, wire: Wire, share: Contribution | None, totals: dict[int, Any]) -> Reading:
    value = circuit.values[wire.value]
    gradient = totals.get(id(value)) if wire.stem else share and share.contribution
    return Reading(value.data, gradient, share and share.local)


def totals_of(steps: Sequence[BackwardStep]) -> dict[int, Any]:
    """Each value's gradient after these steps, by its id."""
    totals = {id(share.input): share.total for step in steps for share in step.contributions}
    return totals | {id(steps[0].value): steps[0].upstream}


def steps_from(value: Value, seed: Any) -> tuple[BackwardStep, ...]:
    """A whole backward pass that begins with `seed`, spread over an array; nothing recorded is touched."""
    return tuple(backward_steps(value, np.broadcast_to(seed, value.shape).astype(float) if value.shape else seed))


def shares_of(circuit: Circuit, steps: Iterable[BackwardStep]) -> dict[tuple[int, int], Contribution]:
    """Each branch's contribution, by the slot it comes from."""
    place = {id(value): position for position, value in enumerate(circuit.values)}
    return {(place[id(share.consumer)], share.slot): share for step in steps for share in step.contributions}


def _recorded(value: Value, wire: Wire, shares: Shares, slopes: Shares) -> Reading:
    share = shares.get(wire.use) if wire.use else None
    slope = slopes.get(wire.use) if wire.use else None
    arrived = value.has_grad and not value.is_constant
    gradient = (value.grad if arrived else None) if wire.stem else share and share.contribution
    return Reading(value.data, gradient, slope and slope.local)


def _passes(circuit: Circuit, seeded: bool) -> list[BackwardStep]:
    """The backward steps from every output that no other output depends on."""
    steps: list[BackwardStep] = []
    for position in circuit.outputs:
        output = circuit.values[position]
        if circuit.uses[position] or (seeded and not output.has_grad):
            continue
        seed = output.grad if seeded else np.ones(output.shape) if output.shape else 1.0
        try:
            steps += backward_steps(output, seed)
        except AutogradError:  # no derivative exists there, such as that of √x at 0: what is known is drawn
            return []
    return steps
