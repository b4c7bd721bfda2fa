"""How large a gradient is: its length, or the mark of one that has none."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from viz.words import figures
from viz.words.lettering import Line, Run

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

    def per(self, unit: float) -> Size:
        """The size in other units."""
        return size(self.length / unit) if self.kind == "length" and unit != 1 else self

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


# The scale: powers of ten between the smallest and the largest length, shared by all that is compared ----------------


TICKS = 8  # labels along the scale at most


@dataclass(frozen=True)
class Scale:
    """From 10^low to 10^high; what lies beyond is drawn as its end."""

    low: float
    high: float
    diverging: bool = False  # from 1 in both directions

    def share(self, length: float) -> float:
        """How far up the scale a length lies: 0 to 1, linear in its logarithm."""
        return min(max((math.log10(length) - self.low) / (self.high - self.low), 0.0), 1.0)

    @property
    def ticks(self) -> tuple[int, ...]:
        """Whole exponents along the scale, at most `TICKS` of them."""
        first, last = math.ceil(self.low - 1e-9), math.floor(self.high + 1e-9)
        every = 1 + (last - first) // TICKS
        return tuple(range(-(-first // every) * every, last + 1, every))


def scale(sizes: Iterable[Size], limits: tuple[float, float] | None = None, diverging: bool = False) -> Scale:
    """The decades that hold every length; `limits` are its ends instead. ValueError unless 0 < low < high.

    One that diverges reaches as far up as down.
    """
    if limits is not None:
        low, high = limits
        if not 0 < low < high < math.inf:
            raise ValueError(f"flow: limits={limits}: give two lengths, 0 < low < high, such as (1e-12, 1)")
        far = max(-math.log10(low), math.log10(high))
        return Scale(-far, far, True) if diverging else Scale(math.log10(low), math.log10(high))
    logs = [math.log10(size.length) for size in sizes if size.kind == "length"] or [0.0]
    low, high = math.floor(min(logs)), math.ceil(max(logs))
    if diverging:
        far = max(-low, high, 1)
        return Scale(-far, far, True)
    return Scale(low, high) if low < high else Scale(low - 1, high)


def power(exponent: float) -> Line:
    """10 with its exponent above; 1 and 10 plainly."""
    if exponent in (0, 1):
        return (Run("10" if exponent else "1"),)
    return (Run("10"), Run(f"{exponent:g}".replace("-", "−"), shift=1))
