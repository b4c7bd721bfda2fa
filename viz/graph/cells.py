"""The lecture's cells in a recorded graph: which of its values are an LSTM's gates, and which stand in one gate.

All gates of an LSTM or GRU come from one product, several from one σ: each of these is one gate with several results.
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


FACES = {("LSTM", "affine"): "xU+hW+b", ("GRU", "affine"): "xU, hW, b", ("LSTM", "gates"): "σ", ("GRU", "gates"): "σ"}


def cells(values: Sequence[Value], stands: Sequence[Scope], held: Collection[Value]) -> Iterator[Cell]:
    """The cells whose parameters are `held` in their gates, as far as nothing else is in their scopes."""
    place = {id(value): position for position, value in enumerate(values)}
    inside: dict[Scope, set[int]] = {}
    for position, value in enumerate(values):
        if value.inputs and stands[position]:
            inside.setdefault(stands[position], set()).add(position)
    for scope, members in inside.items():
        for kind, gates_of in _KINDS.items():
            read = [(at, gates_of(values[at])) for at in sorted(members, reverse=True) if values[at].label == "h"]
            for _, found in read:
                roles = {role: tuple(sorted(place[id(v)] for v in each)) for role, each in (found or {}).items()}
                whole = {at for each in roles.values() for at in each} == members
                products = [values[at] for at in members if values[at].op == "matmul"]
                if roles and whole and all(any(x in held for x in product.inputs) for product in products):
                    yield Cell(kind, scope, roles)


def groups(found: Sequence[Cell]) -> dict[int, int]:
    """For each value that is drawn in one gate with others the position that they are known by."""
    several = (each for cell in found for each in cell.roles.values() if len(each) > 1)
    return {at: each[-1] for each in several for at in each}


def faces(found: Sequence[Cell]) -> dict[int, str]:
    """What stands in such gates, by the positions of all their values."""
    return {
        at: FACES[cell.kind, role]
        for cell in found
        for role, each in cell.roles.items()
        if (cell.kind, role) in FACES
        for at in each
    }


def _plain(h: Value) -> dict[str, list[Value]] | None:
    """The gates of h = φ(xU + b + hW), read backward from h; None for anything else."""
    try:
        (a,) = _made(h, h.op if h.op in ("tanh", "sigmoid", "relu") else "", 1)
        from_x, from_h = _made(a, "add", 2)
        _made(from_h, "matmul", 2)
        product = from_x.inputs[0] if from_x.op == "add" else from_x
        _made(product, "matmul", 2)
    except ValueError:
        return None
    bias = {"bias": [from_x]} if from_x is not product else {}
    return {"state": [from_h], "input": [product], **bias, "add": [a], "squash": [h]}


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


def _gru(h: Value) -> dict[str, list[Value]] | None:
    """The gates of h = z·h + (1 − z)·h̃, h̃ = tanh(xU + (r·h)W_h + b), read backward; None for anything else."""
    try:
        kept, new = _made(h, "add", 2)
        z, _ = _made(kept, "mul", 2)
        rest, candidate = _made(new, "mul", 2)
        _, z_again = _made(rest, "sub", 2)
        (inner,) = _made(candidate, "tanh", 1)
        to_new, recalled = _made(inner, "add", 2)
        reset, _ = _made(recalled, "matmul", 2)
        r, _ = _made(reset, "mul", 2)
        (squeezed,) = {_made(gate, "take", 1)[0] for gate in (r, z, z_again)}
        (to_gates,) = _made(squeezed, "sigmoid", 1)
        from_x, from_h = _made(to_gates, "add", 2)
        (whole,) = {_made(part, "take", 1)[0] for part in (to_new, from_x)}
    except (TypeError, ValueError):
        return None
    affine = [to_gates, from_x, from_h, to_new, whole]
    if whole.op == "add":
        affine.append(whole.inputs[0])
    return {
        "affine": affine, "gates": [squeezed, r, z], "reset": [reset], "recall": [recalled], "inner": [inner],
        "candidate": [candidate], "keep": [kept], "rest": [rest], "new": [new], "add": [h],
    }  # fmt: skip


_KINDS = {"RNN": _plain, "LSTM": _lstm, "GRU": _gru}


def _made(value: Value, op: str, count: int) -> tuple[Value, ...]:
    """What a value of that operation is made of; ValueError for another one."""
    if value.op != op or len(value.inputs) != count:
        raise ValueError(op)
    return value.inputs
