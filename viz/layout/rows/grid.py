"""The grid: where columns, bands, channels and zones lie, once it is known how much room each needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise

from viz.layout.geometry import Rectangle
from viz.layout.rows.drafts import Form, Part, Way
from viz.layout.rows.seats import Column, Seat, Seating
from viz.layout.rows.stamps import Stamp

# Nets: what leaves a block and where it goes; by which channels and lanes --------------------------------------------
#
# channel  the strip left of a column (number 0, 1, … of its place in the row), through all rows: wires run up and down
# lane     a wire's way along a row, in one of its zones, from the bottom up:
#          "under" the band below · "low" between it and the boxes · "high" over the boxes · "over" the band above

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
    source: Pin  # the net's


@dataclass(frozen=True)
class Net:
    """One result on its way: from its source to its sinks.

    The trunk joins the rows. It begins at the source, or a tap leads to it: one that goes around the frames of series.
    """

    source: Pin
    sinks: tuple[Pin, ...]
    trunk: Upright
    taps: tuple[tuple[int, Upright], ...]  # with their rows
    zones: Mapping[int, str]  # by row

    @property
    def uprights(self) -> tuple[Upright, ...]:
        """All its ways up and down."""
        return (self.trunk, *(tap for _, tap in self.taps))

    def upright(self, pin: Pin) -> Upright:
        """The way up or down at which a pin is."""
        return next(each for each in self.uprights if pin in each.pins)

    @property
    def direct(self) -> tuple[Pin, ...]:
        """The sinks beside the source."""
        return tuple(pin for pin in self.upright(self.source).pins if pin != self.source)


def nets(ways: Sequence[Way], seating: Seating, spots: Sequence[Spot], above: Collection[Pin] = ()) -> list[Net]:
    """The nets of all wires that leave their block; `spots` are those of the columns.

    What comes from `above` a series, outside of its frame, goes around the frame on its way to a later row; so does
    everything on its way past another series. What is there before any step goes down left of them all.
    """
    found: dict[Pin, dict[Pin, None]] = {}
    for way in ways:
        if way.head:
            found.setdefault(Pin(way.start, way.tail[-1]), {})[Pin(way.end, way.head[0])] = None
    framed = {spots[k][0] for k, column in enumerate(seating.columns) if seating.upright and len(column.step) > 1}
    beyond = 1 + max((spots[k][1] for k, column in enumerate(seating.columns) if column.series >= 0), default=0)
    made = []
    for source, sinks in found.items():
        first, last = spots[source.seat.column][0], max(spots[sink.seat.column][0] for sink in sinks)
        passed = range(first + (source not in above), last)
        around = beyond if source.seat.column and framed.intersection(passed) else None
        made.append(_net(source, tuple(sinks), seating, spots, around))
    return made


def _net(source: Pin, sinks: tuple[Pin, ...], seating: Seating, spots: Sequence[Spot], around: int | None) -> Net:
    """A net whose trunk is in the channel beside its source, or in the one that goes `around`."""
    first, place = spots[source.seat.column]
    own = place + (source.seat not in seating.back)
    met: dict[Spot, list[Pin]] = {} if around in (None, own) else {(first, own): [source]}
    for sink in sinks:
        row, place = spots[sink.seat.column]
        met.setdefault((row, place + (sink.seat in seating.back)), []).append(sink)
    trunk = own if around is None else around
    direct = [sink for (_, channel), each in met.items() if channel == trunk for sink in each]
    taps = tuple((r, Upright(c, tuple(each), (r,), source)) for (r, c), each in met.items() if c != trunk)
    rows = tuple(sorted({r for r, _ in taps}))
    zones = {r: _zone(source, [s for s in sinks if spots[s.seat.column][0] == r]) for r in rows}
    pins = (source, *direct) if trunk == own else tuple(direct)
    return Net(source, sinks, Upright(trunk, pins, rows, source), taps, zones)


def _zone(source: Pin, sinks: Sequence[Pin]) -> str:
    bands = {sink.seat.band for sink in sinks}
    if source.seat.band == "above" or (bands == {"above"} and not source.seat.column):
        return "over"
    if source.seat.band == "below":
        return "low"
    return "under" if not source.seat.column else "high"


# The grid ------------------------------------------------------------------------------------------------------------

BANDS = ("above", "core", "below")
LONGEST, SHAPE = 14000.0, 1.6  # points: a longer row is broken, so that the page is that much wider than high
BETWEEN = 14.0  # points between the parts of a single column


@dataclass(frozen=True)
class Rooms:
    """How wide the channels and how high the zones (by row and name) are."""

    channels: Mapping[int, float]
    zones: Mapping[tuple[int, str], float]


@dataclass(frozen=True)
class Blocks:
    """What is to be placed: the seats of the blocks with their stamps, and the spot of each column."""

    seating: Seating
    stamps: Mapping[Form, Stamp]
    seats: tuple[Seat, ...]
    spots: tuple[Spot, ...]

    def stamp(self, seat: Seat) -> Stamp:
        """What is stamped there."""
        return self.stamps[self.seating.form(seat)]

    @cached_property
    def widths(self) -> tuple[float, ...]:
        """Of the places in the rows, the widest column at each."""
        found = [0.0] * (1 + max(place for _, place in self.spots))
        for column, (row, place) in enumerate(self.spots):
            if row and self.seating.columns[column].series < 0 and self.seating.upright:
                continue  # it ends its row, which is not the first: there is room to its right
            found[place] = max(found[place], column_width(self.seating, self.stamps, self.seats, column))
        return tuple(found)

    def height(self, row: int, band: str) -> float:
        """Of a band in a row."""
        seats = [seat for seat in self.seats if seat.band == band and self.spots[seat.column][0] == row]
        columns: dict[int, float] = {}
        for seat in seats:
            if seat.column:  # the prelude may be longer than its row
                columns[seat.column] = columns.get(seat.column, -BETWEEN) + self.stamp(seat).height + BETWEEN
        return max(columns.values(), default=0.0)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return 1 + max(row for row, _ in self.spots)


def column_width(seating: Seating, stamps: Mapping[Form, Stamp], seats: Sequence[Seat], column: int) -> float:
    """The width of a column: the same for all steps of a series."""
    series = seating.columns[column].series
    kind = seating.upright and column in seating.closed
    alike = [
        seat
        for seat in seats
        if seating.columns[seat.column].series == series and (seating.upright and seat.column in seating.closed) == kind
    ]
    mine = alike if series >= 0 else [seat for seat in seats if seat.column == column]
    return max((stamps[seating.form(seat)].width for seat in mine), default=0.0)


def spots(columns: Sequence[Column], widths: Sequence[float], height: float, channel: float) -> tuple[Spot, ...]:
    """A row and a place for every column.

    A row that would be too long is broken into equal ones; each series begins its own, and what comes after it stays.
    """
    whole = sum(widths) + channel * len(widths)
    if whole <= LONGEST:
        return tuple((0, place) for place in range(len(columns)))
    lengths = Counter(column.series for column in columns[1:] if column.series >= 0)
    in_row = _in_row(max(lengths.values()), (whole - widths[0]) / (len(columns) - 1), height)
    found: list[Spot] = [(0, 0)]
    for before, column in pairwise(columns):
        row, place = found[-1]
        starts = column.series >= 0 and (before.series != column.series or place == in_row) and place > 0
        found.append((row + 1, 1) if starts else (row, place + 1))
    return tuple(found)


def within(columns: Sequence[Column], widths: Sequence[float], room: float) -> tuple[Spot, ...]:
    """A row and a place for every column, so that no row is longer than `room`, and rows are equally long."""
    steps = [wide for column, wide in zip(columns, widths, strict=True) if column.series >= 0]
    pitch = max(steps) + CHANNEL
    longest = max(Counter(column.series for column in columns if column.series >= 0).values())
    fitting = max(1, int((room - widths[0] - CHANNEL) / pitch))
    in_row = -(-longest // -(-longest // fitting))
    found: list[Spot] = [(0, 0)]
    used = widths[0]
    for before, (column, wide) in pairwise(zip(columns, widths, strict=True)):
        row, place = found[-1]
        used += wide + (CHANNEL if wide else 0.0)
        starts = column.series >= 0 and (before[0].series != column.series or place == in_row)
        if place and (starts or used > room):
            found.append((row + 1, 1))
            used = widths[0] + wide + CHANNEL
        else:
            found.append((row, place + 1))
    return tuple(found)


CHANNEL = 24.0  # points between two columns, about


def _in_row(steps: int, pitch: float, height: float) -> int:
    """How many steps to a row, so that rows are equally long and the page has its shape."""
    fitting = max(1, int(LONGEST / pitch))
    ideal = min(fitting, max(2.0, (SHAPE * steps * height / pitch) ** 0.5))
    tried = range(max(1, round(0.75 * ideal)), min(fitting, round(1.3 * ideal)) + 1)
    return min(tried, key=lambda each: (-steps % each / each, abs(each - ideal)))


class Grid:
    """Coordinates."""

    def __init__(self, blocks: Blocks, rooms: Rooms) -> None:
        self.blocks, self.rooms = blocks, rooms
        channels = [rooms.channels.get(k, 0.0) for k in range(len(blocks.widths) + 1)]
        ends = list(accumulate(map(sum, zip(channels, (*blocks.widths, 0.0), strict=True))))
        self.channels = [
            end - wide - room for end, wide, room in zip(ends, (*blocks.widths, 0.0), channels, strict=True)
        ]
        self.columns = [x + room for x, room in zip(self.channels, channels, strict=True)]
        self.width = ends[-1]
        self.zones: dict[tuple[int, str], float] = {}
        self.bands: dict[tuple[int, str], float] = {}
        y = 0.0
        for row in range(blocks.rows):
            for zone, band in zip(("over", "high", "low", "under"), (*BANDS, ""), strict=True):
                self.zones[row, zone] = y
                y += rooms.zones.get((row, zone), 0.0)
                if band:
                    self.bands[row, band] = y
                    y += blocks.height(row, band)
        self.height = y
        self.corners = {seat: self._corner(seat) for seat in blocks.seats}

    def _corner(self, seat: Seat) -> tuple[float, float]:
        """The top left of a block in a step's column; single columns are arranged afterwards."""
        row, place = self.blocks.spots[seat.column]
        stamp = self.blocks.stamp(seat)
        x, y = self.columns[place], self.bands[row, seat.band]
        if self.blocks.seating.columns[seat.column].series < 0 and not seat.column:
            return x + self.blocks.widths[place] - stamp.width, y
        room = self.blocks.height(row, seat.band) - stamp.height
        if seat in self.blocks.seating.back:
            x += (self.blocks.widths[place] - stamp.width) / 2
        lower = [each for each in self.blocks.seats if each.column == seat.column and each.band == seat.band]
        below = sum(self.blocks.stamp(each).height + BETWEEN for each in lower if each.part > seat.part)
        return x, y + {"above": room - below, "core": room / 2, "below": 0.0}[seat.band]

    def move(self, seat: Seat, y: float) -> None:
        """Put a block of a single column at a height."""
        self.corners[seat] = (self.corners[seat][0], y)

    def pin(self, pin: Pin) -> tuple[float, float]:
        """Where a pin is."""
        (x, y), place = self.corners[pin.seat], self.blocks.stamp(pin.seat).places[pin.part]
        return x + place.x, y + place.y

    def place(self, seat: Seat, of: Rectangle) -> Rectangle:
        """A rectangle of a stamp, where it is stamped."""
        return of.moved(*self.corners[seat])
