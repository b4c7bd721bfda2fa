"""Indices as they are typed: x[2], x[1:4, ...], x[index1]."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_tiny.program.whole import WholeNumber

if TYPE_CHECKING:
    from autograd_tiny.program.derive import Derivation


def index_text(index: Any, write: Derivation, first: int) -> tuple[str, tuple[str, ...]]:
    """An index as it is typed, arrays in it by name: the template from place `first` on, and the names."""
    names: list[str] = []

    def place(part: Any) -> str:
        if isinstance(part, np.ndarray) and part.ndim:
            names.append(write.array(part, "index"))
            return f"{{{first + len(names) - 1}}}"
        return _part(part)

    return _joined(index, place), tuple(names)


def slices(index: Any) -> str:
    """An index without arrays, as it is typed."""
    return _joined(index, _part)


def _joined(index: Any, place: Callable[[Any], str]) -> str:
    if not isinstance(index, tuple):
        return place(index)
    return ", ".join(map(place, index)) if index else "()"


def _part(part: Any) -> str:
    if isinstance(part, slice):
        ends = ["" if end is None else str(int(end)) for end in (part.start, part.stop, part.step)]
        return ":".join(ends if ends[2] else ends[:2])
    if part is Ellipsis:
        return "..."
    if isinstance(part, WholeNumber):
        return part.source
    return "None" if part is None else str(int(part))
