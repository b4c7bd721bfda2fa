"""The inside of one gate: of an array operation its scalar circuit, of a scope what was recorded there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd_tiny import Value, to_scalars
from autograd_tiny.recorders import here
from autograd_tiny.recording import record
from autograd_tiny.value import Constant
from viz import scopes, wording
from viz.audience import announced
from viz.captions import Writer
from viz.circuit import Circuit, circuit, drawn_values
from viz.drawing import Drawing, worded
from viz.layout import admit
from viz.look import look as look_of
from viz.opening import folded_in
from viz.parts import Scope
from viz.picture import picture
from viz.press import TIMEOUT

LETTERS = "xyuvwpqrs"  # what inputs are called that have no name: x and y as in the table of operations


@announced
def inside(
    value: Value,
    scope: str | None = None,
    *,
    show: str = "both",
    direction: str = "LR",
    precision: int = 2,
    theme: str = "lecture",
    constants: bool = False,
    title: str | None = None,
    caption: str | None = None,
    timeout: float = TIMEOUT,
) -> Drawing:
    """The scalar circuit of the one operation that made the array `value`, with its numbers and gradients.

    With `scope`, the inside of that scope of `value`'s graph: what enters it stands at the left, what leaves it at the
    right, and the scopes in it are folded. The other options are those of `draw`.
    """
    if not isinstance(value, Value):
        raise TypeError(f"inside: expected a Value, got {type(value).__name__}")
    look = look_of(show, direction, precision, theme)
    if scope is None:
        outputs = tuple(scalar_circuit(_array(value)))
        shown, about = circuit(outputs, constants), title_of(value)
    else:
        outputs = (value,)
        path = _the_one(value, constants, scope)
        shown, about = scope_circuit(outputs, constants, path, precision), " › ".join(path)
    admit(shown.gates)
    made = picture(shown, look, title=title or f"Inside {about}", caption=caption or "", timeout=timeout)
    return Drawing(made.page, made.source, worded(outputs, precision), folded_in(shown))


def scalar_circuit(value: Value) -> list[Value]:
    """The numbers of `value`, each made by scalar gates from fresh copies of its inputs, with their gradients.

    They stand in no scope. Gradients are what `value`'s recorded gradient gives; there are none without it.
    """
    outer, here.scope = here.scope, ()
    try:
        scalars = np.ravel(np.asarray(to_scalars(_alone(value)), object)).tolist()
        if value.has_grad:
            _backpropagate(scalars, np.ravel(value.grad).tolist())
    finally:
        here.scope = outer
    return list(scalars)


def scope_circuit(outputs: tuple[Value, ...], constants: bool, scope: Scope, precision: int) -> Circuit:
    """What was recorded in a scope, with named inputs and outputs; the scopes in it are folded.

    Where it holds nothing but one other scope, that one is open.
    """
    values = drawn_values(outputs, constants)
    within = [value for value in values if value.scope[: len(scope)] == scope]
    depth = len(scope)
    while depth < max(len(value.scope) for value in within) and scopes.gates(within, scopes.deeper(within, depth)) == 1:
        depth += 1
    folded = scopes.deeper(within, depth)
    drawn = circuit(outputs, constants, folded=folded, within=scope)
    names = dict(_edges(drawn, Writer(values, precision), scope))
    return circuit(outputs, constants, lambda value: value.label or names.get(id(value), ""), folded, scope)


def _edges(circuit: Circuit, writer: Writer, scope: Scope) -> Iterator[tuple[int, str]]:
    """A name, by its id, for each value without one that enters or leaves: `w·x`, `from +`, `to tanh`."""
    for node in circuit.nodes:
        value = circuit.values[node.value]
        if node.kind not in ("leaf", "end") or value.label:
            continue
        leads_to = [circuit.values[consumer] for consumer, _ in circuit.uses[node.value]]
        beyond = [gate for gate in leads_to if gate.scope[: len(scope)] != scope]
        if not writer.sign(value):
            yield id(value), writer.name(value)
        elif node.kind == "leaf":
            yield id(value), f"from {wording.gate(value)}"
        elif beyond:
            yield id(value), f"to {', '.join(dict.fromkeys(map(wording.gate, beyond)))}"


def title_of(value: Value) -> str:
    """`h = tanh`: what the operation is, for a title."""
    symbol = value.operation.symbol if value.operation else ""
    return f"{value.label} = {symbol}" if value.label else symbol


def _alone(value: Value) -> Value:
    """The operation over leaves of its own."""
    assert value.operation is not None
    free = (letter for letter in LETTERS if all(letter != x.label for x in value.inputs))
    leaves: dict[int, Any] = {}
    for x in value.inputs:
        if id(x) not in leaves:
            leaves[id(x)] = Constant(x.data) if x.is_constant else Value(x.data, x.label or next(free, ""))
    made = record(value.operation, *(leaves[id(x)] for x in value.inputs), **value.parameters)
    made.label = value.label or "z"
    return made


def _backpropagate(scalars: list[Value], gradients: list[float]) -> None:
    """One backward pass for all results: of their sum, each times its gradient."""
    total: Any = 0.0
    for scalar, gradient in zip(scalars, gradients, strict=True):
        total = total + scalar * gradient
    total.backward()


def _array(value: Value) -> Value:
    if value.operation is None:
        raise ValueError(f"inside: {value.label or 'the value'!r} is a leaf; no operation made it")
    if not value.ndim and not any(x.ndim for x in value.inputs):
        raise ValueError(f"inside: {value.op} of single numbers is one gate already; name a scope: inside(z, 'cell')")
    return value


def _the_one(value: Value, constants: bool, scope: str) -> Scope:
    """The only scope of that name; ValueError if there are several."""
    found = sorted(scopes.named(drawn_values((value,), constants), (scope,), "scope"))
    if len(found) > 1:
        paths = ", ".join(map(scopes.path, found[: scopes.LISTED]))
        raise ValueError(f"inside: {scope!r} names {len(found)} scopes; give one path: {paths}")
    return found[0]
