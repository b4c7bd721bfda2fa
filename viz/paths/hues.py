"""Colours that tell paths apart: hues evenly spread, their lightness changing too; a number says the same."""

from __future__ import annotations

import math

import numpy as np

from viz.flow.palette import oklab, written
from viz.themes import Theme

FIRST = 255.0  # degrees: blue, far from the colours of values and gradients
CHROMA = 0.13
GOLDEN = 137.508  # degrees: the next hue is far from all before


def hue(number: int, theme: Theme) -> str:
    """The colour of path `number`, from 0 on; grey where a theme has no colours."""
    light = oklab(theme.paper)[0] > 0.5
    lightness = (0.62, 0.44, 0.53)[number % 3] if light else (0.72, 0.88, 0.8)[number % 3]
    a, b = oklab(theme.gradient)[1:]
    chroma = CHROMA if math.hypot(a, b) > 0.02 else 0.0
    angle = math.radians(FIRST + GOLDEN * number)
    return written(np.array([lightness, chroma * math.cos(angle), chroma * math.sin(angle)]))
