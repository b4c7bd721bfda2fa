"""A theme's colours for small to large: from `faint` past its gradient's colour to `strong`.

Equal steps along the scale look equally far apart: the way is walked at constant speed in OKLab (Ottosson, A perceptual
color space for image processing, 2020). Lightness changes in one direction only, so that the order of the colours
survives a grey print and every kind of colour blindness.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from viz.look import Theme

Array = np.ndarray[Any, np.dtype[np.float64]]

_FALLING = {"#00703C": "#0072B2"}  # green and red at the two ends are one colour to many
POINTS = 257  # at which the way is measured

# Linear sRGB → cone responses, and their cube roots → lightness and two opponent colours.
_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_OPPONENTS = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def colour(share: float, theme: Theme, diverging: bool = False) -> str:
    """The colour at a share of the scale, 0 the smallest and 1 the largest; beyond, that of its end.

    Where it diverges, the middle is faint, what is larger has the gradient's colour and what is smaller a cold one.
    """
    if diverging:
        side = theme if share >= 0.5 else replace(theme, gradient=_FALLING.get(theme.value, theme.value))
        return colour(abs(2 * min(max(share, 0.0), 1.0) - 1), side)
    course, reached = _course(theme)
    at = min(max(share, 0.0), 1.0) * reached[-1]
    return written(np.array([np.interp(at, reached, course[:, k]) for k in range(3)]))


@lru_cache
def _course(theme: Theme) -> tuple[Array, Array]:
    """Points of a Bézier curve through OKLab, drawn toward the gradient's colour, and how far along it each lies."""
    faint, gradient, strong = (oklab(shade) for shade in (theme.faint, theme.gradient, theme.strong))
    gradient[0] = gradient[0].clip(*sorted((faint[0], strong[0])))  # print's is black, and its scale ends before that
    t = np.linspace(0, 1, POINTS)[:, None]
    course = (1 - t) ** 3 * faint + 3 * (1 - t) * t * gradient + t**3 * strong
    return course, np.append(0.0, np.cumsum(np.linalg.norm(np.diff(course, axis=0), axis=1)))


def oklab(shade: str) -> Array:
    """A colour `#RRGGBB` as lightness (0 black, 1 white) and two opponent colours."""
    channels = np.array([int(shade[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return np.asarray(_OPPONENTS @ np.cbrt(_CONES @ linear))


def written(lab: Array) -> str:
    """A colour of OKLab as `#RRGGBB`, as close as a screen comes to it."""
    linear = np.linalg.solve(_CONES, np.linalg.solve(_OPPONENTS, lab) ** 3).clip(0, 1)
    channels = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(float(c) * 255):02X}" for c in channels)
