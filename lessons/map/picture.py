"""The map as a page of marks: headings, boxes with titles and signs, quiet lines; where each leads; and in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from lessons.format import library
from lessons.map.places import HEADING, LETTERS, NUMBER, PAD, WIDE, Place, plan
from lessons.map.wires import Wires
from lessons.session.standing import Standing, by_part
from viz.layout.geometry import Rectangle
from viz.look import THEMES, Theme
from viz.output.svg import Link
from viz.page.page import BORDER, Curve, Mark, Page, Shape, Text
from viz.words.lettering import LINE, line, width

CORNER = 4.0
LEGEND = 16.0
SIGNS = {"✓": "done", "▸": "begun"}


def page(known: Sequence[Standing], proposed: str, title: str) -> Page:
    """The map of these lessons, the `proposed` one lit."""
    theme = THEMES["lecture"]
    parts = {part: {s.entry.id: s.entry.title for s in inside} for part, inside in by_part(known).items()}
    there = plan(parts)
    needs = direct({standing.entry.id: standing.entry.needs for standing in known})
    wires = Wires(there, needs)
    edges = [BORDER + edge for edge in wires.edges]
    wide = edges[-1] + WIDE + BORDER
    legend = BORDER + max(there.bottom() - LEGEND, there.bottom(0) + 2 * PAD)
    marks = [
        *(
            mark
            for part, inside in by_part(known).items()
            for mark in _heading(part, inside, there.headings[part], edges)
        ),
        *_lines(wires, theme),
        *(
            mark
            for n, s in enumerate(known)
            for mark in _lesson(n, s, there.lessons[s.entry.id], edges, proposed, theme)
        ),
        *_legend(known, proposed, edges[0], legend, theme),
    ]
    high = max(BORDER + there.bottom(), BORDER + wires.bottom, legend + LEGEND) + BORDER
    return Page(wide, high, tuple(marks), theme, title, told(known, needs, proposed), high)


def links(known: Iterable[Standing], address: Callable[[str], str]) -> dict[str, Link]:
    """Where each lesson's box leads, and what it is called; one whose address is "" leads nowhere."""
    return {
        f"lesson{n}": Link(to, ", ".join(filter(None, (each.entry.title, SIGNS.get(each.sign)))))
        for n, each in enumerate(known)
        if (to := address(each.entry.id))
    }


def direct(needs: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """What each lesson needs and nothing in between needs, too: a map with no shortcuts."""
    there = {name: [need for need in wanted if need in needs] for name, wanted in needs.items()}
    behind = {name: set(library.ancestors(name, there)) - {name} for name in there}
    return {
        name: [n for n in wanted if not any(n in behind[other] for other in wanted)] for name, wanted in there.items()
    }


def told(known: Sequence[Standing], needs: Mapping[str, Sequence[str]], proposed: str) -> str:
    """The map in sentences, part by part."""
    titles = {standing.entry.id: standing.entry.title for standing in known}

    def one(standing: Standing) -> str:
        name = standing.entry.id
        states = [SIGNS[standing.sign]] if standing.sign in SIGNS else []
        states += ["next"] if name == proposed else []
        state = f" ({', '.join(states)})" if states else ""
        on = f", which builds on {' and '.join(titles[need] for need in needs[name])}" if needs[name] else ""
        return f"{titles[name]}{state}{on}"

    return "\n".join(f"{part}: {'; '.join(map(one, inside))}." for part, inside in by_part(known).items())


def far(part: Sequence[Standing]) -> str:
    """How far a part has come, or how long it takes."""
    done = sum(standing.finished for standing in part)
    return f"{done} of {len(part)} done" if done else f"{sum(standing.entry.minutes for standing in part)} min"


def _heading(part: str, inside: Sequence[Standing], place: Place, edges: Sequence[float]) -> Iterator[Mark]:
    x, y = edges[place.column], BORDER + place.top
    yield Text("part", x, y + HEADING / 2, line(part), 11.5, "start")
    yield Text("part", x + WIDE, y + HEADING / 2 + 0.5, line(far(inside), "muted"), 9.0, "end")


def _lines(wires: Wires, theme: Theme) -> Iterator[Mark]:
    for n, path in enumerate(wires.paths()):
        yield Curve(f"wire{n}", path.moved(BORDER, BORDER), theme.muted, thickness=0.75)


def _lesson(
    number: int, standing: Standing, place: Place, edges: Sequence[float], proposed: str, theme: Theme
) -> Iterator[Mark]:
    """Its box, with its number, its title and how it stands."""
    name, told = f"lesson{number}", standing.entry.summary
    x, y = edges[place.column], BORDER + place.middle
    lit = standing.entry.id == proposed
    box = Rectangle(x + WIDE / 2, y, WIDE, place.height)
    fill = theme.lit if lit else theme.box if standing.sign == "✓" else theme.paper
    stroke, thickness = (theme.wire, 2.0) if lit else (theme.edge, 1.0)
    yield Shape(name, box, fill, stroke, thickness, boxed=True, tooltip=told, corner=CORNER)
    yield Text(name, x + NUMBER - 5, y, line(str(number + 1), "muted"), LETTERS, "end", told)
    for row, text in enumerate(place.title):
        middle = y + (row - (len(place.title) - 1) / 2) * LETTERS * LINE
        yield Text(name, x + NUMBER, middle, text, LETTERS, "start", told)
    if standing.sign in SIGNS:
        yield Text(name, x + WIDE - 5, y, line(standing.sign, "value"), LETTERS + 1, "end", told)


def _legend(known: Sequence[Standing], proposed: str, x: float, y: float, theme: Theme) -> Iterator[Mark]:
    """What the signs mean that are there."""
    words = [f"{sign} {state}" for sign, state in SIGNS.items() if any(each.sign == sign for each in known)]
    y += LEGEND / 2
    if any(each.entry.id == proposed for each in known):
        place = Rectangle(x + 8, y, 14, 10)
        yield Shape("legend", place, theme.lit, theme.wire, 1.5, boxed=True, corner=CORNER / 2)
        words = ["next", *words]
        x += NUMBER
    for word in words:
        text = line(word, "muted")
        yield Text("legend", x, y, text, LETTERS, "start")
        x += width(text, LETTERS) + 12
