"""Frames → MP4: the one module that runs ffmpeg, which must be on PATH; nothing else of ours needs it.

The video is what every player and slide program shows: H.264, even sides, yuv420p. Frames go in through a pipe; the
file, whose head is written last, is made in a folder that is gone before it is handed on.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from viz.press import LayoutError

RATE = 5  # pictures a second: players dislike fewer, and equal ones cost nothing
WIDEST = 3840  # pixels that usual machines decode

# One thread, and no word of when and by which version: the same frames give the same bytes on the same machine.
_EXACT = "-threads 1 -map_metadata -1 -fflags +bitexact -flags:v +bitexact"
_FORM = (
    "-c:v libx264 -crf 16 -tune stillimage -pix_fmt yuv420p -colorspace bt709 -color_primaries bt709 -color_trc bt709"
)


def encode(frames: Iterable[bytes], paper: str, pace: float, last: float, timeout: float) -> bytes:
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
