"""A film's files: a page that plays, an animation, slides, a folder of pictures."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from autograd_tiny import files
from viz import plate, player, slides

if TYPE_CHECKING:
    from PIL.Image import Image

    from viz.drawing import Drawing

Pixels = npt.NDArray[np.uint32]
PACE, LAST = 1600, 4000  # milliseconds that a frame of an animation stands
SCREEN = 96  # dots per inch of an animation


class Film(player.Film, Protocol):
    """What the files need of a film: what its page needs, and its frames as drawings."""

    def __iter__(self) -> Iterator[Drawing]: ...
    def __len__(self) -> int: ...


def save(film: Film, path: str | os.PathLike[str]) -> Path:
    """Write `film` in the format that the suffix names; a path without one is a folder."""
    suffix = Path(path).suffix.lower()
    if not suffix or os.fspath(path).endswith(("/", os.sep)):
        return _folder(film, Path(path))
    if suffix not in FORMATS:
        raise ValueError(f"cannot save {path}: suffix {suffix!r} is unknown; known: {KNOWN}")
    return files.write(path, FORMATS[suffix](film))


def _html(film: Film) -> str:
    return player.page(film)


def _gif(film: Film) -> bytes:
    from PIL import Image

    pictures = [Image.open(io.BytesIO(png)).convert("RGB") for png in _painted(film, "png", SCREEN)]
    frames = inked([np.asarray(picture, dtype=np.uint32) for picture in pictures])
    times = [PACE] * (len(frames) - 1) + [LAST]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=times, loop=0, optimize=False)
    return out.getvalue()


def inked(pictures: Sequence[Pixels]) -> list[Image]:
    """The pictures in one palette, of their 256 most frequent colours.

    So paper and ink are exact and nothing flickers; Pillow's own quantisation makes paper of 252 out of white.
    """
    from PIL import Image

    codes = [picture @ np.array([1 << 16, 1 << 8, 1], dtype=np.uint32) for picture in pictures]
    paper = codes[0][0, 0]  # nearly all of a picture: counted without sorting it
    written = np.concatenate([code[code != paper] for code in codes])
    colours, counts = np.unique(np.append(written, paper), return_counts=True)
    counts[colours == paper] = written.size + 1
    palette = np.sort(colours[np.argsort(-counts, kind="stable")[:256]])
    parts = np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=1).astype(np.int32)
    chosen = parts[np.searchsorted(colours, palette)]
    ink = np.zeros(1 << 24, dtype=np.uint8)
    for start in range(0, len(colours), 4096):  # in portions, because each compares with the whole palette
        distance = np.abs(parts[start : start + 4096, None] - chosen).sum(axis=2)
        ink[colours[start : start + 4096]] = distance.argmin(axis=1)
    frames = [Image.frombytes("P", code.shape[::-1], ink[code].tobytes()) for code in codes]
    for frame in frames:
        frame.putpalette(chosen.astype(np.uint8).tobytes())
    return frames


def _pdf(film: Film) -> bytes:
    return slides.bind(_painted(film, "pdf"), film.title)


def _painted(film: Film, form: str, dpi: int = plate.SHARP) -> Sequence[bytes]:
    return plate.paint([drawing.page for drawing in film], form, timeout=30.0 + len(film), dpi=dpi)


def _folder(film: Film, folder: Path) -> Path:
    """frame-01.svg, frame-01.png …: as many digits as sort them rightly."""
    if not folder.parent.is_dir():
        raise FileNotFoundError(f"cannot write {folder}: there is no folder {folder.parent}; create it first")
    painted = _painted(film, "png")
    folder.mkdir(exist_ok=True)
    digits = max(2, len(str(len(film))))
    for number, (drawing, png) in enumerate(zip(film, painted, strict=True), 1):
        files.write(folder / f"frame-{number:0{digits}}.svg", drawing.svg)
        files.write(folder / f"frame-{number:0{digits}}.png", png)
    return folder


# Another format (MP4) is another line here.
FORMATS: dict[str, Callable[[Film], bytes | str]] = {".html": _html, ".gif": _gif, ".pdf": _pdf}
KNOWN = ", ".join(FORMATS) + ' or a folder ("frames/")'
