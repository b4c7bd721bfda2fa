"""The stage: the circuit's picture with room for whatever its numbers become, and for those they were before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from viz.graph.model import Circuit, Wire
from viz.layout.layout import lay_out
from viz.look import Look
from viz.page.page import Page, page
from viz.play.controls import Control
from viz.play.score import Score
from viz.wires import prose
from viz.wires.inscriptions import Inscription, Reading, inscribe, tooltip_of
from viz.words import figures
from viz.words.lettering import line, width

READING = ("value", "gradient", "running", "local")


@dataclass(frozen=True)
class Shown:
    """What the page writes on a wire: for each text its number's place, and how many rows it takes."""

    wire: str
    texts: Mapping[str, tuple[int, int]]
    ghosts: bool


def staged(
    circuit: Circuit,
    score: Score,
    controls: Sequence[Control],
    look: Look,
    title: str,
    timeout: float,
    wide: float | None = None,
) -> tuple[Page, tuple[Shown, ...]]:
    """The page with the numbers as recorded, in rows of so many points, and what to write where when they change."""
    now = score.numbers([leaf._data for leaf in score.leaves])
    shown = tuple(shown_of(wire, score, now, look) for wire in circuit.wires)
    room = _inscribed(circuit, score, _widest(score, controls, now, look), look, shown)
    laid = lay_out(circuit, room, look, timeout, wide)
    described = prose.describe(circuit, {}, look.precision)
    drawn = page(circuit, _inscribed(circuit, score, now, look, shown), laid, look, title=title, description=described)
    return drawn.without(drawn.lights), shown


def shown_of(wire: Wire, score: Score, now: Sequence[Any], look: Look, ghosts: bool = True) -> Shown:
    """What is written on a wire; `ghosts` says whether scalars have room for what they were before."""
    seen = {"running": "gradient"}
    texts = {
        what: (place, len(figures.lines(now[place], look.precision)))
        for what in READING
        if seen.get(what, what) in look.show and (place := score.places.get((wire.id, what))) is not None
    }
    return Shown(wire.id, texts, ghosts and all(np.ndim(now[place]) == 0 for place, _ in texts.values()))


def _inscribed(
    circuit: Circuit, score: Score, numbers: Sequence[Any], look: Look, shown: Sequence[Shown]
) -> dict[str, Inscription]:
    """The numbers on their wires; outside of a scalar's there is an empty line for what it was before."""
    readings = {each.wire: _reading(each, numbers) for each in shown}
    values = {wire.id: wire.value for wire in circuit.wires}
    for name, reading in readings.items():  # a larger array shows its shape, as ever
        if reading.value is None:
            readings[name] = replace(reading, value=circuit.values[values[name]]._data)
    written = inscribe(circuit, readings, look)
    for each in shown:
        text = written[each.wire]
        label = circuit.labels[values[each.wire]]
        written[each.wire] = replace(text, tooltip=tooltip_of(label, Reading()))
        if each.ghosts:
            above = ((), *text.above) if "value" in each.texts else text.above
            below = (*text.below, ()) if "gradient" in each.texts else text.below
            written[each.wire] = replace(written[each.wire], above=above, below=below)
    return written


def _reading(shown: Shown, numbers: Sequence[Any]) -> Reading:
    given = {what: numbers[place] for what, (place, _) in shown.texts.items()}
    return Reading(given.get("value"), given.get("gradient"), given.get("local"), running=given.get("running"))


def _widest(score: Score, controls: Sequence[Control], now: Sequence[Any], look: Look) -> tuple[Any, ...]:
    """Each number as it takes most room while a slider goes from end to end."""

    def room(x: Any) -> float:
        return max(width(line(text)) for text in figures.lines(x, look.precision))

    found = list(now)
    for numbers in _samples(score, controls):
        found = [max(one, other, key=room) for one, other in zip(found, numbers, strict=True)]
    return tuple(found)


def _samples(score: Score, controls: Sequence[Control]) -> Iterator[tuple[Any, ...]]:
    for control in controls:
        for number in (control.low, control.high, 0.37 * control.low, 0.37 * control.high):
            inputs = [np.array(leaf._data) if leaf.shape else leaf._data for leaf in score.leaves]
            if score.leaves[control.leaf].shape:
                inputs[control.leaf].flat[control.place] = number
            else:
                inputs[control.leaf] = number
            try:
                yield score.numbers(inputs)
            except (ValueError, ArithmeticError):  # outside of where it is defined: the page will say NaN
                continue
