"""How a picture is to look: what it shows, where it flows, how many decimals, which theme."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from viz import themes
from viz.figures import Precision
from viz.themes import Theme

SHOWS = {
    "both": frozenset({"value", "gradient"}),
    "forward": frozenset({"value"}),
    "backward": frozenset({"gradient"}),
    "locals": frozenset({"value", "gradient", "local"}),
    "circuit": frozenset[str](),
}
# Where a wire is entered and left, by direction of flow.
PORTS = {"LR": ("w", "e"), "RL": ("e", "w"), "TB": ("n", "s"), "BT": ("s", "n")}
BACKGROUNDS = ("transparent",)
LAYOUTS = ("rows", "dot")  # time steps as rows of identical boxes, or everything as Graphviz places it


@dataclass(frozen=True)
class Look:
    """The options that decide a picture's face; make one with `look`, which checks them."""

    show: frozenset[str]
    direction: str
    precision: Precision
    theme: Theme
    layout: str | None = None  # rows wherever there are time steps

    @property
    def may_have_rows(self) -> bool:
        """Whether time steps, if there are any, become a row of boxes."""
        return self.direction == "LR" and self.layout != "dot"

    @property
    def upright(self) -> bool:
        """Whether wires run up or down the page."""
        return self.direction in ("TB", "BT")


def look(
    show: str = "both",
    direction: str = "LR",
    precision: Precision = 2,
    theme: str = "lecture",
    layout: str | None = None,
    background: str | None = None,
) -> Look:
    """The options, checked; ValueError names what is known."""
    if show not in SHOWS:
        raise ValueError(f"show={show!r} is unknown; known: {', '.join(SHOWS)}")
    if direction not in PORTS:
        raise ValueError(f"direction={direction!r} is unknown; known: {', '.join(PORTS)}")
    if not _known(precision):
        raise ValueError(f'precision={precision!r}: give the number of decimals, 0 to 15, or significant digits: "3g"')
    if background not in (None, *BACKGROUNDS):
        raise ValueError(f"background={background!r} is unknown; known: {', '.join(BACKGROUNDS)}, or None for paper")
    if layout not in (None, *LAYOUTS):
        raise ValueError(f"layout={layout!r} is unknown; known: {', '.join(LAYOUTS)}, or None for the better one")
    if layout == "rows" and direction != "LR":
        raise ValueError(f'layout="rows" runs from left to right; direction={direction!r} needs layout="dot"')
    dress = replace(themes.theme(theme), transparent=background == "transparent")
    return Look(SHOWS[show], direction, precision, dress, layout)


def _known(precision: object) -> bool:
    if isinstance(precision, str):
        return bool(re.fullmatch("([1-9]|1[0-5])g", precision))
    return isinstance(precision, int) and 0 <= precision <= 15
