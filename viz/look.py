"""How a picture is to look: what it shows, where it flows, how many decimals, which theme."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields, replace

from viz.words.figures import MOST, Precision
from viz.words.lettering import Role

# Themes: every colour of every picture, in one table -----------------------------------------------------------------

# Helvetica is the lectures' face. The others are what machines without it have; all of them carry Greek, ∂ and Σ, and
# none is wider than the widths in `lettering`.
FONTS = "Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif"


@dataclass(frozen=True)
class Theme:
    """Colours by what they mean. Texts stand at 4.5:1 or better on `paper` and on `box`, symbols also on `lit`.

    A scale of lengths runs from `faint`, close to the paper, by way of `gradient` to `strong`.

    A picture that is `transparent` lets what lies behind it be its paper: something of about the same shade.
    """

    paper: str
    ink: str
    value: str
    gradient: str
    local: str
    muted: str
    wire: str
    gate: str
    lit: str
    box: str
    edge: str
    faint: str
    strong: str
    transparent: bool = field(default=False, kw_only=True)

    @property
    def ground(self) -> str:
        """What the picture stands on, as Graphviz calls it."""
        return "transparent" if self.transparent else self.paper

    def colour(self, role: Role) -> str:
        """The colour of a text in that role."""
        return str(getattr(self, role))


# One line a theme, its colours in the order of the fields and without their #.
_TABLE = """
    lecture      FFFFFF 000000 00703C D00000 5A3E9B 666666 333333 FFFFFF FFF2B3 F7F7F7 BBBBBB FFF4CC 2E0A4E
    colourblind  FFFFFF 000000 0072B2 B34700 555555 666666 333333 FFFFFF FFF2B3 F7F7F7 BBBBBB FFF6D0 0B2345
    dark         111111 F0F0F0 56B4E9 E69F00 CC99D9 A0A0A0 C8C8C8 111111 4A4000 1C1C1C 555555 241A4A FFF9DC
    print        FFFFFF 000000 000000 000000 000000 444444 000000 FFFFFF E4E4E4 FFFFFF 888888 F2F2F2 1A1A1A
"""

THEMES = {
    name: Theme(*(f"#{colour}" for colour in colours)) for name, *colours in map(str.split, _TABLE.strip().splitlines())
}

# Of a chart, what tells series apart: Okabe and Ito's colours at 4.5:1 or better on the paper, by day and by night.
_DAY = "#0072B2 #B34700 #007A5A #A0527C #7A6A00 #333333 #8A2BE2 #7B4A12".split()
_NIGHT = "#56B4E9 #E69F00 #2BB58C #DE9AC0 #F0E442 #F0F0F0 #B89BF5 #D8A878".split()
SERIES = dict(zip(_DAY, _NIGHT, strict=True))
# Of a picture of paths: hues far from each other, their lightness changing too; a number beside them says the same.
_DAYS = "#4C88D3 #8C2F1E #008360 #9B6FC2 #734A00 #007AA1 #C46183 #296207 #5763B6 #C26D31 #006762 #934D92".split()
_NIGHTS = "#6AA7F4 #FFB7A0 #53D8B1 #BB8EE3 #FFD16B #44D0FA #E680A1 #ADEC96 #A6B6FF #E48C52 #56F3EA #EB9FE9".split()
PATHS = dict(zip(_DAYS, _NIGHTS, strict=True))
GRID = "#808080"  # of a chart, by day and by night

NIGHT = {THEMES["lecture"]: THEMES["dark"]}  # what a page wears by night whose theme nobody chose


def nights(theme: Theme) -> dict[str, str]:
    """Each colour of a picture with what it is by night; nothing where the theme was chosen."""
    night = NIGHT.get(replace(theme, transparent=False))
    roles = [role.name for role in fields(theme) if role.name != "transparent"]
    return {} if night is None else {getattr(theme, role): getattr(night, role) for role in roles}


def theme_named(name: str) -> Theme:
    """The theme of that name."""
    if name not in THEMES:
        raise ValueError(f"theme {name!r} is unknown; known: {', '.join(THEMES)}")
    return THEMES[name]


def name_of(theme: Theme) -> str:
    """The name of a theme, whether or not it is transparent."""
    return next(name for name, known in THEMES.items() if known == replace(theme, transparent=False))


def mixed(paper: str, ink: str, share: float) -> str:
    """A colour between paper (0) and ink (1)."""
    pairs = ((int(paper[k : k + 2], 16), int(ink[k : k + 2], 16)) for k in (1, 3, 5))
    return "#" + "".join(f"{round(a + min(max(share, 0.0), 1.0) * (b - a)):02X}" for a, b in pairs)


# The look: the options of a picture, checked -------------------------------------------------------------------------


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
ARRAYS = ("size", "heat")  # a large array's ‖·‖, or with a thumbnail of its numbers
LAYOUTS = ("rows", "dot")  # time steps as rows of identical boxes, or everything as Graphviz places it


@dataclass(frozen=True)
class Look:
    """The options that decide a picture's face; make one with `look`, which checks them."""

    show: frozenset[str]
    direction: str
    precision: Precision
    theme: Theme
    layout: str | None = None  # rows wherever there are time steps
    numbers: int = MOST  # of an array that are printed on a wire; a larger one is its shape and its size
    arrays: str = "size"  # … or has a thumbnail, too

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
    arrays: str = "size",
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
    if arrays not in ARRAYS:
        raise ValueError(f"arrays={arrays!r} is unknown; known: {', '.join(ARRAYS)}")
    if layout == "rows" and direction != "LR":
        raise ValueError(f'layout="rows" runs from left to right; direction={direction!r} needs layout="dot"')
    dress = replace(theme_named(theme), transparent=background == "transparent")
    return Look(SHOWS[show], direction, precision, dress, layout, arrays=arrays)


def _known(precision: object) -> bool:
    if isinstance(precision, str):
        return bool(re.fullmatch("([1-9]|1[0-5])g", precision))
    return isinstance(precision, int) and 0 <= precision <= 15
