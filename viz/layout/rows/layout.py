"""The layout of rows: blocks stamped, wires put together from their pieces, boxes around what they name."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice, pairwise

from viz.graph.circuit import Circuit, Scope
from viz.layout.geometry import Layout, Path, Point, Rectangle, across, joined, outermost, polyline, rising
from viz.layout.rows import grid
from viz.layout.rows.drafts import FOOT, HEAD, Drafts, Form, Part, Way, drafts
from viz.layout.rows.grid import Blocks, Grid, Pin, Spot
from viz.layout.rows.routing import RISER, SLOT, Riser, Routing
from viz.layout.rows.seats import Seat, Seating, seating
from viz.layout.rows.stamps import Stamp, stamps
from viz.layout.skeleton import Room

TIGHTER, NARROWEST = 24.0, 16  # points by which rows are narrowed, and how often
ARRANGEMENTS = 4  # of columns that are tried
NAME = 18.0  # points: the height of an input's name


def lay_out(circuit: Circuit, rooms: Mapping[str, Room], timeout: float) -> Layout | None:
    """The circuit as rows of boxes; None if it has no series of like steps. TooSlow if a step is too large."""
    found = seating(circuit)
    return _with_all_boxes(circuit, seated(circuit, found, rooms, timeout)) if found else None


def upright(
    circuit: Circuit, rooms: Mapping[str, Room], beside: Mapping[str, Room], timeout: float, room: float
) -> Layout | None:
    """The same in rows of at most `room` points, each step from its inputs, below, up to its outputs."""
    found = seating(circuit, upright=True)
    if found is None:
        return None
    drawn = drafts(circuit, found, rooms, beside)
    made = stamps(drawn, timeout)
    seats, widths = _seats(found, drawn, made)
    # Channels are as wide as their wires need: where they turn out too wide, fewer columns are tried in a row.
    tried = (grid.within(found.columns, widths, room - TIGHTER * k) for k in range(NARROWEST))
    layouts = (
        _Sheet(circuit, found, drawn, Blocks(found, made, seats, spots)).layout()
        for spots in islice(dict.fromkeys(tried), ARRANGEMENTS)
    )
    layout = next(layouts)
    if layout.width > room:
        narrower = (each for each in layouts if each.width <= room)
        layout = min(narrower, key=lambda each: each.height, default=layout)
    return _with_all_boxes(circuit, layout)


def seated(circuit: Circuit, found: Seating, rooms: Mapping[str, Room], timeout: float) -> Layout:
    """The circuit with every part in the seat that is given."""
    drawn = drafts(circuit, found, rooms, {})
    made = stamps(drawn, timeout)
    seats, widths = _seats(found, drawn, made)
    tall = max(made[found.form(seat)].height for seat in seats if found.columns[seat.column].series >= 0)
    spots = grid.spots(found.columns, widths, 2.2 * tall, 60.0)
    return _Sheet(circuit, found, drawn, Blocks(found, made, seats, spots)).layout()


def _seats(found: Seating, drawn: Drafts, made: Mapping[Form, Stamp]) -> tuple[tuple[Seat, ...], list[float]]:
    """The seats that are taken, and how wide the columns are."""
    seats = tuple(dict.fromkeys(seat for seat, _ in drawn.parts.values()))
    return seats, [grid.column_width(found, made, seats, k) for k in range(len(found.columns))]


def _with_all_boxes(circuit: Circuit, layout: Layout) -> Layout | None:
    """The layout, unless a box is nowhere: what it holds stands level with a gate in another one."""
    return layout if all(box.id in layout.places for box in circuit.boxes) else None


class _Sheet:
    def __init__(self, circuit: Circuit, found: Seating, drawn: Drafts, blocks: Blocks) -> None:
        self.circuit, self.seating, self.drafts, self.blocks = circuit, found, drawn, blocks
        self.risers = {
            way.wire.id: Riser(Pin(way.start, way.tail[0]), Pin(way.end, way.head[0])) for way in self._rising()
        }
        lying = [way for way in drawn.ways if way.wire.id not in self.risers]
        self.nets = grid.nets(lying, found, blocks.spots, {*self._above()})
        self.net_of = {(net.source, sink): k for k, net in enumerate(self.nets) for sink in net.sinks}
        self.routing = Routing(self.blocks, self.nets, [*self.risers.values()])

    def _rising(self) -> Iterator[Way]:
        """The wires of inputs that only have a name, right below the box that needs them."""
        mixed = {
            self.seating.form(seat)
            for seat, part in self.drafts.parts.values()
            if seat.band == "below" and not (part[0] == "node" and part[1][:1] == ("leaf",))  # type: ignore[index]
        }
        for way in self.drafts.ways:
            if way.start.band == "below" and self.seating.form(way.start) not in mixed and way.end.band == "core":
                yield way

    def _above(self) -> Iterator[Pin]:
        """Where results leave that are made of a step's results outside of the scope around all steps."""
        for way in self.drafts.ways:
            step = self.seating.columns[way.start.column].step
            wire = way.wire if way.wire.stem else self.circuit.wires_into(way.wire.tail)[0]
            node = self.circuit.node(wire.tail)
            if way.head and (node.folded or node.scope)[: len(step)] != step:
                yield Pin(way.start, way.tail[-1])

    def layout(self) -> Layout:
        """Everything at its place."""
        places = {node: self._node(node) for node in self.drafts.parts}
        paths = {}
        for way in self.drafts.ways:
            places[way.wire.id] = self._at(way.at, way.text)
            paths[way.wire.id] = self._course(way, places)
        upright = frozenset(way.wire.id for way in self.drafts.ways if self._is_upright(way.at, way.text))
        upright |= frozenset(node for node, at in self.drafts.parts.items() if self._is_upright(*at))
        boxes = boxes_of(self.circuit, self.routing.grid, self.drafts)
        places |= {name: each[0] for name, each in boxes.items()}
        copies = {name: tuple(each[1:]) for name, each in boxes.items() if len(each) > 1}
        return trimmed(Layout(0.0, 0.0, places, paths, copies, dict(self._sums()), upright))

    def _is_upright(self, seat: Seat, part: Part) -> bool:
        return part in self.blocks.stamp(seat).upright

    def _at(self, seat: Seat, part: Part) -> Rectangle:
        return self.routing.grid.place(seat, self.blocks.stamp(seat).places[part])

    def _node(self, node: str) -> Rectangle:
        seat, part = self.drafts.parts[node]
        leaf = Pin(seat, part)
        if riser := self._riser_of.get(leaf):
            place = self.blocks.stamp(seat).places[part]
            x, y = self._riser_foot(riser)
            return Rectangle(x + max(0.0, place.width / 2 - 14), y + NAME / 2, place.width, place.height)
        return self._at(seat, part)

    # Wires -----------------------------------------------------------------------------------------------------------

    def _course(self, way: Way, places: Mapping[str, Rectangle]) -> Path:
        """The pieces in the first block, the way between the blocks, the pieces in the last."""
        if riser := self.risers.get(way.wire.id):
            return joined([self._rise(riser), *self._pieces(way.end, way.head)])
        pieces = [*self._pieces(way.start, way.tail)]
        if way.head:
            pieces += [self._between(Pin(way.start, way.tail[-1]), Pin(way.end, way.head[0]))]
            pieces += self._pieces(way.end, way.head)
        return joined(pieces)

    def _pieces(self, seat: Seat, parts: tuple[Part, ...]) -> Iterator[Path]:
        stamp, corner = self.blocks.stamp(seat), self.routing.grid.corners[seat]
        for one, other in pairwise(parts):
            if one[0] in ("text", "stem"):
                place = self._at(seat, one)
                yield rising(place) if self._is_upright(seat, one) else across(place, seat in self.seating.back)
            yield stamp.links[one, other].moved(*corner)

    def _between(self, source: Pin, sink: Pin) -> Path:
        k = self.net_of[source, sink]
        net, grid_, route = self.nets[k], self.routing.grid, self.routing
        start, end = grid_.pin(source), grid_.pin(sink)
        if k in route.level:
            return polyline([start, end])
        here, there = net.upright(source), net.upright(sink)
        rows = [self.blocks.spots[pin.seat.column][0] for pin in (source, sink)]
        y = self.slots[source]
        corners = [start, (self._edge(source, start, True), y), (route.track(here), y)]
        direct = here is there or (rows[0] == rows[1] and net.trunk is not here and net.trunk is not there)
        stops = [here, there] if direct else [here, net.trunk, there]
        for (one, other), row in zip(pairwise(stops), rows, strict=False):
            if one is not other:
                lane = route.lane(k, row)
                corners += [(route.track(one), lane), (route.track(other), lane)]
        last = self.slots[sink]
        return polyline([*corners, (corners[-1][0], last), (self._edge(sink, end, False), last), end])

    def _edge(self, pin: Pin, place: Point, is_source: bool) -> float:
        """Where a wire has reached the height at which it crosses the channel."""
        return place[0] - self.routing.side(pin, is_source) * self.routing.margin

    @cached_property
    def slots(self) -> dict[Pin, float]:
        """The heights at which wires come into the channels and leave them.

        They come in at the height of their pin. One that leaves on the line of one that comes in would lie on it where
        their tracks are the wrong way round: it leaves a little higher or lower.
        """
        pin, route = self.routing.grid.pin, self.routing
        found = {net.source: pin(net.source)[1] for net in self.nets}
        arriving: dict[Spot, list[tuple[float, float]]] = {}
        for k, net in enumerate(self.nets):
            row, place = self.blocks.spots[net.source.seat.column]
            end = math.inf if k in route.level else route.track(net.upright(net.source))
            arriving.setdefault((row, place + 1), []).append((found[net.source], end))
        leaving: dict[Spot, list[float]] = {}
        for sink, x in sorted(self._leaving(), key=lambda each: (each[0].seat.column, pin(each[0])[1])):
            spot = self.blocks.spots[sink.seat.column]
            taken = [*(y for y, end in arriving.get(spot, ()) if end > x), *leaving.get(spot, ())]
            found[sink] = _free(pin(sink)[1], taken)
            leaving.setdefault(spot, []).append(found[sink])
        return found

    def _leaving(self) -> Iterator[tuple[Pin, float]]:
        """Where wires leave the channels for their pins, and from which tracks."""
        for k, net in enumerate(self.nets):
            for upright in net.uprights if k not in self.routing.level else ():
                for sink in filter(net.source.__ne__, upright.pins):
                    yield sink, self.routing.track(upright)
        for riser in self.risers.values():
            yield riser.sink, self._riser_foot(riser)[0]

    # Risers ----------------------------------------------------------------------------------------------------------

    @cached_property
    def _riser_of(self) -> dict[Pin, Riser]:
        return {riser.leaf: riser for riser in self.risers.values()}

    def _riser_foot(self, riser: Riser) -> Point:
        """Where a riser begins: of several, the one that rises highest stands lowest and leftmost."""
        column = riser.sink.seat.column
        each = sorted(self.routing.risers[column], key=lambda other: self.routing.grid.pin(other.sink)[1])
        number, grid_ = each.index(riser), self.routing.grid
        row, place = self.blocks.spots[column]
        x = grid_.columns[place] - RISER * (len(each) - number - 0.5)
        return x, grid_.bands[row, "below"] + NAME * (len(each) - 1 - number)

    def _rise(self, riser: Riser) -> Path:
        (x, y), end, last = self._riser_foot(riser), self.routing.grid.pin(riser.sink), self.slots[riser.sink]
        return polyline([(x, y), (x, last), (self._edge(riser.sink, end, False), last), end])

    # Sums and boxes --------------------------------------------------------------------------------------------------

    def _sums(self) -> Iterator[tuple[str, Point]]:
        """Left of each step's tap of a rail, what has come in from it and the later steps."""
        seen: set[tuple[int, int]] = set()
        for way in self.drafts.ways:
            if not way.head or way.wire.id in self.risers:
                continue
            k = self.net_of[Pin(way.start, way.tail[-1]), Pin(way.end, way.head[0])]
            column = way.end.column
            if k in self.routing.rails and (k, column) not in seen and column > 1:
                seen.add((k, column))
                row, place = self.blocks.spots[column]
                if place > 1 and row in self.nets[k].zones:
                    yield way.wire.id, (self.routing.grid.channels[place] - 2, self.routing.lane(k, row))


def _free(y: float, taken: Sequence[float]) -> float:
    """The nearest height to `y` that keeps its distance from those."""
    tried = (y + side * SLOT * number for number in range(len(taken) + 1) for side in (1, -1))
    return next((each for each in tried if all(abs(each - other) >= SLOT for other in taken)), y)


# Boxes around what they name, and the page around everything ---------------------------------------------------------


def boxes_of(circuit: Circuit, grid: Grid, drawn: Drafts) -> dict[str, list[Rectangle]]:
    """Every box's places: one, unless its scope is drawn in several blocks or rows."""
    ids = {box.scope: box.id for box in circuit.boxes}
    found: dict[str, list[Rectangle]] = {}
    rows: dict[tuple[Scope, int], list[Rectangle]] = {}
    for seat in grid.blocks.seats:
        column = grid.blocks.seating.columns[seat.column]
        for nest, place in grid.blocks.stamp(seat).boxes.items():
            scope = (
                (*column.step, *nest[-1][1:])
                if nest[-1][0] == "t" and column.step
                else grid.blocks.seating.scope(seat.column, nest[-1])
            )
            if scope in ids:
                at = grid.place(seat, place)
                found.setdefault(ids[scope], []).append(at)
                for prefix in grid.blocks.seating.prefixes:
                    if scope[: len(prefix)] == prefix:
                        rows.setdefault((prefix, grid.blocks.spots[seat.column][0]), []).append(at)
    for node in circuit.folded:
        seat, part = drawn.parts[node.id]
        for prefix in grid.blocks.seating.prefixes:
            if node.scope[: len(prefix)] == prefix:
                at = grid.place(seat, grid.blocks.stamp(seat).strip(part))
                rows.setdefault((prefix, grid.blocks.spots[seat.column][0]), []).append(at)
    for (prefix, _), each in sorted(rows.items()):
        if prefix in ids:
            found.setdefault(ids[prefix], []).append(
                _framed(outermost(each), 1 + grid.blocks.seating.frames - len(prefix))
            )
    return found


def _framed(inside: Rectangle, depth: int) -> Rectangle:
    wide, high = inside.width + 2 * depth * FOOT, inside.height + depth * (HEAD + FOOT)
    return Rectangle(inside.x, inside.y - depth * (HEAD - FOOT) / 2, wide, high)


def trimmed(layout: Layout) -> Layout:
    """The layout moved to the page's corner, and the page's size."""
    around = outermost([*layout.places.values(), *(each for several in layout.copies.values() for each in several)])
    points = [point for path in layout.paths.values() for point in path.points]
    left = min([around.x - around.width / 2, *(x for x, _ in points)])
    top = min([around.y - around.height / 2, *(y for _, y in points)])
    right = max([around.x + around.width / 2, *(x for x, _ in points)])
    bottom = max([around.y + around.height / 2, *(y for _, y in points), *(y + 16 for _, y in layout.sums.values())])
    return Layout(
        right - left,
        bottom - top,
        {name: place.moved(-left, -top) for name, place in layout.places.items()},
        {name: path.moved(-left, -top) for name, path in layout.paths.items()},
        {name: tuple(each.moved(-left, -top) for each in several) for name, several in layout.copies.items()},
        {name: (x - left, y - top) for name, (x, y) in layout.sums.items()},
        layout.upright,
    )
