"""Line charts as SVG: curves over one pair of axes, each named at its own end.

    svg = chart("Loss", [Curve("SGD", losses), Curve("Adam", others)], x="step", y="loss", log=True)

Same curves, same bytes. Colour and dashes tell the curves apart; a screen reader is told where each begins and ends.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from xml.sax.saxutils import escape

import numpy as np

from viz.look import FONTS
from viz.output.webpage import extent
from viz.words.figures import short
from viz.words.lettering import line, width

Numbers = Sequence[float] | np.ndarray

WIDE, HIGH = 640.0, 380.0
LEFT, TOP, BOTTOM = 64.0, 40.0, 46.0
SIZE = 12.0
INK, GRID, PAPER = "#222222", "#DDDDDD", "#FFFFFF"

# Okabe and Ito's colours, darkened to 4.5:1 on white; dashes are the second cue.
COLOURS = ("#0072B2", "#B34700", "#007A5A", "#A0527C", "#7A6A00", "#333333", "#8A2BE2", "#7B4A12")
DASHES = ("", "6 3", "2 2", "8 3 2 3", "12 4", "4 2 1 2")


@dataclass(frozen=True)
class Curve:
    """A named line through `ys`, over 0, 1, 2 … or over `xs`; gaps where a number is not finite."""

    name: str
    ys: Numbers
    xs: Numbers | None = None

    @property
    def points(self) -> list[tuple[float, float]]:
        """The curve's points as floats."""
        xs = range(len(self.ys)) if self.xs is None else self.xs
        return [(float(x), float(y)) for x, y in zip(xs, self.ys, strict=True)]


@dataclass(frozen=True)
class Axis:
    """From numbers to places: `low` … `high` lie at `start` … `end`."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def place(self, number: float) -> float:
        """Where a number lies."""
        low, high, x = (math.log10(n) if self.log else n for n in (self.low, self.high, number))
        return self.start + (x - low) / (high - low) * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Round numbers along the axis, at most nine."""
        if not self.log:
            step = _round_step((self.high - self.low) / 5)
            first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
            return [k * step for k in range(first, last + 1)]
        first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
        return [10.0**k for k in range(first, last + 1, 1 + max(last - first, 0) // 8)]


def chart(title: str, curves: Sequence[Curve], *, x: str, y: str, log: bool = False) -> str:
    """The curves as an SVG document; with `log`, the y axis is logarithmic and shows positive numbers only."""
    shown = [(c, [p for p in c.points if _is_drawable(p, log)]) for c in curves]
    everything = [point for _, points in shown for point in points]
    if not everything:
        raise ValueError(f"chart {title!r}: there is no {'positive' if log else 'finite'} number to draw")
    right = WIDE - 24 - max(width(line(c.name), SIZE) for c in curves)
    across = _axis([p[0] for p in everything], LEFT, right)
    up = _axis([p[1] for p in everything], HIGH - BOTTOM, TOP, log)
    body = [*_frame(across, up, x, y), *(_drawn(k, c, across, up) for k, c in enumerate(curves))]
    ends = [(k, c.name, up.place(points[-1][1])) for k, (c, points) in enumerate(shown) if points]
    body += [_text(right + 8, at, name, colour=_colour(k)) for k, name, at in _spread(ends)]
    told = ". ".join(f"{c.name}: from {short(p[0][1])} to {short(p[-1][1])}" for c, p in shown if p)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDE:g}" height="{HIGH:g}" viewBox="0 0 {WIDE:g} {HIGH:g}" '
        f'role="img" font-family="{FONTS}" font-size="{SIZE:g}">\n<title>{escape(title)}</title>\n'
        f'<desc>{escape(f"{y} over {x}. {told}.")}</desc>\n<rect width="100%" height="100%" fill="{PAPER}"/>\n'
        + "\n".join([_text(LEFT, 20, title, weight="bold"), *body])
        + "\n</svg>\n"
    )


def _is_drawable(point: tuple[float, float], log: bool) -> bool:
    return all(map(math.isfinite, point)) and (point[1] > 0 or not log)


def _axis(numbers: Sequence[float], start: float, end: float, log: bool = False) -> Axis:
    low, high = min(numbers), max(numbers)
    if log:
        low, high = 10.0 ** math.floor(math.log10(low)), 10.0 ** math.ceil(math.log10(high) + 1e-9)
        return Axis(low, high * (10.0 if high == low else 1.0), start, end, log)
    size = max(abs(low), abs(high), 1e-300)
    spare = 0.0 if high - low > 1e-12 * size else max(size, 1.0) / 2
    return Axis(low - spare, high + spare, start, end)


def _round_step(x: float) -> float:
    """The smallest of 1, 2, 5, 10, 20 … that is at least x."""
    power: float = 10.0 ** math.floor(math.log10(x))
    return next(k * power for k in (1, 2, 5, 10) if k * power >= x * (1 - 1e-9))


def _frame(across: Axis, up: Axis, x: str, y: str) -> Iterator[str]:
    for tick in up.ticks():
        at = up.place(tick)
        yield f'<path d="M{across.start:.1f} {at:.1f}H{across.end:.1f}" stroke="{GRID}"/>'
        yield _text(across.start - 8, at, _label(tick, up), anchor="end")
    for tick in across.ticks():
        at = across.place(tick)
        yield f'<path d="M{at:.1f} {up.start:.1f}v5" stroke="{INK}"/>'
        yield _text(at, up.start + 16, _label(tick, across), anchor="middle")
    yield f'<path d="M{across.start:.1f} {up.end:.1f}V{up.start:.1f}H{across.end:.1f}" fill="none" stroke="{INK}"/>'
    yield _text((across.start + across.end) / 2, up.start + 34, x, anchor="middle")
    middle = (up.start + up.end) / 2
    yield _text(14, middle, y, anchor="middle", turned=True)


def _label(tick: float, axis: Axis) -> str:
    power = round(math.log10(tick)) if axis.log else 0
    if abs(power) > 3:
        return "10" + str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return short(round(tick, 12))


def _drawn(k: int, curve: Curve, across: Axis, up: Axis) -> str:
    """The curve: one stretch per run of numbers that can be drawn."""
    runs = [list(run) for drawn, run in groupby(curve.points, lambda p: _is_drawable(p, up.log)) if drawn]
    path = "".join("M" + "L".join(f"{across.place(a):.1f} {up.place(b):.1f}" for a, b in run) for run in runs)
    dashes = f' stroke-dasharray="{DASHES[k % len(DASHES)]}"' if DASHES[k % len(DASHES)] else ""
    return f'<path d="{path}" fill="none" stroke="{_colour(k)}" stroke-width="1.6" stroke-linejoin="round"{dashes}/>'


def _colour(k: int) -> str:
    return COLOURS[k % len(COLOURS)]


def _spread(ends: Sequence[tuple[int, str, float]], gap: float = SIZE + 2) -> list[tuple[int, str, float]]:
    """Names beside their curves' ends, moved apart where they would overlap and kept inside the frame."""
    ordered = sorted(ends, key=lambda end: end[2])
    places: list[float] = []
    for _, _, at in ordered:
        places.append(max(at, places[-1] + gap) if places else at)
    lowest = HIGH - BOTTOM
    for k in reversed(range(len(places))):
        places[k] = min(places[k], lowest)
        lowest = places[k] - gap
    return [(k, name, at) for (k, name, _), at in zip(ordered, places, strict=True)]


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", colour: str = INK, weight: str = "", turned: bool = False
) -> str:
    extra = f' font-weight="{weight}"' if weight else ""
    extra += f' transform="rotate(-90 {x:.1f} {y:.1f})"' if turned else ""
    baseline = y + 0.36 * SIZE  # figures are 0.72 em high: their middle is at y
    return f'<text x="{x:.1f}" y="{baseline:.1f}" text-anchor="{anchor}" fill="{colour}"{extra}>{escape(text)}</text>'


def sparkline(numbers: Numbers, columns: int = 40, scale: Callable[[float], float] = float) -> str:
    """The numbers as a row of blocks, ▁ the lowest and █ the highest; × where one is not finite."""
    picked = np.linspace(0, max(len(numbers) - 1, 0), min(columns, len(numbers))).round().astype(int)
    scaled = [scale(float(numbers[k])) for k in picked]
    finite = [x for x in scaled if math.isfinite(x)]
    low, reach = (min(finite), max(finite) - min(finite)) if finite else (0.0, 0.0)
    return "".join("▁▂▃▄▅▆▇█"[round(7 * (x - low) / (reach or 1.0))] if math.isfinite(x) else "×" for x in scaled)


def stacked(*pictures: str) -> str:
    """SVG documents below each other, all of one width, as one document."""
    titles = ", ".join(
        dict.fromkeys(found[1] for svg in pictures if (found := re.search("<title.*?>(.*?)</title>", svg)))
    )
    inner, top = [], 0.0
    for svg in pictures:
        wide, high = extent(svg)
        tall = high * WIDE / wide
        inner.append(_resized(svg, top, tall))
        top += tall
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDE:g}" height="{top:g}" viewBox="0 0 {WIDE:g} {top:g}" '
        f'role="group">\n<title>{titles}</title>\n{"".join(inner)}</svg>\n'
    )


def _resized(svg: str, top: float, tall: float) -> str:
    """The picture within another one, `top` points down."""
    return re.sub('width="[^"]*" height="[^"]*"', f'y="{top:g}" width="{WIDE:g}" height="{tall:g}"', svg, count=1)
