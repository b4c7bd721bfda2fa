"""A drawing: one laid-out picture, and the files it can become."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from autograd_tiny import Value, files
from autograd_tiny.graphs.copying import snapshot
from viz.audience import announced
from viz.fitting.elision import Steps
from viz.fitting.levels import Level, Subject, fitted
from viz.fitting.room import ANYWHERE, Fit, room_of
from viz.graph.adopted import adopted, is_foreign
from viz.graph.circuit import Circuit, drawn_values
from viz.graph.history import as_recorded, standing_for
from viz.graph.scopes import AUTOMATIC
from viz.layout.press import TIMEOUT
from viz.look import look as look_of
from viz.opening import Depth, Fold, folded_in, folding_of, opened
from viz.output import display, plate, tikz, zoom
from viz.output.svg import svg
from viz.page import levels as inner_levels
from viz.page.page import Page
from viz.page.picture import Picture, picture
from viz.told import predictions
from viz.told.predictions import Predict
from viz.wires import readings
from viz.words.figures import Precision


@dataclass(frozen=True)
class Drawing:
    """A picture of a circuit: notebooks show it; `save` writes it; `source` is its DOT."""

    page: Page
    dot: Callable[[], str]
    words: Callable[[], str]
    folded: tuple[str, ...] = ()  # the paths of the scopes that are one gate each
    levels: Callable[[], Sequence[inner_levels.Level]] | None = None  # what a page can zoom into

    @property
    def title(self) -> str:
        """What the picture shows, in a few words."""
        return self.page.title

    @property
    def description(self) -> str:
        """The picture in sentences, for screen readers and alternative texts."""
        return self.page.description

    @cached_property
    def source(self) -> str:
        """The picture as a DOT document, written when somebody asks for it."""
        return self.dot()

    @cached_property
    def svg(self) -> str:
        """The picture as an SVG document."""
        return svg(self.page)

    def save(self, path: str | os.PathLike[str], *, width: int | None = None, dpi: float | None = None) -> Path:
        """Write the picture; the suffix says what: .svg, .png, .pdf, .tex (TikZ), .dot, .txt, or .html (it zooms).

        A .png is as many pixels wide as `width` says, or has `dpi` dots per inch (144). ValueError for another suffix,
        FileNotFoundError if the folder does not exist.
        """
        suffix = Path(path).suffix.lower()
        sharp = plate.sharpness(path, width, dpi, suffix == ".png")
        if suffix not in FORMATS:
            raise ValueError(f"cannot save {path}: suffix {suffix!r} is unknown; known: {', '.join(FORMATS)}")
        if suffix == ".png":
            return files.write(path, plate.paint([self.page], "png", dpi=plate.dots(self.page, sharp))[0])
        return files.write(path, FORMATS[suffix](self))

    @property
    def html(self) -> str:
        """The picture as a page: folded scopes and small array gates open where they are clicked."""
        found = (
            self.levels() if self.levels else [inner_levels.Level(inner_levels.START, self.title, "", self.page, {})]
        )
        return zoom.page(found, self.title)

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return display.drawn(self, repr(self))

    def __repr__(self) -> str:
        return f"<Drawing {self.title!r}: save it as {', '.join(FORMATS)}>"


# Another format is another line here.
FORMATS: Mapping[str, Callable[[Drawing], bytes | str]] = {
    ".svg": lambda drawing: drawing.svg,
    ".png": lambda drawing: plate.paint([drawing.page], "png")[0],
    ".pdf": lambda drawing: plate.bind(plate.paint([drawing.page], "pdf"), drawing.title),
    ".dot": lambda drawing: drawing.source,
    ".tex": lambda drawing: tikz.document(drawing.page),
    ".txt": lambda drawing: drawing.words(),
    ".html": lambda drawing: drawing.html,
}


@announced
def draw(
    value: Value | Sequence[Value],
    *,
    show: str = "both",
    direction: str = "LR",
    precision: Precision = 2,
    theme: str = "lecture",
    background: str | None = None,
    layout: str | None = None,
    constants: bool = False,
    arrays: str = "size",
    title: str | None = None,
    caption: str | None = None,
    fold: Fold = None,
    depth: Depth = AUTOMATIC,
    open: str | Sequence[str] | None = None,
    steps: Steps = None,
    fit: Fit = "page",
    predict: Predict = None,
    timeout: float = TIMEOUT,
) -> Drawing:
    """The circuit that computed `value`, with every number that is known by now: values above, gradients below.

    show: "both", "forward", "backward", "locals" (both and the local derivatives) or "circuit" (no numbers);
    direction: "LR", "RL", "TB", "BT"; theme: "lecture", "colourblind", "dark", "print"; constants: draw them as leaves
    instead of folding them into their gates; layout: "rows" (time steps as a row of identical boxes, wherever there are
    scopes t=1, t=2, …) or "dot"; precision: decimals, or significant digits: "3g"; background: "transparent" leaves the
    paper out; arrays: "heat" adds a thumbnail of its numbers to the size ‖·‖ of each larger array. Several outputs may
    be given in a list.

    fold: scopes to draw as one gate, by name, path or wildcard: "cell", ["t=1/cell", "t=*"]; of one that was entered
    several times, "cell" are all its calls and "cell 2" is the second. depth: how many levels of scopes are open.
    open: scopes, by name, path or wildcard, that are open while all others are closed; closed steps for which there is
    no room are left out. fold=() and depth=None open everything. steps: of a row of time steps those that are shown, by
    number, (1, 2, "⋯", "T"); ⋯ stands for the others. LayoutError if the layout takes longer than `timeout` seconds.

    fit: where it is to be read, "page" (860 pixels wide), "slide" (1280 × 720), or a size in pixels. As much is open as
    can be read there; parameters stand in their gates, rows are broken, scopes are folded, and the caption says which.
    With fit=None only a picture of more than 200 gates folds by itself.

    What another engine has recorded is drawn, too: objects with `data`, `grad`, `op`, and `inputs` in order.

    predict: values, scalars, whose gradients are to be found by who looks at it: a `?` stands in their place, and the
    gradients that would tell them are left out: their copies beyond a + gate, and what is computed from them.
    """
    outputs, copies = as_recorded(outputs_of(value))
    predict = standing_for(copies, predictions.chosen(predict))
    look = look_of(show, direction, precision, theme, layout, background, arrays)
    room = room_of(fit) or (ANYWHERE if open is not None or steps is not None else None)
    room = room.tall if room and open is not None and fit == "page" else room

    def asked_in(drawn: Circuit) -> tuple[int, ...]:
        return predictions.positions(drawn, drawn_values(outputs, constants), predict, look)

    known: list[readings.Shares] = []  # of all levels the same

    def of(level: Level, wide: float | None) -> Picture:
        drawn, seen = level.circuit, replace(look, numbers=level.numbers)
        known.extend([] if known else [readings.recorded_shares(drawn)])
        return picture(
            drawn, seen, title=title, caption=caption or "", note=level.note, asked=asked_in(drawn), room=wide,
            timeout=timeout, shares=known[0],
        )  # fmt: skip

    if room:
        foldings, noted = folding_of(outputs, fold, depth, open, predict)
        subject = Subject(
            snapshot(outputs),
            constants,
            not (predict or "local" in look.show),
            open is not None or steps is not None,
            asked=predict,
        )
        made = fitted(subject.levels(foldings, look, steps, noted, room), room, of)
    else:
        made = of(Level(*opened(outputs, constants, fold, depth, in_rows=look.may_have_rows, still=True)), None)
    circuit = made.circuit
    asked = asked_in(circuit)
    outputs = tuple(circuit.values[position] for position in circuit.outputs)  # what is written later shows the same
    words = worded(outputs, precision, [circuit.values[position] for position in asked], show == "locals")
    # Seen from inside, a scope would tell what is to be predicted.
    inner = None if asked else partial(inner_levels.levels, outputs, constants, made, timeout)
    return Drawing(made.page, made.source, words, folded_in(circuit), inner)


def outputs_of(value: Value | Sequence[Value]) -> tuple[Value, ...]:
    """One value or several, as a tuple, those of another engine made into values; TypeError for anything else."""
    several = value if isinstance(value, list | tuple) else (value,) if isinstance(value, Value) else ()
    outputs = (adopted(value),) if is_foreign(value) else tuple(several)
    strange = [type(output).__name__ for output in outputs if not isinstance(output, Value)]
    if not outputs or strange:
        kind = type(value).__name__
        empty = isinstance(value, list | tuple) and not value
        got = f"a {kind} with {strange[0]} in it" if strange else f"an empty {kind}" if empty else kind
        raise TypeError(f"draw: expected a Value or a list of Values, got {got}")
    return outputs


def worded(
    outputs: Sequence[Value], precision: Precision, predict: Predict = None, with_locals: bool = False
) -> Callable[[], str]:
    """The outputs' circuits as text, written when somebody asks for it."""

    def words() -> str:
        from viz.text.circuit_text import text

        show = "locals" if with_locals else "both"
        return "\n\n".join(text(output, show=show, precision=precision, predict=predict) for output in outputs)

    return words
