"""Numbers as a row of blocks, ▁ the lowest and █ the highest: a curve in one line of text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np

BLOCKS = "▁▂▃▄▅▆▇█"


def blocks(shares: Iterable[float]) -> str:
    """Shares from 0 to 1 as blocks; NaN is a space."""
    return "".join(" " if math.isnan(share) else BLOCKS[round(7 * min(max(share, 0.0), 1.0))] for share in shares)


def sparkline(numbers: Sequence[float], columns: int = 40, scale: Callable[[float], float] = float) -> str:
    """Numbers as blocks that span their range; × where one is not finite."""
    picked = np.linspace(0, max(len(numbers) - 1, 0), min(columns, len(numbers))).round().astype(int)
    scaled = [scale(float(numbers[k])) for k in picked]
    finite = [x for x in scaled if math.isfinite(x)]
    low, reach = (min(finite), max(finite) - min(finite)) if finite else (0.0, 0.0)
    return "".join(blocks([(x - low) / (reach or 1.0)]) if math.isfinite(x) else "×" for x in scaled)
