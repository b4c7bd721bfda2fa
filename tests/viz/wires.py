"""Wires as they lie on the page."""

from viz.graph.circuit import Circuit
from viz.layout.geometry import Layout


def assert_wires_lead(drawn: Circuit, layout: Layout) -> None:
    """Every wire runs from its tail to its head."""
    for wire in drawn.wires:
        path = layout.paths[wire.id]
        for name, (x, y) in ((wire.tail, path.points[0]), (wire.head, path.tip or path.points[-1])):
            place = layout.places[name]
            # Graphviz ends a line up to a point before what it leads to, and our pins are a point wide.
            assert abs(x - place.x) <= place.width / 2 + 2 and abs(y - place.y) <= place.height / 2 + 2, (wire.id, name)
