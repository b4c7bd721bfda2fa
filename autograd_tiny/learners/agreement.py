"""Is a typed number this one? It must agree to the digits it is typed with.

The constants and the sentences are read by everything that judges answers: lessons, and the pages of films.
"""

from __future__ import annotations

import math
import re

EXACT = 1e-6  # relative: floating-point noise of another order of operations stays far below
NOUGHT = 1e-9  # absolute: the same, where a number is to be 0
CLOSE = 0.0005  # relative: with however many digits a number is typed, roundings on the way may be in the last ones
ROUNDED = 0.02  # a typed number counts as a rounding of the right one only if it is this near
WORKED = 0.005  # the result of arithmetic with rounded numbers may be this far off
SURE = 3  # digits in which a typed number and another agree by no coincidence
LITERAL = re.compile(r"[-+−]?\s*(\d*)\.?(\d*)(?:[eE]([-+]?\d+))?")

NEAR = "Near, but not it yet: work with a digit or two more."
NO = "No, it is not {}."


def agrees(text: str, number: float, other: float) -> bool:
    """Whether a number, typed like this, is the other one: exactly, closely, or rounded to two digits or more.

    A whole number is what is typed, or it is another one, however close they are.
    """
    if math.isclose(number, other, rel_tol=EXACT, abs_tol=NOUGHT):
        return True
    literal = LITERAL.fullmatch(text.strip())
    if literal is None:
        return math.isclose(number, other, rel_tol=WORKED)
    if not other.is_integer() and math.isclose(number, other, rel_tol=CLOSE):
        return True
    significant = (literal[1] + literal[2]).lstrip("0")
    return len(significant) >= 2 and _rounds(literal, number, other) and math.isclose(number, other, rel_tol=ROUNDED)


def accepts(text: str, number: float, wanted: float) -> bool:
    """Whether a typed number is the right one: it agrees, or it is as near as the right one rounded to two digits.

    So a number that was worked out with rounded ones is never refused for being typed with more digits.
    """
    if agrees(text, number, wanted):
        return True
    literal = LITERAL.fullmatch(text.strip())
    if wanted.is_integer() or literal is None or len((literal[1] + literal[2]).lstrip("0")) < 2:
        return False
    return abs(number - wanted) <= min(abs(float(f"{wanted:.1e}") - wanted), ROUNDED * abs(wanted)) * (1 + EXACT)


def surely(text: str, number: float, other: float) -> bool:
    """Whether a number, typed like this, is the other one by no coincidence: exactly, or to SURE digits at least."""
    if math.isclose(number, other, rel_tol=EXACT, abs_tol=NOUGHT):
        return True
    literal = LITERAL.fullmatch(text.strip())
    if literal is None:
        return math.isclose(number, other, rel_tol=CLOSE)
    return digits(text) >= SURE and agrees(text, number, other)


def digits(text: str) -> int:
    """How many digits a number is typed with that say anything; the result of arithmetic has many."""
    literal = LITERAL.fullmatch(text.strip())
    return len((literal[1] + literal[2]).lstrip("0")) or 1 if literal else 16


def _rounds(literal: re.Match[str], number: float, other: float) -> bool:
    decimals = len(literal[2]) - int(literal[3] or 0)
    return abs(number - other) <= 0.5 * 10.0**-decimals * (1 + 1e-9)


def nearly(text: str, number: float, wanted: float) -> bool:
    """Whether rounding could explain the difference: a whole number that misses a whole one is another number."""
    if number.is_integer() and wanted.is_integer():
        return False
    literal = LITERAL.fullmatch(text.strip())
    one_digit = literal is not None and bool(literal[2]) and number != 0 and _rounds(literal, number, wanted)
    return one_digit or math.isclose(number, wanted, rel_tol=ROUNDED)
