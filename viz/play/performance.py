"""A film's performance: what its page needs to play it with other numbers than those recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autograd_tiny.graphs.steps import BackwardStep
from autograd_tiny.value import ancestors
from viz.graph.circuit import Circuit
from viz.look import Look
from viz.play.controls import controls
from viz.play.page import control, controls_record, leaves_record, wires_record
from viz.play.score import leaves_of, score
from viz.play.stage import shown_of
from viz.play.told import later, writer
from viz.told import captions, predictions
from viz.told.captions import Writer
from viz.told.story import scenes

MOST = 80  # gates up to which a film is played


@dataclass(frozen=True)
class Performance:
    """Sliders as HTML, the program, and everything else as data."""

    sliders: str
    source: str
    record: dict[str, Any]


def performance(
    circuit: Circuit, steps: Sequence[BackwardStep], plain: Writer, look: Look, note: str, asked: Sequence[int],
    seed: Any,
) -> Performance | None:  # fmt: skip
    """How a film of numbers is played; None for arrays, gates that hold several, many gates, other seeds than 1."""
    leaves = leaves_of(circuit)
    single = all(value.ndim == 0 for value in circuit.values) and seed.__class__ in (int, float) and seed == 1
    several = any(node.inside for node in circuit.nodes)
    if not leaves or not single or several or not 0 < circuit.gates <= MOST:
        return None
    moved = controls(leaves, ancestors(plain.output), {})
    written = score(circuit, (), "local" in look.show, told=True)
    now = written.numbers([leaf._data for leaf in leaves])
    told = scenes(circuit, tuple(later(circuit, written, steps)), writer(circuit, written, plain), look, note)
    told = predictions.interrupted(told, circuit, asked, plain)
    record = {
        "precision": look.precision,
        "leaves": leaves_record(written),
        "controls": controls_record(moved),
        "wires": wires_record([shown_of(wire, written, now, look, ghosts=False) for wire in circuit.wires]),
        "captions": [[(r.text, r.role, r.italic, r.shift) for r in captions.lettered(x.caption)] for x in told],
        "asked": [written.told["gradient", position] for position in asked],
    }
    return Performance("\n".join(control(k, each) for k, each in enumerate(moved)), written.source, record)
