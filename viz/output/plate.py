"""Page → PNG and PDF: every mark at its place in a DOT document that Graphviz only paints (its `nop2`)."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

import graphviz

from viz.layout import dot, press
from viz.layout.dot import INCH
from viz.layout.geometry import Path, Point
from viz.look import FONTS
from viz.page.page import Curve, Page, Shape, Text
from viz.words.lettering import clean

SHARP = 144  # dots per inch of a PNG: twice the screen's, for projectors
DOTS = 60e6  # of a PNG at most: a longer network is drawn coarser, or it would take Graphviz half a minute


Sharpness = tuple[int | None, float | None]  # pixels across, or dots per inch; neither: as usual
AS_USUAL: Sharpness = (None, None)


def sharpness(path: object, width: int | None, dpi: float | None, of_pixels: bool) -> Sharpness:
    """What was asked for, checked; ValueError names the file that has no pixels, and sizes that are none."""
    if (width, dpi) == (None, None):
        return AS_USUAL
    if not of_pixels:
        raise ValueError(f"cannot save {path} with width or dpi: it has no pixels; they are for .png, .gif and .mp4")
    if width is not None and dpi is not None:
        raise ValueError("save: give width (pixels) or dpi, not both")
    for name, number, most in (("width", width, 20_000), ("dpi", dpi, 2400)):
        if number is not None and not (isinstance(number, int | float) and 10 <= number <= most):
            raise ValueError(f"save: {name}={number!r}: give a number from 10 to {most}")
    return width, dpi


def dots(page: Page, sharp: Sharpness, usual: float = SHARP) -> float:
    """Dots per inch that make a page as sharp as asked for."""
    width, dpi = sharp
    return INCH * width / page.width if width else dpi or usual


def paint(pages: Sequence[Page], form: str, timeout: float = 30.0, dpi: float = SHARP) -> list[bytes]:
    """The pages as PNG or PDF files; all in one child process."""
    if not press.fonts_available():
        raise press.LayoutError(
            f"this machine has no font, and {form.upper()} needs one: install any (Debian: fonts-dejavu-core), "
            "or save as .svg or .html, which leave the letters to the browser"
        )
    return press.engrave([document(page, _dpi(page, dpi)) for page in pages], "nop2", form, timeout)


def _dpi(page: Page, wanted: float) -> float:
    return min(wanted, math.floor(INCH * math.sqrt(DOTS / (page.width * page.height))))


def document(page: Page, dpi: float = SHARP) -> str:
    """The page as DOT with every position fixed."""
    frame = {"bb": f"0,0,{page.width:.2f},{page.height:.2f}", "bgcolor": page.theme.ground, "pad": "0", "margin": "0"}
    plate = graphviz.Digraph(
        "plate",
        graph_attr=frame | {"outputorder": "edgesfirst", "dpi": f"{dpi:.8g}", "splines": "spline"},
        node_attr={"fontname": FONTS, "fixedsize": "true", "margin": "0", "label": ""},
        edge_attr={"arrowsize": "0.6"},
    )
    # Two invisible points hold the page's corners, so that every frame of a film has the same size.
    for corner, x, y in (("a", 1.0, 1.0), ("b", page.width - 1, page.height - 1)):
        plate.node(corner, pos=f"{x:.2f},{y:.2f}", width="0.02778", height="0.02778", style="invis", shape="box")
    for number, mark in enumerate(page.marks):
        if isinstance(mark, Text):
            _text(plate, f"t{number}", mark, page)
        elif isinstance(mark, Curve):
            course = _course(mark.path, page.height)
            head = "normal" if mark.path.tip else "none"
            plate.edge("a", "b", pos=course, color=mark.stroke, arrowhead=head, **_manner(mark))
        else:
            _shape(plate, f"s{number}", mark, page)
    return str(plate.source)


def _manner(mark: Curve) -> dict[str, str]:
    thick = {"penwidth": f"{mark.thickness:g}"} if mark.thickness != 1 else {}
    return thick | ({"style": mark.dash} if mark.dash else {})


def _text(plate: graphviz.Digraph, name: str, mark: Text, page: Page) -> None:
    face = dot.html(mark.line, page.theme, mark.size)
    if mark.anchor == "middle":
        x = mark.x
    else:
        # A cell from x to the page's border, beyond which it would widen the page: the text is set against x.
        room, side = (page.width - mark.x, 1) if mark.anchor == "start" else (mark.x, -1)
        x = mark.x + side * room / 2
        align = "LEFT" if side > 0 else "RIGHT"
        cell = f'<TD FIXEDSIZE="TRUE" WIDTH="{room:.0f}" HEIGHT="16" ALIGN="{align}">{face}</TD>'
        face = f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"><TR>{cell}</TR></TABLE>'
    place = _pos((x, mark.y), page.height)
    plate.node(name, pos=place, label=f"<{face}>", shape="none", width="0.01", height="0.01")


def _shape(plate: graphviz.Digraph, name: str, mark: Shape, page: Page) -> None:
    place = mark.place
    if mark.boxed:
        x, y = place.x - place.width / 2, page.height - place.y - place.height / 2
        bb = f"{x:.2f},{y:.2f},{x + place.width:.2f},{y + place.height:.2f}"
        face = {"bb": bb, "style": "rounded,filled" if mark.corner else "filled", "color": mark.stroke}
        face |= {"fillcolor": mark.fill} | ({"penwidth": f"{mark.thickness:g}"} if mark.thickness != 1 else {})
        plate.subgraph(graphviz.Digraph(f"cluster_{name}", graph_attr=face))
        return
    size = {"width": f"{place.width / INCH:.4f}", "height": f"{place.height / INCH:.4f}"}
    colours = {"color": mark.stroke, "fillcolor": mark.fill, "penwidth": f"{mark.thickness:g}"}
    pos = _pos((place.x, place.y), page.height)
    plate.node(name, pos=pos, shape="ellipse", style="filled", **size, **colours)


def _course(path: Path, height: float) -> str:
    tip = f"e,{_pos(path.tip, height)} " if path.tip else ""
    return tip + " ".join(_pos(point, height) for point in path.points)


def _pos(point: Point, height: float) -> str:
    """Graphviz counts y upwards."""
    return f"{point[0]:.2f},{height - point[1]:.2f}"


# Slides: pages painted one by one, bound into one PDF ----------------------------------------------------------------


def bind(pages: Sequence[bytes], title: str) -> bytes:
    """One PDF of all pages, with a title and without the date of its making: the same pages give the same bytes."""
    from pypdf import PdfWriter  # takes longer to import than a picture to draw

    slides = PdfWriter()
    for page in pages:
        slides.append(io.BytesIO(page))
    slides.add_metadata({"/Title": clean(title)})
    slides.compress_identical_objects()
    out = io.BytesIO()
    slides.write(out)
    return out.getvalue()
