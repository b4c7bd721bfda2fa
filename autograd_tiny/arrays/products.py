"""Products by axes: einsum, and what is written from it or from the product of matrices. Names and meaning are NumPy's.

einsum("ij,jk->ik", A, B)      A @ B          einsum("bi,bi->b", x, y)      the inner product of each row
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import zip_longest
from math import prod
from string import ascii_letters
from typing import Any, NamedTuple

import numpy as np

from autograd_tiny.arrays.rearranging import moveaxis
from autograd_tiny.errors import ShapeError
from autograd_tiny.errors.arguments import annotated
from autograd_tiny.functions import dot, ravel, stack, value
from autograd_tiny.numpy_functions import record_as
from autograd_tiny.shapes import axes_of
from autograd_tiny.value import Operand, Value

# Einstein's summation: operands with a letter for each axis are taken together two by two ----------------------------


class _Term(NamedTuple):
    """An operand, and the letters of its axes."""

    value: Value
    letters: str


@annotated
def einsum(subscripts: Any, *operands: Any, optimize: Any = False) -> Value:
    """Products of all operands, each of whose axes has a letter, summed over the letters that the result lacks.

    As `numpy.einsum`: "ij,jk->ik"; without "->" the result has the letters that occur once, in alphabetical order; "…"
    typed as three points stands for further axes, which broadcast. `einsum(x, [0, 1], y, [1, 2], [0, 2])` numbers the
    axes. Operands are taken together from left to right, by products of matrices; with `optimize` in the order that
    `numpy.einsum_path` finds. ShapeError for letters that do not fit.

    >>> einsum("ij,j->i", [[1.0, 2.0], [3.0, 4.0]], [1.0, -1.0]).data
    array([-1., -1.])
    """
    if not isinstance(subscripts, str):
        subscripts, operands = _lettered(subscripts, operands)
    values = [value(x) for x in operands]
    letters, result = _read(subscripts, values)
    sizes = _sizes(subscripts, letters, values)
    terms = [_prepared(x, row, sizes) for x, row in zip(values, letters, strict=True)]
    for pair in _order(letters, result, sizes) if optimize is not False and len(terms) > 2 else []:
        chosen = [terms.pop(k) for k in sorted(pair, reverse=True)][::-1]
        rest = result + "".join(term.letters for term in terms)
        together, *others = chosen
        for other in others:
            together = _product(together, other, rest)
        terms.append(together)
    while len(terms) > 1:
        rest = result + "".join(term.letters for term in terms[2:])
        terms = [_product(terms[0], terms[1], rest), *terms[2:]]
    return _arranged(_summed(terms[0], result), result)


def _lettered(first: Any, others: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """Axes that are numbered, in letters."""
    given = (first, *others)
    operands, rows = given[0 : len(given) - len(given) % 2 : 2], [list(row) for row in given[1::2]]
    text = ",".join(map(_word, rows))
    return f"{text}->{_word(list(given[-1]))}" if len(given) % 2 else text, operands


def _word(row: list[Any]) -> str:
    if not all(k is Ellipsis or (isinstance(k, int) and 0 <= k < len(ascii_letters)) for k in row):
        raise ShapeError(f"einsum: axes {row}; each is a whole number from 0 to {len(ascii_letters) - 1}, or …")
    return "".join("..." if k is Ellipsis else ascii_letters[k] for k in row)


def _read(text: str, values: Sequence[Value]) -> tuple[list[str], str]:
    """The letters of each operand and of the result; … becomes letters that nobody has used."""
    left, arrow, right = text.replace(" ", "").partition("->")
    rows = left.split(",")
    if len(rows) != len(values) or not values:
        raise ShapeError(f"einsum: {text!r} names {len(rows)} operands, {len(values)} are given")
    if set(left + right) - {*ascii_letters, ",", "."} or any(row.replace("...", "", 1).count(".") for row in rows):
        raise ShapeError(f"einsum: {text!r}; axes are letters, … is typed as three points, and -> stands once")
    more = [x.ndim - len(row.replace("...", "")) for x, row in zip(values, rows, strict=True)]
    for x, row, n in zip(values, rows, more, strict=True):
        if n < 0 or (n and "..." not in row):
            raise ShapeError(f"einsum: {row!r} has not the number of axes of its operand, {x.shape}; … stands for more")
    spare = "".join(letter for letter in ascii_letters if letter not in left)
    if max(more) > len(spare):
        raise ShapeError(f"einsum: {text!r} needs more than {len(ascii_letters)} letters")
    around = spare[: max(more)]
    letters = [row.replace("...", around[len(around) - n :]) for row, n in zip(rows, more, strict=True)]
    if not arrow:
        named = left.replace(",", "").replace(".", "")
        right = around + "".join(sorted(letter for letter in set(named) if named.count(letter) == 1))
    result = right.replace("...", around)
    if len(set(result)) < len(result) or not set(result) <= set("".join(letters)):
        raise ShapeError(f"einsum: {text!r}: the result has each letter once, and only letters of the operands")
    return letters, result


def _sizes(text: str, letters: Sequence[str], values: Sequence[Value]) -> dict[str, int]:
    """How long the axis of each letter is; an axis of 1 broadcasts."""
    sizes: dict[str, int] = {}
    for row, x in zip(letters, values, strict=True):
        for letter, n in zip(row, x.shape, strict=True):
            known = sizes.setdefault(letter, n)
            if known != n and 1 not in (known, n):
                raise ShapeError(f"einsum: {text!r}: {letter!r} is an axis of {known} and one of {n}")
            sizes[letter] = n if known == 1 else known
    return sizes


def _prepared(x: Value, letters: str, sizes: dict[str, int]) -> _Term:
    """An operand with each letter once, and without axes of 1 that the others broadcast."""
    for letter in dict.fromkeys(letters):
        while letters.count(letter) > 1:  # the diagonal of two axes
            i = letters.index(letter)
            j = letters.index(letter, i + 1)
            x = _diagonal(x, i, j)
            letters = letters[:i] + letters[i + 1 : j] + letters[j + 1 :] + letter
    shape = tuple(n for n, letter in zip(x.shape, letters, strict=True) if n == sizes[letter])
    kept = "".join(letter for n, letter in zip(x.shape, letters, strict=True) if n == sizes[letter])
    return _Term(x.reshape(shape), kept)


def _diagonal(x: Value, i: int, j: int) -> Value:
    """The diagonal of two axes, as the last one; an axis of 1 broadcasts."""
    x = moveaxis(x, (i, j), (-2, -1))
    rows, columns = (np.arange(n) if n > 1 else np.zeros(max(x.shape[-2:]), int) for n in x.shape[-2:])
    return x[(..., rows, columns)] if x.size else x.sum(-1)


def _summed(term: _Term, rest: str) -> _Term:
    """The operand summed over the letters that nobody else has."""
    axes = tuple(k for k, letter in enumerate(term.letters) if letter not in rest)
    kept = "".join(letter for letter in term.letters if letter in rest)
    return _Term(term.value.sum(axes[0] if len(axes) == 1 else axes), kept) if axes else term


def _product(a: _Term, b: _Term, rest: str) -> _Term:
    """Two operands taken together: a letter of both is multiplied, and summed over if it is not in `rest`."""
    a, b = _summed(a, rest + b.letters), _summed(b, rest + a.letters)
    both = [letter for letter in a.letters if letter in b.letters]
    batch, inner = ("".join(x for x in both if (x in rest) is kept) for kept in (True, False))
    left, right = ("".join(x for x in term.letters if x not in both) for term in (a, b))
    sizes = dict(zip(a.letters + b.letters, a.value.shape + b.value.shape, strict=True))
    n, m, k = (prod(sizes[x] for x in row) for row in (left, right, inner))
    shared = tuple(sizes[x] for x in batch)
    x, y = _arranged(a, batch + left + inner), _arranged(b, batch + (inner + right if inner else right))
    if not inner:
        ones = tuple(1 for _ in right)
        z = x.reshape(*shared, *(sizes[c] for c in left), *ones) * y.reshape(
            *shared, *(1 for _ in left), *(sizes[c] for c in right)
        )
    else:
        rows, columns = bool(left or batch), bool(right or batch)  # else a vector
        z = x.reshape(*shared, *((n,) if rows else ()), k) @ y.reshape(*shared, k, *((m,) if columns else ()))
    return _Term(z.reshape(tuple(sizes[c] for c in batch + left + right)), batch + left + right)


def _arranged(term: _Term, letters: str) -> Value:
    """The operand with its axes in this order."""
    return term.value if term.letters == letters else term.value.transpose(*map(term.letters.index, letters))


def _order(letters: Sequence[str], result: str, sizes: dict[str, int]) -> list[tuple[int, ...]]:
    """Which operands to take together first, by numpy.einsum_path."""
    shapes = [np.broadcast_to(0.0, tuple(sizes[x] for x in row)) for row in letters]
    return np.einsum_path(f"{','.join(letters)}->{result}", *shapes, optimize="optimal")[0][1:]


# Products that are written from those -------------------------------------------------------------------------------


@annotated
def tensordot(a: Operand, b: Operand, axes: int | Sequence[Any] = 2) -> Value:
    """Products summed over axes of both: the last `axes` of a with the first of b, or a pair of lists of axes.

    >>> tensordot([[1.0, 2.0], [3.0, 4.0]], [10.0, 1.0], 1).data
    array([12., 34.])
    """
    x, y = value(a), value(b)
    if isinstance(axes, int | np.integer):
        pair = [list(range(x.ndim - int(axes), x.ndim)), list(range(int(axes)))]
    else:
        pair = [[int(k)] if isinstance(k, int | np.integer) else list(k) if np.iterable(k) else [] for k in axes]
    if len(pair) != 2 or len(pair[0]) != len(pair[1]):
        raise ShapeError(f"tensordot: axes {axes}; expected a number, or as many axes of a as of b")
    ours, theirs = axes_of(x.ndim, tuple(pair[0])), axes_of(y.ndim, tuple(pair[1]))
    if len(set(ours)) < len(pair[0]) or len(set(theirs)) < len(pair[1]):
        raise ShapeError(f"tensordot: axes {axes}: each axis can be summed over once")
    for i, j in zip(ours, theirs, strict=True):
        if x.shape[i] != y.shape[j]:
            raise ShapeError(f"tensordot: axis {i} of {x.shape} and axis {j} of {y.shape} are not equally long")
    left, right = ascii_letters[: x.ndim], list(ascii_letters[x.ndim : x.ndim + y.ndim])
    for i, j in zip(ours, theirs, strict=True):
        right[j] = left[i]
    kept = [c for k, c in enumerate(left) if k not in ours] + [c for k, c in enumerate(right) if k not in theirs]
    return einsum(f"{left},{''.join(right)}->{''.join(kept)}", x, y)


@annotated
def inner(a: Operand, b: Operand) -> Value:
    """Products summed over the last axes of both; with a scalar, plain multiplication.

    >>> inner([[1.0, 2.0], [3.0, 4.0]], [10.0, 1.0]).data
    array([12., 34.])
    """
    return tensordot(a, b, (-1, -1)) if value(a).ndim and value(b).ndim else dot(a, b)


@annotated
def vdot(a: Operand, b: Operand) -> Value:
    """The inner product of all numbers of a with all of b.

    >>> vdot([1.0, 2.0], [10.0, 1.0]).data
    12.0
    """
    product: Value = ravel(a) @ ravel(b)
    return product


@annotated
def vecdot(x1: Operand, x2: Operand, axis: int = -1) -> Value:
    """The inner products of vectors that lie along an axis of both; the other axes broadcast.

    >>> vecdot([[1.0, 2.0], [3.0, 4.0]], [10.0, 1.0]).data
    array([12., 34.])
    """
    product: Value = (value(x1) * x2).sum(axis)
    return product


@annotated
def kron(a: Operand, b: Operand) -> Value:
    """Kronecker's product: every number of a, multiplied by the whole of b, in its place.

    >>> kron([1.0, 10.0], [1.0, 2.0]).data
    array([ 1.,  2., 10., 20.])
    """
    x, y = value(a), value(b)
    axes = list(zip_longest(x.shape[::-1], y.shape[::-1], fillvalue=1))[::-1]
    spread = x.reshape([n for m, _ in axes for n in (m, 1)]) * y.reshape([n for _, k in axes for n in (1, k)])
    return spread.reshape([m * k for m, k in axes])


@annotated
def cross(a: Operand, b: Operand, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Value:
    """The cross product of vectors of three numbers, which lie along an axis of both.

    >>> cross([1.0, 0.0, 0.0], [0.0, 1.0, 0.0]).data
    array([0., 0., 1.])
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    x, y = moveaxis(a, axisa, -1), moveaxis(b, axisb, -1)
    if x.shape[-1:] != (3,) or y.shape[-1:] != (3,):
        raise ShapeError(f"cross: {value(a).shape} and {value(b).shape}; both have 3 numbers along their axis")
    (p, q, r), (u, v, w) = ([t[..., k] for k in range(3)] for t in (x, y))
    return stack([q * w - r * v, r * u - p * w, p * v - q * u], axisc)


@annotated
def multi_dot(arrays: Sequence[Operand]) -> Value:
    """The product of matrices in a row, in the order that multiplies the fewest numbers; ends may be vectors.

    >>> multi_dot([[1.0, 2.0], np.eye(2), [[3.0], [4.0]]]).data
    array([11.])
    """
    factors = [value(x) for x in arrays]
    if len(factors) < 2 or any(x.ndim != 2 for x in factors[1:-1]) or any(x.ndim not in (1, 2) for x in factors):
        raise ShapeError(f"multi_dot: {[x.shape for x in factors]}; expected two or more matrices (a vector at an end)")
    sizes = [factors[0].shape[0] if factors[0].ndim == 2 else 1, *(x.shape[0] for x in factors[1:])]
    sizes.append(factors[-1].shape[1] if factors[-1].ndim == 2 else 1)
    return _chained(factors, _splits(sizes), 0, len(factors) - 1)


def _splits(sizes: list[int]) -> Callable[[int, int], int]:
    """Where to split a product of matrices i to j, so that the fewest numbers are multiplied."""
    best: dict[tuple[int, int], tuple[int, int]] = {(i, i): (0, i) for i in range(len(sizes) - 1)}
    for span in range(1, len(sizes) - 1):
        for i in range(len(sizes) - 1 - span):
            j = i + span
            best[i, j] = min(
                (best[i, k][0] + best[k + 1, j][0] + sizes[i] * sizes[k + 1] * sizes[j + 1], k) for k in range(i, j)
            )
    return lambda i, j: best[i, j][1]


def _chained(factors: list[Value], split: Callable[[int, int], int], i: int, j: int) -> Value:
    if i == j:
        return factors[i]
    k = split(i, j)
    product: Value = _chained(factors, split, i, k) @ _chained(factors, split, k + 1, j)
    return product


record_as(einsum, tensordot, inner, vdot, vecdot, kron, cross, multi_dot)
