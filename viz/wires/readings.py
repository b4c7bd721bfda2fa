"""Readings: the numbers on each wire, as a backward pass recorded them or as a film computes them for itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from autograd_tiny import Value, backward_steps
from autograd_tiny.errors import AutogradError
from autograd_tiny.errors.messages import differentiating
from autograd_tiny.graphs.steps import BackwardStep, Contribution, contributions
from viz.graph import history
from viz.graph.adopted import FOREIGN
from viz.graph.circuit import Circuit, Node, Use, Wire
from viz.wires.inscriptions import Origin, Reading

Shares = Mapping[Use, Contribution]


def recorded(circuit: Circuit, local: bool = False, shares: Shares | None = None) -> dict[str, Reading]:
    """What has been recorded: every value's `grad` where a backward pass has arrived, and the branches' contributions.

    `local` also reads the local derivatives where no backward pass has been. The `shares` of another circuit of the
    same outputs need not be found again.
    """
    shares = recorded_shares(circuit) if shares is None else shares
    may_read = local and not history.lost(circuit.values)
    slopes = shares if shares or not may_read else shares_of(circuit, _passes(circuit, seeded=False))
    totals = {id(value): value.grad for value in circuit.values if value.has_grad and not value.is_constant}
    return _readings(circuit, shares, slopes, totals)


def recorded_shares(circuit: Circuit) -> Shares:
    """Each use's contribution, found again from the output's own gradient; none where gates have read what is lost."""
    return shares_of(circuit, () if history.lost(circuit.values) else _passes(circuit, seeded=True))


def complete(circuit: Circuit, steps: Sequence[BackwardStep]) -> dict[str, Reading]:
    """What is known once these steps are done: every value, every share, every sum."""
    shares = shares_of(circuit, steps)
    return _readings(circuit, shares, shares, totals_of(steps))


def _readings(circuit: Circuit, shares: Shares, slopes: Shares, totals: Mapping[int, Any]) -> dict[str, Reading]:
    through = passage_slopes(circuit) if slopes else {}
    digits = _digits(circuit)

    def reading(wire: Wire) -> Reading:
        if wire.bundle:
            return Reading()
        value = circuit.values[wire.value]
        total = totals.get(id(value))
        share = slopes.get(wire.uses[0]) if wire.use and not circuit.node(wire.head).folded else None
        local = share.local if share else through.get(wire.id)
        if circuit.whole(wire):
            besides, origin = _besides(value, total, parts_of(wire, shares), digits)
            return Reading(value._data, total, local, besides=besides, origin=origin)
        if total is None and not wire.stem:  # what a branch brings has not arrived, or is gone
            return Reading(value._data, None, local)
        # The branch of the earliest use brings the last contribution.
        running = None if wire.stem or not wire.uses or wire.uses[0] not in shares else shares[wire.uses[0]].total
        return Reading(value._data, summed(wire, shares), local, total if wire.stem else None, running)

    wires = {wire.id: reading(wire) for wire in circuit.wires}
    return wires | {f"held{at}": _held(circuit, at, shares, totals) for at in circuit.held}


def _held(circuit: Circuit, at: int, shares: Shares, totals: Mapping[int, Any]) -> Reading:
    """A parameter in its gates: its value, its gradient, and what its uses bring, the first one first."""
    value = circuit.values[at]
    parts = tuple(shares[use].contribution for use in circuit.uses[at] if use in shares)
    besides, origin = _besides(value, totals.get(id(value)), parts[::-1], _digits(circuit))
    return Reading(value._data, totals.get(id(value)), parts=parts, besides=besides, origin=origin)


def _digits(circuit: Circuit) -> float:
    """What may be lost of a number when others are added in another order: half of the digits of the coarsest one."""
    kinds = {value._data.dtype for value in circuit.values if value.ndim} | {np.dtype(float)}
    return float(np.sqrt(max(np.finfo(kind).eps for kind in kinds)))


def _besides(value: Value, total: Any, parts: Sequence[Any], digits: float) -> tuple[Any, Origin]:
    """What a gradient holds besides these contributions, where that is known, and what became of it.

    Of one that was cleared nobody knows whether before or after they came.
    """
    how = value._rule.gradient
    if total is None or not parts:
        return None, "cleared" if parts and how == "cleared" else ""
    largest = max(np.max(np.abs(x), initial=0.0, where=np.isfinite(x)) for x in (total, *parts))
    with np.errstate(invalid="ignore"):  # ∞ − ∞
        here = reduce(add, parts)
        if np.isclose(total, here, rtol=0.0, atol=digits * largest, equal_nan=True).all():
            return None, ""
        if how == "cleared" and not np.any(total):
            return None, "cleared"
        if value.inputs:
            return None, "replaced"
        if how == FOREIGN:
            return total - here, "foreign"
        return (None, "set" if how == "set" else "added") if how else (total - here, "added")


def parts_of(wire: Wire, shares: Shares) -> list[Any]:
    """The contributions that a wire stands for, as a backward pass adds them: the last use comes first."""
    return [shares[use].contribution for use in reversed(wire.uses) if use in shares]


def summed(wire: Wire, shares: Shares) -> Any:
    """The sum of the contributions that a wire stands for; None before they are there."""
    parts = parts_of(wire, shares)
    return reduce(add, parts) if parts else None


def totals_of(steps: Sequence[BackwardStep]) -> dict[int, Any]:
    """Each value's gradient after these steps, by its id."""
    totals = {id(share.input): share.total for step in steps for share in step.contributions}
    return totals | {id(steps[0].value): steps[0].upstream}


def steps_from(value: Value, seed: Any) -> tuple[BackwardStep, ...]:
    """A whole backward pass that begins with `seed`, spread over an array; nothing recorded is touched."""
    history.refuse_lost(value)
    return tuple(backward_steps(value, np.broadcast_to(seed, value.shape).astype(float) if value.shape else seed))


def shares_of(circuit: Circuit, steps: Iterable[BackwardStep]) -> dict[Use, Contribution]:
    """Each branch's contribution, by the slot it comes from; those of several outputs' passes add."""
    place = {id(value): position for position, value in enumerate(circuit.values)}
    found: dict[Use, Contribution] = {}
    for step in steps:
        for share in step.contributions:
            use = place[id(share.consumer)], share.slot
            found[use] = _added(found[use], share) if use in found else share
    return found


def _added(one: Contribution, other: Contribution) -> Contribution:
    upstream, contribution = one.upstream + other.upstream, one.contribution + other.contribution
    return replace(one, upstream=upstream, contribution=contribution)


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


# The passage through a folded scope: the local derivative of the gate that it has become -----------------------------


def passage_slopes(circuit: Circuit) -> dict[str, float]:
    """∂result/∂input by the id of the wire that brings the input, for the folded scopes of one scalar result.

    Of several results, and of arrays, no single number tells it.
    """
    return {wire: slope for node in circuit.folded for wire, slope in _slopes(circuit, node)}


def _slopes(circuit: Circuit, node: Node) -> Iterator[tuple[str, float]]:
    results = [circuit.values[wire.value] for wire in circuit.wires_out_of(node.id)]
    if len(results) != 1 or results[0].ndim:
        return
    try:
        gradients = _backward(circuit, node)
    except AutogradError:  # no derivative exists there: the picture is drawn without it
        return
    for wire in circuit.wires_into(node.id):
        x = circuit.values[wire.value]
        if not x.ndim and id(x) in gradients:
            yield wire.id, gradients[id(x)]


def _backward(circuit: Circuit, node: Node) -> dict[int, float]:
    """The gradients of the scope's result, from it to what enters the scope and no further; by the values' ids."""
    [result] = [wire.value for wire in circuit.wires_out_of(node.id)]
    gradients = {id(circuit.values[result]): 1.0}
    for position in reversed(node.inside):
        v = circuit.values[position]
        if v.operation is None or id(v) not in gradients:
            continue
        with differentiating(lambda v=v: v):
            for slot, share in contributions(v, gradients[id(v)]):
                x = v.inputs[slot]
                gradients[id(x)] = gradients.get(id(x), 0.0) + share
    return gradients
