"""Tiny images of two shapes, and the one sentence that describes each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

import viz

SIZE = 12  # pixels across an image
COLOURS = {"red": (0.85, 0.15, 0.1), "green": (0.1, 0.6, 0.25), "blue": (0.1, 0.3, 0.85)}
SHAPES = {
    "square": ("#####", "#####", "#####", "#####", "#####"),
    "circle": (".###.", "#...#", "#...#", "#...#", ".###."),
    "triangle": ("..#..", "..#..", ".###.", ".###.", "#####"),
}
RELATIONS = ("above", "left of")


@dataclass(frozen=True)
class Scene:
    """A coloured shape above or left of another: ("red", "square"), "above", ("blue", "circle")."""

    first: tuple[str, str]
    relation: str
    second: tuple[str, str]

    @property
    def sentence(self) -> str:
        """What is to be written."""
        return f"a {' '.join(self.first)} {self.relation} a {' '.join(self.second)}"


THINGS = tuple(product(COLOURS, SHAPES))
# "Below" and "right of" would say the same things once more: each image has one sentence only.
SCENES = tuple(Scene(first, relation, second) for first, relation, second in product(THINGS, RELATIONS, THINGS))


def drawn(scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """The scene as an image (3, 12, 12) of numbers from 0 to 1 on white, its shapes moved about a little."""
    image = np.ones((3, SIZE, SIZE))
    for thing, start in ((scene.first, 0), (scene.second, SIZE // 2)):
        along, across = start + int(rng.integers(2)), int(rng.integers(3, 5))
        row, column = (along, across) if scene.relation == "above" else (across, along)
        _put(image, thing, row, column)
    return image


def _put(image: np.ndarray, thing: tuple[str, str], row: int, column: int) -> None:
    colour, shape = thing
    inked = np.array([[mark == "#" for mark in line] for line in SHAPES[shape]])
    image[:, row : row + 5, column : column + 5][:, inked] = np.array(COLOURS[colour])[:, None]


def gallery(title: str, images: Iterable[np.ndarray], sentences: Sequence[str]) -> viz.Chart:
    """The images (3, 12, 12) with their sentences above, four in a row."""
    panels = [
        viz.chart(image.transpose(1, 2, 0), kind="image", title=sentence)
        for image, sentence in zip(images, sentences, strict=True)
    ]
    return viz.chart(panels, title=title, across=4)
