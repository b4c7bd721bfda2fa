"""A film as one self-contained page: play, step, scrub, read along; works from a file, without a network.

The page reveals and lights parts of a single picture. Without scripts it shows the finished picture and every step.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from autograd_tiny.learners import agreement
from viz.look import Look
from viz.output.webpage import (
    LEGIBLE,
    STYLE,
    asset,
    dressed,
    embedded,
    inline,
    policy,
    program_script,
    sizes,
    typeset,
    written,
)
from viz.words.lettering import Line

# The page judges numbers by these, as lessons do.
RULES = {
    name: getattr(agreement, name.upper()) for name in ("exact", "nought", "close", "rounded", "worked", "near", "no")
}


class Frame(Protocol):
    """What one moment of a film shows: the picture's parts by their ids."""

    @property
    def shown(self) -> Iterable[str]: ...
    @property
    def active(self) -> Iterable[str]: ...


class Question(Protocol):
    """What a frame asks before the film goes on: a number, judged by those that are right and those that are not."""

    @property
    def frame(self) -> int: ...
    @property
    def ask(self) -> str: ...
    @property
    def right(self) -> Sequence[float]: ...
    @property
    def slack(self) -> float: ...
    @property
    def wrong(self) -> Sequence[tuple[float, str]]: ...


class Performance(Protocol):
    """How a film is played: sliders as HTML, a program, and the rest as data."""

    @property
    def sliders(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def record(self) -> dict[str, Any]: ...


class Film(Protocol):
    """What the page needs of a film: one picture with every part in its place, and what each frame reveals of it."""

    @property
    def title(self) -> str: ...
    @property
    def look(self) -> Look: ...
    @property
    def svg(self) -> str: ...
    @property
    def frames(self) -> Sequence[Frame]: ...
    @property
    def captions(self) -> Sequence[str]: ...
    @property
    def letters(self) -> Sequence[Line]: ...
    @property
    def descriptions(self) -> Sequence[str]: ...
    @property
    def notes(self) -> Sequence[str]: ...
    @property
    def performance(self) -> Performance | None: ...
    @property
    def links(self) -> Sequence[tuple[str, str, str]]: ...
    @property
    def questions(self) -> Sequence[Question]: ...


def page(film: Film) -> str:
    """The film as one HTML page: everything inside, nothing fetched, only its own style and script allowed to run."""
    picture = inline(film.svg)
    dress, rules = dressed(film.look.theme, [picture])
    style = STYLE + asset(__package__, "player.css").substitute(sizes(picture, LEGIBLE) | dress).strip() + rules
    scripts = ("judge.js", "paths.js", "player.js") if film.questions else ("paths.js", "player.js")
    script = "\n".join(asset(__package__, name).template.strip() for name in scripts)
    played = film.performance
    script = (program_script(played.source) + "\n" if played else "") + script
    return asset(__package__, "player.html").substitute(
        policy=policy(style, script),
        title=written(film.title),
        style=style,
        description=written(film.descriptions[-1]),
        picture=picture,
        caption=typeset(film.letters[-1]),
        sliders=asset(__package__, "sliders.html").substitute(sliders=played.sliders) if played else "",
        question=asset(__package__, "question.html").template.rstrip() if film.questions else "",
        count=len(film.frames),
        steps="\n".join(
            _step(number, *said) for number, said in enumerate(zip(film.letters, film.notes, strict=True), 1)
        ),
        film=embedded(_record(film)),
        script=script,
    )


def _step(number: int, caption: Line, note: str) -> str:
    beside = f'<span class="note">{written(note)}</span>' if note else ""
    return f'      <li><a href="#frame={number}">{typeset(caption)}</a>{beside}</li>'


def _record(film: Film) -> dict[str, object]:
    """The frames as differences: which parts appear, disappear and are lit, by their place in `parts`."""
    shown = [frozenset(frame.shown) for frame in film.frames]
    lit = [frozenset(frame.active) for frame in film.frames]
    parts = sorted(frozenset[str]().union(*shown, *lit))
    place = {part: index for index, part in enumerate(parts)}
    changes = zip([frozenset[str](), *shown], shown, lit, film.descriptions, strict=False)
    frames = [
        {
            "description": description,
            "show": _places(now - before, place),
            "hide": _places(before - now, place),
            "lit": _places(active, place),
        }
        for before, now, active, description in changes
    ]
    asked = {"rules": RULES, "questions": [_question(each) for each in film.questions]} if film.questions else {}
    played = {"song": film.performance.record} if film.performance else {}
    return {"parts": parts, "frames": frames, "links": film.links, "notes": film.notes} | asked | played


def _question(question: Question) -> dict[str, object]:
    return {name: getattr(question, name) for name in ("frame", "ask", "right", "slack", "wrong")}


def _places(parts: Iterable[str], place: dict[str, int]) -> list[int]:
    return sorted(place[part] for part in parts)
