"""A circuit that is played as one self-contained page: the picture, its sliders, and the program that moves it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from viz.graph.model import Circuit
from viz.look import Look
from viz.output import webpage
from viz.output.svg import svg
from viz.output.webpage import (
    LEGIBLE,
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
from viz.page.page import Page
from viz.paths.routes import Routes
from viz.paths.words import Spelling, counted
from viz.play.controls import Control
from viz.play.formula import Piece
from viz.play.score import OUTPUT, Score
from viz.play.stage import Shown
from viz.words import lettering
from viz.words.lettering import shorten

BROAD = 2.2  # times as wide as high: such a picture stands above its sliders
PRINTED = 40_000  # characters of a program that the page shows


class Playable(Protocol):
    """What the page needs."""

    @property
    def page(self) -> Page: ...
    @property
    def circuit(self) -> Circuit: ...
    @property
    def score(self) -> Score: ...
    @property
    def controls(self) -> Sequence[Control]: ...
    @property
    def shown(self) -> Sequence[Shown]: ...
    @property
    def paths(self) -> Mapping[int, Routes]: ...
    @property
    def spelling(self) -> Spelling: ...
    @property
    def formula(self) -> Sequence[Piece]: ...
    @property
    def look(self) -> Look: ...


def html(play: Playable) -> str:
    """The page: everything inside, nothing fetched."""
    picture = inline(svg(play.page))
    dress, rules = dressed(play.look.theme, [picture])
    measures = sizes(picture, LEGIBLE) | dress
    style = webpage.STYLE + asset(__package__, "play.css").substitute(measures).strip() + rules
    script = asset(__package__, "play.js").substitute(score=program_script(play.score.source))
    output = _called(play.spelling.name(play.circuit.values[play.circuit.outputs[0]]))
    return document(
        __package__,
        "play.html",
        play.page.title,
        style,
        script.strip(),
        shape="tall" if play.page.width < BROAD * play.page.height else "",
        description=written(play.page.description),
        picture=picture,
        output=output,
        controls="\n".join(control(k, each, output) for k, each in enumerate(play.controls)),
        program=written(play.score.source[:PRINTED]),
        song=embedded(_record(play)),
    )


def _called(name: str) -> str:
    return typeset(lettering.name(name))


def control(k: int, moved: Control, output: str = "") -> str:
    """A slider as HTML, with the slope of the output if there is one to be told."""
    reach = f'min="{moved.low!r}" max="{moved.high!r}" step="any" value="{moved.number!r}"'
    name, plain = _called(moved.name), written(shorten(moved.name))
    slope = asset(__package__, "slope.html").substitute(k=k, name=name, output=output) if output else ""
    described = f'aria-describedby="play-slope-{k}"' if output else ""
    return (
        asset(__package__, "control.html")
        .substitute(k=k, name=name, plain=plain, reach=reach, number=repr(moved.number), slope=slope, told=described)
        .rstrip()
    )


def leaves_record(score: Score) -> list[dict[str, Any]]:
    """What the program takes: the leaves' numbers, row by row."""
    return [{"shape": leaf.shape, "data": np.asarray(leaf._data).ravel().tolist()} for leaf in score.leaves]


def controls_record(controls: Sequence[Control]) -> list[dict[str, Any]]:
    """The sliders, and which numbers they move."""
    return [
        {"leaf": each.leaf, "place": each.place, "name": shorten(each.name), "number": each.number, "low": each.low,
         "high": each.high, "step": each.step}
        for each in controls
    ]  # fmt: skip


def wires_record(shown: Sequence[Shown]) -> list[dict[str, Any]]:
    """Where the numbers stand."""
    return [{"id": each.wire, "texts": each.texts, "ghosts": each.ghosts} for each in shown]


def _record(play: Playable) -> dict[str, Any]:
    return {
        "precision": play.look.precision,
        "leaves": leaves_record(play.score),
        "controls": controls_record(play.controls),
        "output": {
            "place": play.score.places[OUTPUT],
            "name": play.spelling.name(play.circuit.values[play.circuit.outputs[0]]),
        },
        "wires": wires_record(play.shown),
        "handles": dict(_handles(play)),
        "formula": play.formula,
        "paths": {str(k): _paths(play, way) for k, way in play.paths.items()},
    }


def _handles(play: Playable) -> Iterator[tuple[str, int]]:
    """The nodes of the picture that can be dragged: leaves of a single number."""
    place = {id(leaf): k for k, leaf in enumerate(play.score.leaves)}
    moved = {each.leaf: k for k, each in enumerate(play.controls) if not play.score.leaves[each.leaf].shape}
    for node in play.circuit.nodes:
        leaf = place.get(id(play.circuit.values[node.value])) if node.kind == "leaf" else None
        if leaf in moved:
            yield node.id, moved[leaf]


def _paths(play: Playable, way: Routes) -> dict[str, Any]:
    place = {id(v): k for k, v in enumerate(play.circuit.values)}
    rows = [
        {
            "path": play.spelling.path(route, way),
            "symbols": play.spelling.symbols(route) if all(step.consumer.label for step in route.steps) else "",
            "slopes": [play.score.slopes[place[id(step.consumer)], step.slot] for step in route.steps],
        }
        for route in way.first
    ]
    return {"count": counted(way.count), "more": way.more > 0, "rows": rows}
