"""Tracks: parallel lines side by side, so that those that run along each other keep apart and few cross.

A track runs from `low` to `high` (whichever of x and y it runs along); its pins are where it is met, from the side of
the first track (−1) or from the side of the last (1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
    cost = [[_crossings(one, other) for other in tracks] for one in tracks]  # of one before other
    spans = [(track.low, track.high) for track in tracks]
    many = range(len(tracks))
    score = [sum(cost[k][j] - cost[j][k] for j in many) for k in many]
    found: dict[int, int] = {}
    placed: list[tuple[float, float, int]] = []
    for k in sorted(many, key=lambda k: (score[k], spans[k], tracks[k].name)):
        low, high = spans[k]
        number = max((n + 1 for start, end, n in placed if start < high + GAP and low < end + GAP), default=0)
        placed.append((low, high, number))
        found[tracks[k].name] = number
    return found


def _crossings(one: Track, other: Track) -> int:
    """How often the lines that meet two tracks cross them, if `one` comes before `other`."""
    ahead = sum(side > 0 and other.low < place < other.high for place, side in one.pins)
    return ahead + sum(side < 0 and one.low < place < one.high for place, side in other.pins)
