"""How a notebook shows a value: with the face that an installed package of pictures offers, else as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Any

Face = Callable[[Any], Mapping[str, str] | None]


@cache
def faces() -> tuple[Face, ...]:
    """The functions from a value to its pictures that installed packages name in the group `autograd_tiny.display`."""
    return tuple(point.load() for point in entry_points(group="autograd_tiny.display"))


def picture(value: Any) -> Mapping[str, str]:
    """The value's picture by MIME type; nothing where no package draws, or where the graph reads better as text."""
    return next((shown for face in faces() if (shown := face(value))), {})


def bundle(value: Any) -> dict[str, str]:
    """What IPython shows: the circuit where there is one, the text everywhere else."""
    return {"text/plain": repr(value), **picture(value)}
