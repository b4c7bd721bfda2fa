"""SVG by hand: the few marks that the experiments' pictures are made of, and the document around them.

Lengths are pixels, y runs downwards. Texts are placed by their middle. Same marks, same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from lessons.experiments.drawing.chart import INK, PAPER
from viz.look import FONTS

SIZE = 12.0


def document(title: str, description: str, wide: float, high: float, marks: Iterable[str]) -> str:
    """The marks on a page, below their title; the description is what a screen reader tells."""
    body = "\n".join(marks)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:g}" height="{high:g}" viewBox="0 0 {wide:g} {high:g}" '
        f'role="img" font-family={quoteattr(FONTS)} font-size="{SIZE:g}">\n<title>{escape(title)}</title>\n'
        f'<desc>{escape(description)}</desc>\n<rect width="100%" height="100%" fill="{PAPER}"/>\n'
        f"{text(16, 20, title, anchor='start', weight='bold')}\n{body}\n</svg>\n"
    )


def text(
    x: float, y: float, words: str, *, anchor: str = "middle", colour: str = INK, weight: str = "", size: float = SIZE
) -> str:
    """Words whose middle line is at y."""
    extra = f' font-weight="{weight}"' if weight else ""
    extra += f' font-size="{size:g}"' if size != SIZE else ""
    baseline = y + 0.36 * size  # capitals and figures are 0.72 em high
    return f'<text x="{x:.1f}" y="{baseline:.1f}" text-anchor="{anchor}" fill="{colour}"{extra}>{escape(words)}</text>'


def rectangle(x: float, y: float, wide: float, high: float, fill: str, stroke: str = "none", tip: str = "") -> str:
    """A filled rectangle; `tip` is shown when the pointer rests on it."""
    place = f'x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}"'
    return f'<rect {place} fill="{fill}" stroke="{stroke}"' + (f">{_tip(tip)}</rect>" if tip else "/>")


def circle(x: float, y: float, radius: float, fill: str, stroke: str = "none", tip: str = "") -> str:
    """A filled circle."""
    place = f'cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}"'
    return f'<circle {place} fill="{fill}" stroke="{stroke}"' + (f">{_tip(tip)}</circle>" if tip else "/>")


def stroke(path: str, colour: str = INK, thick: float = 1.0, *, arrow: bool = False) -> str:
    """A line along an SVG path, with a head at its end if it is an arrow; see `arrowhead`."""
    head = ' marker-end="url(#head)"' if arrow else ""
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{thick:g}"{head}/>'


def arrowhead() -> str:
    """What a page with arrows must hold once."""
    return (
        '<defs><marker id="head" viewBox="0 0 8 6" refX="8" refY="3" markerWidth="8" markerHeight="6" orient="auto" '
        f'markerUnits="userSpaceOnUse"><path d="M0 0L8 3L0 6z" fill="{INK}"/></marker></defs>'
    )


def shade(share: float, deep: str = "#0072B2") -> str:
    """A colour between white (0) and `deep` (1)."""
    share = min(max(share, 0.0), 1.0)
    channels = (int(deep[k : k + 2], 16) for k in (1, 3, 5))
    return "#" + "".join(f"{round(255 + share * (channel - 255)):02X}" for channel in channels)


def _tip(words: str) -> str:
    return f"<title>{escape(words)}</title>"
