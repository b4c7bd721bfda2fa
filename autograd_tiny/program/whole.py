"""Whole numbers as inputs of a program: places in a text, classes. They only index, so they have no gradient.

While a function is traced it sees arrays of this class, which remember of which input they are a part.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd_tiny.comparisons import Answer


class WholeNumber(int):
    """One element of an input: an int that knows its `source`, such as "ids[3]"."""

    source: str
    __hash__ = int.__hash__

    def __new__(cls, number: int, source: str) -> WholeNumber:
        made = super().__new__(cls, number)
        made.source = source
        return made


def _compared(sign: str, plain: Any) -> Any:
    def method(self: WholeNumber, other: Any) -> Any:
        """The answer, with the question: a branch on it is guarded."""
        answer = plain(self, other)
        asked = isinstance(other, int | float) and answer is not NotImplemented
        return Answer(answer, f"{self.source} {sign} {{0}}", (int(other),)) if asked else answer

    return method


for _name, _sign in (("lt", "<"), ("le", "<="), ("gt", ">"), ("ge", ">="), ("eq", "=="), ("ne", "!=")):
    setattr(WholeNumber, f"__{_name}__", _compared(_sign, getattr(int, f"__{_name}__")))


class WholeNumbers(np.ndarray):
    """An input of whole numbers while a function is traced."""

    source: str = ""

    def __array_finalize__(self, parent: Any) -> None:
        self.source = ""  # a part: `source_of` finds out which

    def __getitem__(self, index: Any) -> Any:
        part = super().__getitem__(index)
        if not self.source or isinstance(part, np.ndarray):
            return part
        places = index if isinstance(index, tuple) else (index,)
        return WholeNumber(part, f"{self.source}[{', '.join(str(int(place)) for place in places)}]")

    def __iter__(self) -> Iterator[Any]:
        return (self[k] for k in range(len(self)))


def whole_numbers(array: np.ndarray, name: str) -> WholeNumbers:
    """A copy of `array` that is traced as the input `name`."""
    copy = np.array(array, dtype=np.intp, order="C")
    copy.flags.writeable = False  # so that an index keeps it as it is, and can be found to be a part of it
    made = copy.view(WholeNumbers)
    made.source = name
    return made


def source_of(part: np.ndarray, inputs: dict[str, WholeNumbers]) -> str | None:
    """How `part` is written as a part of one of the inputs; None if it is none of them, or cannot be written."""
    for name, whole in inputs.items():
        if np.may_share_memory(part, whole):
            return _written(part, whole, name)
    return None


def _written(part: np.ndarray, whole: WholeNumbers, name: str) -> str | None:
    if part.dtype != whole.dtype or not (part.flags.c_contiguous or (part.ndim == 1 and part.strides[0] > 0)):
        return None
    first = (part.ctypes.data - whole.ctypes.data) // whole.itemsize
    flat = name if whole.ndim == 1 else f"{name}.reshape(-1)"
    if not part.flags.c_contiguous:
        step = part.strides[0] // whole.itemsize
        return f"{flat}[{first}:{first + (part.size - 1) * step + 1}:{step}]"
    if part.shape == whole.shape:
        return name
    taken = flat if part.size == whole.size else f"{flat}[{first}:{first + part.size}]"
    return taken if part.ndim == 1 else f"{taken}.reshape{part.shape}"
