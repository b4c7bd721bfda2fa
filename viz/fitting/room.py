"""Where a picture is to be read, and whether it can be: no letter smaller than nine pixels, and no ribbons."""

from __future__ import annotations

from dataclasses import dataclass, replace

from viz.page.page import Page, Text, moved
from viz.words.lettering import size_of

Fit = str | tuple[float, float] | None
LETTER = 9.0  # pixels: the smallest letter that is read without effort
SHAPE = 4.0  # a picture is at most so many times as wide as it is high
TALL = 1.6  # times as high as wide: what still is one picture
ROOMS = {"page": (860.0, 1032.0), "slide": (1280.0, 720.0)}  # pixels, width and height


@dataclass(frozen=True)
class Room:
    """A place to be shown at, in pixels."""

    width: float
    height: float

    def letters(self, page: Page) -> float:
        """The size of a page's smallest letter here, in pixels, as far as it is too small."""
        pixels = smallest(page) * self.scale(page)
        return LETTER if pixels >= LETTER - 0.005 else pixels

    def scale(self, page: Page) -> float:
        """Pixels a point of the page: never more than one."""
        return min(1.0, self.width / page.width, self.height / page.height)

    @property
    def points(self) -> float:
        """How wide a page may be whose smallest letters are captions."""
        return self.width * 10.0 / LETTER

    @property
    def tall(self) -> Room:
        """The same for what was asked for: one scrolls down to see all of it."""
        return replace(self, height=max(self.height, TALL * self.width))


ANYWHERE = Room(float("inf"), float("inf"))


def room_of(fit: Fit) -> Room | None:
    """The room that is meant; ValueError for anything else."""
    if fit is None:
        return None
    if isinstance(fit, str) and fit in ROOMS:
        return Room(*ROOMS[fit])
    if isinstance(fit, tuple | list) and len(fit) == 2 and all(_is_length(length) for length in fit):
        return Room(*map(float, fit))
    raise ValueError(f'fit={fit!r}: give "page", "slide", a size in pixels such as (640, 480), or None for any size')


def _is_length(length: object) -> bool:
    return isinstance(length, int | float) and not isinstance(length, bool) and 0 < length < float("inf")


def smallest(page: Page) -> float:
    """The size of a page's smallest letter, in points."""
    texts = (mark for mark in page.marks if isinstance(mark, Text))
    return min((size_of(run, mark.size) for mark in texts for run in mark.line), default=LETTER)


def shaped(page: Page) -> Page:
    """The page with so much white above and below it that it is no ribbon."""
    high = page.width / SHAPE
    if page.height >= high:
        return page
    down = (high - page.height) / 2
    return replace(page, height=high, foot=page.foot + down, marks=tuple(moved(mark, 0.0, down) for mark in page.marks))
