"""The way through the lessons: the map of all of them as a picture, and the shortest way to one in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from lessons.format import library
from lessons.format.lesson import LessonError
from lessons.map import picture
from lessons.session.standing import Standing, next_lesson
from viz.drawing import Drawing
from viz.output import plate, zoom
from viz.output.svg import svg
from viz.page.levels import START, Level
from viz.page.page import Page


def drawn(known: Sequence[Standing], target: str = "", proposed: str = "") -> Drawing:
    """The map of all lessons, or of the way to one, as a drawing; lit is the one that comes next, or is `proposed`."""
    page = _page(known, target, proposed)
    return Drawing(page, lambda: plate.document(page), lambda: page.description)


def linked(known: Sequence[Standing], address: Callable[[str], str], proposed: str = "") -> str:
    """The map as SVG for a page, each lesson a link to its address; "" is no link."""
    return svg(_page(known, "", proposed), picture.links(known, address))


def zoomed(known: Sequence[Standing], address: Callable[[str], str], proposed: str = "") -> str:
    """The map as a page of its own that zooms, each lesson a link."""
    page = _page(known, "", proposed)
    return zoom.page([Level(START, page.title, "", page, {})], page.title, picture.links(known, address))


def _page(known: Sequence[Standing], target: str, proposed: str) -> Page:
    way = _way(target, known) if target else known
    left = [standing.entry.id for standing in way if not standing.finished]
    chosen = proposed or next_lesson(way)
    title = f"The way to {way[-1].entry.title}" if target else "The lessons, and what each builds on"
    return picture.page([s for s in known if s in way], chosen if chosen in left else "", title)


def aim(target: str, known: Sequence[Standing]) -> str:
    """The lessons that are still to be taken to reach this one, what is needed first."""
    way = _way(target, known)
    left = [standing for standing in way if not standing.finished]
    if not left:
        return f"You have been there: {target} is done, and all that it needs."
    minutes = sum(standing.entry.minutes for standing in left)
    lines = [f"{number:>3}  {each.entry.id:<24} {_told(each)}" for number, each in enumerate(left, 1)]
    done = len(way) - len(left)
    behind = f" ({done} behind you)" if done else ""
    count = f"{len(left)} lesson{'s' * (len(left) > 1)}"
    begin = f"\n\nnext: python -m lessons {left[0].entry.id}"
    return f"The way to {target}: {count}, about {minutes} minutes{behind}\n\n" + "\n".join(lines) + begin


def _way(target: str, known: Sequence[Standing]) -> list[Standing]:
    """The lesson and all that it builds on; LessonError with the nearest names where there is none."""
    by_id = {standing.entry.id: standing for standing in known}
    if target not in by_id:
        library.path_of(target)
        raise LessonError(f"There is no lesson {target!r}")
    return [by_id[name] for name in library.ancestors(target, {name: by_id[name].entry.needs for name in by_id})]


def _told(standing: Standing) -> str:
    state = f"  [{standing.state}]" if standing.state else ""
    return f"{standing.entry.minutes} min  {standing.entry.title}{state}"


def saved(drawing: Drawing, folder: Path, name: str) -> Path:
    """Write the map into the learner's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    return drawing.save(folder / f"{name}.svg")
