"""Values in words: what each is called, and its step as one reads it aloud, `x = w²`.

name    a label, or v7 for the seventh value of its graph
step    the operation over its inputs' names: `w − 3`, `x·y`, `tanh(a)`, `sum(s, axis=0)`
gate    the same without its inputs, as drawn in the circle: `−3`, `×`, `( )²`
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from autograd_tiny.graphs import namesakes
from autograd_tiny.graphs.steps import Contribution
from autograd_tiny.value import Value
from autograd_tiny.words.words import word
from viz.graph import folding
from viz.words import figures, lettering

RAISED = str.maketrans("0123456789−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")

Name = Callable[[Value], str]
Operand = Callable[[Value, int], str]


def names(order: Sequence[Value]) -> Name:
    """A name for each value, all different: its label, qualified by number, scope or place where several share it."""
    place = {v: k for k, v in enumerate(order, 1)}
    leaves = namesakes.labels(order)
    times = Counter(leaves.get(v, v.label) for v in order)
    several = [v for v in order if v.label and times[leaves.get(v, v.label)] > 1]
    scope_of = namesakes.instances(order) if several else {}
    times_scoped = Counter((scope_of[v], leaves.get(v, v.label)) for v in several)
    index_of = {v: _numbered(leaves.get(v, v.label), scope_of[v]) for v in several}
    times_numbered = Counter(index_of.values())

    @cache  # of a million values few are asked for their name
    def name(v: Value) -> str:
        whole = leaves.get(v, v.label)
        label = lettering.shorten(whole)
        if not label:
            return f"v{place[v]}" if f"v{place[v]}" not in times else f"#{place[v]}"
        if times[whole] == 1:
            return label if len(whole) <= lettering.LONGEST else f"{label}#{place[v]}"
        indexed, inside = index_of[v], "/".join(map(lettering.shorten, scope_of[v]))
        if indexed and times_numbered[indexed] == 1 and indexed not in times:
            return indexed
        alone = times_scoped[scope_of[v], whole] == 1 and len(whole) <= lettering.LONGEST
        return f"{label} ({inside})" if inside and alone else f"{label}#{place[v]}"

    return name


def _numbered(label: str, scope: tuple[str, ...]) -> str:
    """A label within numbered scopes, such as time steps, with the numbers for an index: s_3, W_h,3; "" elsewhere."""
    numbers = [part.rpartition("=")[2] for part in scope if re.fullmatch(r"\w+=\d+", part)]
    if not numbers or len(label) > lettering.LONGEST:
        return ""
    return lettering.shorten(label) + ("," if "_" in label else "_") + ",".join(numbers)


def step(v: Value, operand: Operand, number: Callable[[Value], str] | None = None) -> str:
    """The operation that made `v` over its inputs as `operand(x, binding)` writes them; constants stand as numbers.

    An input that binds less than `binding` needs brackets there. What `number` writes for a constant stands instead.
    """
    said, number = word(v.op), number or constant

    def part(x: Value, binding: int) -> str:
        return _number(x, binding, number(x)) if x.is_constant else operand(x, binding)

    if said.between:
        x, y = v.inputs
        if v.op == "pow" and y.is_constant:
            return part(x, 4) + raised(number(y))
        return part(x, said.binds + (v.op == "pow")) + said.between + part(y, said.binds + 1)
    if said.around:
        closed = said.around[:1] == said.around[-1:]  # as in |x|: nothing in it needs brackets
        return said.around.format(part(v.inputs[0], 0 if closed else min(said.binds + 1, 4)))
    if v.op == "take":
        return f"{part(v.inputs[0], 4)}[{lettering.shorten(folding.index(v.parameters['index']), 16)}]"
    parts = [part(x, 0) for x in v.inputs]
    return f"{_function(v)}({', '.join([*parts, *_settings(v.parameters)])})"


def _number(x: Value, binding: int, written: str) -> str:
    return bracketed(written, 1 if x.ndim == 0 and x._data < 0 else 4, binding)  # an array has brackets of its own


def bracketed(text: str, binds: int, binding: int) -> str:
    """The text, in brackets where it binds less than its place asks for."""
    return f"({text})" if binds < binding else text


def by_name(name: Name) -> Operand:
    """Inputs by their names, which never need brackets."""
    return lambda x, binding: name(x)


def gate(v: Value) -> str:
    """What stands in the circle of the gate that made `v`, as plain characters."""
    return lettering.plain(folding.symbol(v, constants=False))


def constant(v: Value) -> str:
    """A number met in an expression, as it was typed; an array by its shape."""
    return figures.short(v._data) if v.ndim == 0 else lettering.shorten(figures.inline(v._data))


def raised(exponent: str) -> str:
    """An exponent after its base: ², ⁻¹, ^0.5."""
    small = exponent.translate(RAISED)
    return small if not set(exponent) - set("0123456789−") else f"^{exponent}"


def _function(v: Value) -> str:
    assert v.operation is not None
    symbol = v.operation.symbol
    return symbol if len(symbol) == 1 and symbol.isalpha() else v.op


def _settings(parameters: Mapping[str, Any]) -> list[str]:
    return [
        f"{key}={lettering.shorten(str(setting), 16)}"
        for key, setting in parameters.items()
        if setting is not None and setting is not False
    ]


def wires(order: Sequence[Value]) -> dict[Value, list[tuple[Value, int]]]:
    """For each value the (consumer, slot) pairs it enters, in the graph's order; x·x has two."""
    found: dict[Value, list[tuple[Value, int]]] = {v: [] for v in order}
    for consumer in order:
        for slot, x in enumerate(consumer.inputs):
            if not x.is_constant:
                found[x].append((consumer, slot))
    return found


# Derivatives in words: the table's local derivatives and pullbacks, written over the names of a circuit --------------


# Writes a value's name, in brackets where it binds less than the second argument asks for.
Naming = Callable[[Value, int], str]
ATOM = 4


def pullback_rule(share: Contribution, name: Naming) -> str:
    """How the upstream gradient g becomes this contribution: `xᵀ @ g`."""
    forms = word(share.consumer.op).back or ("its part of g",)
    x, *rest = (name(v, ATOM) for v in share.consumer.inputs)
    return forms[min(share.slot, len(forms) - 1)].format(x=x, y=rest[0] if rest else x)


def local_derivative(share: Contribution, name: Naming) -> str:
    """The local derivative, `2·w`; empty where the table's text does not read as a formula."""
    gate = share.consumer
    if gate.op == "pow" and share.slot == 0 and gate.inputs[1].is_constant and not gate.inputs[1].ndim:
        return _power(name(gate.inputs[0], ATOM), float(gate.inputs[1]._data))
    text = gate.operation.locals[share.slot] if gate.operation else ""
    if re.search(r"[<>]|==|!=|pow|where|sign|clip", text):
        return ""
    letters = dict(zip("xy", gate.inputs, strict=False)) | {"z": gate}
    if text in letters:
        return constant(letters[text]) if letters[text].is_constant else name(letters[text], 0)
    text = re.sub(r"\b[xyz]\b", lambda found: _letter(letters[found[0]], name), text)
    return text.replace(" * ", "·").replace(" / ", "/").replace("-", "−")


def _letter(value: Value, name: Naming) -> str:
    return constant(value) if value.is_constant else name(value, ATOM)


def _power(x: str, n: float) -> str:
    if n == 1:
        return "1"
    return f"{figures.short(n)}·{x}" + ("" if n == 2 else raised(figures.short(n - 1)))
