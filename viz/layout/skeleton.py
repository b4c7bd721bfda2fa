"""The skeleton of a circuit: only sizes, in DOT, which is all that a layout needs; and what Graphviz answers.

A leaf and its wire are one node here, so that they stay level and there is less to lay out. No text stands in it, so
no font is loaded and none can matter.
"""

from __future__ import annotations

from collections.abc import Mapping

import graphviz

from autograd_tiny.words.words import word
from viz.graph.circuit import Box, Circuit, Node, Wire
from viz.layout import dot
from viz.layout.dot import INCH
from viz.look import PORTS, Look

Room = tuple[float, float]
LARGE = 80  # gates


def skeleton(
    circuit: Circuit, rooms: Mapping[str, Room], look: Look, ordered: bool = False, strict: bool = False
) -> str:
    """The DOT document; nodes, clusters and edges are named by the ids of nodes, boxes and wires.

    Where `ordered`, every gate keeps its inputs in their order from top to bottom, even a + or ×. Where `strict`, every
    wire leads on; else boxes are compact, but what leads from box to box may run back.
    """
    page = _page(circuit, look, strict)
    boxes = {box.scope: _cluster(box) for box in circuit.boxes}
    led = {wire.tail for wire in circuit.wires if leads(circuit, wire)}
    for node in circuit.nodes:
        if node.id not in led:
            boxes.get(node.scope, page).node(node.id, **_shape(node, circuit, ordered), **_size(dot.size(node)))
    for wire in circuit.wires:
        room = with_leaf(rooms[wire.id], leaf_room(circuit, wire), look)
        boxes.get(wire.scope, page).node(wire.id, shape="box", **_size(room))
    for scope, cluster in reversed(boxes.items()):
        boxes.get(scope[:-1], page).subgraph(cluster)
    # Of gates with ordered inputs, Graphviz takes the order in which their edges are written.
    for wire in sorted(circuit.wires, key=lambda wire: wire.use or (len(circuit.values), 0)):
        _edges(page, circuit, wire, look)
    return str(page.source)


def leads(circuit: Circuit, wire: Wire) -> bool:
    """Whether the wire's node also holds the leaf it comes from: they must stand in the same box."""
    tail = circuit.node(wire.tail)
    return tail.kind == "leaf" and tail.scope == wire.scope


def leaf_room(circuit: Circuit, wire: Wire) -> Room:
    """The room of the leaf that a wire's node holds too."""
    return dot.size(circuit.node(wire.tail)) if leads(circuit, wire) else (0.0, 0.0)


def with_leaf(wire: Room, leaf: Room, look: Look) -> Room:
    """The room of a wire with its leaf before it."""
    if look.upright:
        return max(wire[0], leaf[0]), wire[1] + leaf[1]
    return wire[0] + leaf[0], max(wire[1], leaf[1])


def _page(circuit: Circuit, look: Look, strict: bool) -> graphviz.Digraph:
    graph = {"rankdir": look.direction, "nodesep": "0.2", "ranksep": "0.2"}
    if circuit.gates > LARGE:
        # Bounds the iterations that straighten edges: at 200 gates half the time, with hardly a difference.
        graph["nslimit"] = "1"
    if strict:
        graph["newrank"] = "true"  # columns of the whole at once, instead of first within each box
    node = {"fixedsize": "true", "label": ""}
    return graphviz.Digraph("skeleton", graph_attr=graph, node_attr=node, edge_attr={"arrowsize": "0.6"})


def _cluster(box: Box) -> graphviz.Digraph:
    wide, high = dot.room(box.scope)
    cell = f'<TD FIXEDSIZE="TRUE" WIDTH="{wide:.0f}" HEIGHT="{high:.0f}"> </TD>'
    table = f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"><TR>{cell}</TR></TABLE>>'
    return graphviz.Digraph(f"cluster_{box.id}", graph_attr={"margin": "10", "labeljust": "l", "label": table})


def _shape(node: Node, circuit: Circuit, ordered: bool) -> dict[str, str]:
    shape = {"shape": "box" if node.kind in ("leaf", "end") or node.folded else "ellipse"}
    # a − b reads from top to bottom: the inputs of what does not commute stay in their order.
    keeps = node.kind == "gate" and (ordered or not commutes(circuit, node))
    return shape | ({"ordering": "in"} if keeps else {})


def commutes(circuit: Circuit, gate: Node) -> bool:
    """Whether a gate's inputs may stand in any order."""
    return not gate.folded and word(circuit.values[gate.value].op).commutes


def _edges(page: graphviz.Digraph, circuit: Circuit, wire: Wire, look: Look) -> None:
    entry, way_out = PORTS[look.direction]
    if not leads(circuit, wire):
        page.edge(wire.tail, f"{wire.id}:{entry}", arrowhead="none", id=f"{wire.id}.in", weight=WEIGHT)
    arrow = {"arrowhead": "none"} if wire.head.startswith("sum") else {}
    page.edge(f"{wire.id}:{way_out}", wire.head, id=f"{wire.id}.out", **arrow)


# Wires stand level with, and close to, what they come from: a branch beside its Σ, where contributions are compared.
WEIGHT = "3"


def _size(room: Room) -> dict[str, str]:
    return {"width": f"{room[0] / INCH:.3f}", "height": f"{room[1] / INCH:.3f}"}
