"""The view of a gradient as a sum over paths: text at once, the drawing when somebody looks at it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

from autograd_tiny import Value
from autograd_tiny.graphs.namesakes import labels
from autograd_tiny.value import ancestors
from viz.audience import announced
from viz.drawing import Drawing
from viz.fitting.room import Fit, room_of
from viz.graph.history import as_recorded, refuse_lost
from viz.graph.scopes import AUTOMATIC
from viz.look import Look, look
from viz.opening import Depth, Fold
from viz.paths.picture import picture
from viz.paths.routes import Route, Routes, routes
from viz.paths.words import Spelling, described, spelling, text
from viz.words.figures import Precision
from viz.words.lettering import shorten

LIMIT, MOST = 12, 100  # paths that are listed, and at most
LISTED = 12  # names that an error lists


@dataclass(frozen=True, eq=False)
class Paths:
    """The paths from an input to a result; `count` of them, `total` their sum, the first in a sequence of their own."""

    routes: Routes
    spelling: Spelling
    look: Look
    title: str
    fold: Fold
    depth: Depth
    fit: Fit = "page"

    @property
    def count(self) -> int:
        """How many paths there are, exactly."""
        return self.routes.count

    @property
    def total(self) -> float:
        """The sum of all their products: the gradient."""
        return self.routes.total

    @property
    def products(self) -> tuple[float, ...]:
        """Of the listed paths."""
        return tuple(route.product for route in self.routes.first)

    @property
    def first(self) -> Sequence[Route]:
        """The listed paths, each a sequence of steps."""
        return self.routes.first

    @cached_property
    def drawing(self) -> Drawing:
        """The circuit with the listed paths; LayoutError where it is too large."""
        return picture(self.routes, self.spelling, self.look, self.title, self.fold, self.depth, self.fit)

    @property
    def svg(self) -> str:
        """The drawing as an SVG document."""
        return self.drawing.svg

    @property
    def html(self) -> str:
        """The drawing as a page."""
        return self.drawing.html

    @property
    def description(self) -> str:
        """The paths in sentences."""
        return described(self.routes, self.spelling)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the drawing, in the formats of `viz.draw`; as .txt the text."""
        return self.drawing.save(path)

    def __str__(self) -> str:
        return text(self.routes, self.spelling)

    def __repr__(self) -> str:
        return f"<Paths {self.title!r}: {self.spelling.head(self.routes)}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return self.drawing._repr_mimebundle_(include, exclude) | {"text/plain": str(self)}


@announced
def paths(
    z: Value,
    w: Value | str,
    *,
    limit: int = LIMIT,
    show: str = "locals",
    direction: str = "LR",
    precision: Precision = 2,
    theme: str = "lecture",
    background: str | None = None,
    layout: str | None = None,
    title: str | None = None,
    fold: Fold = None,
    depth: Depth = AUTOMATIC,
    fit: Fit = "page",
) -> Paths:
    """∂z/∂w as a sum over every path from w to z, each the product of the local derivatives along it.

    w may be given by its label. Paths are those of the recorded graph: w·w has two, w² has one. All are counted and
    summed, the first `limit` are listed, in the order of the inputs of each gate. No `.grad` changes.

    Every value between must be a scalar (ValueError): of an array computation take `to_scalars(z)` and one number of an
    input, "W[0,1]". GraphError if z does not depend on w. The other options are those of `draw`: what
    has no room on a page stands in rows, and folds; one may have to scroll down.
    """
    for given, kinds in ((z, Value), (w, Value | str)):
        if not isinstance(given, kinds):
            raise TypeError(f"paths: expected Values, as in paths(z, w), got {type(given).__name__}")
    if not isinstance(limit, int) or not 1 <= limit <= MOST:
        raise ValueError(f"paths: limit={limit!r}: list between 1 and {MOST} paths")
    (z,), copies = as_recorded([z])
    refuse_lost(z)
    found = routes(z, copies.get(w, w) if isinstance(w, Value) else _labelled(z, w), limit)
    dress = look(show, direction, precision, theme, layout, background)
    spelled = spelling(found, precision)
    made = title or f"Paths from {spelled.name(found.input)} to {spelled.name(found.output)}"
    room_of(fit)  # a wrong one is refused here
    return Paths(found, spelled, dress, made, fold, depth, fit)


def _labelled(z: Value, label: str) -> Value:
    """The value of that label on which z depends; of several leaves also by number: W_2."""
    every: list[Value] = [v for v in ancestors(z) if v.label and not v.is_constant]
    leaves = labels(every)
    found = [v for v in every if v.label == label] or [v for v in every if leaves.get(v) == label]
    if len(found) == 1:
        (only,) = found
        return only
    if found:
        raise ValueError(f"paths: {len(found)} values are called {label!r}; give the Value itself")
    names = list(dict.fromkeys(shorten(leaves.get(v, v.label)) for v in every))
    near = get_close_matches(label, names, n=1)
    guess = f"; did you mean {near[0]!r}?" if near else "."
    listed = ", ".join(names[:LISTED]) + (", …" if len(names) > LISTED else "")
    raise ValueError(f"paths: z depends on nothing called {label!r}{guess} Labels: {listed or 'none'}")
