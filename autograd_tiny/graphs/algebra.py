"""Just enough algebra to write a formula as a learner would: sums of products of powers.

    Sum      w² + 2w(w − 3)      terms: (coefficient, Product)
    Product  w(w − 3)            factors: (Atom, exponent)
    Atom     w, exp(w), (w − 3)  what is not split further, in plain and LaTeX notation

Like terms and equal bases are collected; nothing is multiplied out. What is collected may lose the shape of an array
(x/x is 1, but of three numbers) or leave the range of floats: `faithful` tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite

import numpy as np

from autograd_tiny.graphs.literals import decimal
from autograd_tiny.shapes import Shape

# The order of factors in a product. A matrix product needs parentheses beside other factors, a group in a sum too.
SYMBOL, FUNCTION, POWER, MATRIX, GROUP = range(5)


@dataclass(frozen=True)
class Atom:
    """An indivisible factor in both notations, and the shape of what it stands for."""

    plain: str
    latex: str
    rank: int = SYMBOL
    shape: Shape = ()


Product = tuple[tuple[Atom, float], ...]
Sum = tuple[tuple[float, Product], ...]


def number(c: float) -> Sum:
    """A number as a sum of at most one term; 0 is the empty sum."""
    return ((c, ()),) if c else ()


def atom(a: Atom) -> Sum:
    """An atom as a sum of one term."""
    return ((1.0, ((a, 1.0),)),)


def as_number(s: Sum) -> float | None:
    """The number that `s` is, or None if it holds a symbol."""
    if not s:
        return 0.0
    return s[0][0] if len(s) == 1 and not s[0][1] else None


def add(a: Sum, b: Sum) -> Sum:
    """a + b with like terms collected."""
    terms: dict[Product, float] = {}
    for c, product in (*a, *b):
        terms[product] = terms.get(product, 0.0) + c
    return tuple((c, product) for product, c in terms.items() if c)


def scale(s: Sum, c: float) -> Sum:
    """c · s; a sum of several terms stays together in parentheses."""
    if c == 1:
        return s
    return tuple((c * k, product) for k, product in _single(s)) if c else ()


def _single(s: Sum) -> Sum:
    """`s` as one term: several terms become a group."""
    return s if len(s) <= 1 else atom(_group(s))


def _group(s: Sum) -> Atom:
    return Atom(plain(s), latex(s), GROUP, shape(s))


def shape(s: Sum) -> Shape:
    """The shape of the array that `s` is."""
    return np.broadcast_shapes(*(base.shape for _, product in s for base, _ in product))


def faithful(s: Sum, wanted: Shape) -> bool:
    """Whether `s` still has this shape, and all of its numbers are numbers: none became 0, ∞ or NaN."""
    return shape(s) == wanted and all(c and isfinite(c) for c in _numbers(s))


def _numbers(s: Sum) -> Iterator[float]:
    for c, product in s:
        yield c
        yield from (exponent for _, exponent in product)


def multiply(a: Sum, b: Sum) -> Sum:
    """a · b with equal bases collected and factors in order: number, symbols, functions, groups."""
    if not a or not b:
        return ()
    if a == number(1.0) or b == number(1.0):
        return b if a == number(1.0) else a
    ((c, left),), ((k, right),) = _single(a), _single(b)
    powers: dict[Atom, float] = {}
    for base, exponent in (*left, *right):
        powers[base] = powers.get(base, 0.0) + exponent
    factors = sorted(((base, e) for base, e in powers.items() if e), key=lambda factor: factor[0].rank)
    return ((c * k, tuple(factors)),)


def power(s: Sum, exponent: float) -> Sum:
    """s to the power of a number."""
    c = as_number(s)
    if exponent == 1:
        return s
    if exponent == 0:
        return number(1.0)
    if c is not None and (c > 0 or exponent > 0):
        return number(float(c**exponent))
    ((k, product),) = _single(s) or ((0.0, ()),)
    whole = all(float(e).is_integer() for e in (exponent, *(e for _, e in product)))
    if k == 1 and (whole or (len(product) == 1 and product[0][1] == 1)):
        return ((1.0, tuple((base, e * exponent) for base, e in product)),)
    return ((1.0, ((_group(s), exponent),)),)


def divide(a: Sum, b: Sum) -> Sum:
    """a / b."""
    c = as_number(b)
    if c:
        return scale(a, 1 / c)
    ((k, product),) = _single(b)
    return multiply(scale(a, 1 / k), ((1.0, tuple((base, -e) for base, e in product)),))


# Writing --------------------------------------------------------------------------------------------------------


def plain(s: Sum) -> str:
    """In Python's notation: 2*w*(w - 3) + w**2."""
    return _joined([(c, _plain_term(abs(c), product, _whole(s))) for c, product in s])


def latex(s: Sum) -> str:
    """In LaTeX's notation: 2 w \\left(w - 3\\right) + w^{2}."""
    return _joined([(c, _latex_term(abs(c), product, _whole(s))) for c, product in s])


def _whole(s: Sum) -> bool:
    """Whether a group in `s` is all of it, so that its parentheses would say nothing."""
    return len(s) == 1 and s[0][0] == 1


def _joined(terms: list[tuple[float, str]]) -> str:
    if not terms:
        return "0"
    head = ("-" if terms[0][0] < 0 else "") + terms[0][1]
    return head + "".join(f" {'-' if c < 0 else '+'} {text}" for c, text in terms[1:])


def _fraction(c: float) -> tuple[float, float]:
    """c as numerator and denominator if it reads better so: 0.5 is 1 over 2, but 0.1 stays."""
    if not isfinite(c):
        return c, 1.0
    exact = Fraction(c).limit_denominator(1000)
    if c == 0 or abs(float(exact) / c - 1) > 1e-14 or (exact.denominator > 9 and len(repr(c)) <= 6):
        return c, 1.0
    return float(exact.numerator), float(exact.denominator)


@dataclass(frozen=True)
class _Side:
    """Numerator or denominator of a term: a number (1 is not written) and factors."""

    number: float
    factors: Product

    def texts(self, notation: str, whole: bool) -> list[str]:
        """The factors in a notation; `whole` if nothing else stands beside this side."""
        written = [decimal(self.number)] if self.number != 1 or not self.factors else []
        alone = len(self.factors) == 1 and not written
        return written + [_powered(base, e, notation, alone and whole) for base, e in self.factors]


def _powered(base: Atom, exponent: float, notation: str, alone: bool) -> str:
    text = base.plain if notation == "plain" else base.latex
    several = base.rank >= MATRIX and not (alone and exponent == 1)
    twice = exponent != 1 and (base.rank == POWER or (notation == "latex" and "^" in text))  # a second superscript
    if several or twice:
        text = f"({text})" if notation == "plain" else rf"\left({text}\right)"
    if exponent == 1:
        return text
    return f"{text}**{decimal(exponent)}" if notation == "plain" else f"{text}^{{{decimal(exponent)}}}"


def _sides(c: float, product: Product) -> tuple[_Side, _Side | None]:
    top, bottom = _fraction(c) if product else (c, 1.0)
    above = tuple((base, e) for base, e in product if e > 0)
    below = tuple((base, -e) for base, e in product if e < 0)
    return _Side(top, above), _Side(bottom, below) if below or bottom != 1 else None


def _plain_term(c: float, product: Product, whole: bool) -> str:
    above, below = _sides(c, product)
    matrix = len(product) == 1 and product[0][0].rank == MATRIX
    upper = "*".join(above.texts("plain", (whole or matrix) and below is None))
    if below is None:
        return upper
    lower = below.texts("plain", False)
    return f"{upper}/{lower[0]}" if len(lower) == 1 else f"{upper}/({'*'.join(lower)})"


def _latex_term(c: float, product: Product, whole: bool) -> str:
    above, below = _sides(c, product)
    matrix = len(product) == 1 and product[0][0].rank == MATRIX
    upper = " ".join(above.texts("latex", whole or matrix or below is not None))
    return upper if below is None else rf"\frac{{{upper}}}{{{' '.join(below.texts('latex', True))}}}"
