"""Circuit → DOT, in the lectures' technique: a wire is itself a node, a table of two rows with a rule between.

The rule is the wire: it is entered at its west end and left at its east end (a plain edge label cannot straddle its
wire). Every cell and gate has a fixed size taken from `lettering`, so the layout depends on no font.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from html import escape

import graphviz

from viz.graph import folding
from viz.graph.circuit import Circuit, Node, Scope, Wire
from viz.look import FONTS, PORTS, Look, Theme
from viz.wires.inscriptions import QUESTION, Inscription
from viz.words.lettering import LINE, SIZE, SMALL, Line, Run, line, shorten, width

GATE, FAN = 36.0, 20.0  # points across
PITCH, PINS = 14.0, 16  # points between wires that enter a folded scope, and for how many there is room
INCH = 72.0
NARROW = 26.0  # points on either side of an upright wire that are kept free


def source(
    circuit: Circuit,
    inscriptions: Mapping[str, Inscription],
    look: Look,
    caption: Sequence[Line] = (),
    *,
    lit: Collection[str] = (),
    sizes: Mapping[str, tuple[float, float]] | None = None,
) -> str:
    """The circuit as a DOT document that any Graphviz draws.

    `lit` gates are at work; `sizes` keep room for what is not inscribed yet.
    """
    page = _page(look, caption)
    room_of = sizes or {name: extent(text, look) for name, text in inscriptions.items()}
    boxes = {box.scope: _cluster(box.id, box.scope, look) for box in circuit.boxes}
    for node in circuit.nodes:
        _in(boxes, node.scope, page).node(node.id, **_node(node, look, node.id in lit))
    for wire in circuit.wires:
        _in(boxes, wire.scope, page).node(wire.id, **_wire(inscriptions[wire.id], room_of[wire.id], look))
    for scope, cluster in reversed(boxes.items()):
        _in(boxes, scope[:-1], page).subgraph(cluster)
    for wire in circuit.wires:
        _edges(page, wire, look)
    return str(page.source)


def size(node: Node) -> tuple[float, float]:
    """Width and height of a node in points.

    Gates are circles, unless a long symbol makes an ellipse of one; folded scopes are small boxes.
    """
    if node.kind == "fan":
        return FAN, FAN
    wide = width(node.face, face_size(node))
    if node.folded:
        return max(1.5 * GATE, wide + 20), max(GATE, PITCH * min(node.pins, PINS) + 8)
    if node.kind == "gate":
        return (GATE if wide <= folding.ROOM else wide + 16), GATE
    return max(8.0, wide + 8), LINE * SIZE


def extent(inscription: Inscription, look: Look) -> tuple[float, float]:
    """Width and height of a wire's node in points."""
    if look.upright:
        return 2 * inscription.breadth, max(30.0, inscription.rise + 8)
    return inscription.breadth, 2 * inscription.rise


def close(inscription: Inscription) -> tuple[float, float]:
    """The same, where room is short."""
    return max(NARROW, inscription.breadth - 8), 2 * inscription.rise


def beside(inscription: Inscription) -> tuple[float, float]:
    """Width and height of the texts beside a wire that runs up or down."""
    across = max(width(text) for text in (*inscription.above, *inscription.below, ()))
    across = max([across, *(each.width for each in inscription.heat if each)])
    (over, under), below = inscription.beyond, len(inscription.below) + bool(inscription.local)
    high = max(len(inscription.above) * LINE * SIZE + over, below * LINE * SIZE + under, LINE * SIZE)
    return 2 * max(NARROW, across + 6), max(26.0, high + 6)


def html(text: Line, theme: Theme, size: float = SIZE) -> str:
    """A line as Graphviz's HTML-like label."""
    return "".join(_run(run, theme, size) for run in text)


def _page(look: Look, caption: Sequence[Line]) -> graphviz.Digraph:
    graph = {"rankdir": look.direction, "nodesep": "0.2", "ranksep": "0.2", "bgcolor": look.theme.ground}
    face = {"fontname": FONTS, "fontsize": f"{SIZE:g}", "fontcolor": look.theme.ink}
    label = {"labelloc": "b", "label": f"<{_lines(caption, look.theme)}>"} if caption else {}
    node = {"shape": "circle", "fixedsize": "true", "color": look.theme.wire, "margin": "0"}
    edge = {"color": look.theme.wire, "arrowsize": "0.6"}
    return graphviz.Digraph("circuit", graph_attr=graph | face | label, node_attr=face | node, edge_attr=edge)


def _cluster(name: str, scope: Scope, look: Look) -> graphviz.Digraph:
    theme = look.theme
    style = {"style": "rounded,filled", "color": theme.edge, "fillcolor": theme.box, "margin": "10"}
    # The caption's room is fixed like everything else: Graphviz would measure a label by a font that may be missing.
    cell = _cell(html(box_caption(scope), theme, SMALL), *room(scope))
    table = f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"><TR>{cell}</TR></TABLE>>'
    return graphviz.Digraph(f"cluster_{name}", graph_attr=style | {"labeljust": "l", "labelloc": "t", "label": table})


def box_caption(scope: Scope) -> Line:
    """What a scope's box is called: its innermost name."""
    return line(shorten(scope[-1]), "muted")


def room(scope: Scope) -> tuple[float, float]:
    """Width and height of a box's caption in points."""
    return width(box_caption(scope), SMALL), LINE * SMALL


def _in(boxes: Mapping[Scope, graphviz.Digraph], scope: Scope, page: graphviz.Digraph) -> graphviz.Digraph:
    return boxes.get(scope, page)


def _node(node: Node, look: Look, lit: bool) -> dict[str, str]:
    wide, high = size(node)
    shape = {"width": f"{wide / INCH:.3f}", "height": f"{high / INCH:.3f}"}
    if node.kind in ("leaf", "end"):
        shape["shape"] = "plaintext"
    else:
        round_gate = {"shape": "circle" if wide == high else "ellipse", "style": "filled"}
        shape |= {"shape": "box", "style": "rounded,filled"} if node.folded else round_gate
        shape |= {"fillcolor": look.theme.lit, "penwidth": "2.5"} if lit else {"fillcolor": ground(node, look.theme)}
    if node.kind == "fan":
        shape["color"] = look.theme.gradient
    face = html(node.face, look.theme, face_size(node))
    return shape | {"label": f"<{face}>" if face else ""}


def ground(node: Node, theme: Theme) -> str:
    """The colour that a gate is filled with: a folded scope has that of its box."""
    return theme.box if node.folded else theme.gate


def face_size(node: Node) -> float:
    """The size in which a node's text is set."""
    if node.kind == "fan":
        return SMALL
    return folding.size_of(node.face) if node.kind == "gate" and not node.folded else SIZE


def _wire(text: Inscription, room: tuple[float, float], look: Look) -> dict[str, str]:
    wide, high = room
    shape = {"shape": "plain", "width": f"{wide / INCH:.3f}", "height": f"{high / INCH:.3f}"}
    above = _lines(text.above, look.theme)
    gradient = text.below or ((QUESTION,) if text.asked else ())
    below = _lines(gradient, look.theme) + ("<BR/>" if gradient and text.local else "")
    below += html(text.local, look.theme, SMALL)
    return shape | {"fixedsize": "false", "label": _table(above, below, wide, high, look)}


def _table(above: str, below: str, wide: float, high: float, look: Look) -> str:
    if look.upright:
        cells = _cell(above, wide / 2, high, "RIGHT") + "<VR/>" + _cell(below, wide / 2, high, "LEFT")
        rows = f"<TR>{cells}</TR>"
    else:
        rows = f"<TR>{_cell(above, wide, high / 2)}</TR><HR/><TR>{_cell(below, wide, high / 2)}</TR>"
    rule = f'COLOR="{look.theme.wire}"'
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" {rule}>{rows}</TABLE>>'


def _cell(content: str, wide: float, high: float, align: str = "CENTER") -> str:
    return f'<TD FIXEDSIZE="TRUE" WIDTH="{wide:.0f}" HEIGHT="{high:.0f}" ALIGN="{align}">{content or " "}</TD>'


def _lines(lines: Sequence[Line], theme: Theme) -> str:
    return "<BR/>".join(html(text, theme) for text in lines)


def _run(run: Run, theme: Theme, size: float) -> str:
    text = escape(run.text, quote=True).replace("\\", "&#92;")  # Graphviz would put the node's own name for \N
    text = f"<I>{text}</I>" if run.italic else text
    if run.shift:
        text = f"<SUB>{text}</SUB>" if run.shift < 0 else f"<SUP>{text}</SUP>"
    return f'<FONT COLOR="{theme.colour(run.role)}" POINT-SIZE="{size:g}">{text}</FONT>'


def _edges(page: graphviz.Digraph, wire: Wire, look: Look) -> None:
    entry, way_out = PORTS[look.direction]
    # Branches stay close to their Σ, where their contributions are to be read side by side.
    near = {} if wire.stem else {"weight": "3"}
    page.edge(wire.tail, f"{wire.id}:{entry}", arrowhead="none", **near)
    arrow = {"arrowhead": "none"} if wire.head.startswith("sum") else {}
    page.edge(f"{wire.id}:{way_out}", wire.head, **arrow)
