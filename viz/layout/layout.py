"""Layout: where everything stands. Points, y downwards, the origin at the top left.

Graphviz's `dot` lays out here; `viz.layout.rows` lays unrolled networks out as rows of identical boxes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from viz.graph.circuit import Circuit
from viz.layout import dot, press, rows
from viz.layout.columns import columns
from viz.layout.faults import faults, struck
from viz.layout.forms import LYING, are_formed
from viz.layout.geometry import Layout
from viz.layout.skeleton import Room
from viz.layout.wrapping import wrapped
from viz.look import Look
from viz.wires.inscriptions import Inscription

Inscribed = tuple[Circuit, Mapping[str, Inscription]]

NO_ROWS = 'layout="rows": no two time steps are alike; record them in scopes: with scope("t=1"): …'
BORDER = 14.0  # points around a picture
MOST = 10_000  # gates that are worth trying: beyond, Graphviz would spend any time limit in vain


def lay_out(
    circuit: Circuit,
    inscriptions: Mapping[str, Inscription],
    look: Look,
    timeout: float = press.TIMEOUT,
    room: float | None = None,
) -> Layout:
    """Lay the circuit out, in rows of at most `room` points; LayoutError says how many gates were too many."""
    if room is None:
        return lay_out_all([(circuit, inscriptions)], look, timeout)[0]
    room -= 2 * BORDER
    by_hand = look.layout != "rows" and are_formed(circuit, LYING)
    found = None if by_hand else _upright(circuit, inscriptions, look, timeout, room)
    if look.layout == "rows" and not found:
        raise ValueError(NO_ROWS)
    if found and (look.layout == "rows" or not (found.faults or struck(circuit, found))):
        return found
    whole = lay_out_all([(circuit, inscriptions)], replace(look, layout="dot"), timeout, room)[0]
    layout = (wrapped(circuit, whole, room) if whole.width > room else None) or whole
    layout = replace(layout, faults=layout.faults + len(faults(circuit, layout)))
    # Steps stand in a row unless wires would run through gates, boxes or numbers there, and do so less elsewhere.
    return min(
        filter(None, (found, layout)),
        key=lambda each: (each.faults, len(struck(circuit, each)), each.width > room),
    )


def _upright(
    circuit: Circuit, inscriptions: Mapping[str, Inscription], look: Look, timeout: float, room: float
) -> Layout | None:
    """Rows of steps that run upwards, if there are time steps."""
    if not look.may_have_rows:
        return None
    beside = {name: dot.beside(text) for name, text in inscriptions.items()}
    rooms = {name: dot.close(text) for name, text in inscriptions.items()}
    try:
        found = rows.upright(circuit, rooms, beside, timeout, room)
    except press.TooSlow as slow:
        raise press.LayoutError(_advice(circuit.gates, str(slow))) from slow
    return replace(found, faults=len(faults(circuit, found))) if found else None


def lay_out_all(
    drafts: Sequence[Inscribed], look: Look, timeout: float = press.TIMEOUT, room: float = math.inf
) -> list[Layout]:
    """Lay several circuits out, those without time steps by one run of Graphviz: to start it takes 40 ms.

    LayoutError after `timeout` seconds; ValueError where layout="rows" is asked for in vain.
    """
    rooms = [{name: dot.extent(text, look) for name, text in inscriptions.items()} for _, inscriptions in drafts]
    besides = [{name: dot.beside(text) for name, text in inscriptions.items()} for _, inscriptions in drafts]
    every = [(each[0], room, beside) for each, room, beside in zip(drafts, rooms, besides, strict=True)]
    try:
        in_rows = [_rows(circuit, room, look, timeout) for circuit, room, _ in every]
        others = [each for each, found in zip(every, in_rows, strict=True) if not found]
        in_columns = iter(columns(others, look, timeout, room))
    except press.TooSlow as slow:
        raise press.LayoutError(_advice(max(circuit.gates for circuit, _ in drafts), str(slow))) from slow
    return [found or next(in_columns) for found in in_rows]


def _rows(circuit: Circuit, rooms: Mapping[str, Room], look: Look, timeout: float) -> Layout | None:
    """Rows of identical boxes, if there are time steps."""
    found = rows.lay_out(circuit, rooms, timeout) if look.may_have_rows else None
    if look.layout == "rows" and not found:
        raise ValueError(NO_ROWS)
    return found


def admit(gates: int) -> None:
    """Refuse a picture of too many gates, before anything is spent on it."""
    if gates > MOST:
        raise press.LayoutError(_advice(gates, "too many to lay out"))


def _advice(gates: int, what: str) -> str:
    return (
        f"a picture of {gates} gates: {what}. Draw a part (viz.draw of an inner value), fold a scope, "
        "read it as text (viz.text), or raise timeout="
    )
