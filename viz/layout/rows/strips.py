"""Strips: a gate or a folded step with its states, as every lecture draws it: in at the left, out at the right.

    in ── text ── ┌──────┐ ── text ── Σ ── out
    in ── text ── │ step │ ── text ── Σ ── out        inputs come from below, outputs leave upward
                  └──────┘

Graphviz sees one rectangle with two doors: below and above the box, and above the Σs.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from viz.layout.geometry import Path, Rectangle, polyline

Part = tuple[Hashable, ...]
Room = tuple[float, float]

GAP, TIP = 8.0, 6.5  # points between parts, and the length of an arrowhead
LEAST = 36.0  # points between two states
SHARED = 0.8  # of the room of a text: there are fewer lines below a wire than above it


@dataclass
class Strip:
    """A gate, a Σ, or, as a `whole`, a step's box; and, from top to bottom, what comes in and what goes out."""

    node: Part
    whole: bool = False
    ins: dict[Part, tuple[Part, ...]] = field(default_factory=dict)  # pin: pin, text
    outs: dict[Part, tuple[Part, ...]] = field(default_factory=dict)  # pin: text, Σ, pin; or only the pin
    frames: tuple[float, float] = (0.0, 0.0)  # points that the frames around its row need above and below it

    @property
    def parts(self) -> frozenset[Part]:
        """All that stands in it."""
        return frozenset([self.node]).union(*self.ins.values(), *self.outs.values())

    def align(self, ways: list[tuple[Part, Part]]) -> None:
        """States in the order in which they were made, and coming in as they go out: an LSTM's c above its h."""
        self.outs = dict(sorted(self.outs.items(), key=lambda item: (str(item[0][1]), item[0][2])))
        order = list(self.outs)
        came = {pin: order.index(out) for out, pin in ways if out in self.outs and pin in self.ins}
        self.ins = dict(sorted(self.ins.items(), key=lambda item: came.get(item[0], len(order))))

    def pitch(self, sizes: dict[Part, Room]) -> float:
        """How far apart states run."""
        texts = [sizes[part][1] for part in self.parts if part[0] in ("text", "stem")]
        return max([LEAST, *(SHARED * high for high in texts)])

    def columns(self, sizes: dict[Part, Room]) -> dict[str, float]:
        """The widths of what stands left of the box, of the box, of the texts and of the Σs right of it."""

        def wide(kinds: tuple[str, ...], rows: dict[Part, tuple[Part, ...]]) -> float:
            return max((sizes[part][0] for row in rows.values() for part in row if part[0] in kinds), default=0.0)

        right, fans = wide(("stem",), self.outs), wide(("fan",), self.outs)
        return {
            "left": wide(("text",), self.ins) + (GAP if self.ins else 0.0),
            "box": sizes[self.node][0],
            "right": right + (GAP / 2 if right else 0.0),
            "fans": fans + (GAP / 2 if fans else 0.0),
        }

    def height(self, sizes: dict[Part, Room]) -> float:
        """Of the whole."""
        if not self.whole:
            return max(sizes[part][1] for part in self.parts)
        high = max(sizes[self.node][1], max(len(self.ins), len(self.outs), 1) * self.pitch(sizes))
        return high + sum(self.frames)

    def framed(self, at: Rectangle) -> Rectangle:
        """What the frames are drawn around."""
        above, below = self.frames
        return Rectangle(at.x, at.y + (above - below) / 2, at.width, at.height - above - below)

    def places(self, sizes: dict[Part, Room], at: Rectangle) -> dict[Part, Rectangle]:
        """Where everything is, once it is known where the strip is."""
        at = self.framed(at)
        columns, pitch = self.columns(sizes), self.pitch(sizes)
        left = at.x - at.width / 2
        middle = left + columns["left"] + columns["box"] / 2
        texts = left + columns["left"] + columns["box"] + columns["right"] / 2
        fans = left + columns["left"] + columns["box"] + columns["right"] + columns["fans"] / 2
        rows = max(len(self.ins), len(self.outs))
        high = max(sizes[self.node][1], (rows - 1) * pitch + 24.0 if self.whole else 0.0)
        found = {self.node: Rectangle(middle, at.y, columns["box"], high)}
        across = {
            "text": left + columns["left"] / 2,
            "stem": texts,
            "fan": fans,
            "in": left,
            "out": at.x + at.width / 2,
        }
        for side in (self.ins, self.outs):
            for number, row in enumerate(side.values()):
                y = at.y + (number - (rows - 1) / 2) * pitch
                for part in row:
                    found[part] = Rectangle(across[str(part[0])], y, *sizes[part])
        return found

    def links(self, places: dict[Part, Rectangle]) -> Iterator[tuple[tuple[Part, Part], Path]]:
        """The straight lines between them."""
        box = places[self.node]
        for row in self.ins.values():
            yield from self._straight((*row, self.node), places, box.x - box.width / 2)
        for row in self.outs.values():
            yield from self._straight((self.node, *row), places, None)

    def _straight(
        self, row: tuple[Part, ...], places: dict[Part, Rectangle], arrow: float | None
    ) -> Iterator[tuple[tuple[Part, Part], Path]]:
        for one, other in pairwise(row):
            start, end = places[one], places[other]
            y = end.y if one == self.node else start.y
            x0, x1 = start.x + start.width / 2, end.x - end.width / 2
            if other == self.node and arrow is not None:
                yield (one, other), Path(polyline([(x0, y), (x1 - TIP, y)]).points, (x1, y))
            else:
                yield (one, other), polyline([(x0, y), (x1, y)])
