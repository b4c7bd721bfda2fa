"""Why a gradient is wrong, read off its numbers: what has to be done to it to make it right.

c   what is claimed of an input, the whole array      n   the numerical derivative at some places (often all)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

CLOSE = 1e-6  # relative to the number and its error bar: two explanations seldom come so close
FEW = 4  # places that are named one by one


class Reason(NamedTuple):
    """A few words, and a sentence about the input of that name; `whole` if it explains every number."""

    tag: str
    sentence: str
    whole: bool = True


@dataclass(frozen=True)
class Evidence:
    """One input at one point: its numbers x, what is claimed, and what was found at some places."""

    name: str
    x: Any
    claimed: Any
    places: Sequence[tuple[int, ...]]
    numerical: Any
    bars: Any
    wrong: Any  # of each place

    def at(self, array: Any) -> Any:
        """An array's numbers at the places."""
        return np.array([array[place] for place in self.places], float)

    @property
    def tolerance(self) -> Any:
        """How far from the numerical derivative a right number may be."""
        largest = float(np.max(np.abs(self.numerical), initial=0.0))
        return 5 * self.bars + CLOSE * np.abs(self.numerical) + 1e-9 * largest

    def fits(self, array: Any, where: Any = slice(None)) -> bool:
        """Whether an array has the numerical derivatives at the places (or at some of them)."""
        if np.shape(array) != np.shape(self.x):
            return False
        near = np.abs(self.at(array) - self.numerical) <= self.tolerance
        return bool(np.all(near[where])) and bool(np.any(self.numerical[where] != 0))

    @property
    def is_all(self) -> bool:
        """Whether every number was looked at."""
        return len(self.places) == np.size(self.x)


def reason(e: Evidence, others: Sequence[Evidence], sizes: dict[int, str]) -> Reason | None:
    """The most telling thing that makes the claimed gradient right; `sizes` says what numbers of n are n of."""
    if np.shape(e.claimed) != np.shape(e.x):
        return _of_another_shape(e)
    for family in (_nothing, _signs_and_axes, _factors, _exchanged):
        for found in family(e, others, sizes):
            return found
    for family in (_limited, _shifted, _somewhere):
        for found in family(e, others, sizes):
            return found
    return None


def _of_another_shape(e: Evidence) -> Reason | None:
    g, shape = np.asarray(e.claimed), np.shape(e.x)
    if g.ndim >= 2 and g.shape == shape[::-1] and e.fits(g.T):
        return Reason("transposed", f"{e.name}: yours is transposed.")
    more = g.ndim - len(shape)
    axes = tuple(range(max(more, 0)))
    axes += tuple(k + more for k, n in enumerate(shape) if more >= 0 and n == 1 and g.shape[k + more] != 1)
    if axes and g.sum(axes).size == np.size(e.x) and e.fits(g.sum(axes).reshape(shape)):
        which = ", ".join(map(str, axes))
        return Reason(
            "not summed",
            f"{e.name} is broadcast, and yours is not summed over where it is repeated: sum over axis {which}.",
        )
    if g.size == np.size(e.x) and e.fits(g.reshape(shape)):
        return Reason("shape", f"{e.name}: the numbers are right, the shape is not; reshape to {shape}.")
    return None


def _nothing(e: Evidence, others: Sequence[Evidence], sizes: dict[int, str]) -> Iterator[Reason]:
    if not np.any(e.claimed):
        yield Reason(
            "zero",
            f"{e.name}: yours is 0 everywhere; a path is missing, nothing was ever added to it, or = stands where += "
            "belongs and what was kept is 0.",
        )


def _signs_and_axes(e: Evidence, others: Sequence[Evidence], sizes: dict[int, str]) -> Iterator[Reason]:
    """The sign, and numbers in another order."""
    c = e.claimed
    if e.fits(-c):
        yield Reason("sign", f"the gradient of {e.name} has the wrong sign.")
    orders = {"transposed": c.T} if c.ndim == 2 and c.shape[0] == c.shape[1] > 1 else {}
    for axis in range(c.ndim):
        if c.shape[axis] > 1:
            orders["reversed" if c.ndim == 1 else f"reversed along axis {axis}"] = np.flip(c, axis)
    if c.ndim > 1:
        orders["reversed"] = c.ravel()[::-1].reshape(c.shape)
        orders["its numbers taken column by column"] = c.ravel().reshape(c.shape[::-1]).T
    for name, array in orders.items():
        if e.fits(array):
            yield Reason(name, f"{e.name}: yours is {name}.")
        if e.fits(-array):
            yield Reason(f"{name}, sign", f"{e.name}: yours is {name}, and has the wrong sign.")


def ratio_of(c: Any, n: Any, tolerance: Any) -> float | None:
    """The one factor from n to c, if there is one."""
    telling = np.abs(n) > 10 * tolerance
    if not np.any(telling):
        return None
    ratios = c[telling] / n[telling]
    # The most exact of them: the one whose error bar is the smallest part of it.
    r = float(ratios[np.argmin((tolerance / np.maximum(np.abs(n), 1e-300))[telling])])
    return r if bool(np.all(np.abs(c - r * n) <= abs(r) * tolerance + tolerance)) else None


def _factors(e: Evidence, others: Sequence[Evidence], sizes: dict[int, str]) -> Iterator[Reason]:
    r = ratio_of(e.at(e.claimed), e.numerical, e.tolerance)
    if r is not None and r != 0:
        yield factor(e.name, r, sizes, len(e.places))


def factor(name: str, r: float, sizes: dict[int, str], count: int) -> Reason:
    """A factor in words: a mean for a sum where it is 1/n of something that there are n of."""

    def is_(value: float) -> bool:
        return abs(r - value) <= 1e-5 * abs(value)

    for ratio, words in (
        (r, "times too large, as a sum where the mean belongs"),
        (1 / r, "times too small, as a mean where the sum belongs"),
    ):
        n = round(ratio) if 2.5 < ratio < 1e7 else 0
        if n and abs(ratio - n) <= 1e-5 * n:
            tag = f"factor {n}, sum for mean" if ratio == r else f"factor 1/{n}, mean for sum"
            return Reason(
                tag, f"the gradient of {name} is {n} {words}" + (f" (over {sizes[n]}, say)" if n in sizes else "") + "."
            )
    for value, words in (
        (2.0, "twice what it should be: counted twice, or the ½ of the loss is missing"),
        (0.5, "half of what it should be"),
    ):
        if is_(value):
            also = f" (or {'sum for mean' if value > 1 else 'mean for sum'} over {sizes[2]})" if 2 in sizes else ""
            return Reason(f"factor {value:g}", f"the gradient of {name} is {words}{also}.")
    shown = f"{r:.6g}" if abs(r - 1) > 1e-4 else f"(1 {'+' if r > 1 else '−'} {abs(r - 1):.2g})"
    return Reason(f"factor {shown}", f"the gradient of {name} is {shown} times what it should be.", whole=count > 1)


def _exchanged(e: Evidence, others: Sequence[Evidence], sizes: dict[int, str]) -> Iterator[Reason]:
    for other in others:
        if other is not e and np.shape(other.claimed) == np.shape(e.x) and e.fits(other.claimed):
            yield Reason(
                f"swapped with {other.name}", f"{e.name} has the gradient of {other.name}: the two are swapped."
            )


def _limited(e: Evidence, others: Sequence[Evidence], sizes: dict[int, str]) -> Iterator[Reason]:
    """Clipped: what is too large stands at the limit, everything else is right."""
    limit, c = float(np.max(np.abs(e.claimed))), e.at(e.claimed)
    at_limit = np.abs(c) == limit
    beyond = (np.abs(e.numerical) > limit) & (np.sign(c) == np.sign(e.numerical))
    if limit > 0 and np.any(e.wrong) and np.all((at_limit & beyond)[e.wrong]):
        yield Reason(
            f"clipped at {limit:g}", f"{e.name}: yours is clipped to ±{limit:g}; check it before it is clipped."
        )


def _shifted(e: Evidence, others: Sequence[Evidence], sizes: dict[int, str]) -> Iterator[Reason]:
    """A term too much or too few: the same number everywhere, or a multiple of the input."""
    if len(e.places) < 3:
        return
    difference, x = e.at(e.claimed) - e.numerical, e.at(np.asarray(e.x))
    middle = float(np.median(difference))
    if abs(middle) > 0 and np.all(np.abs(difference - middle) <= e.tolerance):
        mean = float(np.mean(e.numerical))
        subtracted = e.is_all and abs(middle + mean) <= CLOSE * abs(mean) + float(np.max(e.tolerance))
        what = (
            "its mean was subtracted"
            if subtracted
            else f"{middle:.6g} too much everywhere, as from a term that is constant"
        )
        yield Reason("mean subtracted" if subtracted else "constant term", f"{e.name}: {what}.")
    r = ratio_of(difference, x, np.maximum(e.tolerance, 1e-12 * np.abs(x)))
    if r is not None and abs(r) * float(np.max(np.abs(x))) > 10 * float(np.max(e.tolerance)):
        verb = "has a term" if r > 0 else "lacks a term"
        yield Reason(
            "term of the weights", f"{e.name} {verb} {abs(r):.6g} · {e.name}, as a penalty ½λ‖{e.name}‖² gives."
        )


def _somewhere(e: Evidence, others: Sequence[Evidence], sizes: dict[int, str]) -> Iterator[Reason]:
    """Wrong only in some places: which, and how."""
    wrong = np.asarray(e.wrong, bool)
    if not np.any(wrong):
        return
    how = _how(e, wrong)
    if np.all(wrong):
        if how:
            yield Reason(how, f"{e.name}: {how}.", whole=False)
        return
    where = _where(e, wrong)
    sentence = f"{e.name} is wrong only {where}" + (f": {how}" if how else "")
    few = bool(how) and wrong.sum() <= FEW < len(wrong)  # no mistake in a gate is so small
    yield Reason(", ".join(filter(None, (f"only {where}", how))), f"{sentence}.", whole=few)


def _how(e: Evidence, wrong: Any) -> str:
    c, n, tolerance = e.at(e.claimed)[wrong], e.numerical[wrong], e.tolerance[wrong]
    if np.all(c == 0):
        return "zero"
    if len(c) == 2 and np.all(np.abs(c[::-1] - n) <= tolerance):
        return "the two are swapped"
    if len(c) > 2 and np.all(np.abs(np.sort(c) - np.sort(n)) <= np.max(tolerance)):
        return "right numbers in other places"
    r = ratio_of(c, n, tolerance)
    if r is not None:
        return "sign" if abs(r + 1) < 1e-5 else f"factor {r:.4g}"
    x = e.at(np.asarray(e.x))[wrong]
    for name, by in (("times the input", x), ("divided by the input", 1 / np.where(x == 0, np.nan, x))):
        if len(c) > 1 and np.all(np.abs(c - n * by) <= tolerance * np.abs(by) + tolerance):
            return name
    return ""


def _where(e: Evidence, wrong: Any) -> str:
    x, n = e.at(np.asarray(e.x)), e.numerical
    telling = np.abs(n) > 10 * e.tolerance
    for words, mask in (("where the input is negative", x < 0), ("where the input is positive", x > 0)):
        if (
            np.any(mask)
            and not np.all(mask)
            and np.all(wrong <= mask)
            and np.all((mask & telling) <= wrong)
            and wrong.sum() > 1
        ):
            return words
    places = [place for place, bad in zip(e.places, wrong, strict=True) if bad]
    for axis, word in enumerate(("row", "column")[: np.ndim(e.x)] if np.ndim(e.x) == 2 else ()):
        lines = sorted({place[axis] for place in places})
        inside = [bad for place, bad in zip(e.places, wrong, strict=True) if place[axis] in lines]
        if len(lines) < np.shape(e.x)[axis] and all(inside) and len(inside) > len(lines):
            return f"in {word}{'s' * (len(lines) > 1)} {_range(lines)}"
    if np.ndim(e.x) == 1 and len(places) > FEW and places[-1][0] - places[0][0] == len(places) - 1:
        return f"from {places[0][0]} to {places[-1][0]}"
    shown = ", ".join(f"[{', '.join(map(str, place))}]" for place in places[:FEW])
    return f"at {shown}" + (f" and {len(places) - FEW} more" if len(places) > FEW else "")


def _range(lines: Sequence[int]) -> str:
    if len(lines) > 2 and lines[-1] - lines[0] == len(lines) - 1:
        return f"{lines[0]} to {lines[-1]}"
    return ", ".join(map(str, lines[:FEW])) + (" …" if len(lines) > FEW else "")
