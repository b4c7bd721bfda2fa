"""The recorded circuit with its gradients as colours: a wire lies on a band of its colour, a gate in a ring of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from autograd_tiny import Value
from autograd_tiny.graphs.steps import BackwardStep
from viz.drawing import Drawing, worded
from viz.fitting.levels import Level, Subject, fitted
from viz.fitting.room import Room
from viz.flow import legend, palette
from viz.flow.model import Study
from viz.flow.sizes import MARKS, Kind, Scale, Size, size
from viz.flow.strip import marked
from viz.graph.circuit import Circuit
from viz.layout.geometry import Point, Rectangle
from viz.layout.layout import lay_out
from viz.layout.press import TIMEOUT
from viz.look import Look, Theme
from viz.opening import Depth, Fold, folded_in, folding_of, opened
from viz.output import plate
from viz.page.page import Curve, Mark, Page, Shape
from viz.page.picture import Picture, PictureDraft
from viz.page.strokes import fitted as enclosed
from viz.wires import prose, readings
from viz.wires.inscriptions import inscribe

BAND, RING = 7.0, 5.0  # points: how broad a wire's band is, and how much wider than its gate a ring
MARK = 4.0  # points from the middle of a mark to its edge

Sizes = Mapping[str, Size]


def tinted(
    loss: Value,
    steps: Sequence[BackwardStep] | None,
    study: Study,
    look: Look,
    title: str,
    fold: Fold,
    depth: Depth,
    unit: float = 1.0,
    room: Room | None = None,
) -> Drawing:
    """The circuit of `loss` on a study's scale, its gradients those of a pass; without `steps` the recorded ones.

    Lengths are measured in `unit`s.
    """
    if room:
        made = partial(_made, steps, study, look, title, unit)
        foldings, noted = folding_of((loss,), fold, depth)
        found = fitted(Subject((loss,), False, True).levels(foldings, look, None, noted, room), room, made)
    else:
        drawn = opened((loss,), False, fold, depth, in_rows=look.may_have_rows)
        found = _made(steps, study, look, title, unit, Level(*drawn), None)
    page = found.page
    return Drawing(page, partial(plate.document, page), worded((loss,), look.precision), folded_in(found.circuit))


def _made(
    steps: Sequence[BackwardStep] | None,
    study: Study,
    look: Look,
    title: str,
    unit: float,
    level: Level,
    wide: float | None,
) -> Picture:
    """A level as a picture in colours, their scale below it."""
    circuit = level.circuit
    known = readings.recorded(circuit) if steps is None else readings.complete(circuit, steps)
    told = f"Wires and gates are coloured by their gradients. {prose.describe(circuit, known, look.precision)}"
    numbered = replace(look, show=look.show | {"gradient"})  # what stands in gates has no wire to be coloured
    draft = PictureDraft(circuit, inscribe(circuit, known, look), numbered, title, told, level.note, known)
    plain = draft.set(lay_out(circuit, draft.inscriptions, look, TIMEOUT, wide), draft.note)
    sizes = {name: size(reading.gradient).per(unit) for name, reading in known.items()}
    marks = [*_coloured(plain.page, circuit, sizes, study.scale), *_legend(plain.page, sizes, study)]
    return replace(plain, page=enclosed(marks, plain.page.theme, title, told))


def _coloured(page: Page, circuit: Circuit, sizes: Sizes, scale: Scale) -> Iterator[Mark]:
    """The page's marks: bands below all wires, each ring below its gate, marks on top."""
    wires = {mark.id: mark for mark in page.marks if isinstance(mark, Curve) and mark.id in sizes}
    begun = False
    for mark in page.marks:
        if isinstance(mark, Curve) and not begun:
            begun = True
            yield from (
                _band(wire, sizes[name], scale, page.theme) for name, wire in wires.items() if _has_place(sizes[name])
            )
        if isinstance(mark, Shape) and mark.id.startswith("gate"):
            yield from _ring(mark, circuit, sizes, scale, page.theme)
        yield mark
    for name, wire in wires.items():
        if not _has_place(sizes[name]):
            yield from _marked(name, wire, sizes[name].kind, page.theme)


def _has_place(size: Size) -> bool:
    return size.kind == "length"


def _band(wire: Curve, size: Size, scale: Scale, theme: Theme) -> Curve:
    shade = palette.colour(scale.share(size.length), theme, scale.diverging)
    path = replace(wire.path, tip=None)
    return Curve(f"{wire.id}.band", path, shade, f"|gradient| {size.words}", BAND)


def _ring(mark: Shape, circuit: Circuit, sizes: Sizes, scale: Scale, theme: Theme) -> Iterator[Mark]:
    """A gate's ring has the gradient of what leaves it."""
    leaving = [sizes[wire.id] for wire in circuit.wires_out_of(mark.id) if wire.id in sizes]
    lengths = [size.length for size in leaving if _has_place(size)]
    if lengths:
        shade = palette.colour(scale.share(max(lengths)), theme, scale.diverging)
        place = replace(mark.place, width=mark.place.width + RING, height=mark.place.height + RING)
        yield replace(mark, id=f"{mark.id}.ring", place=place, fill=shade, stroke=shade, corner=mark.corner + RING / 2)


def _marked(name: str, wire: Curve, kind: Kind, theme: Theme) -> Iterator[Mark]:
    """A mark on its wire, close to where it begins."""
    x, y = _along(wire)
    tooltip = f"|gradient| {MARKS[kind][0]}"
    place = Rectangle(x, y, 2 * MARK + 4, 2 * MARK + 4)
    yield Shape(f"{name}.spot", place, theme.paper, theme.paper, 0.5, tooltip=tooltip)
    yield from marked(f"{name}.mark", kind, (x, y), MARK, theme, tooltip)


def _along(wire: Curve) -> Point:
    """A point on the first straight stretch of a wire."""
    (x0, y0), (x1, y1) = wire.path.points[0], wire.path.points[3]
    return x0 + 0.3 * (x1 - x0), y0 + 0.3 * (y1 - y0)


def _legend(page: Page, sizes: Sizes, study: Study) -> Iterator[Mark]:
    kinds = {size.kind for size in sizes.values()}
    left, top = 20.0, page.height
    yield from legend.bar(study.scale, page.theme, left, top, legend.measured(study.loss, relative=study.relative))
    yield from legend.marks(kinds - {"length"}, study.scale, page.theme, left + legend.LONG + 40, top + 27)
