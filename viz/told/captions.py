"""Captions of a film: each step as the lecture writes it on the board.

forward 3 of 3: z = x·y = 25.00 × 2.00 = 50.00
∂z/∂x = y → (2.00)(1.00) = 2.00          downstream = local × upstream
the branches of w ADD: ∂z/∂w = 20.00 + 25.00 = 45.00
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from autograd_tiny import Value, compiling, numbers
from autograd_tiny.graphs import namesakes
from autograd_tiny.graphs.steps import Contribution
from autograd_tiny.words.words import word
from viz.graph import wording
from viz.words import figures
from viz.words.lettering import Line, Role, sentence

LONGEST = 16  # characters of a formula that stands in for a name
TERMS = 12  # of a sum that are printed
Caption = tuple[tuple[str, Role, bool], ...]  # text, role, and whether it is a formula


def plain(caption: Caption) -> str:
    """The caption as text."""
    return "".join(text for text, _, _ in caption)


def lettered(caption: Caption) -> Line:
    """The caption as it is set below the picture."""
    return tuple(run for text, role, formal in caption for run in sentence(text, role, formal))


def words(text: str) -> Caption:
    """A part of a caption that is prose."""
    return ((text, "ink", False),)


def formula(text: str, role: Role = "ink") -> Caption:
    """A part of a caption that is mathematics."""
    return ((text, role, True),)


@dataclass(frozen=True)
class Writer:
    """Writes the captions of one film: of the graph `order`, whose last value is the output."""

    order: tuple[Value, ...]
    precision: figures.Precision

    @property
    def output(self) -> Value:
        """The value whose gradients are shown."""
        return self.order[-1]

    @cached_property
    def _numbered(self) -> wording.Name:
        return wording.names(self.order)

    @cached_property
    def _labels(self) -> dict[Value, str]:
        return namesakes.labels(self.order)

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
            return wording.bracketed(formulas[id(x)], word(x.op).binds, binding)
        return self._numbered(x)

    def sign(self, value: Value) -> str:
        """What stands in the picture: the label, or the number of a value that captions must call something."""
        if value.label or value.is_constant:
            return self._labels.get(value, value.label)
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

    def _given(self, x: Any) -> str:
        """` = [1.00  2.00]`; of a larger array its shape."""
        told = self.number(x)
        return f", shape {told}" if told.startswith("(") else f" = {told}"

    def bare(self, gates: int, note: str = "") -> Caption:
        """The first frame's; the note says what has been folded."""
        leaves = [self.name(value) for value in self.order if not value.inputs and not value.is_constant]
        listed = ", ".join(leaves[:6]) + (f" and {len(leaves) - 6} more" if len(leaves) > 6 else "")
        count = f"{gates} gate{'s' if gates != 1 else ''}"
        return (
            *words("the circuit of "),
            *formula(self.name(self.output)),
            *words(f": {count}, from "),
            *formula(listed),
            *words(f"\n{note}" if note else ""),
        )

    def forward(self, index: int, count: int, value: Value, called: Value) -> Caption:
        """z = x·y = 25.00 × 2.00 = 50.00; its gate may end in a value that is `called` something else: z·1."""
        return (*words(f"forward {index} of {count}: "), *formula(self._computed(value, called), "value"))

    def added(self, index: int, count: int, value: Value, terms: Sequence[Value]) -> Caption:
        """L = a + b + c = 1.00 + 2.00 + 3.00 = 6.00: several additions in one gate."""
        told = f"{self.name(value)} = {' + '.join(_some(list(map(self.name, terms))))}"
        if value.ndim:
            told += self._given(value._data)
        else:
            shown = [wording.bracketed(self.shown(x), 1 if x._data < 0 and k else 4, 2) for k, x in enumerate(terms)]
            sign = self.equality(value._data, lambda *xs: sum(xs), [x._data for x in terms])
            told += f" = {' + '.join(_some(shown))} {sign} {self.shown(value)}"
        return (*words(f"forward {index} of {count}: "), *formula(told, "value"))

    def _computed(self, value: Value, called: Value) -> str:
        formula = wording.step(value, lambda x, binding: self.name(x, binding))
        named = [self.name(called)] if id(called) not in self._formulas else []
        told = " = ".join([*named, formula])
        result = self.shown(value)
        if value.ndim or any(x.ndim for x in value.inputs):
            return told + self._given(value._data)
        put_in = wording.step(value, self._put_in).replace("·", " × ")
        return f"{told} = {put_in} {self._equals(value)} {result}"

    def _put_in(self, x: Value, binding: int) -> str:
        return wording.bracketed(self.shown(x), 1 if x._data < 0 else 4, max(binding, 2) if binding else 0)

    def shown(self, value: Value) -> str:
        """A value's number in a sentence."""
        return self.number(value._data)

    def equality(self, result: float, printed: Callable[..., float], operands: Sequence[float]) -> str:
        """Whether a line about numbers is right as printed."""
        return figures.equals(result, printed, operands, self.precision)

    def _equals(self, value: Value) -> str:
        """Whether the line is right as printed; constants stand in it as they are."""
        assert value.operation is not None
        if not value.operation.forward:  # written by hand: nobody knows what it computes
            return "="
        world = numbers.FLOATS if value.operation.elementwise else numbers.ARRAYS
        run = compiling.forward(value.operation, world)
        seen = [x._data if x.is_constant else figures.as_printed(x._data, self.precision) for x in value.inputs]
        return self.equality(value._data, lambda *_: run(*seen, **value.parameters), ())

    def seed(self, seed: Any) -> Caption:
        """∂z/∂z = 1."""
        what = self.partial(self.output)
        printed = f" = {figures.short(seed)}" if not getattr(seed, "ndim", 0) else self._given(seed)
        return (*words("backward, the seed: "), *formula(f"{what}{printed}", "gradient"))

    def question(self, value: Value) -> Caption:
        """∂z/∂w = ?"""
        return (*words("backward, your turn: "), *formula(f"{self.partial(value)} = ?", "gradient"))

    def backward(self, index: int, count: int, gate: Value, shares: Sequence[Contribution]) -> Caption:
        """∂z/∂x = y → (2.00)(1.00) = 2.00, one per input."""
        start = words(f"backward {index} of {count}: ")
        lines = formula("\n" + ",\n".join(self.share(share) for share in shares), "gradient")
        if gate.operation and not gate.operation.elementwise:
            return (*start, *words("upstream "), *formula(f"g = {self.partial(gate)}"), *lines)
        product = "local ⊙ upstream, element by element" if gate.ndim else "local × upstream"
        return (*start, *words(f"downstream = {product}"), *lines)

    def share(self, share: Contribution) -> str:
        result = self.number(share.contribution)
        given = self._given(share.contribution)
        if share.local is None:
            rule = f"{wording.pullback_rule(share, self.name)}{given}" if share.rule else result
            return f"{self.partial(share.input)} = {rule}"
        local = wording.local_derivative(share, self.name) if share.rule else ""  # a folded scope has no formula
        if share.consumer.ndim:
            folded = "" if share.input.shape == share.consumer.shape else ", added up"
            return f"{self.partial(share.input)} = {_factor(local)} ⊙ {self.partial(share.consumer)}{folded}{given}"
        told = self.partial(share.input, share.consumer) + (f" = {local} → " if local else " → ")
        factors = (share.local, share.upstream)
        sign = self.equality(share.contribution, lambda x, y: x * y, factors)
        return f"{told}({self.number(share.local)})({self.number(share.upstream)}) {sign} {result}"

    def sum(self, value: Value, parts: Sequence[Any], total: Any, whole: bool = True) -> Caption:
        """∂z/∂w = 20.00 + 25.00 = 45.00; not the whole of it where further uses are folded away."""
        printed = [self.number(part) for part in parts]
        columns = zip(*(np.ravel(part).tolist() for part in (total, *parts)), strict=True)
        signs = {self.equality(whole, lambda *xs: sum(xs), each) for whole, *each in columns}
        sign = "≈" if "≈" in signs else "="
        terms = [wording.bracketed(text, 1 if text[0] == "−" and k else 4, 2) for k, text in enumerate(printed)]
        terms = _some(terms)
        target = self.partial(value) + ("" if whole else ", from outside")
        told = f"{target} = {' + '.join(terms)} {sign} {self.number(total)}"
        if printed[0].startswith("("):  # too many numbers to print
            told = f"{target} = the sum of {len(parts)}{self._given(total)}"
        start = (*words("backward: the branches of "), *formula(self.name(value)), *words(" ADD: "))
        return (*start, *formula(told, "gradient"))


def _some(terms: list[str]) -> list[str]:
    """The terms of a sum, those in the middle left out where there are many."""
    return terms if len(terms) <= TERMS else [*terms[: TERMS - 3], "…", *terms[-2:]]


def _factor(local: str) -> str:
    """A local derivative as a factor."""
    return f"({local})" if " " in local else local or "local"
