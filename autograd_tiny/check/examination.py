"""One scalar Σ u·f at one point, its claimed gradient, and numerical slopes along numbers or directions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import erf, isfinite, nan
from typing import Any

import numpy as np

from autograd_tiny.check.differences import differences_of, step_of
from autograd_tiny.check.report import Block, Verdict
from autograd_tiny.check.slopes import (
    BARS,
    EPS,
    NEGLIGIBLE,
    SEEN,
    SMALL,
    Line,
    Slope,
    Trial,
    noise_of,
    slope,
    whole_trail,
)

Arrays = Sequence[Any]
Place = tuple[int, ...]
Firsts = Callable[[int], tuple[Any, Any, Any, Any]]
LARGE = 500  # numbers; beyond, directions instead of every number by itself
NOISY = 50  # times ε|f|: more is said to be noise
SAMPLE = 24  # numbers of a large input that are looked at one by one once it is known to be wrong


@dataclass(frozen=True)
class Options:
    """What a check was asked for; see `check_gradients`."""

    method: str = "central"
    rtol: float = 1e-8
    atol: float = 0.0
    order: int = 1
    full: bool | None = None
    seed: int = 0
    points: int = 1
    spread: Sequence[float] = (1, 30)

    def every(self, points: Arrays) -> bool:
        """Whether every number is looked at by itself."""
        return sum(x.size for x in points) <= LARGE if self.full is None else self.full

    def weights(self, shape: tuple[int, ...]) -> Iterator[tuple[str, Any]]:
        """How the numbers of the output are weighed: a scalar's by 1, an array's at random; with `full`, one by one."""
        if not shape:
            yield "", 1.0
        elif self.full:
            for index in np.ndindex(*shape):
                u = np.zeros(shape)
                u[index] = 1.0
                yield f"z[{', '.join(map(str, index))}] by ", u
        else:
            yield "", np.random.default_rng(self.seed).standard_normal(shape)

    def around(self, points: Arrays) -> Iterator[list[Any]]:
        """The points after the first: each number by a factor of `spread`, a little of chance, and zeros moved."""
        if self.points == 1:
            return
        random, factors = np.random.default_rng(self.seed), np.geomspace(self.spread[0], self.spread[1], self.points)
        for factor in factors[1:]:
            yield [
                np.asarray(  # of a number NumPy makes no array
                    factor
                    * (
                        x * random.uniform(0.8, 1.2, x.shape)
                        + np.where(x == 0, 0.3, 0.0) * usual * random.standard_normal(x.shape)
                    )
                )
                for x, usual in zip(points, usual_sizes(points), strict=True)
            ]


def usual_sizes(points: Arrays) -> list[float]:
    """The median size of what is not 0 in each array; where all is, that of all the arrays."""
    sizes = [np.abs(x[x != 0]) if np.ndim(x) else np.abs(x).reshape(-1)[: int(x != 0)] for x in points]
    together = np.concatenate([np.ravel(s) for s in sizes]) if sizes else np.zeros(0)
    usual = float(np.median(together)) if together.size else 1.0
    return [float(np.median(s)) if np.size(s) else usual for s in sizes]


@dataclass
class Examination:
    """A scalar function of arrays at a point, and what is allowed."""

    value: Callable[[Arrays], Any]  # the numbers of f; NaN where it is not defined
    u: Any
    points: Arrays
    names: Sequence[str]
    rtol: float
    atol: float
    point: int = 0
    here: Any = None  # f's numbers at the points, if they are known
    along_claimed: Callable[[Arrays], float] | None = None  # what is claimed of a direction, where no gradient is
    middle: float = field(init=False)

    def __post_init__(self) -> None:
        self.middle = self.weighed(self.value(self.points) if self.here is None else self.here)

    def at(self, points: Arrays) -> float:
        """The scalar; NaN where f is not defined, or of another shape."""
        return self.weighed(self.value(points))

    def weighed(self, z: Any) -> float:
        """Σ u·z."""
        if np.shape(z) != np.shape(self.u):
            return nan
        with np.errstate(all="ignore"):
            return float(np.sum(self.u * z))

    @cached_property
    def noise(self) -> float:
        """By how much the scalar is chance."""
        random = np.random.default_rng(1)
        directions = [self.size_of(x) * random.uniform(0.5, 1.0, x.shape) for x in self.points]

        def line(h: float) -> tuple[float, float]:
            return self.at([x + h * d for x, d in zip(self.points, directions, strict=True)]), h

        measured = noise_of(line, 1.0)
        return max(EPS * abs(self.middle), measured if isfinite(measured) else 0.0)

    @staticmethod
    def size_of(x: Any) -> Any:
        """What is a step for each number: itself; of zeros, what is usual beside them."""
        size = np.abs(x)
        usual = float(np.median(size[size > 0])) if np.any(size > 0) else 1.0
        return np.where(size > 0, size, usual)

    # Along one number -------------------------------------------------------------------------------------------------

    def number(
        self, k: int, index: Place, claimed: float, reference: float, first: float = nan
    ) -> tuple[Slope, Verdict, str]:
        """The slope along one number of array k, and whether the claimed one is it."""
        scale, floor = float(self.sizes[k][index]), 16 * EPS * abs(float(self.points[k][index]))
        return self.settled(self.line(k, index), scale, floor, claimed, reference, first)

    def trail(self, k: int, index: Place) -> tuple[Trial, ...]:
        """What every step tells of one number."""
        scale, floor = float(self.sizes[k][index]), 16 * EPS * abs(float(self.points[k][index]))
        return whole_trail(self.line(k, index), scale, self.noise, floor)

    def line(self, k: int, index: Place) -> Line:
        """The scalar along one number of array k."""
        moved, x = list(self.points), self.points[k]
        here = float(x[index])

        def line(h: float) -> tuple[float, float]:
            moved[k] = x.copy()
            moved[k][index] = here + h
            return (self.middle if h == 0 else self.at(moved)), float(moved[k][index]) - here

        return line

    @cached_property
    def usual(self) -> float:
        """The median size of all numbers."""
        sizes = [size.ravel() for size in self.sizes]
        return float(np.median(np.concatenate(sizes))) if sizes else 1.0

    @cached_property
    def sizes(self) -> list[Any]:
        """`size_of` each array."""
        return [self.size_of(x) for x in self.points]

    def settled(
        self, line: Line, scale: float, floor: float, claimed: float, reference: float, first: float = nan
    ) -> tuple[Slope, Verdict, str]:
        """The slope of a line, and the verdict."""
        found = self.found(line, scale, floor, self.noise, claimed, reference, first)
        verdict, doubt = self.judged(found, claimed, reference)
        several = sum(x.size for x in self.points) > 1
        if verdict != "right" and several and self.noise > NOISY * EPS * abs(self.middle):
            # What looks like noise along all inputs may be the kinks of others: this line's own counts.
            own = noise_of(line, scale)
            noise = max(EPS * abs(self.middle), own)
            if isfinite(own) and noise < self.noise / 3:
                found = self.found(line, scale, floor, noise, claimed, reference, first)
                verdict, doubt = self.judged(found, claimed, reference)
        return found, verdict, doubt

    def found(
        self, line: Line, scale: float, floor: float, noise: float, claimed: float, reference: float, first: float
    ) -> Slope:
        """The slope of a line; from larger steps where small numbers tell nothing."""
        found = slope(line, scale, noise, floor, claimed, first)
        size = max(abs(found.number), abs(claimed))
        for start in sorted({1.0, self.usual}):
            if start <= scale or found.kink or found.resolves(size) or size <= NEGLIGIBLE * reference:
                continue
            wider = slope(line, start, noise, floor, claimed)
            if wider.bar < found.bar and not wider.kink:
                found = wider
        return found

    def judged(self, found: Slope, claimed: float, reference: float) -> tuple[Verdict, str]:
        """The verdict on a claimed slope, and the reason if it is unsure."""
        number = found.number
        if not isfinite(claimed):
            return ("wrong", "not finite") if isfinite(number) else ("unsure", self.doubt(found))
        if found.kink:
            low, high = sorted(found.kink)
            margin = 1e-6 * (abs(low) + abs(high)) + BARS * found.trail[-1].rounding
            lies = "between them" if low - margin <= claimed <= high + margin else "not between them"
            left, right = found.kink
            sides = f"kink: slope {left:.3g} to the left, {right:.3g} to the right, {claimed:.3g} lies {lies}"
            return "wrong" if found.close and lies == "not between them" else "unsure", sides
        if not isfinite(number):
            return "unsure", self.doubt(found)
        size = max(abs(claimed), abs(number))
        tolerated = self.rtol * abs(number) + self.atol
        if found.agrees(claimed, self.rtol, self.atol):
            visible = max(size, SMALL * reference)
            sees = found.resolves(visible) or size <= NEGLIGIBLE * reference or BARS * found.bar <= tolerated
            steepest = max((abs(t.central) for t in found.trail if isfinite(t.central)), default=0.0)
            nothing = claimed == number or (claimed == 0 and BARS * found.bar <= 1e-6 * max(reference, steepest))
            return ("right", "") if sees or nothing else ("unsure", self.doubt(found))
        return ("unsure", self.doubt(found)) if BARS * found.bar > 0.1 * size else ("wrong", "")

    def doubt(self, found: Slope) -> str:
        """Why a slope can't be told."""
        if found.edge and not isfinite(found.number):
            return "edge: f is not defined on one side"
        if not isfinite(found.number):
            return "edge: f is not finite around here"
        sides = found.trail[0], found.trail[-1]
        if (
            all(isfinite(t.left + t.right) for t in sides)
            and max(
                abs(sides[1].right / sides[0].right) if sides[0].right else 0.0,
                abs(sides[1].left / sides[0].left) if sides[0].left else 0.0,
            )
            * sides[1].step
            > 0.1 * sides[0].step
        ):
            return "jump: f has different values to the left and to the right"
        if self.noise > NOISY * EPS * abs(self.middle):
            return f"noise: the digits of f beyond {self.noise:.0e} are chance"
        return f"cancellation: the rounding of f ({self.middle:.3g}) is more than its change"

    # Along a direction ------------------------------------------------------------------------------------------------

    def direction(self, directions: Arrays, claimed: float, reference: float) -> tuple[Slope, Verdict, str]:
        """The slope along a direction, arrays of 0 where nothing moves; and whether the claimed one is it."""

        def line(h: float) -> tuple[float, float]:
            if h == 0:
                return self.middle, 0.0
            return self.at([x + h * d if d is not None else x for x, d in zip(self.points, directions, strict=True)]), h

        moving = [(x, d) for x, d in zip(self.points, directions, strict=True) if d is not None and np.any(d)]
        most = max((float(np.max(np.abs(d))) for _, d in moving), default=1.0)
        scale = min((float(np.median(self.size_of(x))) for x, d in moving), default=1.0) / most
        floor = 16 * EPS * max((float(np.max(np.abs(x))) for x, _ in moving), default=0.0) / most
        return self.settled(line, scale, floor, claimed, reference)

    # Blocks of rows ---------------------------------------------------------------------------------------------------

    def block(self, k: int, gradient: Any, places: Sequence[Place], reference: float) -> Block:
        """A row for each of these numbers of array k."""
        found = [self.number(k, index, float(gradient[index]), reference) for index in places]
        analytic = np.array([gradient[index] for index in places], float)
        block = self.rows(self.names[k], np.shape(self.points[k]), places, analytic, found)
        block.look = lambda j: self.trail(k, places[j])
        return block

    def rows(
        self,
        name: str,
        shape: tuple[int, ...],
        places: Sequence[Place | str],
        analytic: Any,
        found: Sequence[tuple[Slope, Verdict, str]],
    ) -> Block:
        """What was found, as a block."""
        slopes = [s for s, _, _ in found]
        return Block(
            name, shape, places, analytic, np.array([s.number for s in slopes]), np.array([s.bar for s in slopes]),
            np.array([s.step for s in slopes]), np.array([s.allowed(self.rtol, self.atol) for s in slopes]),
            [verdict for _, verdict, _ in found], {k: r for k, (_, _, r) in enumerate(found) if r},
            dict(enumerate(slopes)), self.point,
        )  # fmt: skip

    def every_number(self, gradients: Arrays, firsts: Firsts | None = None) -> list[Block]:
        """A block for each array, a row for each number: one difference each, and a close look where that disagrees."""
        reference = largest(gradients)
        return [
            self.every_number_of(k, g, (firsts or self.firsts)(k), reference)
            for k, g in enumerate(gradients)
            if g is not None
        ]

    def firsts(self, k: int) -> tuple[Any, Any, Any, Any]:
        """The usual central difference along each number of an array, from f: see `Recording.differences`."""
        x, moved = self.points[k], list(self.points)
        h, above, below = step_of(x), np.zeros(x.shape), np.zeros(x.shape)
        for index in np.ndindex(*x.shape):
            for side, sign in ((above, 1.0), (below, -1.0)):
                moved[k] = x.copy()
                moved[k][index] += sign * h[index]
                side[index] = self.at(moved)
        return differences_of(above.ravel(), below.ravel(), self.middle, h.ravel())

    def every_number_of(self, k: int, gradient: Any, first: tuple[Any, Any, Any, Any], reference: float) -> Block:
        """The rows of one array. What agrees with its first difference to eight digits is right."""
        slopes, steps, sizes, bends = first
        claimed = np.asarray(gradient, float).ravel()
        with np.errstate(all="ignore"):
            bars = 4 * EPS * sizes / steps
            tolerated = self.rtol * np.abs(slopes) + self.atol
            allowed = BARS * bars + tolerated
            agree = np.abs(claimed - slopes) <= allowed
            sees = BARS * bars <= np.maximum(SEEN * np.maximum(np.abs(claimed), SMALL * reference), tolerated)
            nothing = (np.abs(claimed) <= NEGLIGIBLE * reference) & (BARS * bars <= 1e-6 * reference)
            straight = bends <= 1e-3 * np.maximum(np.abs(slopes), reference) + 10 * bars
            right = agree & (sees | nothing) & straight & np.isfinite(claimed) & np.isfinite(slopes)
        places = list(np.ndindex(*np.shape(gradient)))
        block = Block(
            self.names[k], np.shape(gradient), places, claimed, slopes, bars, steps, allowed, ["right"] * len(places),
            point=self.point, look=lambda j: self.trail(k, places[j]),
        )  # fmt: skip
        for j in np.flatnonzero(~right).tolist():
            block.replace(
                j, *self.number(k, places[j], float(claimed[j]), reference, float(slopes[j])), self.rtol, self.atol
            )
        return block

    def directions(self, gradients: Arrays | None, seed: int) -> list[Block]:
        """One random direction for each array, and the gradient's own; where one is wrong, some of its numbers."""
        random = np.random.default_rng(seed)
        blocks = []
        for k, x in enumerate(self.points):
            d = random.uniform(0.5, 1.5, np.shape(x)) * random.choice((-1.0, 1.0), np.shape(x))
            if gradients is not None and gradients[k] is None:
                continue
            blocks.append(self._along(k, d, gradients, along_random(seed)))
            if blocks[-1].verdicts[0] == "wrong" and gradients is not None:
                blocks.append(self.sample(k, gradients, d, random))
        if gradients is not None and (steepest := largest(gradients)) and isfinite(steepest):
            blocks.append(
                self._along(
                    None, [None if g is None else g / steepest for g in gradients], gradients, "along the gradient"
                )
            )
        return blocks

    def chance(self, gradients: Arrays, blocks: Sequence[Block], seed: int) -> str:
        """How likely it is that the random directions are at right angles to an error, so that it is missed."""
        lengths = {
            name: float(np.linalg.norm(g)) for name, g in zip(self.names, gradients, strict=True) if g is not None
        }
        likely = [
            erf(float(b.allowed[0]) / (0.01 * length * 2**0.5))
            for b in blocks if b.places[0] == along_random(seed) and (length := lengths.get(b.name, 0.0))
        ]  # fmt: skip
        if not likely:
            return ""
        return (
            f"one random direction an input (seed {seed}): an error of 1 % of a gradient's length is missed with "
            f"probability {max(likely):.0e}"
        )

    def _along(self, k: int | None, d: Any, gradients: Arrays | None, along: str) -> Block:
        directions = d if k is None else [d if j == k else None for j in range(len(self.points))]
        if gradients is None:
            assert self.along_claimed is not None
            claimed = self.along_claimed(
                [np.zeros_like(x) if e is None else e for x, e in zip(self.points, directions, strict=True)]
            )
        else:
            claimed = sum(float(np.sum(g * e)) for g, e in zip(gradients, directions, strict=True) if e is not None)
        found = self.direction(directions, claimed, 0.0)
        name = "all together" if k is None else self.names[k]
        return self.rows(name, () if k is None else np.shape(self.points[k]), [along], np.array([claimed]), [found])

    def sample(self, k: int, gradients: Arrays, d: Any, random: np.random.Generator) -> Block:
        """The largest numbers of a gradient, some others, and if all of these are right, one that is not."""
        gradient = gradients[k]
        count = min(SAMPLE, gradient.size)
        top = np.argsort(-np.abs(gradient).ravel())[: count // 3]
        others = random.permutation(gradient.size)[: count - len(top)]
        chosen = list(dict.fromkeys([*top.tolist(), *others.tolist()]))
        reference = largest(gradients)
        places = [tuple(map(int, np.unravel_index(j, gradient.shape))) for j in chosen]
        block = self.block(k, gradient, places, reference)
        if "wrong" not in block.verdicts:
            block = self.block(k, gradient, [*places, self.bisected(k, gradient, d)], reference)
        block.sampled = len(block.places) < gradient.size
        return block

    def bisected(self, k: int, gradient: Any, d: Any) -> Place:
        """A number that is wrong, found by halves of a direction that is."""
        left, right = 0, gradient.size
        while right - left > 1:
            middle = (left + right) // 2
            half = np.zeros(gradient.size)
            half[left:middle] = d.ravel()[left:middle]
            half = half.reshape(gradient.shape)
            directions = [half if j == k else None for j in range(len(self.points))]
            verdict = self.direction(directions, float(np.sum(gradient * half)), 0.0)[1]
            left, right = (left, middle) if verdict == "wrong" else (middle, right)
        return tuple(map(int, np.unravel_index(left, gradient.shape)))


def along_random(seed: int) -> str:
    """What a random direction is called."""
    return f"along a random direction (seed {seed})"


def largest(gradients: Arrays) -> float:
    """The largest |number| of gradients; 0 of none."""
    with np.errstate(all="ignore"):
        return max((float(np.max(np.abs(g), initial=0.0)) for g in gradients if g is not None), default=0.0)
