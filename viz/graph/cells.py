"""The lecture's cells in a recorded graph: which of its values are an LSTM's gates, and which stand in one gate.

All gates of a cell come from one product, and several from one σ: each of these is one gate with several results.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from autograd_tiny import Value
from viz.graph.model import Scope

Roles = Mapping[str, tuple[int, ...]]  # the positions of the values that are one gate, the last result last


@dataclass(frozen=True)
class Cell:
    """A cell of a kind, "LSTM", the scope it was recorded in, and its gates by their roles."""

    kind: str
    scope: Scope
    roles: Roles


FACES = {"affine": "xU+hW+b", "gates": "σ"}


def cells(values: Sequence[Value], stands: Sequence[Scope], held: Collection[Value]) -> Iterator[Cell]:
    """The LSTMs of a graph whose parameters are `held` in their gates, as far as nothing else is in their scopes."""
    place = {id(value): position for position, value in enumerate(values)}
    inside: dict[Scope, set[int]] = {}
    for position, value in enumerate(values):
        if value.inputs and stands[position]:
            inside.setdefault(stands[position], set()).add(position)
    for scope, members in inside.items():
        for position in sorted(members, reverse=True):
            found = _lstm(values[position])
            roles = {role: tuple(sorted(place[id(v)] for v in each)) for role, each in (found or {}).items()}
            if roles and {at for each in roles.values() for at in each} == members:
                shared = [x for at in roles["affine"] for x in values[at].inputs if not x.inputs and x.label]
                if sum(x in held for x in shared) >= sum(values[at].op == "matmul" for at in roles["affine"]):
                    yield Cell("LSTM", scope, roles)
                break


def groups(found: Sequence[Cell]) -> dict[int, int]:
    """For each value that is drawn in one gate with others the position that they are known by."""
    several = (each for cell in found for each in cell.roles.values() if len(each) > 1)
    return {at: each[-1] for each in several for at in each}


def faces(found: Sequence[Cell]) -> dict[int, str]:
    """What stands in such gates, by the positions of all their values."""
    return {at: FACES[role] for cell in found for role, each in cell.roles.items() if role in FACES for at in each}


def _lstm(h: Value) -> dict[str, list[Value]] | None:
    """The gates of c = f·c + i·g, h = o·tanh(c), read backward from h; None for anything else."""
    try:
        o, squashed = _made(h, "mul", 2)
        (c,) = _made(squashed, "tanh", 1)
        kept, written = _made(c, "add", 2)
        f, _ = _made(kept, "mul", 2)
        i, g = _made(written, "mul", 2)
        (to_g,) = _made(g, "tanh", 1)
        gates = {_made(gate, "take", 1)[0] for gate in (i, f, o)}
        (squeezed,) = gates
        (to_gates,) = _made(squeezed, "sigmoid", 1)
        (whole,) = {_made(part, "take", 1)[0] for part in (to_g, to_gates)}
        from_x, from_h = _made(whole, "add", 2)
    except (TypeError, ValueError):
        return None
    affine = [whole, from_h, from_x, to_gates, to_g]
    if from_x.op == "add":
        affine.append(from_x.inputs[0])
    return {
        "affine": affine, "gates": [squeezed, i, f, o], "candidate": [g], "keep": [kept], "write": [written],
        "add": [c], "squash": [squashed], "read": [h],
    }  # fmt: skip


def _made(value: Value, op: str, count: int) -> tuple[Value, ...]:
    """What a value of that operation is made of; ValueError for another one."""
    if value.op != op or len(value.inputs) != count:
        raise ValueError(op)
    return value.inputs
