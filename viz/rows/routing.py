"""Routing: every net's tracks in the channels and lanes in the zones, and the room that these need.

A rail is the net of a shared parameter: it runs along the row, and each step has its tap. A riser is the straight line
from an input's name below its box up into it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from viz.rows.arrangement import arrange, is_level
from viz.rows.columns import Seat
from viz.rows.grid import FOOT, HEAD, Blocks, Grid, Rooms
from viz.rows.nets import ZONES, Net, Pin, Upright
from viz.rows.tracks import Track, numbered

MARGIN, PITCH = 10.0, 6.0  # points beside the tracks of a channel, and between them
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
        uprights = [net.trunk, *(tap for r, tap in net.taps if r == row)]
        return tuple(
            (grid.channels[up.channel] + PITCH * self.uprights.get(up, 0), 1 if grid.pin(pin)[1] > lane else -1)
            for up in uprights
            for pin in up.pins
        )

    def side(self, pin: Pin, is_source: bool) -> int:
        """On which side of its channel a pin is: a block's results leave into the channel right of it."""
        return -1 if is_source != (pin.seat in self.blocks.seating.back) else 1

    # Rooms -----------------------------------------------------------------------------------------------------------

    def _rooms(self) -> Rooms:
        wide = dict.fromkeys(range(len(self.blocks.widths) + 1), 0.0)
        for upright, number in self.uprights.items():
            wide[upright.channel] = max(wide[upright.channel], PITCH * (number + 1))
        channels = {k: 2 * MARGIN + room + self._risers_at(k) for k, room in wide.items()}
        between = [channels[k] for k in self._between()]
        channels |= {k: max(between) for k in self._between()}
        channels[0] = channels[len(self.blocks.widths)] = 0.0
        if wide[len(self.blocks.widths)]:
            channels[len(self.blocks.widths)] = 2 * MARGIN + wide[len(self.blocks.widths)]
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
            zones[row, "high"] = zones.get((row, "high"), 0.0) + HEAD * self.blocks.seating.frames
            zones[row, "low"] = max(zones.get((row, "low"), 0.0), FOOT * self.blocks.seating.frames)
        return Rooms(channels, zones)

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
        return self.grid.channels[upright.channel] + MARGIN + PITCH * (self.uprights.get(upright, 0) + 0.5)


def _channels(net: Net, row: int) -> list[int]:
    return [net.trunk.channel, *(tap.channel for r, tap in net.taps if r == row)]
