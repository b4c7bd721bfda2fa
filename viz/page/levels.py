"""The levels of a picture that can be zoomed: the whole, each scope from inside, each small array gate from inside.

whole, depth-0, depth-1 …    the whole circuit: as it was drawn, and opened by degrees
scope-3                      one scope with its inputs and outputs
gate-17                      the scalar circuit of one array operation

All are laid out ahead: one picture per scope and gate, not one per combination of what is open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from autograd_tiny import Value
from viz.graph import scopes
from viz.graph.circuit import Circuit, circuit
from viz.graph.model import Scope
from viz.graph.scopes import outermost
from viz.layout.layout import lay_out, lay_out_all
from viz.layout.press import LayoutError
from viz.look import Look
from viz.page import picture
from viz.page.interiors import scalar_circuit, scope_circuit, title_of
from viz.page.page import Page, discreet
from viz.page.picture import Picture, Read, drafted
from viz.told.captions import Writer
from viz.wires import prose
from viz.words.lettering import shorten

START = "whole"
SMALL = 60  # scalar gates: a larger array operation stays closed
BUDGET = 3_000  # gates in all levels together: some 3 MB
PATIENCE = 2.0  # seconds for the layout of one level; one that takes longer is left out


@dataclass(frozen=True)
class LevelDraft:
    """A level before its layout; `around` names the level one further out, `scope` is what is seen from inside."""

    name: str
    title: str
    circuit: Circuit
    around: str = ""
    scope: Scope = ()


@dataclass(frozen=True)
class Level:
    """A level as it is shown; `doors` are the marks that lead to other levels, by name."""

    name: str
    title: str
    around: str
    page: Page
    doors: Mapping[str, str]


def levels(outputs: Sequence[Value], constants: bool, drawn: Picture, timeout: float) -> list[Level]:
    """All levels that stay within the budget, outer ones first; the first is what has been drawn already."""
    shown, look = drawn.circuit, drawn.look
    rooms = _rooms(shown)
    every = [
        *_wholes(outputs, constants, shown),
        *_scopes(tuple(outputs), constants, drawn, rooms),
        *_gates(shown, constants, look, rooms),
    ]
    drafts = list(_affordable(every))
    return _levels(drafts, [drawn.page, *_pages(drafts[1:], look, timeout)], rooms)


def insides(outputs: Sequence[Value], constants: bool, drawn: Picture, timeout: float, read: Read) -> list[Level]:
    """What has been drawn, and the scopes that are folded in it from inside, with the numbers that are `read` there.

    Their descriptions and tooltips tell no number: a film has not come to it yet.
    """
    rooms, shown = _rooms(drawn.circuit), drawn.circuit
    folded = {node.folded for node in shown.folded}
    behind = [draft for draft in _scopes(tuple(outputs), constants, drawn, rooms) if outermost(draft.scope, folded)]
    drafts = list(_affordable([LevelDraft(START, "", shown), *behind]))
    pages = [drawn.page, *_pages(drafts[1:], drawn.look, timeout, read)]
    told = [page and _discreet(page, draft.circuit, read) for draft, page in zip(drafts, pages, strict=True)]
    return _levels(drafts, told, rooms)


def _discreet(page: Page, circuit: Circuit, read: Read) -> Page:
    return replace(discreet(page, circuit, read(circuit)), description=prose.describe(circuit, {}))


def _levels(drafts: Sequence[LevelDraft], pages: Sequence[Page | None], rooms: Mapping[Scope, str]) -> list[Level]:
    """Those that could be laid out, and the doors between them."""
    found = {draft.name: page for draft, page in zip(drafts, pages, strict=True) if page}
    return [
        Level(draft.name, draft.title, draft.around, found[draft.name], dict(_doors(draft, rooms, frozenset(found))))
        for draft in drafts
        if draft.name in found
    ]


def _rooms(shown: Circuit) -> dict[Scope, str]:
    """For each scope the level that shows it from inside: its own, or that of a scope which holds nothing else."""
    members = Counter(opening for scope in shown.stands for opening in scopes.openings(scope))
    rooms: dict[Scope, str] = {(): START}
    for number, scope in enumerate(members):
        alone = scope[:-1] and members[scope] == members[scope[:-1]]
        rooms[scope] = rooms[scope[:-1]] if alone else f"scope-{number}"
    return rooms


def _wholes(outputs: Sequence[Value], constants: bool, shown: Circuit) -> Iterator[LevelDraft]:
    """What was drawn, and the whole with all folded, with one level open, and so on, as far as it is readable."""
    stands = dict(zip(shown.values, shown.stands, strict=True))
    deepest = max(map(len, shown.stands))
    degrees = {depth: scopes.deeper(stands, depth) for depth in range(deepest + 1)}
    readable = {depth for depth, folded in degrees.items() if scopes.gates(stands, folded) <= scopes.READABLE}
    found = {depth: circuit(outputs, constants, folded=degrees[depth]) for depth in sorted(readable)}
    same = [depth for depth, each in found.items() if each.nodes == shown.nodes]
    yield LevelDraft(START, _degree(same[0], deepest) if same else "As drawn", shown)
    for depth, each in found.items():
        if depth not in same and each.nodes not in [found[other].nodes for other in readable if other < depth]:
            yield LevelDraft(f"depth-{depth}", _degree(depth, deepest), each)


def _degree(depth: int, deepest: int) -> str:
    if depth == deepest:
        return "All open"
    return f"{depth} level{'s' if depth > 1 else ''} open" if depth else "All folded"


def _scopes(
    outputs: tuple[Value, ...], constants: bool, drawn: Picture, rooms: Mapping[Scope, str]
) -> Iterator[LevelDraft]:
    """Each scope from inside; parameters stand in their gates there if they do in what has been drawn."""
    held = frozenset(drawn.circuit.values[at] for at in drawn.circuit.held)
    for scope, name in rooms.items():
        if scope and name != rooms[scope[:-1]]:
            inside = scope_circuit(outputs, constants, scope, drawn.look.precision, held)
            if inside.gates <= scopes.READABLE:
                yield LevelDraft(name, " › ".join(shorten(part) for part in scope), inside, rooms[scope[:-1]], scope)


def _gates(shown: Circuit, constants: bool, look: Look, rooms: Mapping[Scope, str]) -> Iterator[LevelDraft]:
    writer = Writer(shown.values, look.precision)
    for position, value in enumerate(shown.values):
        numbers = sum(x.size for x in value.inputs) + value.size
        if value.inputs and any(x.ndim for x in value.inputs) and numbers <= 3 * SMALL:
            inside = circuit(scalar_circuit(value), constants)
            if 0 < inside.gates <= SMALL:
                yield LevelDraft(f"gate-{position}", title_of(value, writer), inside, rooms[shown.stands[position]])


def _affordable(drafts: Sequence[LevelDraft]) -> Iterator[LevelDraft]:
    left = BUDGET
    for draft in drafts:
        if draft.name == START or draft.circuit.gates <= left:
            left -= draft.circuit.gates
            yield draft


def _pages(drafts: Sequence[LevelDraft], look: Look, timeout: float, read: Read | None = None) -> list[Page | None]:
    """The levels laid out, all at once where time allows, else one by one without those that take too long."""
    written = [drafted(draft.circuit, look, draft.title, read=read) for draft in drafts]
    try:
        layouts = lay_out_all([(draft.circuit, draft.inscriptions) for draft in written], look, timeout)
    except LayoutError:
        return [_page(draft, min(timeout, PATIENCE)) for draft in written]
    return [draft.set(layout).page for draft, layout in zip(written, layouts, strict=True)]


def _page(draft: picture.PictureDraft, timeout: float) -> Page | None:
    try:
        return draft.set(lay_out(draft.circuit, draft.inscriptions, draft.look, timeout)).page
    except LayoutError:
        return None


def _doors(draft: LevelDraft, rooms: Mapping[Scope, str], known: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Folded scopes, boxes and array gates lead to their inside, if that has been laid out."""
    if draft.name.startswith("gate"):
        return
    gates = [(node.id, node) for node in draft.circuit.nodes if node.kind == "gate"]
    doors = [(name, rooms.get(node.folded, "") if node.folded else f"gate-{node.value}") for name, node in gates]
    boxes = [(box.id, rooms[(*draft.scope[:-1], *box.scope)]) for box in draft.circuit.boxes]
    yield from ((mark, to) for mark, to in [*boxes, *doors] if to in known and to != draft.name)
