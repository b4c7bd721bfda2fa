"""Faults of a layout: wires that run through what they have nothing to do with, a gate, a name or a box."""

from __future__ import annotations

import numpy as np

from viz.graph.circuit import Circuit
from viz.layout.geometry import Layout, Path, Points, Rectangle

INSIDE = 3.0  # points from its edge: a wire may touch a gate that it passes
EDGE = 10.0  # points from the edge of a text's room: white, or nearly
APART = 5.0  # points between two places at which a wire is looked at: less than a name is high


def faults(circuit: Circuit, layout: Layout) -> list[tuple[str, str]]:
    """(wire, gate or box) wherever a wire runs through a gate or name not its own, or a box that it does not enter."""
    courses = {wire.id: _along(layout.paths[wire.id]) for wire in circuit.wires}
    ends = {wire.id: (wire.tail, wire.head) for wire in circuit.wires}
    found = []
    for node in circuit.nodes:
        if node.kind in ("gate", "fan", "leaf"):
            met = _met(courses, layout.places[node.id])
            found += [(wire, node.id) for wire in met if node.id not in ends[wire]]
    for box in circuit.boxes:
        depth = len(box.scope)
        inside = {node.id for node in circuit.nodes if node.scope[:depth] == box.scope}
        for place in (layout.places[box.id], *layout.copies.get(box.id, ())):
            met = _met(courses, place)
            found += [(wire, box.id) for wire in met if not inside.intersection(ends[wire])]
    return found


def struck(circuit: Circuit, layout: Layout) -> list[tuple[str, str]]:
    """(wire, other wire) wherever a wire runs through the numbers of another one, and not only along their edge."""
    courses = {wire.id: _along(layout.paths[wire.id]) for wire in circuit.wires}
    met = ((wire.id, _met(courses, layout.places[wire.id], EDGE)) for wire in circuit.wires)
    return [(other, wire) for wire, others in met for other in others if other != wire]


def _met(courses: dict[str, Points], place: Rectangle, edge: float = INSIDE) -> list[str]:
    wide, high = place.width / 2 - edge, place.height / 2 - edge
    return [
        wire
        for wire, points in courses.items()
        if np.any((abs(points[:, 0] - place.x) < wide) & (abs(points[:, 1] - place.y) < high))
    ]


def _along(path: Path) -> Points:
    """Points along a course, in its order, none far from the next."""
    controls = np.array([path.points[k : k + 4] for k in range(0, len(path.points) - 3, 3)])
    lengths = np.linalg.norm(np.diff(controls, axis=1), axis=2).sum(axis=1)  # at least as long as the curve
    parts = [_points(curve, 2 + int(length / APART)) for curve, length in zip(controls, lengths, strict=True)]
    return np.concatenate(parts)


def _points(curve: Points, count: int) -> Points:
    t = np.linspace(0.0, 1.0, count)[:, None]
    weights = np.hstack([(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3])
    points: Points = weights @ curve
    return points
