"""Charts of one size one after another: a page with a slider, an animation, slides, a folder of pictures."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

from autograd_tiny import files
from viz.chart import page
from viz.chart.chart import Chart
from viz.output import display, plate
from viz.output.webpage import asset, document, inline, written

PACE, LAST = 300, 2500  # milliseconds that a frame of an animation stands, and the last one


@dataclass(frozen=True, eq=False, repr=False)
class Reel(Sequence[Chart]):
    """A sequence of charts; `save` writes it as .html, .gif, .pdf, .txt or, without a suffix, as a folder of .svg."""

    title: str
    charts: tuple[Chart, ...]

    @property
    def captions(self) -> tuple[str, ...]:
        """What each frame is called."""
        return tuple(chart.plan.note or chart.title for chart in self.charts)

    @property
    def cover(self) -> Chart:
        """The last frame, to stand for all."""
        return self.charts[-1]

    @property
    def svg(self) -> str:
        """The last frame as an SVG document."""
        return self.cover.svg

    @property
    def description(self) -> str:
        """The first and the last frame in sentences."""
        return f"{len(self)} frames. First: {self.charts[0].description} Last: {self.cover.description}"

    @property
    def questions(self) -> tuple[Any, ...]:
        """What it asks of who looks on: nothing."""
        return ()

    @property
    def html(self) -> str:
        """The page."""
        pictures = [inline(chart.svg) for chart in self.charts]
        moving = asset(__package__, "reel.css").template.strip()
        theme = self.cover.plan.dress.theme
        style = page.style(theme, pictures, moving)
        script = asset(__package__, "reel.js").template.strip()
        frames = "\n".join(
            f'<figure class="frame">{page.stage(picture, theme)}<figcaption>{written(caption)}</figcaption></figure>'
            for picture, caption in zip(pictures, self.captions, strict=True)
        )
        described = written(self.description)
        return document(
            __package__,
            "reel.html",
            self.title,
            style,
            script,
            frames=frames,
            last=len(self) - 1,
            description=described,
        )

    def words(self) -> str:
        """The first and the last frame for a terminal."""
        return f"{self.charts[0].words()}\n{self.cover.words()}" if len(self) > 1 else self.cover.words()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it; ValueError for another suffix."""
        suffix = Path(path).suffix.lower()
        if not suffix:
            Path(path).mkdir(exist_ok=True)
            for number, chart in enumerate(self.charts, 1):
                chart.save(Path(path) / f"{number:03d}.svg")
            return Path(path)
        if suffix not in FORMATS:
            raise ValueError(f"cannot save {path}: suffix {suffix!r} is unknown; known: {', '.join(FORMATS)}")
        return files.write(path, FORMATS[suffix](self))

    @overload
    def __getitem__(self, index: int) -> Chart: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Chart, ...]: ...
    def __getitem__(self, index: int | slice) -> Chart | tuple[Chart, ...]:
        return self.charts[index]

    def __len__(self) -> int:
        return len(self.charts)

    def __iter__(self) -> Iterator[Chart]:
        return iter(self.charts)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return display.paged(self, repr(self))

    def __str__(self) -> str:
        return self.words()

    def __repr__(self) -> str:
        return f"<Reel {self.title!r}: {len(self)} charts; save it as {', '.join(FORMATS)} or a folder>"


def _gif(reel: Reel) -> bytes:
    from PIL import Image

    painted = [Image.open(io.BytesIO(chart.png(96))).convert("RGB") for chart in reel]
    palette = painted[-1].quantize(255, dither=Image.Dither.NONE)
    shown = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in painted]
    out, times = io.BytesIO(), [PACE] * (len(shown) - 1) + [LAST]
    shown[0].save(out, "GIF", save_all=True, append_images=shown[1:], duration=times, loop=0, optimize=False)
    return out.getvalue()


FORMATS: Mapping[str, Callable[[Reel], bytes | str]] = {
    ".html": lambda reel: reel.html,
    ".gif": _gif,
    ".pdf": lambda reel: plate.bind([chart.pdf() for chart in reel], reel.title),
    ".svg": lambda reel: reel.svg,
    ".png": lambda reel: reel.cover.png(),
    ".txt": lambda reel: reel.words(),
}
