"""Themes: every colour of every picture, in one table."""

from __future__ import annotations

from dataclasses import dataclass, field

from viz.lettering import Role

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

NIGHT = {THEMES["lecture"]: THEMES["dark"]}  # what a page wears by night whose theme nobody chose


def theme(name: str) -> Theme:
    """The theme of that name."""
    if name not in THEMES:
        raise ValueError(f"theme {name!r} is unknown; known: {', '.join(THEMES)}")
    return THEMES[name]
