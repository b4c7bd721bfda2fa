"""Stamps: every form of block laid out once, by Graphviz."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

import graphviz

from viz.graph.circuit import Scope
from viz.layout import dot, press
from viz.layout.dot import INCH
from viz.layout.geometry import Path, Rectangle, numbers, outermost, placed, spline
from viz.layout.rows.drafts import Draft, Drafts, Form, Part
from viz.layout.rows.strips import Strip
from viz.look import PORTS

MARGIN, CAPTION = 10.0, 12.0  # points inside a frame, and of its caption above


@dataclass(frozen=True)
class Stamp:
    """A block laid out: the places of its parts and boxes, and the courses of its links."""

    width: float
    height: float
    places: Mapping[Part, Rectangle]
    links: Mapping[tuple[Part, Part], Path]
    boxes: Mapping[tuple[Scope, ...], Rectangle]
    upright: frozenset[Part] = frozenset()  # what stands beside wires that run up


def stamps(found: Drafts, timeout: float) -> dict[Form, Stamp]:
    """Every form's stamp; TooSlow if they take longer."""
    drawn = {form: _Drawing(draft) for form, draft in found.forms.items()}
    answers = press.engrave([drawing.document() for drawing in drawn.values()], "dot", "json0", timeout)
    return {form: drawing.read(json.loads(text)) for (form, drawing), text in zip(drawn.items(), answers, strict=True)}


class _Drawing:
    """A draft as DOT; parts, boxes and links are named by their numbers.

    Boxes around everything are frames: drawn around what Graphviz has laid out, so that no wire enters by a caption.
    """

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        nests = [nest for part, nest in draft.scopes.items() if part[0] not in ("in", "out")]
        self.frames = _shared(nests)
        self.parts = {part: f"p{number}" for number, part in enumerate(draft.sizes)}
        self.links = {link: f"l{number}" for number, link in enumerate(draft.links)}
        self.strips = {part: strip for strip in draft.strips.values() for part in strip.parts}
        outer = len(self.frames)
        boxes = {nest[: k + 1]: None for nest in nests for k in range(outer, len(nest))}
        self.boxes = {nest: f"b{number}" for number, nest in enumerate(boxes)}

    def document(self) -> str:
        graph = {"rankdir": "RL" if self.draft.back else "LR", "nodesep": "0.14", "ranksep": "0.2"}
        if self.draft.upright:
            graph = {"rankdir": "BT", "nodesep": "0.1", "ranksep": "0.13"}
        if len(self.parts) > 150:
            graph["nslimit"] = "1"  # as in `skeleton`: half the time, with hardly a difference
        page = graphviz.Digraph(
            "stamp",
            graph_attr=graph,
            node_attr={"fixedsize": "true", "label": "", "shape": "box"},
            edge_attr={"arrowsize": "0.6", "arrowhead": "none"},
        )
        clusters = {nest: _cluster(name, nest[-1]) for nest, name in self.boxes.items()}
        for part, name in self.parts.items():
            strip = self.strips.get(part)
            if strip is None or part == strip.node:
                shape = self._table(strip) if strip else self._shape(part)
                clusters.get(self.draft.scopes[part], page).node(name, **shape)
        for nest, cluster in reversed(clusters.items()):
            clusters.get(nest[:-1], page).subgraph(cluster)
        for side, rank in (("in", "source"), ("out", "sink")):
            pins = [name for part, name in self.parts.items() if part[0] == side and part not in self.strips]
            if pins and (side == "out" or not self.draft.upright):
                page.body.append(f"{{rank={rank}; {'; '.join(pins)}}}\n")
        for (one, other), name in sorted(self.links.items(), key=_by_slot):
            if one not in self.strips or self.strips[one] is not self.strips.get(other):
                self._edge(page, one, other, name)
        return str(page.source)

    def _table(self, strip: Strip) -> dict[str, str]:
        """A strip as a table whose cells are doors."""
        high = strip.height(self.draft.sizes)
        cells = "".join(
            f'<TD PORT="{name}" FIXEDSIZE="TRUE" WIDTH="{wide:.0f}" HEIGHT="{high:.0f}"> </TD>'
            for name, wide in strip.columns(self.draft.sizes).items()
            if wide
        )
        table = f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"><TR>{cells}</TR></TABLE>>'
        return {"shape": "plain", "fixedsize": "false", "label": table}

    def _shape(self, part: Part) -> dict[str, str]:
        wide, high = self.draft.sizes[part]
        shape = {"width": f"{wide / INCH:.3f}", "height": f"{high / INCH:.3f}"}
        if part[0] in ("fan", "node") and wide >= dot.FAN <= high:
            shape["shape"] = "ellipse"
        return shape | ({"ordering": "in"} if part in self.draft.ordered else {})

    def _edge(self, page: graphviz.Digraph, one: Part, other: Part, name: str) -> None:
        tail, head = self._door(one, "n"), self._door(other, "s")
        tail += f":{self._ports(one)[1]}" if one[0] in ("text", "stem") else ""
        head += f":{self._ports(other)[0]}" if other[0] in ("text", "stem") else ""
        arrow = {"arrowhead": "normal"} if other[0] == "node" else {}
        weight = "1" if one[0] == "in" else "3"  # what leaves the block leaves it straight: it runs on to the next
        page.edge(tail, head, id=name, weight=weight, **arrow)

    def _door(self, part: Part, side: str) -> str:
        """A part by its name; one of a strip by the door that leads to it."""
        strip = self.strips.get(part)
        if strip is None:
            return self.parts[part]
        return f"{self.parts[strip.node]}:{'box' if part == strip.node else 'fans'}:{side}"

    def _ports(self, part: Part) -> tuple[str, str]:
        if self.draft.upright and part not in self.draft.flat:
            return PORTS["BT"]
        return PORTS["RL" if self.draft.back else "LR"]

    def read(self, found: dict[str, Any]) -> Stamp:
        left, _, _, top = numbers(found["bb"])
        objects = {entry["name"].removeprefix("cluster_"): entry for entry in found.get("objects", [])}
        places = {part: placed(objects[name], left, top) for part, name in self.parts.items() if name in objects}
        courses = {edge["id"]: spline(edge["pos"], left, top) for edge in found.get("edges", [])}
        for strip in self.draft.strips.values():
            places |= strip.places(self.draft.sizes, places[strip.node])
            courses |= {self.links[link]: path for link, path in strip.links(places) if link in self.links}
        inner = {nest: placed(objects[name], left, top) for nest, name in self.boxes.items()}
        inside = [place for part, place in places.items() if part[0] not in ("in", "out")]
        across = outermost([*inside, *inner.values()])
        ends = [Rectangle(across.x, y, 0.0, 0.0) for course in courses.values() for _, y in course.points]
        frames = dict(self._framed(outermost([across, *ends])))
        whole = outermost([across, *frames.values(), *places.values()])
        dx, dy = whole.width / 2 - whole.x, whole.height / 2 - whole.y
        return Stamp(
            whole.width,
            whole.height,
            {part: self._at_edge(part, place.moved(dx, dy), whole.width) for part, place in places.items()},
            {link: courses[name].moved(dx, dy) for link, name in self.links.items()},
            {nest: place.moved(dx, dy) for nest, place in (frames | inner).items()},
            frozenset(part for part in self.parts if part not in self.draft.flat)
            if self.draft.upright
            else frozenset(),
        )

    def _framed(self, inside: Rectangle) -> Iterator[tuple[tuple[Scope, ...], Rectangle]]:
        """The frames around everything, the innermost first."""
        for depth in range(len(self.frames), 0, -1):
            wide, high = inside.width + 2 * MARGIN, inside.height + 2 * MARGIN + CAPTION
            inside = Rectangle(inside.x, inside.y - CAPTION / 2, wide, high)
            yield self.frames[:depth], inside

    def _at_edge(self, part: Part, place: Rectangle, wide: float) -> Rectangle:
        """Wires enter a block at its left edge and leave it at its right one, or the other way round."""
        if part[0] not in ("in", "out"):
            return place
        return replace(place, x=wide if (part[0] == "out") != self.draft.back else 0.0)


def _shared(nests: Sequence[tuple[Scope, ...]]) -> tuple[Scope, ...]:
    """The boxes around all parts."""
    first, last = min(nests), max(nests)
    same = (one == other for one, other in zip(first, last, strict=False))
    return first[: sum(takewhile(bool, same))]


def _by_slot(item: tuple[tuple[Part, Part], str]) -> tuple[bool, Any]:
    """Of gates with ordered inputs, Graphviz takes the order in which their edges are written."""
    (one, _), _ = item
    return (one[0] == "text", one[2] if one[0] == "text" else 0)


def _cluster(name: str, scope: Scope) -> graphviz.Digraph:
    wide, high = dot.room(scope)
    cell = f'<TD FIXEDSIZE="TRUE" WIDTH="{max(wide, 36):.0f}" HEIGHT="{high:.0f}"> </TD>'
    table = f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"><TR>{cell}</TR></TABLE>>'
    return graphviz.Digraph(f"cluster_{name}", graph_attr={"margin": "10", "labeljust": "l", "label": table})
