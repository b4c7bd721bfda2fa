"""`python -m lessons build DIR`: everything written as pages that work from a file, without a network.

Same input, same bytes. Lessons are worked out side by side, one process each, as many at a time as there are cores.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from autograd_tiny import files
from lessons.format import library
from lessons.format.lesson import LessonError, Predict
from lessons.format.outline import anchors
from lessons.pages.pictures import style
from lessons.site import chrome, guides, links, questions, reference, search, steps
from lessons.site.chrome import Page
from lessons.site.steps import Site
from viz.output.webpage import asset


@dataclass(frozen=True)
class Built:
    """What has been written: how many pages, how many bytes in all, the largest page."""

    pages: int
    size: int
    largest: tuple[int, str]

    def __str__(self) -> str:
        size, name = self.largest
        return f"{self.pages} pages, {self.size / 1e6:.1f} MB; the largest is {name}, {size / 1e3:.0f} kB"


def build(folder: Path, only: Sequence[str] = (), tell: Callable[[str], object] = lambda line: None) -> Built:
    """Write the site into the folder, which may hold one from before; `only` some lessons, where they are named.

    LessonError where a lesson cannot be read, or a link leads nowhere; FileExistsError where the folder holds
    something else.
    """
    _check(folder)
    made = content(only, tell)
    if broken := links.broken(made):
        raise LessonError("links that lead nowhere:\n" + "\n".join(broken))
    for old in _written(folder) - made.keys():
        (folder / old).unlink()
    for name, data in made.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        files.write(folder / name, data)
    files.write(folder / MARK, "\n".join(sorted(made)) + "\n")
    sizes = {name: len(data) for name, data in made.items()}
    pages = {name: size for name, size in sizes.items() if name.endswith(".html")}
    return Built(len(pages), sum(sizes.values()), max((size, name) for name, size in pages.items()))


MARK = "files.txt"  # what a build has written here: the next one takes away what is no longer there


def _check(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / MARK).exists())):
        raise FileExistsError(f"{folder} holds something else than a site; name a folder that is new or empty")


def _written(folder: Path) -> set[str]:
    known = (folder / MARK).read_text("utf-8").split("\n") if (folder / MARK).exists() else []
    return {name for name in known if name and (folder / name).is_file()}


def content(only: Sequence[str] = (), tell: Callable[[str], object] = lambda line: None) -> dict[str, bytes]:
    """Every file of the site by its place."""
    site = shelf(only)
    pages, data = _lessons(site, tell)
    tell("map, gallery, experiments, guides, reference")
    pages += _others(site)
    pages.append(search.page(pages))
    there = frozenset(page.place for page in pages)
    whole = {page.place: chrome.html(page, there).encode() for page in pages}
    return dict(sorted((whole | data | dict(_assets()) | guides.hung()).items()))


def shelf(only: Sequence[str] = ()) -> Site:
    """The lessons that are wanted, and where their steps are."""
    for name in only:
        library.path_of(name)
    entries = tuple(entry for entry in library.entries() if not only or entry.id in only)
    lessons = {entry.id: library.load(entry.id) for entry in entries}
    places = {
        name: {anchor: step.number for step in lesson.steps for anchor in anchors(step)}
        for name, lesson in lessons.items()
    }
    asked = {
        name: tuple(question.id for question in lesson.questions if isinstance(question, Predict))
        for name, lesson in lessons.items()
    }
    return Site(entries, places, asked)


def _lessons(site: Site, tell: Callable[[str], object]) -> tuple[list[Page], dict[str, bytes]]:
    pages: list[Page] = []
    data: dict[str, bytes] = {}
    for entry, made in zip(site.entries, _side_by_side(site), strict=True):
        tell(f"{entry.id}: {len(made[0])} pages")
        pages += made[0]
        data |= {name: text.encode() for name, text in made[1].items()}
    return pages, data


def _side_by_side(site: Site) -> Iterator[tuple[list[Page], Mapping[str, str]]]:
    workers = min(os.cpu_count() or 1, len(site.entries))
    if workers < 2 or len(site.entries) < 3:
        yield from (_lesson(entry.id, site) for entry in site.entries)
        return
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        for work in [pool.submit(_lesson, entry.id, site) for entry in site.entries]:
            yield work.result()


def _lesson(name: str, site: Site) -> tuple[list[Page], Mapping[str, str]]:
    lesson = library.load(name)
    made = steps.pages(lesson, site)
    return list(made.pages), made.framed


def _others(site: Site) -> list[Page]:
    everything = library.entries()
    return [
        guides.front(site, everything),
        guides.map_page(site, everything),
        guides.experiments(site),
        *guides.gallery(site),
        *guides.documents(site),
        *reference.pages(),
    ]


def _assets() -> Iterator[tuple[str, bytes]]:
    yield "assets/style.css", (style() + asset(__package__, "site.css").template).encode()
    yield "assets/judge.js", questions.script().encode()
    for name in ("site.js", "search.js"):
        yield f"assets/{name}", asset(__package__, name).template.encode()
