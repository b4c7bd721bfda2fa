"""A figure as files: SVG that any page can hold, PNG, PDF; the same figure, the same bytes."""

from __future__ import annotations

import hashlib
import io
import re
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from viz.look import FONTS
from viz.words.lettering import clean, drawable

_STYLE = re.compile(r' style="([^"]*)"')
_FONT = re.compile(r"font: (?:(bold|italic) )*([\d.]+)px [^;]*")
_PLACES = re.compile(r'( (?:d|x|y|width|height|transform)=")([^"]*)(?=")')
_IDS = re.compile(r' id="([^"]*)"')


def svg(figure: Any, title: str, description: str) -> str:
    """The figure as an SVG document with its words; only presentation attributes, ids that no other picture has."""
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    body = text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")]
    body = re.sub(r"\s*<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r"\s*<defs>\s*<style[^>]*>.*?</style>\s*</defs>", "", body, flags=re.DOTALL)
    body = _PLACES.sub(_placed, body)
    body = _STYLE.sub(_attributes, re.sub(r"<!--.*?-->\s*", "", body, flags=re.DOTALL)).strip()
    name = "p" + hashlib.sha256((title + description + body).encode("utf-8", "replace")).hexdigest()[:10]
    wide, high = (f"{72 * inches:.6g}" for inches in figure.get_size_inches())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{wide}pt" '
        f'height="{high}pt" viewBox="0 0 {wide} {high}" role="img" aria-labelledby="{name}-title {name}-desc" '
        f'font-family={quoteattr(FONTS)} stroke-linejoin="round" stroke-linecap="butt">\n'
        f'<title id="{name}-title">{_prose(title)}</title>\n<desc id="{name}-desc">{_prose(description)}</desc>\n'
        f"{_own(body, name)}\n</svg>\n"
    )


def _attributes(found: re.Match[str]) -> str:
    """A style as attributes: a page that forbids inline styles shows them all the same."""
    style = _FONT.sub(_font, found[1])
    pairs = (part.split(":", 1) for part in style.split(";") if ":" in part)
    return "".join(f' {name.strip()}="{value.strip()}"' for name, value in pairs if name.strip() != "font-family")


def _font(found: re.Match[str]) -> str:
    weight = "; font-weight: bold" if "bold " in found[0] else ""
    return f"font-size: {found[2]}px{weight}"


def _placed(found: re.Match[str]) -> str:
    """Places in hundredths of a point."""
    numbers = re.sub(r"-?\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}", found[2])
    return found[1] + " ".join(numbers.split())


def _own(body: str, name: str) -> str:
    """Ids that something refers to, under the picture's name; the others are left out."""
    used = set(re.findall(r'(?:href="#|url\(#)([^")]*)', body))
    body = _IDS.sub(lambda found: f' id="{name}-{found[1]}"' if found[1] in used else "", body)
    return re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", body)


def _prose(text: str) -> str:
    return escape("\n".join(map(drawable, text.splitlines())))


def png(figure: Any, title: str, dpi: float) -> bytes:
    """The figure in pixels."""
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=dpi, metadata={"Software": None, "Title": clean(title)})
    return out.getvalue()


def pdf(figure: Any, title: str) -> bytes:
    """The figure as one page, without the date of its making."""
    out = io.BytesIO()
    nothing = dict.fromkeys(("CreationDate", "Creator", "Producer"))
    figure.savefig(out, format="pdf", metadata={**nothing, "Title": clean(title)})
    return out.getvalue()
