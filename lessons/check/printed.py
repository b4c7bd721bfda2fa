"""Printed output, compared as a reader would: the same words, and numbers that differ by rounding at most."""

from __future__ import annotations

import math
import re

NUMBER = re.compile(r"[-+]?\d+\.?\d*(?:e[-+]?\d+)?")
# Processors and NumPy's libraries agree to some twelve digits, difference quotients formed from their numbers to eight.
# So small numbers are compared as closely as large ones: a gradient of 1e-20 is not one of 1e-10.
RELATIVE = 1e-6
# What a check of gradients calls its error, and ok, is rounding itself: another processor has another.
ERROR = re.compile(rf"(?<=error ){NUMBER.pattern}|{NUMBER.pattern}(?= +ok\b)")
ROUNDING = 1e-9


def same(one: str, other: str) -> bool:
    """Whether two outputs tell the reader the same; blanks may differ, because columns are as wide as their numbers."""
    one, other = (ERROR.sub(lambda found: _error(found[0]), text) for text in (one, other))
    pairs = zip(NUMBER.findall(one), NUMBER.findall(other), strict=False)
    return _words(one) == _words(other) and all(_close(*pair) for pair in pairs)


def _close(one: str, other: str) -> bool:
    """Whether two numbers are the same; whole ones are counts, and exact."""
    counts = one.lstrip("+-").isdecimal() and other.lstrip("+-").isdecimal()
    return math.isclose(float(one), float(other), rel_tol=0.0 if counts else RELATIVE)


def _error(number: str) -> str:
    return "rounding" if float(number) < ROUNDING else number


def _words(text: str) -> str:
    """The text without its numbers: a # stands for each."""
    return " ".join(NUMBER.sub("#", text).split())
