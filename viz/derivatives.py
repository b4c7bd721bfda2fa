"""Derivatives in words: the table's local derivatives and pullbacks, written over the names of a circuit."""

from __future__ import annotations

import re
from collections.abc import Callable

from autograd_tiny import Value
from autograd_tiny.graphs.steps import Contribution
from viz import figures, wording

# Writes a value's name, in brackets where it binds less than the second argument asks for.
Name = Callable[[Value, int], str]
ATOM = 4

# What flows back through a gate that has no single local derivative: g is the upstream gradient.
_RULES = {
    "matmul": ("g @ {y}ᵀ", "{x}ᵀ @ g"),
    "sum": ("g, to every element",),
    "mean": ("g / n, to every element",),
    "max": ("g, to the winner",),
    "reshape": ("g, reshaped",),
    "transpose": ("gᵀ",),
    "broadcast": ("g, added up",),
    "take": ("g, in its place",),
    "scatter": ("g, picked out",),
}


def rule(share: Contribution, name: Name) -> str:
    """How the upstream gradient g becomes this contribution: `xᵀ @ g`."""
    forms = _RULES.get(share.consumer.op, ("its part of g",))
    x, *rest = (name(v, ATOM) for v in share.consumer.inputs)
    return forms[min(share.slot, len(forms) - 1)].format(x=x, y=rest[0] if rest else x)


def local(share: Contribution, name: Name) -> str:
    """The local derivative, `2·w`; empty where the table's text does not read as a formula."""
    gate = share.consumer
    if gate.op == "pow" and share.slot == 0 and gate.inputs[1].is_constant and not gate.inputs[1].ndim:
        return _power(name(gate.inputs[0], ATOM), float(gate.inputs[1]._data))
    text = gate.operation.locals[share.slot] if gate.operation else ""
    if re.search(r"[<>]|==|!=|pow|where|sign|clip", text):
        return ""
    letters = dict(zip("xy", gate.inputs, strict=False)) | {"z": gate}
    if text in letters:
        return wording.constant(letters[text]) if letters[text].is_constant else name(letters[text], 0)
    text = re.sub(r"\b[xyz]\b", lambda found: _letter(letters[found[0]], name), text)
    return text.replace(" * ", "·").replace(" / ", "/").replace("-", "−")


def _letter(value: Value, name: Name) -> str:
    return wording.constant(value) if value.is_constant else name(value, ATOM)


def _power(x: str, n: float) -> str:
    if n == 1:
        return "1"
    return f"{figures.short(n)}·{x}" + ("" if n == 2 else wording.raised(figures.short(n - 1)))
