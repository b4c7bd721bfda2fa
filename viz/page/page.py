"""A page: the laid-out picture as a list of marks, ready for any printer (SVG, or PNG and PDF through Graphviz).

Marks carry the ids of the circuit's parts; `wire3.value`, `wire3.gradient`, `wire3.question`, `wire3.local` and
`gate3.halo` are the parts that a film reveals.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from viz.graph.circuit import Circuit, Node, Wire
from viz.graph.scopes import is_gap
from viz.layout import dot
from viz.layout.geometry import Layout, Path, Rectangle, along, heading
from viz.look import Look, Theme
from viz.wires.inscriptions import GAP, MARGIN, QUESTION, Inscription, Reading, tooltip_of
from viz.words.lettering import LINE, SIZE, SMALL, Line, Role, shorten

PILL = (22.0, 16.0)  # points: the ground of a `?`
BORDER = 14.0  # white space around the picture
DASHES = {"dashed": (6.0, 4.0), "dotted": (1.5, 3.0)}  # points drawn and left out
SUM = "the gradient so far: the sum of the contributions from here on"


@dataclass(frozen=True)
class Text:
    """A line of text; `x, y` is the middle of it, or of its left ("start") or right ("end") edge."""

    id: str
    x: float
    y: float
    line: Line
    size: float = SIZE
    anchor: str = "middle"
    tooltip: str = ""


@dataclass(frozen=True)
class Shape:
    """An ellipse, or a rectangle where `boxed`; `corner` is the radius of its corners."""

    id: str
    place: Rectangle
    fill: str
    stroke: str
    thickness: float = 1.0
    boxed: bool = False
    tooltip: str = ""
    corner: float = 10.0


@dataclass(frozen=True)
class Curve:
    """A wire's course, or another line; the name of a dash pattern is one of `DASHES`."""

    id: str
    path: Path
    stroke: str
    tooltip: str = ""
    thickness: float = 1.0
    dash: str = ""


Mark = Text | Shape | Curve


@dataclass(frozen=True)
class Page:
    """Marks in the order in which they are laid on top of each other."""

    width: float
    height: float
    marks: tuple[Mark, ...]
    theme: Theme
    title: str
    description: str
    foot: float  # where captions begin

    @property
    def lights(self) -> frozenset[str]:
        """The marks that show a gate as active."""
        return frozenset(mark.id for mark in self.marks if mark.id.endswith(".halo"))

    def without(self, hidden: AbstractSet[str]) -> Page:
        """The same page, some marks not yet revealed."""
        return replace(self, marks=tuple(mark for mark in self.marks if mark.id not in hidden))

    def captioned(self, lines: Sequence[Line]) -> Page:
        """The same page, of the same size, with `lines` below the picture."""
        step = SIZE * LINE
        below = (Text(f"caption{n}", self.width / 2, self.foot + (n + 0.5) * step, x) for n, x in enumerate(lines))
        return replace(self, marks=(*self.marks, *below))


def page(
    circuit: Circuit,
    inscriptions: Mapping[str, Inscription],
    layout: Layout,
    look: Look,
    *,
    title: str,
    description: str,
    wide: float = 0.0,
    lines: int = 0,
) -> Page:
    """The picture, at least `wide` points wide, with room for so many lines of caption below it."""
    wide = max(layout.width, wide)
    left = BORDER + (wide - layout.width) / 2
    wires = [(wire, inscriptions[wire.id]) for wire in circuit.wires]
    marks = [
        *_boxes(circuit, layout, look),
        *(Curve(wire.id, layout.paths[wire.id], look.theme.wire, text.tooltip) for wire, text in wires),
        *(mark for node in circuit.nodes for mark in _node(node, layout, look)),
        *(mark for wire, text in wires for mark in _texts(wire, text, layout, look)),
    ]
    placed = tuple(moved(mark, left, BORDER) for mark in marks)
    foot = BORDER + layout.height + (10 if lines else 0)
    high = foot + lines * SIZE * LINE + BORDER
    return Page(wide + 2 * BORDER, high, placed, look.theme, title, description, foot)


def discreet(page: Page, circuit: Circuit, readings: Mapping[str, Reading]) -> Page:
    """The page with tooltips that tell what stands there: a wire its name, a value itself, a gradient all there is."""
    told: dict[str, str] = {}
    for wire in circuit.wires:
        label = circuit.labels[wire.value]
        told[wire.id] = tooltip_of(label, Reading())
        told[f"{wire.id}.value"] = tooltip_of(label, Reading(readings[wire.id].value))
    return replace(page, marks=tuple(replace(mark, tooltip=told.get(mark.id, mark.tooltip)) for mark in page.marks))


def _boxes(circuit: Circuit, layout: Layout, look: Look) -> Iterator[Mark]:
    wires = along(layout.paths.values() if circuit.boxes else ())
    for box in circuit.boxes:
        places = (layout.places[box.id], *layout.copies.get(box.id, ()))
        tooltip = " › ".join(shorten(name, 200) for name in box.scope)
        for place in places:
            yield Shape(box.id, place, look.theme.box, look.theme.edge, boxed=True, tooltip=tooltip)
        for place in places:
            x, y = heading(place, *dot.room(box.scope), wires)
            yield Text(f"{box.id}.caption", x, y, dot.box_caption(box.scope), SMALL, "start")


def _node(node: Node, layout: Layout, look: Look) -> Iterator[Mark]:
    theme, place = look.theme, layout.places[node.id]
    if node.kind in ("gate", "fan") and not is_gap(node.folded):
        outline = theme.gradient if node.kind == "fan" else theme.wire
        fill, boxed = dot.ground(node, theme), bool(node.folded) or node.pins > 1
        yield Shape(node.id, place, fill, outline, boxed=boxed, tooltip=node.tooltip)
        yield Shape(f"{node.id}.halo", place, theme.lit, outline, thickness=2.5, boxed=boxed, tooltip=node.tooltip)
    if node.face:
        x, anchor = (place.x, "middle") if node.id in layout.upright else _beside(node, place, look)
        yield Text(f"{node.id}.face", x, place.y, node.face, dot.face_size(node), anchor, node.tooltip)


def _beside(node: Node, place: Rectangle, look: Look) -> tuple[float, str]:
    """Names stand close to their wire: their room is measured for the widest font."""
    if node.kind not in ("leaf", "end") or look.upright:
        return place.x, "middle"
    before = (node.kind == "leaf") == (look.direction == "LR")
    return place.x + (place.width / 2 - 4) * (1 if before else -1), "end" if before else "start"


def _question(wire: Wire, x: float, y: float, look: Look) -> Iterator[Mark]:
    """A `?` where a gradient belongs."""
    name, told = f"{wire.id}.question", "which gradient belongs here?"
    yield Shape(name, Rectangle(x, y, *PILL), look.theme.lit, look.theme.gradient, boxed=True, tooltip=told)
    yield Text(name, x, y, QUESTION, SIZE, tooltip=told)


def _texts(wire: Wire, text: Inscription, layout: Layout, look: Look) -> Iterator[Mark]:
    place, step = layout.places[wire.id], SIZE * LINE
    over, under = text.beyond
    tall = max(len(text.below), text.asked) * step + (SMALL * LINE if text.local else 0) + under
    upright = look.upright or wire.id in layout.upright
    if upright:
        top_above, top_below = place.y - (len(text.above) * step - over) / 2, place.y - tall / 2
        left, right, anchors = place.x - MARGIN, place.x + MARGIN, ("end", "start")
    else:
        top_above, top_below = place.y - 1 - len(text.above) * step, place.y + 1
        left, right, anchors = place.x, place.x, ("middle", "middle")
    for number, row in enumerate(text.above):
        yield Text(f"{wire.id}.value", left, top_above + (number + 0.5) * step, row, SIZE, anchors[0], text.tooltip)
    for number, row in enumerate(text.below):
        yield Text(f"{wire.id}.gradient", right, top_below + (number + 0.5) * step, row, SIZE, anchors[1], text.tooltip)
    yield from _heat(
        wire, text, look, (left, top_above - over, anchors[0]), (right, top_below + tall - under, anchors[1])
    )
    if text.asked:
        yield from _question(wire, right + (PILL[0] / 2 if upright else 0), top_below + 0.5 * step, look)
    if text.sum and wire.id in layout.sums:  # it appears with the contribution that it includes
        x, y = layout.sums[wire.id]
        yield Text(f"{wire.id}.gradient", x, y + 0.5 * SMALL * LINE, text.sum, SMALL, "end", SUM)
    if text.local:
        y = top_below + max(len(text.below), text.asked) * step + 0.5 * SMALL * LINE
        yield Text(f"{wire.id}.local", right, y, text.local, SMALL, anchors[1], text.tooltip)


def _heat(wire: Wire, text: Inscription, look: Look, *corners: tuple[float, float, str]) -> Iterator[Mark]:
    """The thumbnails: of the value over its text, of the gradient under its own."""
    roles: tuple[Role, Role] = ("value", "gradient")
    for role, each, (x, top, anchor), gap in zip(roles, text.heat, corners, (0.0, GAP), strict=True):
        if each:
            left, name = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * each.width, f"{wire.id}.{role}"
            frame = Rectangle(left + each.width / 2, top + gap + each.height / 2, each.width, each.height)
            yield Shape(name, frame, look.theme.paper, look.theme.edge, 0.5, True, text.tooltip, 0.0)
            for *place, colour in each.squares(left, top + gap, role, look.theme):
                yield Shape(name, Rectangle(*place), colour, colour, 0.0, True, text.tooltip, 0.0)


def moved(mark: Mark, dx: float, dy: float) -> Mark:
    """The same mark elsewhere."""
    if isinstance(mark, Text):
        return replace(mark, x=mark.x + dx, y=mark.y + dy)
    if isinstance(mark, Shape):
        return replace(mark, place=mark.place.moved(dx, dy))
    return replace(mark, path=mark.path.moved(dx, dy))
