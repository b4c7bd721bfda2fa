"""Routing: every net's tracks in the channels and lanes in the zones, and the room that these need.

A rail is the net of a shared parameter: it runs along the row, and each step has its tap. A riser is the straight line
from an input's name below its box up into it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from viz.layout.rows.drafts import FOOT, HEAD
from viz.layout.rows.grid import BETWEEN, ZONES, Blocks, Grid, Net, Pin, Rooms, Upright
from viz.layout.rows.seats import Seat

MARGIN, NEAR, PITCH = 10.0, 6.0, 6.0  # points beside the tracks of a channel, in rows that must fit, and between them
RISER = 12.0  # points that an input's name needs more
LANE, TALL, RAIL = 7.0, 15.0, 38.0  # points between lanes; those with running sums; those that begin with their name
STRAIGHT = 6  # rails up to which each begins at its own name
SLOT = 4.0  # points between wires that leave a channel, and those that come into it, where they run side by side


@dataclass(frozen=True)
class Riser:
    """The leaf of a step and the pin above."""

    leaf: Pin
    sink: Pin


class Routing:
    """The tracks and lanes, and the grid with room for them."""

    def __init__(self, blocks: Blocks, found: Sequence[Net], risers: Sequence[Riser]) -> None:
        self.blocks, self.nets = blocks, found
        self.risers: dict[int, list[Riser]] = {}
        for riser in risers:
            self.risers.setdefault(riser.sink.seat.column, []).append(riser)
        used = {(row, zone) for net in found for row, zone in net.zones.items()}
        first = Grid(blocks, Rooms(dict.fromkeys(range(len(blocks.widths) + 1), 60.0), dict.fromkeys(used, 60.0)))
        arrange(first, found, {})
        self.level = frozenset(k for k, net in enumerate(found) if is_level(first, net))
        self.uprights = self._uprights(first)
        self.lanes = self._lanes(first)
        self.grid = Grid(blocks, self._rooms())
        arrange(self.grid, found, self._rail_heights())

    @property
    def margin(self) -> float:
        """Points beside the tracks of a channel."""
        return NEAR if self.blocks.seating.upright else MARGIN

    # Rails -----------------------------------------------------------------------------------------------------------

    @cached_property
    def rails(self) -> dict[int, str]:
        """The nets of shared parameters, with the zone they run in."""
        found = {}
        for k, net in enumerate(self.nets):
            zones = {*net.zones.values()}
            if not net.source.seat.column and str(net.source.part[1]).startswith("leaf") and len(zones) == 1:
                found[k] = zones.pop()
        return found

    @cached_property
    def straight(self) -> dict[int, float]:
        """The rails that begin beside their names, each with how far below the top of its zone it may begin."""
        found: dict[int, float] = {}
        for zone in ZONES:
            rails = [k for k, where in self.rails.items() if where == zone and self._is_alone(k)]
            if self.blocks.rows == 1 and len(rails) <= STRAIGHT:
                tops = accumulate(map(self._rail_room, rails), initial=0.0)
                found |= dict(zip(rails, tops, strict=False))
        return found

    def _is_alone(self, net: int) -> bool:
        seat = self.nets[net].source.seat
        return sum(each.source.seat == seat for each in self.nets) == 1

    def _rail_room(self, net: int) -> float:
        """The height that a straight rail and its name need."""
        return max(RAIL, self.blocks.stamp(self.nets[net].source.seat).height + 4)

    def _rail_heights(self) -> dict[Seat, float]:
        """Where the blocks of straight rails must stand."""
        found = {}
        for k in self.straight:
            source = self.nets[k].source
            ((row, _),) = self.nets[k].zones.items()
            place = self.blocks.stamp(source.seat).places[source.part]
            found[source.seat] = self.lane(k, row) - place.y
        return found

    # Tracks and lanes ------------------------------------------------------------------------------------------------

    def _uprights(self, grid: Grid) -> dict[Upright, int]:
        """The number of every upright's track."""
        found: dict[Upright, int] = {}
        channels: dict[int, list[tuple[int, Upright]]] = {}
        for k, net in enumerate(self.nets):
            for upright in net.uprights if k not in self.level else ():
                channels.setdefault(upright.channel, []).append((k, upright))
        for each in channels.values():
            tracks = [Track(number, self._met(grid, k, upright)) for number, (k, upright) in enumerate(each)]
            found |= {each[name][1]: number for name, number in numbered(tracks).items()}
        return found

    def _met(self, grid: Grid, k: int, upright: Upright) -> tuple[tuple[float, int], ...]:
        net = self.nets[k]
        pins = [(grid.pin(pin)[1], self.side(pin, pin == net.source)) for pin in upright.pins]
        for row in upright.lanes:
            y = grid.zones[row, net.zones[row]] + 30.0 + 0.01 * k
            ends = _channels(net, row)
            pins += [(y, side) for side, end in ((-1, min(ends)), (1, max(ends))) if end != upright.channel]
        return tuple(pins)

    def _lanes(self, grid: Grid) -> dict[tuple[int, int], int]:
        """The number of every net's lane in its rows, counted in its zone; straight rails have their own."""
        found: dict[tuple[int, int], int] = {}
        zones: dict[tuple[int, str], list[int]] = {}
        for k, net in enumerate(self.nets):
            for row, zone in net.zones.items():
                zones.setdefault((row, zone), []).append(k)
        for (row, _), each in zones.items():
            tracks = [Track(k, self._hangs(grid, k, row)) for k in each if k not in self.straight]
            found |= {(name, row): number for name, number in numbered(tracks).items()}
        return found

    def _hangs(self, grid: Grid, k: int, row: int) -> tuple[tuple[float, int], ...]:
        net = self.nets[k]
        lane = grid.zones[row, net.zones[row]] + 30.0
        uprights = [upright for upright in net.uprights if row in upright.lanes]
        ends = [(up, [grid.pin(pin)[1] for pin in up.pins] or [grid.zones[up.lanes[-1], "high"]]) for up in uprights]
        return tuple(
            (grid.channels[up.channel] + PITCH * self.uprights.get(up, 0), 1 if y > lane else -1)
            for up, heights in ends
            for y in heights
        )

    def side(self, pin: Pin, is_source: bool) -> int:
        """On which side of its channel a pin is: a block's results leave into the channel right of it."""
        return -1 if is_source != (pin.seat in self.blocks.seating.back) else 1

    # Rooms -----------------------------------------------------------------------------------------------------------

    def _rooms(self) -> Rooms:
        wide = dict.fromkeys(range(len(self.blocks.widths) + 1), 0.0)
        for upright, number in self.uprights.items():
            wide[upright.channel] = max(wide[upright.channel], PITCH * (number + 1))
        channels = {k: 2 * self.margin + room + self._risers_at(k) for k, room in wide.items()}
        between = [channels[k] for k in self._between()]
        channels |= {k: max(between) for k in self._between()}
        channels[0] = channels[len(self.blocks.widths)] = 0.0
        if wide[len(self.blocks.widths)]:
            channels[len(self.blocks.widths)] = 2 * self.margin + wide[len(self.blocks.widths)]
        zones: dict[tuple[int, str], float] = {}
        for net, k in ((net, k) for k, net in enumerate(self.nets)):
            for row, zone in net.zones.items():
                low = self._offset(k, row) + LANE + (TALL if k in self.rails else LANE)
                if k in self.straight:
                    low = max(low, self.straight[k] + self._rail_room(k))
                zones[row, zone] = max(zones.get((row, zone), 0.0), low)
        for row in range(self.blocks.rows):  # what stands above a box does not touch it, nor does it touch its frames
            if self.blocks.height(row, "above"):
                zones[row, "high"] = max(zones.get((row, "high"), 0.0), LANE)
            frames = self._frames(row)
            zones[row, "high"] = zones.get((row, "high"), 0.0) + HEAD * frames
            zones[row, "low"] = max(zones.get((row, "low"), 0.0), FOOT * frames)
        return Rooms(channels, zones)

    def _frames(self, row: int) -> int:
        """How many frames stand around the blocks of a row: those around closed steps are within their blocks."""
        seating = self.blocks.seating
        steps = {k for k, column in enumerate(seating.columns) if column.series >= 0 and self.blocks.spots[k][0] == row}
        return 0 if seating.upright and steps <= seating.closed else seating.frames

    def _risers_at(self, channel: int) -> float:
        counts = [len(each) for column, each in self.risers.items() if self.blocks.spots[column][1] == channel]
        return RISER * max(counts, default=0)

    def _between(self) -> list[int]:
        """The channels between two steps: they are made equally wide."""
        columns, spots = self.blocks.seating.columns, self.blocks.spots
        steps = {spots[k][1] for k, column in enumerate(columns) if column.series >= 0}
        return sorted(place for place in steps if place - 1 in steps)

    def _offset(self, k: int, row: int) -> float:
        """How far below its zone's top a net's lane runs."""
        if k in self.straight:
            return self.straight[k] + self._rail_room(k) / 2
        zone = self.nets[k].zones[row]
        frames = FOOT * self.blocks.seating.frames if zone == "low" else 0.0
        before = sum(self._rail_room(rail) for rail in self.straight if self.rails[rail] == zone)
        pitch = TALL if zone in self.rails.values() else LANE
        return frames + before + LANE + pitch * self.lanes[k, row]

    def lane(self, k: int, row: int) -> float:
        """The height of a net's lane in a row."""
        return self.grid.zones[row, self.nets[k].zones[row]] + self._offset(k, row)

    def track(self, upright: Upright) -> float:
        """Where an upright's track is."""
        return self.grid.channels[upright.channel] + self.margin + PITCH * (self.uprights.get(upright, 0) + 0.5)


def _channels(net: Net, row: int) -> list[int]:
    return [net.trunk.channel, *(tap.channel for r, tap in net.taps if r == row)]


# Tracks: parallel lines side by side, so that those that run along each other keep apart and few cross ---------------
#
# A track runs from `low` to `high` (whichever of x and y it runs along); its pins are where it is met, from the side of
# the first track (−1) or from the side of the last (1).


GAP = 6.0  # points between the ends of two lines on one track


@dataclass(frozen=True)
class Track:
    """A line that needs a track; `name` is whose."""

    name: int
    pins: tuple[tuple[float, int], ...]

    @property
    def low(self) -> float:
        """Where it begins."""
        return min(place for place, _ in self.pins)

    @property
    def high(self) -> float:
        """Where it ends."""
        return max(place for place, _ in self.pins)


def numbered(tracks: Sequence[Track]) -> dict[int, int]:
    """The number of each one's track, by name: ordered for few crossings, packed where they run one after the other."""
    spans = [(track.low, track.high) for track in tracks]
    score = _scores(tracks, spans)
    found: dict[int, int] = {}
    placed: list[tuple[float, float, int]] = []
    for k in sorted(range(len(tracks)), key=lambda k: (score[k], spans[k], tracks[k].name)):
        low, high = spans[k]
        number = max((n + 1 for start, end, n in placed if start < high + GAP and low < end + GAP), default=0)
        placed.append((low, high, number))
        found[tracks[k].name] = number
    return found


def _scores(tracks: Sequence[Track], spans: Sequence[tuple[float, float]]) -> list[int]:
    """For each track, by how many crossings the others rather come before it than after."""
    scores = [0] * len(tracks)
    order = sorted(range(len(tracks)), key=lambda k: spans[k])
    for place, k in enumerate(order):
        for j in order[place + 1 :]:
            if spans[j][0] >= spans[k][1]:
                break  # neither this one nor those that begin later run along track k
            before = _met(tracks[k], spans[j], 1) + _met(tracks[j], spans[k], -1)
            after = _met(tracks[j], spans[k], 1) + _met(tracks[k], spans[j], -1)
            scores[k] += before - after
            scores[j] += after - before
    return scores


def _met(track: Track, span: tuple[float, float], side: int) -> int:
    """How many of a track's pins on a side lie within a span: their lines cross what runs there."""
    low, high = span
    return sum(where == side and low < place < high for place, where in track.pins)


# Blocks of single columns stand level with what they are connected to ------------------------------------------------


LEVEL = 5.0  # points of height that a wire may overcome without a track


def is_level(grid: Grid, net: Net) -> bool:
    """Whether a net runs straight from its source to its only sink."""
    if net.taps or len(net.sinks) != 1:
        return False
    return abs(grid.pin(net.source)[1] - grid.pin(net.sinks[0])[1]) < LEVEL


def arrange(grid: Grid, found: Sequence[Net], fixed: Mapping[Seat, float]) -> None:
    """Blocks of single columns stand level with what they are connected to, one below the other."""
    alone = [seat for seat in grid.blocks.seats if grid.blocks.seating.columns[seat.column].series < 0]
    for column in sorted({seat.column for seat in alone}):
        wanted = {seat: _wanted(grid, seat, found) for seat in alone if seat.column == column and seat not in fixed}
        y = -math.inf
        for seat in sorted(wanted, key=lambda seat: (wanted[seat], seat.part)):
            y = max(y, wanted[seat])
            grid.move(seat, y)
            y += grid.blocks.stamp(seat).height + BETWEEN
    for seat, y in fixed.items():
        grid.move(seat, y)


def _wanted(grid: Grid, seat: Seat, found: Sequence[Net]) -> float:
    """The top at which a block's first direct connection is level: in its own row, if there is one."""
    row, _ = grid.blocks.spots[seat.column]
    elsewhere = []
    for net in found:
        for sink in net.direct:
            mine, other = (net.source, sink) if net.source.seat == seat else (sink, net.source)
            if mine.seat == seat and other.seat.column and (seat.column or other.seat.band == "core"):
                level = grid.pin(other)[1] - grid.blocks.stamp(seat).places[mine.part].y
                if grid.blocks.spots[other.seat.column][0] == row:
                    return max(level, grid.bands[row, "core"]) if grid.blocks.seating.upright else level
                elsewhere.append(level)
    if grid.blocks.seating.upright and seat.column:  # in the middle of its own row
        return grid.bands[row, "core"] + (grid.blocks.height(row, "core") - grid.blocks.stamp(seat).height) / 2
    if elsewhere:
        return elsewhere[0]
    low = any("under" in net.zones.values() for net in found if net.source.seat == seat)  # it runs below the boxes
    return grid.bands[row, "core"] + (grid.blocks.height(row, "core") if low else 0.0)
