"""Captions of a film: each step as the lecture writes it on the board.

    forward 3 of 3: z = x·y = 25.00 × 2.00 = 50.00
    ∂z/∂x = y → (2.00)(1.00) = 2.00          downstream = local × upstream
    the branches of w ADD: ∂z/∂w = 20.00 + 25.00 = 45.00
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from autograd_tiny import Value, numbers, readings
from autograd_tiny.steps import Contribution
from viz import figures, wording
from viz.lettering import Line, Role, sentence

LONGEST = 16  # characters of a formula that stands in for a name
Caption = tuple[tuple[str, Role], ...]

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


def plain(caption: Caption) -> str:
    """The caption as text."""
    return "".join(text for text, _ in caption)


def lettered(caption: Caption) -> Line:
    """The caption as it is set below the picture."""
    return tuple(run for text, role in caption for run in sentence(text, role))


@dataclass(frozen=True)
class Writer:
    """Writes the captions of one film: of the graph `order`, whose last value is the output."""

    order: tuple[Value, ...]
    precision: int

    @property
    def output(self) -> Value:
        """The value whose gradients are shown."""
        return self.order[-1]

    @cached_property
    def _numbered(self) -> wording.Name:
        return wording.names(self.order)

    @cached_property
    def _formulas(self) -> dict[int, str]:
        """Unlabelled values whose formula is short enough to be their name: `w1·x`."""
        found: dict[int, str] = {}
        for value in self.order:
            if value.inputs and not value.label and value is not self.output:
                if any(not (x.label or x.is_constant or id(x) in found) for x in value.inputs):
                    continue
                formula = wording.step(value, lambda x, binding: self._operand(x, binding, found))
                if len(formula) <= LONGEST:
                    found[id(value)] = formula
        return found

    def _operand(self, x: Value, binding: int, formulas: dict[int, str]) -> str:
        if id(x) in formulas:
            return wording.bracketed(formulas[id(x)], wording.BINDS.get(x.op, 4), binding)
        return self._numbered(x)

    def sign(self, value: Value) -> str:
        """What stands in the picture: the label, or the number of a value that captions must call something."""
        if value.label or value.is_constant:
            return value.label
        return "" if id(value) in self._formulas else self._numbered(value)

    def name(self, value: Value, binding: int = 0) -> str:
        """What captions call a value: its label, else a short formula, else its number in the graph."""
        return self._operand(value, binding, self._formulas)

    def partial(self, value: Value, output: Value | None = None) -> str:
        """∂z/∂w."""
        return f"∂{self.name(self.output if output is None else output, 4)}/∂{self.name(value, 4)}"

    def number(self, x: Any) -> str:
        """A number in a sentence."""
        return figures.inline(x, self.precision)

    def bare(self) -> Caption:
        """The first frame's."""
        leaves = [self.name(value) for value in self.order if not value.inputs and not value.is_constant]
        gates = sum(bool(value.inputs) for value in self.order)
        listed = ", ".join(leaves[:6]) + (f" and {len(leaves) - 6} more" if len(leaves) > 6 else "")
        count = f"{gates} gate{'s' if gates != 1 else ''}"
        return ((f"the circuit of {self.name(self.output)}: {count}, from {listed}", "ink"),)

    def forward(self, index: int, count: int, value: Value) -> Caption:
        """z = x·y = 25.00 × 2.00 = 50.00."""
        return ((f"forward {index} of {count}: ", "ink"), (self._computed(value), "value"))

    def _computed(self, value: Value) -> str:
        formula = wording.step(value, lambda x, binding: self.name(x, binding))
        named = [self.name(value)] if id(value) not in self._formulas else []
        told = " = ".join([*named, formula])
        result = self.number(value.data)
        if value.ndim or any(x.ndim for x in value.inputs):
            return told + (f", shape {result}" if result.startswith("(") else f" = {result}")
        put_in = wording.step(value, self._put_in).replace("·", " × ")
        return f"{told} = {put_in} {self._equals(value)} {result}"

    def _put_in(self, x: Value, binding: int) -> str:
        return wording.bracketed(self.number(x.data), 1 if x.data < 0 else 4, max(binding, 2) if binding else 0)

    def _equals(self, value: Value) -> str:
        """Whether the line is right as printed; constants stand in it as they are."""
        assert value.operation is not None
        run = readings.forward(value.operation, numbers.FLOATS)
        seen = [x.data if x.is_constant else figures.as_printed(x.data, self.precision) for x in value.inputs]
        return figures.equals(value.data, lambda *_: run(*seen, **value.parameters), (), self.precision)

    def seed(self, seed: Any) -> Caption:
        """∂z/∂z = 1."""
        what = self.partial(self.output)
        printed = figures.short(seed) if not getattr(seed, "ndim", 0) else self.number(seed)
        return (("backward, the seed: ", "ink"), (f"{what} = {printed}", "gradient"))

    def backward(self, index: int, count: int, shares: Sequence[Contribution]) -> Caption:
        """∂z/∂x = y → (2.00)(1.00) = 2.00, one per input."""
        lines = ",\n".join(self._share(share) for share in shares)
        return ((f"backward {index} of {count}: downstream = local × upstream\n", "ink"), (lines, "gradient"))

    def _share(self, share: Contribution) -> str:
        result = self.number(share.contribution)
        if share.local is None:
            rule = self._rule(share)
            upstream = f"g = {self.partial(share.consumer)}"
            told = f"{self.partial(share.input)} = {rule}, {upstream}"
            return f"{told}: shape {result}" if result.startswith("(") else f"{told}: {result}"
        local = self._local(share)
        told = self.partial(share.input, share.consumer) + (f" = {local} → " if local else " → ")
        if getattr(share.contribution, "ndim", 0) or getattr(share.local, "ndim", 0):
            shape = f"shape {result}" if result.startswith("(") else f"= {result}"
            return f"{told}local × upstream, element by element, {shape}".replace("element, =", "element =")
        factors = (share.local, share.upstream)
        sign = figures.equals(share.contribution, lambda x, y: x * y, factors, self.precision)
        return f"{told}({self.number(share.local)})({self.number(share.upstream)}) {sign} {result}"

    def _rule(self, share: Contribution) -> str:
        words = _RULES.get(share.consumer.op, ("its part of g",))
        x, *rest = (self.name(v, 4) for v in share.consumer.inputs)
        return words[min(share.slot, len(words) - 1)].format(x=x, y=rest[0] if rest else x)

    def _local(self, share: Contribution) -> str:
        """The local derivative in the inputs' names, where the table's text reads as a formula."""
        gate = share.consumer
        if gate.op == "pow" and share.slot == 0 and gate.inputs[1].is_constant:
            return self._power(gate.inputs[0], float(gate.inputs[1].data))
        text = gate.operation.locals[share.slot] if gate.operation else ""
        if re.search(r"[<>]|==|!=|pow|where|sign|clip", text):
            return ""
        letters = dict(zip("xy", gate.inputs, strict=False)) | {"z": gate}
        text = re.sub(r"\b[xyz]\b", lambda found: self._letter(letters[found[0]]), text)
        return text.replace(" * ", "·").replace(" / ", "/").replace("-", "−")

    def _letter(self, value: Value) -> str:
        return wording.constant(value) if value.is_constant else self.name(value, 4)

    def _power(self, x: Value, n: float) -> str:
        factor = "" if n == 1 else f"{figures.short(n)}·"
        return "1" if n == 1 else f"{factor}{self.name(x, 4)}{wording.raised(figures.short(n - 1)) if n != 2 else ''}"

    def sum(self, value: Value, parts: Sequence[Any], total: Any) -> Caption:
        """∂z/∂w = 20.00 + 25.00 = 45.00."""
        printed = [self.number(part) for part in parts]
        scalar = not getattr(total, "ndim", 0)
        sign = figures.equals(total, lambda *xs: sum(xs), parts, self.precision) if scalar else "="
        terms = [wording.bracketed(text, 1 if text[0] == "−" and k else 4, 2) for k, text in enumerate(printed)]
        told = f"{self.partial(value)} = {' + '.join(terms)} {sign} {self.number(total)}"
        return ((f"backward: the branches of {self.name(value)} ADD: ", "ink"), (told, "gradient"))
