"""How far a graph is opened: which scopes are drawn as one gate, on wish or because there is too much to read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

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
    held: Collection[Value] = (),
) -> tuple[Circuit, str]:
    """The circuit of `outputs` with its scopes folded, and what to say about it if nobody asked for that.

    Leaves that are `held` stand in their gates.

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
    note = folded_note(stands, folded) if folded and by_itself else ""
    return circuit(outputs, constants, called, folded, held=held), note


def folding_of(
    outputs: Sequence[Value], fold: Fold, depth: Depth, open: Fold = None, asked: Collection[Value] = ()
) -> tuple[list[frozenset[Scope]], bool]:
    """The ways to fold from the most detailed one on, and whether nobody has asked for a certain one.

    None of these hides a value whose gradient is `asked` for; at last only what is around it is open.
    """
    stands = scopes.instances(ancestors(*outputs))
    if open is not None:
        if fold is not None or depth != scopes.AUTOMATIC:
            raise ValueError("open: it closes all other scopes; give no fold and no depth with it")
        return scopes.apart(
            stands, scopes.named(stands, (open,) if isinstance(open, str) else tuple(open), "open")
        ), False
    if fold is not None or depth != scopes.AUTOMATIC:
        return [scopes.chosen(stands, fold, depth)], False
    degrees = (scopes.unwrapped(stands, each) for each in scopes.degrees(stands))
    seen = [stands[x] for x in asked if stands.get(x)]
    every = [*degrees, *(scopes.apart(stands, seen) if seen else ())]
    return [each for each in dict.fromkeys(every) if not any(scopes.outermost(scope, each) for scope in seen)], True


def folded_in(circuit: Circuit) -> tuple[str, ...]:
    """The paths of the scopes that are drawn as one gate."""
    return tuple(dict.fromkeys(scopes.path(node.folded) for node in circuit.folded))


def folded_note(
    stands: scopes.Stands, folded: frozenset[Scope], after: int | None = None, left_out: Sequence[str] = ()
) -> str:
    """Folded: 763 gates are drawn as 12, because …"""
    outer = [scope for scope in scopes.scopes_of(stands) if scope in folded and scope[:-1] not in folded]
    families: dict[tuple[Scope, str], list[Scope]] = {}
    for scope in outer:
        families.setdefault((scope[:-1], scopes.family_of(scope[-1]) or scopes.path(scope)), []).append(scope)
    names = [_from_to(each) for each in families.values()]
    listed = ", ".join(names[:NAMED])
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    further = [steps for steps in left_out if steps not in names]
    gaps = f"; {', '.join(further)} in one place" if further else ""
    before, after = scopes.gates(stands, ()), scopes.gates(stands, folded) if after is None else after
    return f"{before:,} gates drawn as {after}; folded: {listed}{more}{gaps} (depth=None opens everything)"


def _from_to(family: Sequence[Scope]) -> str:
    """`t=1, t=2`, or `t=1 … t=30`."""
    paths = [shorten(scopes.path(scope)) for scope in family]
    return ", ".join(paths) if len(paths) < 4 else f"{paths[0]} … {paths[-1]}"
