"""The scale: powers of ten between the smallest and the largest length, shared by all that is compared."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from viz.flow.sizes import Size
from viz.lettering import Line, Run

TICKS = 8  # labels along the scale at most


@dataclass(frozen=True)
class Scale:
    """From 10^low to 10^high; what lies beyond is drawn as its end."""

    low: float
    high: float

    def share(self, length: float) -> float:
        """How far up the scale a length lies: 0 to 1, linear in its logarithm."""
        return min(max((math.log10(length) - self.low) / (self.high - self.low), 0.0), 1.0)

    @property
    def ticks(self) -> tuple[int, ...]:
        """Whole exponents along the scale, at most `TICKS` of them."""
        first, last = math.ceil(self.low - 1e-9), math.floor(self.high + 1e-9)
        every = 1 + (last - first) // TICKS
        return tuple(range(-(-first // every) * every, last + 1, every))


def scale(sizes: Iterable[Size], limits: tuple[float, float] | None = None) -> Scale:
    """The decades that hold every length; `limits` are its ends instead. ValueError unless 0 < low < high."""
    if limits is not None:
        low, high = limits
        if not 0 < low < high < math.inf:
            raise ValueError(f"flow: limits={limits}: give two lengths, 0 < low < high, such as (1e-12, 1)")
        return Scale(math.log10(low), math.log10(high))
    logs = [math.log10(size.length) for size in sizes if size.kind == "length"] or [0.0]
    low, high = math.floor(min(logs)), math.ceil(max(logs))
    return Scale(low, high) if low < high else Scale(low - 1, high)


def power(exponent: float) -> Line:
    """10 with its exponent above; 1 and 10 plainly."""
    if exponent in (0, 1):
        return (Run("10" if exponent else "1"),)
    return (Run("10"), Run(f"{exponent:g}".replace("-", "−"), shift=1))
