"""Stamps: every form of block laid out once, by Graphviz."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any

import graphviz

from viz.graph.circuit import Scope
from viz.layout import dot, press
from viz.layout.dot import INCH
from viz.layout.geometry import Path, Rectangle, numbers, outermost, placed, polyline, spline
from viz.layout.rows.drafts import Draft, Drafts, Form, Part
from viz.layout.rows.strips import TIP, Strip
from viz.look import PORTS

NEAR, FLAT = 40.0, 8.0  # points between neighbouring rows; an S of fewer has no room for its curves
MARGIN, CLOSE, CAPTION = 10.0, 6.0, 12.0  # points inside a frame, in an upright step, and of a caption above


@dataclass(frozen=True)
class Stamp:
    """A block laid out: the places of its parts and boxes, and the courses of its links."""

    width: float
    height: float
    places: Mapping[Part, Rectangle]
    links: Mapping[tuple[Part, Part], Path]
    boxes: Mapping[tuple[Scope, ...], Rectangle]
    upright: frozenset[Part] = frozenset()  # what stands beside wires that run up
    strips: Mapping[Part, Rectangle] = field(default_factory=dict)  # of a step's box, with its states

    def strip(self, part: Part) -> Rectangle:
        """The room of a box and of what comes in and goes out beside it."""
        return self.strips.get(part, self.places[part])


def stamps(found: Drafts, timeout: float) -> dict[Form, Stamp]:
    """Every form's stamp; TooSlow if they take longer.

    Where a state would run through a gate on its way to the edge, the gate is asked to stand on its other side.
    """
    drawn = {form: _Drawing(draft) for form, draft in found.forms.items()}
    made = _engraved(drawn, timeout)
    met = {form: drawn[form].met(stamp) for form, stamp in made.items()}
    again = {form: _Drawing(found.forms[form], before) for form, before in met.items() if before}
    for form, stamp in _engraved(again, timeout).items():
        if len(drawn[form].met(stamp)) < len(met[form]):
            made[form] = stamp
    return made


def _engraved(drawn: Mapping[Form, _Drawing], timeout: float) -> dict[Form, Stamp]:
    answers = press.laid_out([drawing.document() for drawing in drawn.values()], timeout)
    return {form: drawing.read(answer) for (form, drawing), answer in zip(drawn.items(), answers, strict=True)}


class _Drawing:
    """A draft as DOT; parts, boxes and links are named by their numbers.

    Boxes around everything are frames: drawn around what Graphviz has laid out, so that no wire enters by a caption.
    """

    def __init__(self, draft: Draft, before: Sequence[tuple[Part, Part]] = ()) -> None:
        self.draft, self.before = draft, before
        nests = [nest for part, nest in draft.scopes.items() if part[0] not in ("in", "out")]
        self.frames = _shared(nests)
        self.parts = {part: f"p{number}" for number, part in enumerate(draft.sizes)}
        self.links = {link: f"l{number}" for number, link in enumerate(draft.links)}
        self.strips = {part: strip for strip in draft.strips.values() for part in strip.parts}
        outer = len(self.frames)
        # A cluster that holds only what is level with a gate elsewhere would be empty: Graphviz gives it no place.
        placed_here = (part for part in draft.scopes if part[0] not in ("in", "out") and self._is_placed(part))
        holding = [draft.scopes[part] for part in placed_here]
        boxes = {nest[: k + 1]: None for nest in holding for k in range(outer, len(nest))}
        self.boxes = {nest: f"b{number}" for number, nest in enumerate(boxes)}

    def _is_placed(self, part: Part) -> bool:
        """Whether Graphviz places a part by itself, and not with the gate that it is level with."""
        strip = self.strips.get(part)
        return strip is None or part == strip.node

    def document(self) -> str:
        direction = "BT" if self.draft.upright else "RL" if self.draft.back else "LR"
        near = {"nodesep": "0.06", "ranksep": "0.13"} if self.draft.close else {"nodesep": "0.14", "ranksep": "0.2"}
        graph = {"rankdir": direction} | near
        if len(self.parts) > 150:
            graph["nslimit"] = "1"  # as in `skeleton`: half the time, with hardly a difference
        page = graphviz.Digraph(
            "stamp",
            graph_attr=graph,
            node_attr={"fixedsize": "true", "label": "", "shape": "box"},
            edge_attr={"arrowsize": "0.6", "arrowhead": "none"},
        )
        margin = CLOSE if self.draft.upright else MARGIN
        clusters = {nest: _cluster(name, nest[-1], margin) for nest, name in self.boxes.items()}
        if self.draft.upright:
            for cluster in clusters.values():
                cluster.attr(labelloc="b")  # which is the top where columns run upwards
        for part, name in self.parts.items():
            strip = self.strips.get(part)
            if self._is_placed(part):
                shape = self._table(strip) if strip else self._shape(part)
                clusters.get(self.draft.scopes[part], page).node(name, **shape)
        for one, other in self.before:
            first, second = self.parts[one], self.parts[other]
            level = "" if self._may_stand_below(one) else f"{{rank=same; {first}; {second}}}\n"
            # In the box of both: Graphviz takes out of their box what is to be level outside.
            around = _shared([self.draft.scopes[one], self.draft.scopes[other]])
            clusters.get(around, page).body.append(f"{level}{first} -> {second} [style=invis]\n")
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

    def met(self, stamp: Stamp) -> list[tuple[Part, Part]]:
        """What a state would run through on its way in or out: what had better stand left of what; a leaf below it."""
        found: dict[tuple[Part, Part], None] = {}
        for strip in self.draft.strips.values():
            room = replace(stamp.strip(strip.node), y=stamp.places[strip.node].y)
            for part in self.parts:
                place = stamp.places[part]
                if part[0] in ("in", "out") or part in strip.parts or abs(place.y - room.y) > place.height / 2 + 2:
                    continue
                owner = self.strips[part].node if part in self.strips else part
                if strip.ins and place.x < room.x and self._may_stand_below(owner):
                    found[owner, strip.node] = None
                elif strip.ins and place.x < room.x:
                    found[strip.node, owner] = None
                if strip.outs and place.x > room.x:
                    found[owner, strip.node] = None
        return list(found)

    def _may_stand_below(self, part: Part) -> bool:
        """Whether nothing leads to a part of an upright step: then it need not stand beside what others lead to."""
        return self.draft.upright and part[0] == "node" and all(other != part for _, other in self.links)

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
        tail += f":{self._ports(one)[1]}" if one[0] in ("text", "stem") and one not in self.strips else ""
        head += f":{self._ports(other)[0]}" if other[0] in ("text", "stem") and other not in self.strips else ""
        arrow = {"arrowhead": "normal"} if other[0] == "node" else {}
        weight = "1" if one[0] == "in" else "3"  # what leaves the block leaves it straight: it runs on to the next
        page.edge(tail, head, id=name, weight=weight, **arrow)

    def _door(self, part: Part, side: str) -> str:
        """A part by its name; one of a strip by the door that leads to it."""
        strip = self.strips.get(part)
        if strip is None:
            return self.parts[part]
        cell = "box" if part == strip.node else {"text": "left", "stem": "right"}.get(str(part[0]), "fans")
        return f"{self.parts[strip.node]}:{cell}:{side}"

    def _ports(self, part: Part) -> tuple[str, str]:
        if self.draft.upright and part not in self.draft.flat:
            return PORTS["BT"]
        return PORTS["RL" if self.draft.back else "LR"]

    def read(self, found: dict[str, Any]) -> Stamp:
        left, _, _, top = numbers(found["bb"])
        objects = {entry["name"].removeprefix("cluster_"): entry for entry in found.get("objects", [])}
        places = {part: placed(objects[name], left, top) for part, name in self.parts.items() if name in objects}
        edges = (edge for edge in found.get("edges", []) if "id" in edge)
        courses = {edge["id"]: spline(edge["pos"], left, top) for edge in edges}
        padded = [places[part] for part, strip in self.draft.strips.items() if any(strip.frames)]
        rooms = {part: strip.framed(places[part]) for part, strip in self.draft.strips.items()}
        for node, strip in self.draft.strips.items():
            beside = strip.places(self.draft.sizes, places[strip.node])
            rooms[node] = _raised(rooms[node], outermost([rooms[node], *beside.values()]))
            places |= beside
            courses |= {self.links[link]: path for link, path in strip.links(places) if link in self.links}
        for (one, other), name in self.links.items():
            short = _short(courses[name]) if one in self.strips or other in self.strips else None
            courses[name] = short or courses[name]
            if other[0] == "out" and other not in self.strips:  # not at the edge of a pin as large as a point
                *before, (x, _) = courses[name].points
                courses[name] = Path((*before, (x, places[other].y)))
            if self.strips.get(one) is not self.strips.get(other):
                start, end = (places[part] if part in self.strips else None for part in (one, other))
                reaching = _reaching(courses[name], start, end)
                courses[name] = _flat(courses[name], reaching) if short else reaching
        inner = {nest: placed(objects[name], left, top) for nest, name in self.boxes.items()}
        inside = [place for part, place in places.items() if part[0] not in ("in", "out")]
        across = outermost([*inside, *inner.values(), *padded])
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
            {part: place.moved(dx, dy) for part, place in rooms.items()},
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


def _raised(room: Rectangle, around: Rectangle) -> Rectangle:
    """The room of a strip up to the top of its texts, which may be higher than what they stand beside."""
    top, bottom = around.y - around.height / 2, room.y + room.height / 2
    return Rectangle(room.x, (top + bottom) / 2, room.width, bottom - top)


def _shared(nests: Sequence[tuple[Scope, ...]]) -> tuple[Scope, ...]:
    """The boxes around all parts."""
    first, last = min(nests), max(nests)
    same = (one == other for one, other in zip(first, last, strict=False))
    return first[: sum(takewhile(bool, same))]


def _short(path: Path) -> Path | None:
    """A link between neighbouring rows as a plain S; None for a longer one, which has to find its way."""
    (x0, y0), (x1, y1) = path.points[0], path.points[-1]
    if abs(y1 - y0) > NEAR or abs(x1 - x0) < 0.5 or abs(y1 - y0) < 1:
        return None
    middle = (y0 + y1) / 2
    return Path(((x0, y0), (x0, middle), (x1, middle), (x1, y1)), path.tip and (x1, path.tip[1]))


def _flat(path: Path, reaching: Path) -> Path:
    """A short link that runs on upward, level where its S would be so flat that it looked like a slant."""
    (x0, y0), (x1, y1) = path.points[0], path.points[-1]
    if abs(y1 - y0) >= FLAT:
        return reaching
    level = (y0 + y1) / 2
    return Path(polyline([reaching.points[0], (x0, level), (x1, level), reaching.points[-1]]).points, reaching.tip)


def _reaching(path: Path, start: Rectangle | None, end: Rectangle | None) -> Path:
    """A link that runs upward from the upper side of what it leaves to the lower side of what it comes to."""
    points, tip = path.points, path.tip
    if start and points[0][1] < (y := start.y - start.height / 2) - 0.5:
        points = (*polyline([(points[0][0], y), points[0]]).points, *points[1:])
    if end and (tip or points[-1])[1] > (y := end.y + end.height / 2) + 0.5:
        x = points[-1][0]
        points = (*points, *polyline([points[-1], (x, y + TIP if tip else y)]).points[1:])
        tip = tip and (x, y)
    return Path(points, tip)


def _by_slot(item: tuple[tuple[Part, Part], str]) -> tuple[bool, Any]:
    """Of gates with ordered inputs, Graphviz takes the order in which their edges are written."""
    (one, _), _ = item
    slot = one[2] if one[0] == "text" else 0
    return (one[0] == "text", slot if isinstance(slot, tuple) else (slot,))


def _cluster(name: str, scope: Scope, margin: float) -> graphviz.Digraph:
    wide, high = dot.room(scope)
    cell = f'<TD FIXEDSIZE="TRUE" WIDTH="{max(wide, 36):.0f}" HEIGHT="{high:.0f}"> </TD>'
    table = f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"><TR>{cell}</TR></TABLE>>'
    return graphviz.Digraph(f"cluster_{name}", graph_attr={"margin": f"{margin:g}", "labeljust": "l", "label": table})
