"""Colours that tell paths apart: hues evenly spread, their lightness changing too; a number says the same."""

from __future__ import annotations

import math

import numpy as np

from viz.flow.palette import oklab, written
from viz.themes import Theme

FIRST = 255.0  # degrees: blue, far from the colours of values and gradients
CHROMA, GREY = 0.13, 0.02  # of these colours; below which a colour is none
GOLDEN = 137.508  # degrees: the next hue is far from all before


def hue(number: int, theme: Theme) -> str:
    """The colour of path `number`, from 0 on; grey where a theme has no colours."""
    light = oklab(theme.paper)[0] > 0.5
    a, b = oklab(theme.gradient)[1:]
    if math.hypot(a, b) < GREY:
        return written(np.array([(0.72, 0.35, 0.55)[number % 3], 0.0, 0.0]))
    lightness = (0.62, 0.44, 0.53)[number % 3] if light else (0.72, 0.88, 0.8)[number % 3]
    angle = math.radians(FIRST + GOLDEN * number)
    return written(np.array([lightness, CHROMA * math.cos(angle), CHROMA * math.sin(angle)]))
