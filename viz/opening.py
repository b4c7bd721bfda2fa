"""How far a graph is opened: which scopes are drawn as one gate, on wish or because there is too much to read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autograd_tiny import Value
from autograd_tiny.graphs.copying import snapshot
from autograd_tiny.value import ancestors
from viz.graph import scopes
from viz.graph.circuit import Called, Circuit, circuit
from viz.graph.model import Scope
from viz.layout import rows
from viz.layout.layout import MOST, admit
from viz.words.lettering import shorten

Fold = str | Iterable[str] | None
Depth = int | str | None
NAMED = 6  # folded scopes that a caption names


def opened(
    outputs: Sequence[Value],
    constants: bool,
    fold: Fold,
    depth: Depth,
    called: Called | None = None,
    in_rows: bool = False,
    still: bool = False,
) -> tuple[Circuit, str]:
    """The circuit of `outputs` with its scopes folded, and what to say about it if nobody asked for that.

    Where time steps stand `in_rows`, one alike another need not be read again, and all stay open as long as a step is
    readable. A circuit that stands `still` is of copies: the numbers in it do not change any more. LayoutError if too
    many gates are left.
    """
    stands = scopes.instances(ancestors(*outputs))
    folded = scopes.chosen(stands, fold, depth)
    admit(scopes.gates(stands, folded))
    outputs = snapshot(outputs) if still else outputs
    by_itself = fold is None and depth == scopes.AUTOMATIC
    if folded and by_itself and in_rows and scopes.gates(stands, ()) <= MOST:
        whole = circuit(outputs, constants, called)
        if 0 < rows.different(whole) <= scopes.READABLE:
            return whole, ""
    return circuit(outputs, constants, called, folded), folded_note(stands, folded) if folded and by_itself else ""


def folding_of(outputs: Sequence[Value], fold: Fold, depth: Depth) -> tuple[list[frozenset[Scope]], bool]:
    """The ways to fold from the most detailed one on, and whether nobody has asked for a certain one."""
    stands = scopes.instances(ancestors(*outputs))
    if fold is not None or depth != scopes.AUTOMATIC:
        return [scopes.chosen(stands, fold, depth)], False
    deepest = max((len(scope) for scope in scopes.scopes_of(stands)), default=0)
    return list(dict.fromkeys(scopes.deeper(stands, degree) for degree in range(deepest, -1, -1))), True


def folded_in(circuit: Circuit) -> tuple[str, ...]:
    """The paths of the scopes that are drawn as one gate."""
    return tuple(dict.fromkeys(scopes.path(node.folded) for node in circuit.folded))


def folded_note(stands: scopes.Stands, folded: frozenset[Scope]) -> str:
    """Folded: 763 gates are drawn as 12, because …"""
    outer = [scope for scope in scopes.scopes_of(stands) if scope in folded and scope[:-1] not in folded]
    listed = ", ".join(shorten(scopes.path(scope)) for scope in outer[:NAMED])
    more = f" and {len(outer) - NAMED} more" if len(outer) > NAMED else ""
    before, after = scopes.gates(stands, ()), scopes.gates(stands, folded)
    return f"{before:,} gates drawn as {after}; folded: {listed}{more} (depth=None opens everything)"
