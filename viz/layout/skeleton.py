"""The skeleton of a sheet: only sizes, in DOT, which is all that a layout needs.

A leaf and its wire are one node here, so that they stay level and there is less to lay out. A box inside is one node,
too: a table with a door for each wire. No text stands in it, so no font is loaded and none can matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import graphviz

from viz.graph.circuit import Circuit, Node, Wire
from viz.layout import dot
from viz.layout.births import Order, Row, commutes, may_stand
from viz.layout.dot import INCH
from viz.layout.geometry import Path, Rectangle
from viz.layout.pieces import Link, Place, Sheet
from viz.look import PORTS, Look

Room = tuple[float, float]
LARGE = 80  # gates


@dataclass(frozen=True)
class Manner:
    """How a layout is asked for: with every gate's inputs in their order, even those of a + or ×; upside down."""

    ordered: bool = False
    mirrored: bool = False


@dataclass(frozen=True)
class Plate:
    """A sheet laid out: its size, where everything stands, and the courses of its links, by wire and number."""

    width: float
    height: float
    places: Mapping[Place, Rectangle] = field(default_factory=dict)
    courses: Mapping[tuple[str, int], Path] = field(default_factory=dict)
    upright: frozenset[str] = frozenset()  # the wires whose texts stand beside a piece that runs up or down
    straight: frozenset[str] = frozenset()  # the wires that run straight on, through this sheet and what follows


@dataclass(frozen=True)
class Stock:
    """What a skeleton is made of: a circuit, the rooms of its texts, and what has been laid out by now."""

    circuit: Circuit
    rooms: Mapping[str, Room]
    look: Look
    orders: Mapping[str, Order]
    plates: Mapping[str, Plate]

    @cached_property
    def straight(self) -> frozenset[str]:
        """The wires that run straight on, by any plate."""
        return frozenset[str]().union(*(plate.straight for plate in self.plates.values()))


def skeleton(sheet: Sheet, stock: Stock, manner: Manner) -> str:
    """The DOT document; nodes and edges have the ids of nodes, wires and blocks, whose plates are known."""
    look = stock.look
    page = _page(sheet, look)
    led = {leaf.id for leaf in sheet.led.values()}
    for node in sheet.nodes:
        if node.id not in led:
            page.node(node.id, **_shape(node, stock.circuit, manner.ordered), **_size(dot.size(node)))
    for wire in sheet.texts:
        room = with_leaf(stock.rooms[wire.id], leaf_room(sheet, wire), look)
        page.node(wire.id, shape="box", **_size(room))
    for block in sheet.blocks:
        page.node(
            block.key, shape="plain", fixedsize="false", label=_doors(block, stock.plates[block.key], look, manner)
        )
    for rank, side, wires in (("source", "in", sheet.ins), ("sink", "out", sheet.outs)):
        pins = [sheet.name((side, wire.id)) for wire in wires]
        for pin in pins:
            page.node(pin, shape="box", width="0.01", height="0.01")
        if pins:
            page.body.append(_together(rank, pins))
    _edges(page, sheet, stock)
    _rows(page, sheet, stock, manner)
    return str(page.source)


def leaf_room(sheet: Sheet, wire: Wire) -> Room:
    """The room of the leaf that a wire's node holds too."""
    leaf = sheet.led.get(wire.id)
    return dot.size(leaf) if leaf else (0.0, 0.0)


def with_leaf(wire: Room, leaf: Room, look: Look) -> Room:
    """The room of a wire with its leaf before it."""
    if look.upright:
        return max(wire[0], leaf[0]), wire[1] + leaf[1]
    return wire[0] + leaf[0], max(wire[1], leaf[1])


def _page(sheet: Sheet, look: Look) -> graphviz.Digraph:
    several = any(max(len(block.ins), len(block.outs)) > 1 for block in sheet.blocks)  # wires to doors need room
    graph = {"rankdir": look.direction, "nodesep": "0.2", "ranksep": "0.3" if several else "0.2"}
    if sheet.gates > LARGE:
        # Bounds the iterations that straighten edges: at 200 gates half the time, with hardly a difference.
        graph["nslimit"] = "1"
    node = {"fixedsize": "true", "label": ""}
    return graphviz.Digraph("skeleton", graph_attr=graph, node_attr=node, edge_attr={"arrowsize": "0.6"})


def _shape(node: Node, circuit: Circuit, ordered: bool) -> dict[str, str]:
    shape = {"shape": "box" if node.kind in ("leaf", "end") or node.folded else "ellipse"}
    # a − b reads from top to bottom: the inputs of what does not commute stay in their order.
    keeps = node.kind == "gate" and (ordered or node.folded or not commutes(circuit, node))
    return shape | ({"ordering": "in"} if keeps else {})


def _together(rank: str, names: Sequence[str]) -> str:
    quoted = "; ".join(f'"{name}"' for name in names)
    return f"{{rank={rank}; {quoted}}}\n"


def _edges(page: graphviz.Digraph, sheet: Sheet, stock: Stock) -> None:
    # Of gates with ordered inputs, Graphviz takes the order in which their edges are written.
    into = [link.wire.id for links in stock.orders[sheet.key].inputs for link in links]
    by_wire: dict[str, list[Link]] = {}
    for link in sheet.links:
        by_wire.setdefault(link.wire.id, []).append(link)
    for wire in dict.fromkeys([*into, *by_wire]):
        for link in by_wire[wire]:
            if not (link.head[0] == "text" and wire in sheet.led):
                _edge(page, sheet, link, stock)


def _edge(page: graphviz.Digraph, sheet: Sheet, link: Link, stock: Stock) -> None:
    entry, way_out = PORTS[stock.look.direction]
    tail, head = sheet.name(link.tail), sheet.name(link.head)
    tail += {"text": f":{way_out}", "block": f":out-{link.wire.id}:{way_out}"}.get(link.tail[0], "")
    head += {"text": f":{entry}", "block": f":in-{link.wire.id}:{entry}"}.get(link.head[0], "")
    pointed = link.head[0] == "node" and not link.head[1].startswith("sum")
    more = {} if pointed else {"arrowhead": "none"}
    # A text stands level with, and close to, what it comes from: a branch beside its Σ, where contributions are
    # compared; and level with the door that it leads to.
    more |= {"weight": "3"} if link.head[0] == "text" or "block" in (link.tail[0], link.head[0]) else {}
    more |= {"weight": "30"} if link.wire.id in stock.straight else {}
    page.edge(tail, head, id=f"{link.wire.id}.{link.number}", **more)


def _rows(page: graphviz.Digraph, sheet: Sheet, stock: Stock, manner: Manner) -> None:
    """Rows as columns, in the order of birth; leaves of one gate are ordered with its inputs."""
    order = stock.orders[sheet.key]
    rows = [row for row in order.rows if not (manner.ordered and _is_ordered(sheet, row))]
    for row in (*rows, *_entering(sheet, stock)):
        names = [sheet.name(place) for place in row]
        page.body.append(_together("same", names))
        for one, other in pairwise(reversed(names) if manner.mirrored else names):
            page.edge(one, other, style="invis")


def _is_ordered(sheet: Sheet, row: Row) -> bool:
    """Whether a row is of leaves that enter a gate right away."""
    keys = {key for _, key in row}
    heads = [link.head for link in sheet.links if link.wire.tail in keys and link.tail[0] == "text"]
    return all(kind == "node" and not key.startswith("sum") for kind, key in heads) and len(heads) == len(keys)


def _entering(sheet: Sheet, stock: Stock) -> Iterator[Row]:
    """The texts before blocks, in the order of the doors: Graphviz takes doors where wires enter for a circle."""
    rows = list(stock.orders[sheet.key].rows)
    edges = [(link.tail, link.head) for link in sheet.links]
    in_rows = {key for row in rows for _, key in row}
    texts = {wire.id for wire in sheet.texts if wire.tail not in in_rows or wire.id not in sheet.led}
    for blocks in _side_by_side(sheet, rows):
        row = tuple(("text", wire) for block in blocks for wire in _by_door(block, stock) if wire in texts)
        if len(row) > 1 and may_stand((*rows, row), edges):
            rows.append(row)
            yield row


def _side_by_side(sheet: Sheet, rows: Sequence[Row]) -> list[list[Sheet]]:
    blocks = {block.key: block for block in sheet.blocks}
    together = [[blocks[key] for kind, key in row if kind == "block"] for row in rows]
    met = {block.key for row in together for block in row}
    return together + [[block] for block in sheet.blocks if block.key not in met]


def _by_door(block: Sheet, stock: Stock) -> list[str]:
    """The wires that enter a block, from top to bottom."""
    places = stock.plates[block.key].places

    def across(wire: str) -> float:
        door = places["in", wire]
        return door.x if stock.look.upright else door.y

    return sorted((wire.id for wire in block.ins), key=across)


def _doors(block: Sheet, plate: Plate, look: Look, manner: Manner) -> str:
    """A block as a table: its doors at the edges where wires come in and go out."""
    before, after = (_side(block, plate, pins, look, manner) for pins in _pins(block, look))
    wide, high = round(plate.width), round(plate.height)
    if look.upright:
        return f"<{_table(f'<TR><TD>{before}</TD></TR><TR>{_cell(wide, high - 2)}</TR><TR><TD>{after}</TD></TR>')}>"
    return f"<{_table(f'<TR><TD>{before}</TD>{_cell(wide - 2, high)}<TD>{after}</TD></TR>')}>"


def _pins(block: Sheet, look: Look) -> tuple[Sequence[Place], Sequence[Place]]:
    """What comes in or goes out at the left and the right of a block, or at its top and its bottom."""
    ins: list[Place] = [("in", wire.id) for wire in block.ins]
    outs: list[Place] = [("out", wire.id) for wire in block.outs]
    return (ins, outs) if look.direction in ("LR", "TB") else (outs, ins)


def _side(block: Sheet, plate: Plate, pins: Sequence[Place], look: Look, manner: Manner) -> str:
    """Doors, each two points wide, and what is between them."""
    whole = round(plate.width if look.upright else plate.height)
    at = {key: plate.places[key].x if look.upright else plate.places[key].y for key in pins}
    if manner.mirrored:
        at = {key: whole - place for key, place in at.items()}
    cells, end = [], 0
    for key, place in sorted(at.items(), key=lambda item: item[1]):
        start = max(end, round(place) - 1)
        if start > end:
            cells.append(_along(start - end, look))
        cells.append(_along(2, look, f' PORT="{block.name(key)}"'))
        end = start + 2
    cells += [_along(whole - end, look)] if whole > end else []
    rows = f"<TR>{''.join(cells)}</TR>" if look.upright else "".join(f"<TR>{cell}</TR>" for cell in cells)
    return _table(rows)


def _along(length: int, look: Look, more: str = "") -> str:
    return _cell(length, 1, more) if look.upright else _cell(1, length, more)


def _cell(wide: int, high: int, more: str = "") -> str:
    return f'<TD FIXEDSIZE="TRUE" WIDTH="{wide}" HEIGHT="{high}"{more}></TD>'


def _table(rows: str) -> str:
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">{rows}</TABLE>'


def _size(room: Room) -> dict[str, str]:
    return {"width": f"{room[0] / INCH:.3f}", "height": f"{room[1] / INCH:.3f}"}
