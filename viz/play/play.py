"""What people call: a circuit that is played, as a page with a slider for each leaf."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from autograd_tiny import Value, files
from autograd_tiny.value import ancestors
from viz.audience import announced
from viz.drawing import Drawing, draw
from viz.fitting.levels import Level, Subject, fitted
from viz.fitting.room import Fit, room_of
from viz.graph.history import as_recorded, refuse_lost
from viz.graph.model import Circuit, Use
from viz.graph.scopes import AUTOMATIC
from viz.layout.press import TIMEOUT
from viz.look import Look
from viz.look import look as look_of
from viz.opening import Depth, Fold, folding_of, opened
from viz.output import display
from viz.page.page import Page
from viz.page.picture import Picture
from viz.paths.routes import Routes, routes
from viz.paths.words import Spelling, spelling
from viz.play.controls import Control, Range, controls
from viz.play.formula import Piece, pieces
from viz.play.page import html
from viz.play.score import Score, leaves_of, score
from viz.play.stage import Shown, staged
from viz.words.figures import Precision

LISTED = 8  # paths of a leaf that the page multiplies


@dataclass(frozen=True)
class Play:
    """A circuit with a slider for each number of its leaves; `save` writes it as a page that needs no Python."""

    page: Page
    circuit: Circuit
    score: Score
    controls: tuple[Control, ...]
    shown: tuple[Shown, ...]
    paths: Mapping[int, Routes]  # by the control whose leaf they begin at
    spelling: Spelling
    formula: tuple[Piece, ...]
    look: Look
    cover: Drawing  # what stands for the page where nothing can be played

    @property
    def title(self) -> str:
        """What the page shows, in a few words."""
        return self.page.title

    @property
    def description(self) -> str:
        """The picture in sentences, without the numbers that change."""
        return self.page.description

    @property
    def source(self) -> str:
        """The program in JavaScript that the page runs."""
        return self.score.source

    @cached_property
    def html(self) -> str:
        """The page."""
        return html(self)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page, "z.html"; ValueError for another suffix, FileNotFoundError if the folder does not exist."""
        if Path(path).suffix.lower() != ".html":
            raise ValueError(f"cannot save {path}: what is played is a page, .html; viz.draw and viz.film write others")
        return files.write(path, self.html)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return display.paged(self, repr(self))

    def __repr__(self) -> str:
        return f"<Play {self.title!r}: {len(self.controls)} sliders; save it as .html>"


@announced
def play(
    value: Value,
    *,
    ranges: Mapping[str, Range] | None = None,
    show: str = "both",
    direction: str = "LR",
    precision: Precision = 2,
    theme: str = "lecture",
    background: str | None = None,
    layout: str | None = None,
    constants: bool = False,
    title: str | None = None,
    fold: Fold = None,
    depth: Depth = AUTOMATIC,
    fit: Fit = "page",
    timeout: float = TIMEOUT,
) -> Play:
    """The circuit of `value` with a slider for each leaf: every value, gradient, path and the formula follow at once.

    The page computes by itself, with `trace(...).source("javascript")` of the recorded graph; of an array the sum is
    differentiated. `ranges` says how far sliders go, {"w": (-10, 10)}, by the leaves' labels; by themselves they reach
    twice the number in both directions. Conditions of where(…) that were numbers, and dropout masks, stay as recorded.
    No `.grad` changes. ValueError without a leaf to move, ProgramError for an operation of one's own. The other options
    are those of `draw`: what has no room on a page stands in rows, and folds.

    >>> w = Value(5.0, "w")
    >>> played = play(w**2 * (w - 3))
    >>> [(slider.name, slider.low, slider.high) for slider in played.controls]
    [('w', -10.0, 10.0)]
    >>> played.save("z.html")  # doctest: +SKIP
    """
    if not isinstance(value, Value):
        raise TypeError(f"play: expected a Value, got {type(value).__name__}")
    options: dict[str, Any] = {
        "show": show, "direction": direction, "precision": precision, "theme": theme, "background": background,
        "layout": layout, "constants": constants, "fold": fold, "depth": depth, "timeout": timeout,
    }  # fmt: skip
    cover = draw(value, **options)
    (value,), _ = as_recorded([value])
    refuse_lost(value)
    look = look_of(show, direction, precision, theme, layout, background)
    room = room_of(fit)
    if not room:
        circuit, _ = opened([value], constants, fold, depth)
        return _played(value, circuit, look, ranges or {}, title, timeout, cover)
    tried: dict[int, Play] = {}

    def of(level: Level, wide: float | None) -> Picture:
        played = tried[id(level.circuit)] = _played(
            value, level.circuit, look, ranges or {}, title, timeout, cover, wide
        )
        return Picture(level.circuit, {}, look, played.page, ())

    foldings, noted = folding_of([value], fold, depth)
    levels = Subject((value,), constants, False, stepwise=True).levels(foldings, look, None, noted, room)
    made = fitted(levels, room, of, ribbons=True)
    return replace(tried[id(made.circuit)], page=made.page)


def _played(
    value: Value, circuit: Circuit, look: Look, ranges: Mapping[str, Range], title: str | None, timeout: float,
    cover: Drawing, wide: float | None = None,
) -> Play:  # fmt: skip
    leaves = leaves_of(circuit)
    moved = controls(leaves, ancestors(value), ranges)
    found = {k: way for k, each in enumerate(moved) if (way := _paths(value, leaves[each.leaf])) is not None}
    written = score(circuit, _uses(circuit, found.values()), "local" in look.show)
    spelled = spelling(Routes(value, value, 1, (), 1.0), look.precision)
    name = title or f"Playing with {spelled.name(value)}"
    drawn, shown = staged(circuit, written, moved, look, name, timeout, wide)
    formula = pieces(value, {each.name: k for k, each in enumerate(moved)})
    return Play(drawn, circuit, written, moved, shown, found, spelled, formula, look, cover)


def _uses(circuit: Circuit, found: Iterable[Routes]) -> tuple[Use, ...]:
    """The edges of all listed paths."""
    place = {id(v): k for k, v in enumerate(circuit.values)}
    steps = (step for way in found for route in way.first for step in route.steps)
    return tuple(dict.fromkeys((place[id(step.consumer)], step.slot) for step in steps))


def _paths(output: Value, leaf: Value) -> Routes | None:
    """The paths from a leaf; None where its local derivatives are no single numbers."""
    try:
        return routes(output, leaf, LISTED) if not output.shape else None
    except ValueError:
        return None
