"""How a notebook shows a value: with the face that an installed package of pictures offers, else as text."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points
from typing import Any

Face = Callable[[Any], str | None]


@cache
def faces() -> tuple[Face, ...]:
    """The functions from a value to SVG that installed packages name in the group `autograd_tiny.display`."""
    return tuple(point.load() for point in entry_points(group="autograd_tiny.display"))


def svg(value: Any) -> str | None:
    """The value as SVG; None where no package draws, or where the graph is one that reads better as text."""
    return next((picture for face in faces() if (picture := face(value))), None)


def bundle(value: Any) -> dict[str, str]:
    """What IPython shows: the circuit where there is one, the text everywhere else."""
    picture = svg(value)
    return {"text/plain": repr(value)} | ({"image/svg+xml": picture} if picture else {})
