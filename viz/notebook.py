"""The face of a value in a notebook: the circuit that computed it."""

from __future__ import annotations

from autograd_tiny import Value
from autograd_tiny.value import ancestors
from viz.drawing import draw
from viz.layout.press import LayoutError
from viz.output.display import drawn

MOST, PATIENCE = 200, 3.0  # values; seconds: a notebook shows a value in passing, and larger graphs as text


def face(value: Value) -> dict[str, str] | None:
    """The circuit by MIME type; None for a leaf, and for a graph too large to show in passing."""
    if not value.inputs or len(ancestors(value)) > 2 * MOST:
        return None
    try:
        return drawn(draw(value, timeout=PATIENCE), repr(value))
    except LayoutError:
        return None
