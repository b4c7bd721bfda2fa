"""A circuit becomes a picture: its numbers are read, its parts laid out and set on a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from viz.graph.circuit import Circuit
from viz.layout import dot
from viz.layout.geometry import Layout
from viz.layout.layout import lay_out
from viz.layout.press import TIMEOUT
from viz.look import Look
from viz.page.page import Page, page
from viz.told import predictions
from viz.wires import prose, readings, secrets
from viz.wires.inscriptions import Inscription, Reading, inscribe
from viz.wires.legend import HEAT, legend
from viz.wires.readings import Shares
from viz.words.lettering import Line, line, shorten, width, wrap

Read = Callable[[Circuit], Mapping[str, Reading]]
WIDE = 560.0  # points: captions of small pictures may be this wide


@dataclass(frozen=True)
class Picture:
    """A page of what has been recorded, and all that its DOT is written from."""

    circuit: Circuit
    inscriptions: Mapping[str, Inscription]
    look: Look
    page: Page
    lines: tuple[Line, ...]
    faults: int = 0  # as in its layout, where that has been looked at
    idle: int = 0

    def source(self) -> str:
        """The picture as a DOT document."""
        return dot.source(self.circuit, self.inscriptions, self.look, self.lines)


def picture(
    circuit: Circuit,
    look: Look,
    *,
    title: str | None = None,
    caption: str = "",
    note: str = "",
    asked: Sequence[int] = (),
    room: float | None = None,
    timeout: float = TIMEOUT,
    shares: Shares | None = None,
) -> Picture:
    """The circuit with every number that is known by now; LayoutError after `timeout` seconds.

    The note, on what had to be left out, stands below the caption, and is part of the description. The gradients
    `asked` for, by their values' positions, have a `?` in their place. What is longer than the `room`, in points, is
    broken into rows. The `shares` of its gradients are those that another picture of the same outputs has found.
    """
    draft = drafted(circuit, look, title, note, asked, shares=shares)
    laid = lay_out(circuit, draft.inscriptions, look, timeout, room)
    return draft.set(laid, "\n".join(filter(None, (caption, draft.note))))


@dataclass(frozen=True)
class PictureDraft:
    """Everything about a picture but where its parts stand."""

    circuit: Circuit
    inscriptions: Mapping[str, Inscription]
    look: Look
    title: str
    description: str
    note: str = ""
    known: Mapping[str, Reading] = field(default_factory=dict)

    def set(self, layout: Layout, caption: str = "") -> Picture:
        """The picture, laid out, with its legend and its caption below."""
        room = max(layout.width, WIDE)
        lines = (
            *legend(self.circuit, self.known, self.look, room),
            *(wrap(line(HEAT, "muted"), room) if any(any(text.heat) for text in self.inscriptions.values()) else ()),
            *(wrap(line(_kept(caption)), room) if caption else ()),
        )
        drawn = page(
            self.circuit,
            self.inscriptions,
            layout,
            self.look,
            title=self.title,
            description=self.description,
            wide=max((width(text) for text in lines), default=0.0),
            lines=len(lines),
        )
        whole = drawn.without(drawn.lights).captioned(lines)
        return Picture(self.circuit, self.inscriptions, self.look, whole, lines, layout.faults, layout.idle)


def drafted(
    circuit: Circuit,
    look: Look,
    title: str | None = None,
    note: str = "",
    asked: Sequence[int] = (),
    read: Read | None = None,
    shares: Shares | None = None,
) -> PictureDraft:
    """The circuit with its numbers on the wires, and told in words: those recorded, or those that are `read`."""
    numbers = read(circuit) if read else readings.recorded(circuit, "local" in look.show, shares)
    known = secrets.kept_back(circuit, numbers, asked)
    became = prose.notes(circuit, known) if "gradient" in look.show else ""
    notes = note, prose.changed(circuit, look.precision), became
    told = prose.describe(circuit, known, look.precision), predictions.said(circuit, asked), *notes
    described, below = " ".join(filter(None, told)), "\n".join(filter(None, notes))
    written = inscribe(circuit, known, look)
    return PictureDraft(circuit, written, look, title or prose.title(circuit), described, below, known)


def _kept(caption: str) -> str:
    """As much of a caption as belongs below a picture; Graphviz reads no text of more than 16,000 bytes."""
    return "\n".join(shorten(part, 400) for part in caption.splitlines()[:6])
