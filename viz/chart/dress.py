"""The colours of a chart: those of a picture's theme, and a row of colours and dashes that tell series apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from viz.look import SERIES, Theme, mixed

_PRINT = "#000000 #6B6B6B #333333 #555555".split()
DASHES: tuple[Any, ...] = (
    "solid",
    (0, (5, 2)),
    (0, (1.5, 1.5)),
    (0, (7, 2, 1.5, 2)),
    (0, (10, 3)),
    (0, (4, 1, 1, 1, 1, 1)),
)
MARKERS = "osD^vPX*"


@dataclass(frozen=True)
class Dress:
    """A theme as a chart wears it."""

    theme: Theme

    @property
    def ink(self) -> str:
        """Texts and axes."""
        return self.theme.ink

    @property
    def muted(self) -> str:
        """What is said in passing."""
        return self.theme.muted

    @property
    def paper(self) -> str:
        """What the chart stands on."""
        return self.theme.paper

    @property
    def ground(self) -> str:
        """The paper, or nothing."""
        return "none" if self.theme.transparent else self.theme.paper

    @property
    def is_night(self) -> bool:
        """Whether the paper is dark."""
        return self.theme.paper[1] < "8"

    @property
    def is_grey(self) -> bool:
        """Whether the theme has no colour at all."""
        return self.theme.value == self.theme.ink

    @property
    def rules(self) -> dict[str, Any]:
        """The theme in matplotlib's settings."""
        names = "text.color axes.edgecolor axes.labelcolor xtick.color ytick.color".split()
        return dict.fromkeys(names, self.ink) | {"axes.facecolor": "none", "savefig.facecolor": self.ground}

    def colour(self, k: int, family: int = 0) -> str:
        """The k-th series' colour; a large family's run from one end of a scale to the other, in order."""
        row = _PRINT if self.is_grey else list(SERIES.values() if self.is_night else SERIES)
        if family <= len(row) or self.is_grey:
            return row[k % len(row)]
        from matplotlib.colors import to_hex

        return str(to_hex(self.ramp()(0.25 + 0.75 * k / (family - 1))))

    def letters(self, k: int, family: int = 0) -> str:
        """The colour of the k-th series' name: its own, where that can be read."""
        return self.colour(k, family) if family <= len(SERIES) else self.ink

    def dash(self, k: int, family: int = 0) -> Any:
        """The k-th line's dashes, others when colours come again; a large family's lines are all drawn through."""
        return DASHES[(k + k // len(SERIES)) % len(DASHES)] if family <= len(SERIES) else "solid"

    def ramp(self, gaps: bool = False) -> Any:
        """A colour map from the paper to its contrary, evenly darker; where there are gaps, none of it is paper."""
        return self._map([mixed(self.paper, self._cool[0], 0.25) if gaps else self.paper, *self._cool])

    def diverging(self, gaps: bool = False) -> Any:
        """A colour map that is the paper's colour in its middle, orange above and blue below."""
        return self._map([*self._cool[::-1], self.theme.faint if gaps else self.paper, *self._warm])

    @property
    def _cool(self) -> list[str]:
        if self.is_grey:
            return ["#767676", "#000000"]
        return ["#2C7FB8", "#D9F0FF"] if self.is_night else ["#4F9BD0", "#0B3A6B"]

    @property
    def _warm(self) -> list[str]:
        if self.is_grey:
            return ["#BBBBBB", "#666666"]
        return ["#C76A1B", "#FFE3C2"] if self.is_night else ["#E08A3C", "#7A2E00"]

    @staticmethod
    def _map(colours: list[str]) -> Any:
        from matplotlib.colors import LinearSegmentedColormap

        return LinearSegmentedColormap.from_list("chart", colours)
