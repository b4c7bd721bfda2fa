"""The slope of a black box, with an error bar: step sizes from large to small, and the one that has settled best.

D(h) = (F(h) − F(−h)) / 2h has the error h²F‴/6 and the rounding ε|F|/h. Nobody knows F‴, so no step is right for all F:
h starts at a quarter of the number that moves and shrinks by 4. Richardson's (16·D(h/4) − D(h)) / 15 cancels the h²
term; how much successive ones differ, and the rounding, make the *error bar*; the step of the smallest bar wins.

*noise* is by how much F's last digits are chance; ε|F| at least, more where F computes in float32 or cancels.
The *trail* is everything that was tried: its bars over its steps make a V (`report.plot()`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import comb, inf, isfinite, nan
from typing import NamedTuple

import numpy as np

EPS = float(np.finfo(float).eps)
START = 0.23  # of the number that moves: no fraction of 2, which a period might share
RATIO = 4.0
MOST = 46  # steps: 4⁻⁴⁶ ~ 1e-28
CLOSE = 1e-5  # of the first step: nearer than this, what still looks like a kink is one
SETTLED = 1e-9  # a relative error bar that needs no better one
BARS = 5.0  # a difference of so many error bars is none of chance
SEEN = 1e-3  # a relative error that must show, or the verdict is unsure
SMALL = 1e-6  # beside the largest gradient: of what is smaller, an error must show as if it were of this size
NEGLIGIBLE = 1e-9  # beside the largest gradient: what is smaller is not looked for

Line = Callable[[float], tuple[float, float]]  # h ↦ F(h), and how far that really was


class Trial(NamedTuple):
    """Differences of one step: both-sided, to the left, to the right; the extrapolated one and its error bar."""

    step: float
    central: float
    left: float
    right: float
    rounding: float
    number: float
    bar: float


@dataclass(frozen=True)
class Slope:
    """A numerical derivative: number ± bar, found with `step`."""

    number: float
    bar: float
    step: float
    trail: tuple[Trial, ...]
    kink: tuple[float, float] | None = None  # the slopes to the left and to the right, where they differ
    close: bool = False  # … and that is so however near one looks
    edge: bool = False  # F is not defined on one side, however close

    def agrees(self, claimed: float, rtol: float, atol: float) -> bool:
        """Whether a claimed derivative lies within the error bars."""
        return abs(claimed - self.number) <= self.allowed(rtol, atol) < inf

    def allowed(self, rtol: float, atol: float) -> float:
        """How far from the number a right derivative may be."""
        return BARS * self.bar + rtol * abs(self.number) + atol

    def resolves(self, size: float) -> bool:
        """Whether an error of a thousandth of `size` would show."""
        return BARS * self.bar <= SEEN * size


def slope(line: Line, scale: float, noise: float, floor: float, claimed: float = nan, first: float = nan) -> Slope:
    """The derivative of a line at 0; `scale` is what moves, `floor` the smallest step that still moves it.

    Agreement with `claimed` to seven digits ends the search early. At what looks like a kink, and where the claimed
    number disagrees, it looks nearer: a kink close by looks like one here from afar. A `first` difference from near
    that agrees with what was found spares that.
    """
    trail: list[Trial] = []
    _extend(trail, line, max(START * scale, floor), noise, floor, lambda: _settled(trail, claimed))
    far = _best(trail, range(len(trail)))
    if far.kink is None and (claimed != claimed or far.agrees(claimed, 1e-8, 0.0)):
        return far
    if far.kink is None and far.agrees(first, 1e-6, 0.0) and far.resolves(abs(first)):
        return far
    _extend(trail, line, trail[-1].step / RATIO, noise, floor, lambda: _hopeless(trail))
    nearer = [k for k in range(1, len(trail)) if trail[k].step < far.step and _is_straight(trail, k)]
    if far.kink is None:
        nearer = [k for k in nearer if _is_another(trail[k], far)]
        return _best(trail, nearer) if nearer else replace(far, trail=tuple(trail))
    gap = abs(far.kink[1] - far.kink[0])
    if nearer := [k for k in nearer if trail[k].rounding < 0.02 * gap]:  # where a kink of this size would show
        return _best(trail, nearer)
    clear = [t for t in trail if t.rounding < 1e-4 * gap and isfinite(t.left + t.right)]
    nearest = min(clear, key=lambda t: t.step, default=trail[-1])
    return replace(
        far, trail=tuple(trail), kink=(nearest.left, nearest.right), close=nearest.step < CLOSE * trail[0].step
    )


def whole_trail(line: Line, scale: float, noise: float, floor: float) -> tuple[Trial, ...]:
    """Every step from the largest to where rounding drowns everything: the V of the error bars."""
    trail: list[Trial] = []
    _extend(trail, line, max(START * scale, floor), noise, floor, lambda: len(trail) > 4 and _hopeless(trail))
    return tuple(trail)


def _extend(trail: list[Trial], line: Line, start: float, noise: float, floor: float, done: Callable[[], bool]) -> None:
    """Further trials with ever smaller steps, until they are done or too small to move anything."""
    middle, h = line(0.0)[0], start
    while len(trail) < MOST and h >= floor and h > 0:
        trail.append(_trial(line, h, middle, noise, trail))
        if done() or h == floor:
            break
        h = max(h / RATIO, floor)


def _best(trail: Sequence[Trial], places: Iterable[int]) -> Slope:
    """The slope of the smallest error bar among these places in a trail."""
    edge = any(isfinite(t.left) != isfinite(t.right) for t in trail[-3:])
    place = min(places, key=lambda k: trail[k].bar, default=None)
    if place is None or not isfinite(trail[place].bar):
        return Slope(nan, inf, trail[-1].step if trail else nan, tuple(trail), edge=edge)
    best = trail[place]
    return Slope(best.number, best.bar, best.step, tuple(trail), _kink(trail, place), edge=edge)


def _is_straight(trail: Sequence[Trial], k: int) -> bool:
    """Whether no kink shows at this trial and the one before, which it was extrapolated from."""
    for t, before in ((trail[k], trail[k - 1]), (trail[k - 1], trail[k - 2] if k > 1 else None)):
        gap = abs(t.right - t.left)
        small = gap <= 5 * t.rounding + 1e-6 * max(abs(t.left), abs(t.right))
        if not small and (before is None or not gap < 0.5 * abs(before.right - before.left)):
            return False
    return isfinite(trail[k].bar)


def _is_another(t: Trial, far: Slope) -> bool:
    """Whether a trial from nearer tells another slope, and for sure."""
    size = max(abs(t.number), abs(far.number))
    apart = abs(t.number - far.number) > BARS * (t.bar + far.bar) + 1e-6 * size
    return apart and BARS * t.bar <= SEEN * size


def _trial(line: Line, h: float, middle: float, noise: float, trail: list[Trial]) -> Trial:
    (above, up), (below, down) = line(h), line(-h)
    width = up - down
    if not width > 0:
        return Trial(h, nan, nan, nan, inf, nan, inf)
    central = (above - below) / width
    left, right = (middle - below) / -down if down else nan, (above - middle) / up if up else nan
    rounding = 4 * max(noise, EPS * max(abs(above), abs(below), abs(middle))) / h
    before = trail[-1] if trail else None
    if before is None or not isfinite(central - before.central) or before.step == h:
        return Trial(h, central, left, right, rounding, nan, inf)
    ratio = (before.step / h) ** 2
    number = central + (central - before.central) / (ratio - 1)
    # The change that this step made; and the one before, since one alone may be small by chance.
    changes = [abs(number - before.number)]
    if len(trail) > 2 and isfinite(trail[-2].number):
        changes.append(abs(before.number - trail[-2].number) / RATIO)
    bar = max(changes) + rounding
    return Trial(h, central, left, right, rounding, number, bar if isfinite(bar) else inf)


def _settled(trail: Sequence[Trial], claimed: float) -> bool:
    """Whether smaller steps can't tell more."""
    last, best = trail[-1], min(trail, key=lambda t: t.bar)
    if best.bar <= SETTLED * abs(best.number) or best.bar == 0:
        return True
    if abs(claimed - last.number) <= BARS * last.bar and BARS * last.bar <= 1e-7 * abs(claimed):
        return True
    return len(trail) > 8 and isfinite(best.bar) and last.rounding > 1e3 * best.bar


def _hopeless(trail: Sequence[Trial]) -> bool:
    """Whether rounding is as large as any slope that was seen."""
    return trail[-1].rounding > max((abs(t.central) for t in trail if isfinite(t.central)), default=inf)


def _kink(trail: Sequence[Trial], place: int) -> tuple[float, float] | None:
    """The slopes to either side if they differ and stay so as the step shrinks; where F bends, they come together."""
    steps = trail[max(0, place - 1) : place + 2]
    gaps = [abs(t.right - t.left) for t in steps]
    if len(steps) < 2 or not all(isfinite(gap) for gap in gaps):
        return None
    stay = all(b > 0.7 * a for a, b in pairwise(gaps))
    clear = all(
        gap > 5 * t.rounding + 1e-6 * max(abs(t.left), abs(t.right)) for gap, t in zip(gaps, steps, strict=True)
    )
    return (steps[-1].left, steps[-1].right) if stay and clear else None


# How noisy a function is: differences of high order keep the chance in its digits and lose what is smooth
# (J. Moré, S. Wild, Estimating computational noise, 2011). Several distances: float32 inside shows at some only.
# The median, because a kink among the values spoils a few differences.

COUNT = 16  # values in a row
WIDER = (1e-6, 1e-5, 1e-4, 1e-3)
ORDERS = (4, 7)  # the low one sees past a kink, the high one past what oscillates
DISTANCES = (1e-13, 1e-10, 0.3e-7, 1.1e-7)  # relative to what moves
SIGNS = [np.array([(-1) ** j * comb(k, j) for j in range(k + 1)], float) for k in ORDERS]
NORMAL = 0.6745  # the median size of a normal variable whose standard deviation is 1


def noise_of(line: Line, scale: float) -> float:
    """By how much F's value at 0 is chance: its standard deviation; NaN where F never changes."""
    measured = [_noise_at(line, scale * distance) for distance in DISTANCES]
    if not any(isfinite(m) for m in measured):  # every value the same: its stairs are wider still
        measured = [_noise_at(line, scale * distance) for distance in WIDER]
    return max((m for m in measured if isfinite(m)), default=nan)


def _noise_at(line: Line, distance: float) -> float:
    values = np.array([line((k - COUNT / 2 + 0.37) * distance)[0] for k in range(COUNT)])
    if not np.isfinite(values).all():
        return nan
    steps = np.abs(np.diff(values))
    if not steps.any():
        return nan
    if not steps.all():  # stairs: half the lowest is the least that the value may be off
        return float(steps[steps > 0].min()) / 2
    spread = [np.median(np.abs(np.convolve(values, signs, "valid"))) / np.sqrt(np.sum(signs**2)) for signs in SIGNS]
    return float(min(spread)) / NORMAL
