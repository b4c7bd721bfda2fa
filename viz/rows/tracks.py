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
