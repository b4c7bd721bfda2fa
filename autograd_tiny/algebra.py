"""Just enough algebra to write a formula as a learner would: sums of products of powers.

    Sum      w² + 2w(w − 3)      terms: (coefficient, Product)
    Product  w(w − 3)            factors: (Atom, exponent)
    Atom     w, exp(w), (w − 3)  what is not split further, in plain and LaTeX notation

Like terms and equal bases are collected; nothing is multiplied out.
"""

from __future__ import annotations

from dataclasses import dataclass

SYMBOL, FUNCTION, GROUP = range(3)  # the order of factors in a product; a GROUP needs parentheses beside others


@dataclass(frozen=True)
class Atom:
    """An indivisible factor in both notations."""

    plain: str
    latex: str
    rank: int = SYMBOL


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
    return Atom(plain(s), latex(s), GROUP)


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
    whole = exponent == int(exponent) and all(e == int(e) for _, e in product)
    if k == 1 and (whole or len(product) == 1 and product[0][1] == 1):
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


def decimal(c: float) -> str:
    """A number as briefly as it is exact: 2, 0.5, 1e-07."""
    return str(int(c)) if c == int(c) and abs(c) < 1e15 else repr(c)


def plain(s: Sum) -> str:
    """In Python's notation: 2*w*(w - 3) + w**2."""
    return _joined([(c, _plain_term(abs(c), product)) for c, product in s])


def latex(s: Sum) -> str:
    """In LaTeX's notation: 2 w \\left(w - 3\\right) + w^{2}."""
    return _joined([(c, _latex_term(abs(c), product)) for c, product in s])


def _joined(terms: list[tuple[float, str]]) -> str:
    if not terms:
        return "0"
    head = ("-" if terms[0][0] < 0 else "") + terms[0][1]
    return head + "".join(f" {'-' if c < 0 else '+'} {text}" for c, text in terms[1:])


def _split(c: float, product: Product) -> tuple[str, Product, str, Product]:
    """Numerator and denominator of a term: number and factors each; 0.5 w is w over 2."""
    above = tuple((base, e) for base, e in product if e > 0)
    below = tuple((base, -e) for base, e in product if e < 0)
    if c < 1 and product and c > 1e-6 and abs(1 / c - round(1 / c)) < 1e-9:
        return "", above, decimal(round(1 / c)), below
    return decimal(c) if c != 1 or not above else "", above, "", below


def _plain_term(c: float, product: Product) -> str:
    top, above, bottom, below = _split(c, product)
    upper, lower = _plain_factors(top, above, bool(below)), _plain_factors(bottom, below, True)
    if len(below) + bool(bottom) > 1:
        lower = f"({lower})"
    return f"{upper or 1}/{lower}" if lower else upper


def _plain_factors(c: str, factors: Product, beside: bool) -> str:
    alone = len(factors) == 1 and not c and not beside
    texts = [c] if c else []
    for base, e in factors:
        text = f"({base.plain})" if base.rank == GROUP and not (alone and e == 1) else base.plain
        texts.append(text if e == 1 else f"{text}**{decimal(e)}")
    return "*".join(texts)


def _latex_term(c: float, product: Product) -> str:
    top, above, bottom, below = _split(c, product)
    fraction = bool(below or bottom)
    upper, lower = _latex_factors(top, above, fraction), _latex_factors(bottom, below, fraction)
    return rf"\frac{{{upper or 1}}}{{{lower}}}" if fraction else upper


def _latex_factors(c: str, factors: Product, in_fraction: bool) -> str:
    alone = len(factors) == 1 and not c
    texts = [c] if c else []
    for base, e in factors:
        text = rf"\left({base.latex}\right)" if base.rank == GROUP and not (alone and e == 1) else base.latex
        texts.append(text if e == 1 else f"{text}^{{{decimal(e)}}}")
    return " ".join(texts)
