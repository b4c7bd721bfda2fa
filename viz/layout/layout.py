"""Layout: where everything stands. Points, y downwards, the origin at the top left.

Graphviz's `dot` lays out here; `viz.layout.rows` lays unrolled networks out as rows of identical boxes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain, pairwise
from typing import Any

from viz.graph.circuit import Circuit, Wire
from viz.layout import dot, press, rows
from viz.layout.faults import faults
from viz.layout.geometry import Layout, Path, Point, Rectangle, crossings, numbers, placed, spline
from viz.layout.skeleton import Room, commutes, leads, leaf_room, skeleton
from viz.layout.wrapping import wrapped
from viz.look import Look
from viz.wires.inscriptions import Inscription

Inscribed = tuple[Circuit, Mapping[str, Inscription]]

NO_ROWS = 'layout="rows": no two time steps are alike; record them in scopes: with scope("t=1"): …'
BORDER = 14.0  # points around a picture
COMPARED = 30  # gates up to which two layouts are made, and the better one taken
MOST = 10_000  # gates that are worth trying: beyond, Graphviz would spend any time limit in vain


def lay_out(
    circuit: Circuit,
    inscriptions: Mapping[str, Inscription],
    look: Look,
    timeout: float = press.TIMEOUT,
    room: float | None = None,
) -> Layout:
    """Lay the circuit out, in rows of at most `room` points; LayoutError says how many gates were too many."""
    if room is None:
        return lay_out_all([(circuit, inscriptions)], look, timeout)[0]
    room -= 2 * BORDER
    found = _upright(circuit, inscriptions, look, timeout, room)
    if look.layout == "rows" and not found:
        raise ValueError(NO_ROWS)
    if found and (not found.faults or look.layout == "rows"):
        return found
    layout = lay_out_all([(circuit, inscriptions)], replace(look, layout="dot"), timeout)[0]
    if layout.width > room:
        layout = wrapped(circuit, layout, room) or layout
    layout = replace(layout, faults=len(faults(circuit, layout)))
    return min(filter(None, (found, layout)), key=lambda each: (each.faults, each.width > room))


def _upright(
    circuit: Circuit, inscriptions: Mapping[str, Inscription], look: Look, timeout: float, room: float
) -> Layout | None:
    """Rows of steps that run upwards, if there are time steps."""
    if not look.may_have_rows:
        return None
    beside = {name: dot.beside(text) for name, text in inscriptions.items()}
    rooms = {name: dot.close(text) for name, text in inscriptions.items()}
    try:
        found = rows.upright(circuit, rooms, beside, timeout, room)
    except press.TooSlow as slow:
        raise press.LayoutError(_advice(circuit.gates, str(slow))) from slow
    return replace(found, faults=len(faults(circuit, found))) if found else None


def lay_out_all(drafts: Sequence[Inscribed], look: Look, timeout: float = press.TIMEOUT) -> list[Layout]:
    """Lay several circuits out, those without time steps by one run of Graphviz: to start it takes 40 ms.

    LayoutError after `timeout` seconds; ValueError where layout="rows" is asked for in vain.
    """
    rooms = [{name: dot.extent(text, look) for name, text in inscriptions.items()} for _, inscriptions in drafts]
    pairs = [(circuit, room) for (circuit, _), room in zip(drafts, rooms, strict=True)]
    try:
        in_rows = [_rows(circuit, room, look, timeout) for circuit, room in pairs]
        others = [pair for pair, found in zip(pairs, in_rows, strict=True) if not found]
        in_columns = iter(_columns(others, look, timeout) if others else [])
    except press.TooSlow as slow:
        raise press.LayoutError(_advice(max(circuit.gates for circuit, _ in drafts), str(slow))) from slow
    return [found or next(in_columns) for found in in_rows]


def _rows(circuit: Circuit, rooms: Mapping[str, Room], look: Look, timeout: float) -> Layout | None:
    """Rows of identical boxes, if there are time steps."""
    found = rows.lay_out(circuit, rooms, timeout) if look.may_have_rows else None
    if look.layout == "rows" and not found:
        raise ValueError(NO_ROWS)
    return found


def _columns(drafts: Sequence[tuple[Circuit, Mapping[str, Room]]], look: Look, timeout: float) -> list[Layout]:
    """The circuits in Graphviz's columns; again, and strictly, where wires between boxes run back."""
    layouts = _engraved(drafts, look, timeout)
    back = [k for k, (circuit, _) in enumerate(drafts) if circuit.boxes and _runs_back(layouts[k], look)]
    for k, layout in zip(back, _engraved([drafts[k] for k in back], look, timeout, strict=True), strict=True):
        layouts[k] = layout or layouts[k]
    if any(layout is None for layout in layouts):
        raise press.LayoutError("Graphviz has lost a wire. Draw a part (viz.draw of an inner value), or fold a scope")
    return [layout for layout in layouts if layout]


def _engraved(
    drafts: Sequence[tuple[Circuit, Mapping[str, Room]]], look: Look, timeout: float, strict: bool = False
) -> list[Layout | None]:
    """Each circuit's better layout; None where Graphviz has lost a wire, as it may where it is strict."""
    documents = [[skeleton(circuit, room, look, each, strict) for each in _orders(circuit)] for circuit, room in drafts]
    written = list(chain.from_iterable(documents))
    found = iter(press.engrave(written, "dot", "json0", timeout) if written else [])
    layouts: list[Layout | None] = []
    for (circuit, room), each in zip(drafts, documents, strict=True):
        answers = [json.loads(next(found)) for _ in each]
        whole = [answer for answer in answers if all("pos" in edge for edge in answer.get("edges", []))]
        layouts.append(
            _best([_read(answer, circuit, room, look) for answer in whole], circuit, look) if whole else None
        )
    return layouts


def _runs_back(layout: Layout | None, look: Look) -> bool:
    """Whether a wire ends before it begins, in the direction of the picture, or is lost."""
    if layout is None:
        return True
    dx, dy = _FLOW[look.direction]
    ends = ((path.points[0], path.points[-1]) for path in layout.paths.values())
    return any(dx * (end[0] - start[0]) + dy * (end[1] - start[1]) < 0 for start, end in ends)


def _best(layouts: Sequence[Layout], circuit: Circuit, look: Look) -> Layout:
    best = min(layouts, key=_tangle) if len(layouts) > 1 else layouts[0]
    # Captions of boxes keep their room at the top: what has boxes has no mirror image.
    return best if circuit.boxes else min(best, _mirrored(best, look), key=lambda each: _disorder(circuit, each, look))


def _tangle(layout: Layout) -> int:
    return crossings(path.points for path in layout.paths.values())


def _mirrored(layout: Layout, look: Look) -> Layout:
    """The same layout upside down, or, where it runs down the page, left to right."""

    def turn(point: Point) -> Point:
        return (layout.width - point[0], point[1]) if look.upright else (point[0], layout.height - point[1])

    places = {name: Rectangle(*turn((each.x, each.y)), each.width, each.height) for name, each in layout.places.items()}
    paths = {
        name: Path(tuple(map(turn, path.points)), path.tip and turn(path.tip)) for name, path in layout.paths.items()
    }
    return replace(layout, places=places, paths=paths)


def _disorder(circuit: Circuit, layout: Layout, look: Look) -> tuple[int, int]:
    """How many neighbouring inputs stand the wrong way round: of gates that do not commute, and of all."""

    def across(wire: Wire) -> float:
        place = layout.places[wire.id]
        return place.x if look.upright else place.y

    pairs = (pair for node in circuit.nodes if node.kind == "gate" for pair in pairwise(circuit.wires_into(node.id)))
    turned = [circuit.node(first.head) for first, second in pairs if across(first) > across(second)]
    return sum(not commutes(circuit, gate) for gate in turned), len(turned)


def _orders(circuit: Circuit) -> tuple[bool, ...]:
    """Whether gates keep their inputs in order: in a tree always, else where that costs no crossing (try both)."""
    if all(wire.stem for wire in circuit.wires):
        return (True,)
    return (True, False) if circuit.gates <= COMPARED else (False,)


def admit(gates: int) -> None:
    """Refuse a picture of too many gates, before anything is spent on it."""
    if gates > MOST:
        raise press.LayoutError(_advice(gates, "too many to lay out"))


def _advice(gates: int, what: str) -> str:
    return (
        f"a picture of {gates} gates: {what}. Draw a part (viz.draw of an inner value), fold a scope, "
        "read it as text (viz.text), or raise timeout="
    )


def _read(found: dict[str, Any], circuit: Circuit, rooms: Mapping[str, Room], look: Look) -> Layout:
    left, bottom, right, top = numbers(found["bb"])
    places = {
        entry["name"].removeprefix("cluster_"): placed(entry, left, top)
        for entry in found.get("objects", [])
        if "pos" in entry or "bb" in entry
    }
    edges = {edge["id"]: spline(edge["pos"], left, top) for edge in found.get("edges", [])}
    for wire in circuit.wires:
        if leads(circuit, wire):
            places[wire.tail], places[wire.id] = _parted(
                places[wire.id], leaf_room(circuit, wire), rooms[wire.id], look
            )
            edges[f"{wire.id}.in"] = Path((_entry(places[wire.id], look),))
    paths = {wire.id: _joined(edges[f"{wire.id}.in"], edges[f"{wire.id}.out"]) for wire in circuit.wires}
    return Layout(right - left, top - bottom, places, paths)


def _parted(both: Rectangle, leaf: Room, wire: Room, look: Look) -> tuple[Rectangle, Rectangle]:
    """The places of a leaf and its wire in the node that holds both."""
    (dx, dy), wide, high = _FLOW[look.direction], both.width, both.height
    along_leaf, along_wire = (
        ((wide - leaf[0]) / 2, (wide - wire[0]) / 2) if dx else ((high - leaf[1]) / 2, (high - wire[1]) / 2)
    )
    return (
        Rectangle(both.x - dx * along_leaf, both.y - dy * along_leaf, *leaf),
        Rectangle(both.x + dx * along_wire, both.y + dy * along_wire, *wire),
    )


def _entry(wire: Rectangle, look: Look) -> Point:
    dx, dy = _FLOW[look.direction]
    return wire.x - dx * wire.width / 2, wire.y - dy * wire.height / 2


# The direction in which a wire runs, y downwards.
_FLOW = {"LR": (1, 0), "RL": (-1, 0), "TB": (0, 1), "BT": (0, -1)}


def _joined(into: Path, out: Path) -> Path:
    """The curve to the wire's text, the straight line below it, and the curve on to its gate, as one path."""
    start, end = into.points[-1], out.points[0]
    return Path((*into.points, start, end, *out.points), out.tip)
