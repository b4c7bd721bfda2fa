"""A film's files: a page that plays, an animation, slides, a folder of pictures."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from autograd_tiny import files
from viz.layout.press import LayoutError
from viz.output import plate, player, tikz
from viz.output.animation import animation
from viz.output.films import Film
from viz.output.plate import AS_USUAL, Sharpness

PACE, LAST = 1600, 4000  # milliseconds that a frame of an animation stands; the last, and one that asks
SCREEN = 96  # dots per inch of an animation


def save(film: Film, path: str | os.PathLike[str], width: int | None = None, dpi: float | None = None) -> Path:
    """Write `film` in the format that the suffix names; a path without one is a folder.

    `width` (pixels) or `dpi` say how sharp pictures of pixels are.
    """
    suffix = Path(path).suffix.lower()
    folder = not suffix or os.fspath(path).endswith(("/", os.sep))
    sharp = plate.sharpness(path, width, dpi, folder or suffix in (".gif", ".mp4"))
    if folder:
        return _folder(film, Path(path), sharp)
    if suffix not in FORMATS:
        raise ValueError(f"cannot save {path}: suffix {suffix!r} is unknown; known: {KNOWN}")
    return files.write(path, FORMATS[suffix](film, sharp))


def _html(film: Film, sharp: Sharpness = AS_USUAL) -> str:
    return player.page(film)


def _tex(film: Film, sharp: Sharpness = AS_USUAL) -> str:
    return tikz.film_document(film)


def _gif(film: Film, sharp: Sharpness = AS_USUAL) -> bytes:
    return animation(film, plate.dots(film.page, sharp, SCREEN), PACE, LAST)


def _mp4(film: Film, sharp: Sharpness = AS_USUAL) -> bytes:
    """A video knows no transparency: it keeps the theme's paper."""
    theme = replace(film.page.theme, transparent=False)
    widest = 72 * WIDEST / max(film.page.width, film.page.height)
    dpi = min(plate.dots(film.page, sharp), widest)
    pages = [replace(drawing.page, theme=theme) for drawing in film]
    frames = plate.paint(pages, "png", timeout=30.0 + len(film), dpi=dpi)
    return encode_video(frames, theme.paper, PACE / 1000, LAST / 1000, timeout=60.0 + 2 * len(film))


def _pdf(film: Film, sharp: Sharpness = AS_USUAL) -> bytes:
    return plate.bind(_painted(film, "pdf"), film.title)


def _painted(film: Film, form: str, dpi: float = plate.SHARP) -> Sequence[bytes]:
    return plate.paint([drawing.page for drawing in film], form, timeout=30.0 + len(film), dpi=dpi)


def _folder(film: Film, folder: Path, sharp: Sharpness) -> Path:
    """frame-01.svg, frame-01.png …: as many digits as sort them rightly."""
    if not folder.parent.is_dir():
        raise FileNotFoundError(f"cannot write {folder}: there is no folder {folder.parent}; create it first")
    painted = _painted(film, "png", plate.dots(film.page, sharp))
    folder.mkdir(exist_ok=True)
    digits = max(2, len(str(len(film))))
    for number, (drawing, png) in enumerate(zip(film, painted, strict=True), 1):
        files.write(folder / f"frame-{number:0{digits}}.svg", drawing.svg)
        files.write(folder / f"frame-{number:0{digits}}.png", png)
    return folder


# Another format is another line here.
FORMATS: dict[str, Callable[..., bytes | str]] = {
    ".html": _html,
    ".gif": _gif,
    ".mp4": _mp4,
    ".pdf": _pdf,
    ".tex": _tex,
}
KNOWN = ", ".join(FORMATS) + ' or a folder ("frames/")'


# Frames → MP4: the one place that runs ffmpeg, which must be on PATH; nothing else of ours needs it ------------------
#
# The video is what every player and slide program shows: H.264, even sides, yuv420p. Frames go in through a pipe; the
# file, whose head is written last, is made in a folder that is gone before it is handed on.


RATE = 5  # pictures a second: players dislike fewer, and equal ones cost nothing
WIDEST = 3840  # pixels that usual machines decode

# One thread, and no word of when and by which version: the same frames give the same bytes on the same machine.
_EXACT = "-threads 1 -map_metadata -1 -fflags +bitexact -flags:v +bitexact"
_FORM = (
    "-c:v libx264 -crf 16 -tune stillimage -pix_fmt yuv420p -colorspace bt709 -color_primaries bt709 -color_trc bt709"
)


def encode_video(frames: Iterable[bytes], paper: str, pace: float, last: float, timeout: float) -> bytes:
    """PNG frames as a video, each standing `pace` seconds, the last one `last`; odd sides gain a line of `paper`."""
    program = shutil.which("ffmpeg")
    if program is None:
        raise LayoutError(
            "no ffmpeg on PATH, and .mp4 needs it: install it (Debian: apt-get install ffmpeg), "
            "or save as .gif, or as .html, a page that plays"
        )
    hold = f"tpad=stop_mode=clone:stop_duration={last - pace:g}"
    even = f"pad=ceil(iw/2)*2:ceil(ih/2)*2:color=0x{paper[1:]}"
    chain = f"{hold},fps={RATE},{even},scale=out_color_matrix=bt709:out_range=tv"
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "film.mp4"
        into = f"-hide_banner -loglevel error -f image2pipe -c:v png -framerate {1 / pace:g} -i - -vf".split()
        command = [program, *into, chain, *_FORM.split(), *_EXACT.split(), "-movflags", "+faststart", str(made)]
        _run(command, b"".join(frames), timeout)
        return made.read_bytes()


def _run(command: list[str], frames: bytes, timeout: float) -> None:
    try:
        done = subprocess.run(command, input=frames, capture_output=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as error:
        raise LayoutError(f"ffmpeg was stopped after {timeout:g} s; save as .html, which takes moments") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["without a word"]
        raise LayoutError(f"ffmpeg ended with {done.returncode}: {said[-1]}; save as .gif or .html")
