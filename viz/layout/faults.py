"""Faults of a layout: wires that run through what they have nothing to do with, a gate, a name or a box."""

from __future__ import annotations

from functools import cache

import numpy as np

from viz.graph.circuit import Circuit
from viz.layout.geometry import Layout, Points, Rectangle

INSIDE = 3.0  # points from its edge: a wire may touch a gate that it passes
EDGE = 10.0  # points from the edge of a text's room: white, or nearly
APART = 5.0  # points between two places at which a wire is looked at: less than a name is high


def faults(circuit: Circuit, layout: Layout) -> list[tuple[str, str]]:
    """(wire, gate or box) wherever a wire runs through a gate or name not its own, or a box that it does not enter."""
    courses = _Courses(circuit, layout)
    ends = {wire.id: (wire.tail, wire.head) for wire in circuit.wires}
    found = []
    for node in circuit.nodes:
        if node.kind in ("gate", "fan", "leaf"):
            met = courses.met(layout.places[node.id])
            found += [(wire, node.id) for wire in met if node.id not in ends[wire]]
    for box in circuit.boxes:
        depth = len(box.scope)
        inside = {node.id for node in circuit.nodes if node.scope[:depth] == box.scope}
        for place in (layout.places[box.id], *layout.copies.get(box.id, ())):
            met = courses.met(place)
            found += [(wire, box.id) for wire in met if not inside.intersection(ends[wire])]
    return found


def struck(circuit: Circuit, layout: Layout) -> list[tuple[str, str]]:
    """(wire, other wire) wherever a wire runs through the numbers of another one, and not only along their edge."""
    courses = _Courses(circuit, layout)
    met = ((wire.id, courses.met(layout.places[wire.id], EDGE)) for wire in circuit.wires)
    return [(other, wire) for wire, others in met for other in others if other != wire]


class _Courses:
    """Points along all wires, none far from the next, and whose they are."""

    def __init__(self, circuit: Circuit, layout: Layout) -> None:
        self.wires = [wire.id for wire in circuit.wires]
        paths = [layout.paths[wire].points for wire in self.wires]
        curves = [
            (points[k : k + 4], number) for number, points in enumerate(paths) for k in range(0, len(points) - 3, 3)
        ]
        controls = np.array([curve for curve, _ in curves], float).reshape(-1, 4, 2)
        owners = np.array([number for _, number in curves], int)
        lengths = np.linalg.norm(np.diff(controls, axis=1), axis=2).sum(axis=1)  # at least as long as the curve
        counts = 2 + (lengths / APART).astype(int)
        kinds = [(count, counts == count) for count in np.unique(counts)]
        points = [(_weights(count) @ controls[which]).reshape(-1, 2) for count, which in kinds]
        self.x, self.y = np.concatenate([np.empty((0, 2)), *points]).T
        self.owners = np.concatenate([np.empty(0, int), *(np.repeat(owners[which], count) for count, which in kinds)])

    def met(self, place: Rectangle, edge: float = INSIDE) -> list[str]:
        """The wires that run through a place."""
        wide, high = place.width / 2 - edge, place.height / 2 - edge
        inside = (abs(self.x - place.x) < wide) & (abs(self.y - place.y) < high)
        return [self.wires[number] for number in np.unique(self.owners[inside])]


@cache
def _weights(count: int) -> Points:
    """What each of a curve's four points weighs at so many places along it."""
    t = np.linspace(0.0, 1.0, count)[:, None]
    weights: Points = np.hstack([(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3])
    return weights
