"""A film as one self-contained page: play, step, scrub, read along; works from a file, without a network.

The page reveals and lights parts of a single picture. Without scripts it shows the finished picture and every step.
"""

from collections.abc import Iterable, Sequence

from autograd_tiny.learners import agreement
from viz.output.films import Film, Question
from viz.output.svg import svg
from viz.output.webpage import (
    LEGIBLE,
    STYLE,
    asset,
    document,
    dressed,
    embedded,
    inline,
    program_script,
    sizes,
    typeset,
    written,
)
from viz.page.levels import START, Level
from viz.words.lettering import Line

# The page judges numbers by these, as lessons do.
RULES = {
    name: getattr(agreement, name.upper()) for name in ("exact", "nought", "close", "rounded", "worked", "near", "no")
}


def page(film: Film) -> str:
    """The film as one HTML page: everything inside, nothing fetched, only its own style and script allowed to run."""
    picture = inline(film.svg)
    levels = [] if film.levels is None else film.levels()
    insides = {level.name: inline(svg(level.page, prefix=f"{level.name}.")) for level in levels[1:]}
    dress, rules = dressed(film.look.theme, [picture, *insides.values()])
    style = STYLE + asset(__package__, "player.css").substitute(sizes(picture, LEGIBLE) | dress).strip() + rules
    scripts = ("judge.js", "paths.js", "player.js") if film.questions else ("paths.js", "player.js")
    script = "\n".join(asset(__package__, name).template.strip() for name in scripts)
    played = film.performance
    script = (program_script(played.source) + "\n" if played else "") + script
    return document(
        __package__,
        "player.html",
        film.title,
        style,
        script,
        description=written(film.descriptions[-1]),
        picture=picture,
        caption=typeset(film.letters[-1]),
        sliders=asset(__package__, "sliders.html").substitute(sliders=played.sliders) if played else "",
        question=asset(__package__, "question.html").template.rstrip() if film.questions else "",
        insides=asset(__package__, "insides.html").substitute(pictures="\n".join(insides.values())) if insides else "",
        count=len(film.frames),
        steps="\n".join(
            _step(number, *said) for number, said in enumerate(zip(film.letters, film.notes, strict=True), 1)
        ),
        film=embedded(_record(film) | _opened(levels)),
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


def _opened(levels: Sequence[Level]) -> dict[str, object]:
    """The insides in the order of their pictures, each with the one around it; doors are the marks that lead in."""
    if len(levels) < 2:
        return {}
    doors = [
        (mark if level.name == START else f"{level.name}.{mark}", to)
        for level in levels
        for mark, to in level.doors.items()
        if mark.startswith("gate")
    ]
    return {"insides": [(level.name, level.title, level.around) for level in levels[1:]], "doors": doors}


def _question(question: Question) -> dict[str, object]:
    return {name: getattr(question, name) for name in ("frame", "ask", "right", "slack", "wrong")}


def _places(parts: Iterable[str], place: dict[str, int]) -> list[int]:
    return sorted(place[part] for part in parts)
