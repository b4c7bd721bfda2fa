"""Printed output, compared as a reader would: the same words, and numbers that differ by rounding at most."""

from __future__ import annotations

import math
import re

NUMBER = re.compile(r"[-+]?\d+\.?\d*(?:e[-+]?\d+)?")
# Processors and NumPy's libraries agree to some twelve digits, difference quotients formed from their numbers to eight.
RELATIVE, ABSOLUTE = 1e-6, 1e-9


def same(one: str, other: str) -> bool:
    """Whether two outputs tell the reader the same; blanks may differ, because columns are as wide as their numbers."""
    return _words(one) == _words(other) and all(
        math.isclose(float(a), float(b), rel_tol=RELATIVE, abs_tol=ABSOLUTE)
        for a, b in zip(NUMBER.findall(one), NUMBER.findall(other), strict=True)
    )


def _words(text: str) -> str:
    """The text without its numbers: a # stands for each."""
    return " ".join(NUMBER.sub("#", text).split())
