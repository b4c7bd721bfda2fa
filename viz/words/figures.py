"""Figures: numbers as a picture prints them, short, honest, with a true minus sign."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

ALL = 1000  # numbers of an array that a tooltip prints
MOST = 6  # numbers of an array that are printed on a wire; beyond that its shape stands there

# float or ndarray
Number = Any
Precision = int | str  # decimals, or significant digits: "3g"


def number(x: float, precision: Precision = 2) -> str:
    """A number with `precision` decimals; a nonzero number never prints as zero, nor a large one as a row of digits.

    "3g" asks for three significant digits instead, wherever the point stands: 0.0123, 1.23, 123, 1.23e7.
    """
    x = float(x) + 0.0  # −0.0 prints as 0.00
    if math.isnan(x):
        return "NaN"
    if math.isinf(x):
        return "∞" if x > 0 else "−∞"
    if isinstance(precision, str):
        return _significant(x, int(precision[:-1]))
    size = abs(x)
    if size >= 1e6:
        return _power(x, 2 if precision > 1 else 1)
    rounded = f"{x:.{precision}f}"
    if size == 0 or float(rounded):
        return rounded.replace("-", "−")
    return f"{x:.1g}".replace("-", "−") if size >= 1e-4 else _power(x, 0)


def short(x: float) -> str:
    """A constant as it was typed: 3, 0.5, 3.142; four figures at most."""
    x = float(x)
    if math.isnan(x) or math.isinf(x):
        return number(x)
    if x != 0 and not 1e-4 <= abs(x) < 1e6:
        return _power(x, 3)
    return f"{x:.4g}".replace("-", "−") if x != int(x) else f"{int(x)}".replace("-", "−")


def lines(x: Number, precision: Precision = 2, most: int = MOST) -> tuple[str, ...]:
    """A float or array as one line of print, or one per row of a small matrix; a large array is its shape."""
    array = np.asarray(x)
    if array.ndim == 0:
        return (number(float(array), precision),)
    if array.size == 0 or array.size > most or array.ndim > 2:
        return (_shape(array),)
    rows = array.reshape(-1, array.shape[-1])
    printed = ["[" + "  ".join(number(entry, precision) for entry in row) + "]" for row in rows.tolist()]
    return tuple(printed) if len(printed) <= 3 else (_shape(array),)


def inline(x: Number, precision: Precision = 2) -> str:
    """A float or array within a sentence; the rows of a matrix in their brackets."""
    rows = lines(x, precision)
    matrix = np.ndim(x) == 2 and rows[0].startswith("[")
    return f"[{' '.join(rows)}]" if matrix else rows[0]


def whole(x: Number) -> str:
    """Every digit, for the tooltip; larger arrays are abridged."""
    array = np.asarray(x)
    if array.ndim == 0:
        return repr(float(array)).replace("-", "−")
    if array.size > ALL:
        text = np.array2string(array, threshold=ALL, separator=", ")
    else:
        kept = array if array.dtype == float else array.astype(str).astype(float)  # as short as its own precision
        text = repr(kept.tolist()).replace("], [", "],\n[")  # of all their digits; and ten times as fast
    return f"shape {array.shape}\n{text}".replace("-", "−")


def equals(value: float, printed: Callable[..., float], operands: Sequence[float], precision: Precision = 2) -> str:
    """The sign before a result: "=", or "≈" where the printed operands do not give the printed result."""
    try:
        seen = printed(*(as_printed(x, precision) for x in operands))
    except (ValueError, ArithmeticError):
        return "≈"
    return "=" if number(seen, precision) == number(value, precision) else "≈"


def as_printed(x: float, precision: Precision = 2) -> float:
    """The number that a reader sees: 0.62 for 0.6225."""
    text = number(x, precision).replace("−", "-").replace("∞", "inf")
    return float(text)


def _significant(x: float, digits: int) -> str:
    exponent = int(f"{x:.{digits - 1}e}".split("e")[1])  # of the rounded number: 9.996 is 10.0
    if x and not -4 <= exponent < 6:
        return _power(x, digits - 1)
    return f"{x:.{max(0, digits - 1 - exponent)}f}".replace("-", "−")


def _power(x: float, decimals: int) -> str:
    digits, exponent = f"{x:.{decimals}e}".split("e")
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return f"{digits}e{int(exponent)}".replace("-", "−")


def shape(x: Number) -> str:
    """A shape as NumPy writes it."""
    sizes = np.shape(x)
    return "(" + ", ".join(map(str, sizes)) + ("," if len(sizes) == 1 else "") + ")"


def size(x: Number, precision: Precision = 2) -> str:
    """How large an array is: ‖·‖, the root of the sum of its squares."""
    array = np.abs(np.asarray(x)).astype(float)
    largest = float(array.max(initial=0.0))
    known = 0.0 < largest < math.inf  # scaled by it, squares neither overflow nor vanish
    whole = largest * math.sqrt(float(np.square(array / largest).sum())) if known else largest
    return f"‖{number(whole, precision)}‖"


def is_large(x: Number, most: int = MOST) -> bool:
    """Whether a picture shows an array by its shape and its size."""
    return np.ndim(x) > 0 and np.size(x) > 0 and lines(x, 2, most)[0].startswith("(")


def _shape(array: np.ndarray[Any, Any]) -> str:
    sizes = ", ".join(map(str, array.shape)) + ("," if array.ndim == 1 else "")
    strange = _strange(array)
    return f"({sizes})" + (f" with {strange}" if strange else "")


def _strange(array: np.ndarray[Any, Any]) -> str:
    """NaN and infinities are never silent, not even inside a large array."""
    if array.dtype.kind not in "fc" or np.isfinite(array).all():
        return ""
    return "NaN" if np.isnan(array).any() else "∞"
