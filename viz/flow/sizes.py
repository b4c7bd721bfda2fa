"""How large a gradient is: its length, or the mark of one that has none."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from viz import figures

Kind = Literal["length", "zero", "nan", "+inf", "-inf", "inf", "none"]

# What each mark says, in the order of the legend; its character in a terminal.
MARKS: dict[Kind, tuple[str, str]] = {
    "zero": ("exactly 0", "0"),
    "nan": ("NaN", "×"),
    "+inf": ("∞", "∧"),
    "-inf": ("−∞", "∨"),
    "inf": ("∞ and −∞", "◇"),
    "none": ("no gradient", "–"),
}


@dataclass(frozen=True)
class Size:
    """The length ‖g‖ of a gradient g, its numbers taken as one vector; other kinds have no place on the scale."""

    kind: Kind
    length: float = math.nan

    @property
    def number(self) -> float:
        """As a number: 0, NaN or ∞ where the length is that; NaN where there is no gradient."""
        return {"length": self.length, "zero": 0.0, "nan": math.nan, "none": math.nan}.get(self.kind, math.inf)

    @property
    def words(self) -> str:
        """As a picture prints it."""
        return figures.number(self.length, "2g") if self.kind == "length" else MARKS[self.kind][0]


NONE = Size("none")


def size(gradient: Any) -> Size:
    """The size of a gradient, a number or an array; of None, that there is none."""
    if gradient is None:
        return NONE
    numbers = np.abs(np.asarray(gradient, dtype=float)).ravel()
    largest = float(numbers.max(initial=0.0))
    if math.isnan(largest):
        return Size("nan")
    if math.isinf(largest):
        return Size(_infinity(np.asarray(gradient)))
    if not largest:
        return Size("zero")
    # Squares of 1e-200 are 0, those of 1e200 are ∞: the largest number is taken out first.
    length = largest * math.sqrt(float(np.square(numbers / largest).sum()))
    return Size("length", length) if math.isfinite(length) else Size("+inf")


def _infinity(gradient: Any) -> Kind:
    up, down = bool((gradient == math.inf).any()), bool((gradient == -math.inf).any())
    return "inf" if up and down else "+inf" if up else "-inf"
