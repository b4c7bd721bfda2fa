"""A film as an animated GIF: a few pictures are painted, and every frame is put together from their parts.

The bare picture, the finished one, one with all gates lit, one with all questions, and the captions: nothing moves, so
a part of a frame is the same part of one of them.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from viz.layout.geometry import Rectangle, outermost
from viz.output import plate
from viz.output.films import Film
from viz.page.callouts import extent
from viz.page.page import Mark, Page
from viz.words.lettering import LINE, SIZE, width

if TYPE_CHECKING:
    from PIL.Image import Image

Pixels = npt.NDArray[np.uint8]
Inked = npt.NDArray[np.uint8]  # colours by their place in the palette
CLEAR = 255  # the colour of an animation that is none
CAPTIONS = 24  # that are painted in one picture


def animation(film: Film, dpi: float, pace: int, last: int) -> bytes:
    """The GIF; each frame stands `pace` milliseconds, the last one, and one that asks, `last`."""
    theme, count = film.page.theme, len(film.frames)
    frames = [pictured(each, palette) for palette, pictures in [_pictures(film, dpi)] for each in pictures]
    long = {count - 1, *(question.frame for question in film.questions)}
    how: dict[str, Any] = {
        "duration": [last if k in long else pace for k in range(count)],
        "loop": 0,
        "optimize": False,
    }
    if theme.transparent:
        how |= {"transparency": CLEAR, "disposal": 2}
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], **how)
    return out.getvalue()


def pictured(colours: Inked, palette: Sequence[int]) -> Image:
    """Places in a palette as a picture."""
    from PIL import Image

    # As a buffer: of a film's hundred frames, none is copied.
    picture = Image.frombuffer("P", colours.shape[::-1], np.ascontiguousarray(colours), "raw", "P", 0, 1)
    picture.putpalette(palette)
    return picture


def _pictures(film: Film, dpi: float) -> tuple[Sequence[int], list[Inked]]:
    """The palette, and every frame put together."""
    page = film.page
    parts = frozenset[str]().union(*(frame.shown for frame in film.frames))
    late = frozenset(part for part in parts if part.rpartition(".")[2] in ("question", "") or "." not in part)
    stages = [page.without(parts | page.lights), page.without(page.lights | late), page.without(parts)]
    stages += [_alone(page, part, parts) for part in sorted(late)]
    captions, places = _captions(film)
    painted = plate.paint([*stages, *captions], "png", timeout=30.0 + len(film.frames) / 10, dpi=dpi)
    palette, inked = _reduced(painted, page)
    bare, whole, lit, *others = inked[: len(stages)]
    source = dict.fromkeys(parts, whole) | dict(zip(sorted(late), others, strict=True))
    areas, scale = _areas(page.marks), bare.shape[1] / page.width
    frames = []
    for frame, place in zip(film.frames, places, strict=True):
        made = bare.copy()
        for part, picture in [(f"{gate}.halo", lit) for gate in frame.active] + [(x, source[x]) for x in frame.shown]:
            if part in areas:
                _paste(made, picture, areas[part], scale)
        _set(made, inked[len(stages) :], place, page, scale)
        frames.append(made)
    return palette, frames


def _alone(page: Page, part: str, parts: AbstractSet[str]) -> Page:
    """What comes and goes, such as a question, over the finished picture that it does not share with others."""
    return page.without((parts - {part}) | page.lights)


def _areas(marks: Sequence[Mark]) -> Mapping[str, Rectangle]:
    """The room that each part takes at most."""
    found: dict[str, list[Rectangle]] = {}
    for mark in marks:
        found.setdefault(mark.id, []).append(extent(mark))
    return {name: outermost(places) for name, places in found.items()}


def _paste(onto: Inked, picture: Inked, area: Rectangle, scale: float) -> None:
    sides = ((area.y, area.height), (area.x, area.width))
    room = tuple(slice(max(0, int((m - n / 2) * scale)), math.ceil((m + n / 2) * scale)) for m, n in sides)
    onto[room] = picture[room]


# Captions: painted below each other, and set below the picture --------------------------------------------------------


def _captions(film: Film) -> tuple[list[Page], list[tuple[int, int, int]]]:
    """Pages of captions, and where each frame's stands: the page, its first line, and how many it has."""
    pages: list[Page] = []
    places: list[tuple[int, int, int]] = []
    step = SIZE * LINE
    for start in range(0, len(film.lines), CAPTIONS):
        some = film.lines[start : start + CAPTIONS]
        every = [line for lines in some for line in lines]
        for lines in some:
            before = sum(n for page, _, n in places if page == len(pages))
            places.append((len(pages), before, len(lines)))
        wide = math.ceil(max(map(width, every), default=0.0)) + 2 * (film.page.width / 2 % 1) + 8  # as centred as there
        blank = replace(
            film.page, marks=(), width=min(wide, film.page.width), height=max(1, len(every)) * step, foot=0.0
        )
        pages.append(blank.captioned(every))
    return pages, places


def _set(onto: Inked, pages: Sequence[Inked], place: tuple[int, int, int], page: Page, scale: float) -> None:
    number, first, count = place
    step = SIZE * LINE * scale
    top, start, high = round(page.foot * scale), round(first * step), round(count * step)
    cut = pages[number][start : start + high]
    left = (onto.shape[1] - cut.shape[1]) // 2
    room = onto[top : top + len(cut), left : left + cut.shape[1]]
    room[:] = cut[: len(room)]


# One palette for all -------------------------------------------------------------------------------------------------


def _reduced(painted: Sequence[bytes], page: Page) -> tuple[Sequence[int], list[Inked]]:
    from PIL import Image

    seen = [Image.open(io.BytesIO(png)).convert("RGBA") for png in painted]
    flat = seen
    if page.theme.transparent:
        flat = [Image.alpha_composite(Image.new("RGBA", each.size, page.theme.paper), each) for each in seen]
    palette, colours = inked([np.asarray(each) for each in flat], CLEAR if page.theme.transparent else 256)
    if page.theme.transparent:  # an edge that is half clear keeps the theme's paper behind it
        for each, made in zip(seen, colours, strict=True):
            made[np.asarray(each.getchannel("A")) == 0] = CLEAR
    return palette, colours


def inked(pictures: Sequence[Pixels], most: int = 256) -> tuple[list[int], list[Inked]]:
    """One palette of the `most` frequent colours of pictures (H, W, 4) that are opaque, and the pictures in it.

    So paper and ink are exact and nothing flickers; Pillow's own quantisation makes paper of 252 out of white.
    """
    # A colour as one number, red last: its four bytes as they stand.
    codes = [np.ascontiguousarray(picture).view("<u4")[..., 0] & 0xFFFFFF for picture in pictures]
    paper = codes[0][0, 0]  # nearly all of a picture: counted without sorting it
    written = np.concatenate([code[code != paper] for code in codes])
    colours, counts = np.unique(np.append(written, paper), return_counts=True)
    counts[colours == paper] = written.size + 1
    palette = np.sort(colours[np.argsort(-counts, kind="stable")[:most]])
    parts = np.stack([colours & 255, colours >> 8 & 255, colours >> 16], axis=1).astype(np.int32)
    chosen = parts[np.searchsorted(colours, palette)]
    ink = np.zeros(1 << 24, dtype=np.uint8)
    for start in range(0, len(colours), 4096):  # in portions, because each compares with the whole palette
        distance = np.abs(parts[start : start + 4096, None] - chosen).sum(axis=2)
        ink[colours[start : start + 4096]] = distance.argmin(axis=1)
    return chosen.ravel().tolist(), [ink[code] for code in codes]


def frames_of(film: Film, dpi: float) -> Iterator[Image]:
    """The frames as they stand in the animation."""
    palette, pictures = _pictures(film, dpi)
    return (pictured(each, palette) for each in pictures)
