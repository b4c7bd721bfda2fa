"""Where chance comes from: hypothesis, which shrinks what fails, or a seeded generator, which is quick."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Choices(Protocol):
    """The three questions that a random function asks of chance."""

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""

    def integer(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""

    def number(self) -> float:
        """A moderate number."""


class Seeded:
    """Choices of a seed: numbers of two digits, halves and whole ones often, so that ties happen."""

    def __init__(self, seed: Any) -> None:
        self.random = random.Random(repr(seed))

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[int(self.random.random() * len(options))]

    def integer(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self.random.random() * (high - low + 1))

    def number(self) -> float:
        """Between −2.5 and 2.5."""
        x = self.random.random() * 5 - 2.5
        return round(2 * x) / 2 if self.random.random() < 0.3 else round(x, 2)
