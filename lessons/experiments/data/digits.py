"""Small noisy images of digits: 3 × 5 dots, each 2 × 2 pixels, somewhere in 14 × 10 pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

HIGH, WIDE, DOT, MARGIN = 14, 10, 2, 1
PIXELS = HIGH * WIDE
NOISE = 0.3
DOTS = {
    0: "### #.# #.# #.# ###", 1: ".#. ##. .#. .#. ###", 2: "### ..# ### #.. ###", 3: "### ..# ### ..# ###",
    4: "#.# #.# ### ..# ..#", 5: "### #.. ### ..# ###", 6: "### #.. ### #.# ###", 7: "### ..# .#. .#. .#.",
    8: "### #.# ### #.# ###", 9: "### #.# ### ..# ###",
}  # fmt: skip


@dataclass(frozen=True)
class Digits:
    """Images (N, 140), flat, and the digits that they show (N,)."""

    images: np.ndarray
    classes: np.ndarray

    def __len__(self) -> int:
        return len(self.classes)

    def part(self, rows: np.ndarray) -> Digits:
        """Some of them."""
        return Digits(self.images[rows], self.classes[rows])

    def shifted(self, rng: np.random.Generator) -> Digits:
        """Each moved by a pixel or none in both directions, and still the same digit: augmentation."""
        moved = self.images.reshape(-1, HIGH, WIDE).copy()
        for image, (down, right) in zip(moved, rng.integers(-1, 2, (len(self), 2)), strict=True):
            image[...] = np.roll(image, (down, right), (0, 1))
        return Digits(moved.reshape(self.images.shape), self.classes)


def drawn(digit: int) -> np.ndarray:
    """The digit alone, without noise: ones on zeros, (10, 6)."""
    dots = np.array([[dot == "#" for dot in row] for row in DOTS[digit].split()], float)
    return np.kron(dots, np.ones((DOT, DOT)))


def digits(count: int, rng: np.random.Generator) -> Digits:
    """Digits at places at least a pixel away from the edge, with Gaussian noise on every pixel."""
    classes = np.arange(count) % len(DOTS)
    images = rng.normal(0.0, NOISE, (count, HIGH, WIDE))
    for image, digit in zip(images, classes, strict=True):
        shape = drawn(int(digit))
        high, wide = shape.shape
        top, left = rng.integers(MARGIN, (HIGH - MARGIN - high + 1, WIDE - MARGIN - wide + 1))
        image[top : top + high, left : left + wide] += shape
    return Digits(images.reshape(count, -1), classes)
