"""Nets: what leaves a block and where it goes; by which channels and lanes.

channel  the strip left of a column (number 0, 1, … of its place in the row), through all rows: wires run up and down
lane     a wire's way along a row, in one of its zones, from the bottom up:
         "under" the band below · "low" between it and the boxes · "high" over the boxes · "over" the band above
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from viz.rows.columns import Seat
from viz.rows.drafts import Part, Way

ZONES = ("over", "high", "low", "under")  # from top to bottom
Spot = tuple[int, int]  # row and place in the row


@dataclass(frozen=True)
class Pin:
    """Where a net leaves a block, or enters one."""

    seat: Seat
    part: Part


@dataclass(frozen=True)
class Upright:
    """A net's way up and down channel number `channel`: the pins and the lanes (by row) that it joins."""

    channel: int
    pins: tuple[Pin, ...]
    lanes: tuple[int, ...]


@dataclass(frozen=True)
class Net:
    """One result on its way: from its source to its sinks."""

    source: Pin
    sinks: tuple[Pin, ...]
    trunk: Upright
    taps: tuple[tuple[int, Upright], ...]  # with their rows
    zones: Mapping[int, str]  # by row

    @property
    def uprights(self) -> tuple[Upright, ...]:
        """All its ways up and down."""
        return (self.trunk, *(tap for _, tap in self.taps))


def nets(ways: Sequence[Way], spots: Sequence[Spot], back: Collection[Seat]) -> list[Net]:
    """The nets of all wires that leave their block; `spots` are those of the columns, `back` what runs to the left."""
    found: dict[Pin, dict[Pin, None]] = {}
    for way in ways:
        if way.head:
            found.setdefault(Pin(way.start, way.tail[-1]), {})[Pin(way.end, way.head[0])] = None
    return [_net(source, tuple(sinks), spots, back) for source, sinks in found.items()]


def _net(source: Pin, sinks: tuple[Pin, ...], spots: Sequence[Spot], back: Collection[Seat]) -> Net:
    _, place = spots[source.seat.column]
    own = place + (source.seat not in back)
    met: dict[Spot, list[Pin]] = {}
    for sink in sinks:
        row, place = spots[sink.seat.column]
        met.setdefault((row, place + (sink.seat in back)), []).append(sink)
    direct = [sink for (_, channel), each in met.items() if channel == own for sink in each]
    taps = tuple((r, Upright(c, tuple(each), (r,))) for (r, c), each in met.items() if c != own)
    rows = tuple(sorted({r for r, _ in taps}))
    zones = {r: _zone(source, [s for s in sinks if spots[s.seat.column][0] == r]) for r in rows}
    return Net(source, sinks, Upright(own, (source, *direct), rows), taps, zones)


def _zone(source: Pin, sinks: Sequence[Pin]) -> str:
    bands = {sink.seat.band for sink in sinks}
    if source.seat.band == "above" or (bands == {"above"} and not source.seat.column):
        return "over"
    if source.seat.band == "below":
        return "low"
    return "under" if not source.seat.column else "high"
