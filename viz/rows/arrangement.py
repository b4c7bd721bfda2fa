"""Blocks of single columns stand level with what they are connected to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from viz.rows.columns import Seat
from viz.rows.grid import BETWEEN, Grid
from viz.rows.nets import Net

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
        for sink in net.trunk.pins[1:]:
            mine, other = (net.source, sink) if net.source.seat == seat else (sink, net.source)
            if mine.seat == seat and other.seat.column and (seat.column or other.seat.band == "core"):
                level = grid.pin(other)[1] - grid.blocks.stamp(seat).places[mine.part].y
                if grid.blocks.spots[other.seat.column][0] == row:
                    return level
                elsewhere.append(level)
    if elsewhere:
        return elsewhere[0]
    low = any("under" in net.zones.values() for net in found if net.source.seat == seat)  # it runs below the boxes
    return grid.bands[row, "core"] + (grid.blocks.height(row, "core") if low else 0.0)
