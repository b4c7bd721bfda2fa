"""Programs run, and what they made: the pictures and pages they saved, the lines they printed."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from docs.exhibition.exhibits import Exhibit, Gallery

SVG = "{http://www.w3.org/2000/svg}"
SHORT = 320  # letters of an alternative text, about; the whole description stands in the picture and below it


@dataclass(frozen=True)
class Picture:
    """A picture by its file, in points, with its own words."""

    file: str
    width: float
    height: float
    title: str
    description: str

    @property
    def alt(self) -> str:
        """What it is, and as many sentences of the description as an alternative text may hold."""
        words = "" if self.description.startswith(self.title) else f"{self.title}."
        for sentence in self.description.split(". "):
            if len(words) + len(sentence) > SHORT:
                return f"{words} …"
            words += f" {sentence.rstrip('.')}."
        return words.strip()


@dataclass(frozen=True)
class Work:
    """What one exhibit's program made."""

    exhibit: Exhibit
    pictures: tuple[Picture, ...]
    pages: tuple[str, ...]  # names of HTML files
    sources: tuple[tuple[str, str], ...]  # LaTeX by its file's name
    printed: str


def make(gallery: Gallery, folder: Path) -> Iterator[Work]:
    """Run every program in `folder`, each with names of its own."""
    for group in gallery.groups:
        for exhibit in group.exhibits:
            yield _make(gallery.prelude, exhibit, folder)


def _make(prelude: str, exhibit: Exhibit, folder: Path) -> Work:
    before = set(folder.iterdir())
    printed = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(printed):
        exec(compile(prelude + exhibit.program, f"<{exhibit.title}>", "exec"), {})
    made = sorted(set(folder.iterdir()) - before)
    by_suffix = {suffix: [path for path in made if path.suffix == suffix] for suffix in (".svg", ".html", ".tex")}
    sources = tuple((path.name, path.read_text("utf-8")) for path in by_suffix[".tex"])
    pages = tuple(path.name for path in by_suffix[".html"])
    return Work(exhibit, tuple(map(_picture, by_suffix[".svg"])), pages, sources, printed.getvalue().rstrip("\n"))


def _picture(path: Path) -> Picture:
    root = ElementTree.parse(path).getroot()
    width, height = (float(root.get("viewBox", "").split()[k]) for k in (2, 3))
    title, description = (" ".join(root.findtext(f"{SVG}{name}", "").split()) for name in ("title", "desc"))
    return Picture(path.name, width, height, title, description)


def kibibytes(folder: Path) -> float:
    """How large everything in the folder is."""
    return sum(os.path.getsize(path) for path in folder.iterdir()) / 1024
